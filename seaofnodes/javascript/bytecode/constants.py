"""What stands in a constant pool beside strings and numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seaofnodes.javascript.parse.tree import Function

if TYPE_CHECKING:
    from seaofnodes.javascript.scope.scopes import Scope


@dataclass(eq=False, slots=True)
class SharedFunction:
    """A function of the source, of which closures are made; its bytecode is made when it is called first."""

    function: Function
    name: str

    def __str__(self) -> str:
        return f"<SharedFunctionInfo {self.name}>" if self.name else "<SharedFunctionInfo>"


@dataclass(eq=False, slots=True)
class ScopeInfo:
    """The scope of a context, and what its slots are called."""

    scope: Scope
    names: list[str]

    def __str__(self) -> str:
        return f"<ScopeInfo {self.scope.kind.upper()}_SCOPE>"


@dataclass(eq=False, slots=True)
class ObjectBoilerplate:
    """Keys and values of an object literal that are known; a value of None is stored later."""

    properties: list[tuple[str | int, object]]
    null_prototype: bool = False

    def __str__(self) -> str:
        return f"<ObjectBoilerplateDescription[{2 * len(self.properties)}]>"


@dataclass(eq=False, slots=True)
class ArrayBoilerplate:
    """Elements of an array literal. kind: V8's name of the kind of elements."""

    kind: str
    elements: list[object]

    def __str__(self) -> str:
        return f"<ArrayBoilerplateDescription {self.kind}, <FixedArray[{len(self.elements)}]>>"


@dataclass(eq=False, slots=True)
class ClassBoilerplate:
    """members: (kind, static, key or None if it is computed), in order; their values are arguments of DefineClass."""

    members: list[tuple[str, bool, str | int | None]] = field(default_factory=list)

    def __str__(self) -> str:
        return "<ClassBoilerplate>"


@dataclass(eq=False, slots=True)
class TemplateObject:
    """Raw and cooked strings of a tagged template."""

    raw: list[str]
    cooked: list[str | None]

    def __str__(self) -> str:
        return "<TemplateObjectDescription>"


@dataclass(eq=False, slots=True)
class Globals:
    """What a script declares: names of variables, and functions, of the global object. deletable: by eval."""

    variables: list[str]
    functions: list[tuple[str, SharedFunction]]
    deletable: bool = False

    def __str__(self) -> str:
        return f"<FixedArray[{len(self.variables) + 2 * len(self.functions)}]>"


@dataclass(frozen=True, slots=True)
class BigInt:
    value: int

    def __str__(self) -> str:
        return f"<BigInt {self.value}>"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol that programs cannot name."""

    name: str

    def __str__(self) -> str:
        return f"<Symbol: ({self.name})>"


@dataclass(frozen=True, slots=True)
class Hole:
    """What is not there."""

    def __str__(self) -> str:
        return "<the_hole>"


@dataclass(frozen=True, slots=True)
class Undefined:
    def __str__(self) -> str:
        return "<undefined>"
