"""What all closures of a function have in common, and functions of the library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from seaofnodes.javascript.bytecode.constants import SharedFunction
    from seaofnodes.javascript.bytecode.script import ScriptCode

Builtin = Callable[[Any, int, list[int], int], int]  # (isolate, this, arguments, new target or undefined) -> word

CLASS_KINDS: Final = ("class constructor", "derived constructor")


@dataclass(slots=True, eq=False)
class SharedFunctionInfo:
    """A function of the source, or of the library.

    Attributes: name: unit string; length: what its property of that name has; kind: "normal", "arrow", "method",
    "getter", "setter", "class constructor", "derived constructor", "builtin", ...; strict: is its code in strict mode?
    code, script: of a function of the source; builtin: of one of the library; constructor: may it be constructed?
    index: in Isolate.shared.
    """

    name: str
    length: int
    kind: str
    strict: bool = True
    constructor: bool = False
    code: SharedFunction | None = None
    script: ScriptCode | None = None
    builtin: Builtin | None = None
    index: int = -1
    name_word: int = 0  # pinned; 0 before it is needed

    @property
    def is_class(self) -> bool:
        return self.kind in CLASS_KINDS
