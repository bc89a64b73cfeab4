"""What all closures of a function have in common, and functions of the library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from seaofnodes.javascript.bytecode.constants import SharedFunction
    from seaofnodes.javascript.bytecode.script import ScriptCode

Builtin = Callable[[Any, int, list[int], int], int]  # (isolate, this, arguments, new target or undefined) -> word
Step = Callable[[Any, int], int | None]  # (isolate, iterator) -> the next value, None at the end

CLASS_KINDS: Final = ("class constructor", "derived constructor")


@dataclass(slots=True, eq=False)
class SharedFunctionInfo:
    """A function of the source, or of the library.

    Attributes: name: unit string; length: what its property of that name has; kind: "normal", "arrow", "method",
    "getter", "setter", "class constructor", "derived constructor", "builtin", ...; strict: is its code in strict mode?
    code, script: of a function of the source; builtin: of one of the library; constructor: may it be constructed?
    step: of the `next` of an iterator of the library: does the same without an object for the result. index: in
    Isolate.shared.
    """

    name: str
    length: int
    kind: str
    strict: bool = True
    constructor: bool = False
    code: SharedFunction | None = None
    script: ScriptCode | None = None
    builtin: Builtin | None = None
    step: Step | None = None
    index: int = -1
    name_word: int = 0  # pinned; 0 before it is needed
    record: int = 0  # Smi that its closures have: where machine code's record of it is

    @property
    def extent(self) -> tuple[int, int]:
        """Where the text of a function of the source begins and ends; a class's constructor has that of the class."""
        assert self.code is not None and self.script is not None
        function = self.code.function
        found = self.script.analysis.constructors.get(function)
        node = function if found is None else found[0]
        return node.start, node.end

    @property
    def is_class(self) -> bool:
        return self.kind in CLASS_KINDS


class BuiltinFrame:
    """An activation of a function of the library. new_target: or undefined; all are words."""

    __slots__ = ("arguments", "function", "new_target", "receiver")

    def __init__(self, function: int, receiver: int, arguments: list[int], new_target: int) -> None:
        self.function = function
        self.receiver = receiver
        self.arguments = arguments
        self.new_target = new_target

    @property
    def registers(self) -> list[int]:
        """The words that it holds besides, as of the interpreter's frames."""
        return [self.receiver]
