"""Scopes and variables."""

from __future__ import annotations

from dataclasses import dataclass, field

from seaofnodes.javascript.parse.tree import Function, Node

FIRST_SLOT = 2  # of a context: what is before are its scope and the context around it


@dataclass(slots=True, eq=False)
class Variable:
    """mode: "var", "let", "const", "parameter", "function name" (of a function expression, inside it), "this",
    "arguments", "new target", "this function", "home object", "temporary", "private" (a private name or brand).

    place: "parameter", "local", "context", "global", or "unused"; index: of the parameter, register or slot.
    initialized: the offset in the source from which on straight-line code of its function finds it initialized.
    """

    name: str
    mode: str
    scope: Scope
    initialized: int = -1
    used: bool = False
    assigned: bool = False
    captured: bool = False
    holds_hole: bool = False
    place: str = "unused"
    index: int = -1
    parameter: int = 0  # which one; 0 is the receiver
    aliased: bool = False  # is it an element of `arguments` as well?
    start: int = 1 << 60  # offset of its declaration

    @property
    def lexical(self) -> bool:
        return self.mode in ("let", "const")

    @property
    def immutable(self) -> bool:
        """Is the value that a closure sees always the same?"""
        open = self.scope.kind == "script" and self.mode == "let"  # another script may assign it
        inner_name = (
            self.scope.kind == "class" and self.mode == "const"
        )  # V8 does not say so of the name inside a class
        return not inner_name and (self.mode in ("const", "private") or not (self.assigned or open))


@dataclass(slots=True, eq=False)
class Reference:
    """What an identifier refers to. variable: None for a property of the global object; check: must it be compared with
    the hole?
    """

    variable: Variable | None
    check: bool = False


@dataclass(slots=True, eq=False)
class Scope:
    """kind: "script", "module", "function", "block", "catch" or "class"; function: whose code is in it, None for a
    program; node: what it belongs to.
    """

    kind: str
    outer: Scope | None
    node: Node
    function: Function | None
    strict: bool = False
    variables: dict[str, Variable] = field(default_factory=dict)
    inner: list[Scope] = field(default_factory=list)
    temporaries: list[Variable] = field(default_factory=list)
    slots: int = 0  # of its context; 0 if it has none
    registers: int = 0  # for variables, of a function or program
    in_loop: bool = False
    calls_eval: bool = False  # is there a direct call of eval in it, or in what is in it?
    assigned_once: set[str] = field(default_factory=set)  # by a declaration of `var`

    def __post_init__(self) -> None:
        if self.outer is not None:
            self.outer.inner.append(self)

    @property
    def closure(self) -> Scope:
        """The scope of the function or program that this one's code belongs to."""
        scope = self
        while scope.kind not in ("function", "script", "module"):
            assert scope.outer is not None
            scope = scope.outer
        return scope

    @property
    def needs_context(self) -> bool:
        return self.slots > 0

    def declare(self, name: str, mode: str, initialized: int = -1, start: int = 1 << 60) -> Variable:
        """The variable of that name here; a new one if there is none."""
        found = self.variables.get(name)
        if found is None:
            found = self.variables[name] = Variable(name, mode, self, initialized, start=start)
        return found

    def temporary(self, start: int) -> Variable:
        """A variable of the function that no name refers to."""
        closure = self.closure
        found = Variable("", "temporary", closure, used=True, start=start)
        closure.temporaries.append(found)
        closure.variables[f".{len(closure.variables)}"] = found
        return found

    def depth_to(self, other: Scope) -> int:
        """How many contexts are between the one that is current here and that of an outer scope."""
        depth = 0
        scope: Scope | None = self
        while scope is not None and scope is not other:
            depth += scope.needs_context
            scope = scope.outer
        return depth
