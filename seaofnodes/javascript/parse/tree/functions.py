"""Functions and classes."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.javascript.parse.tree.base import Expression, Node, Statement
from seaofnodes.javascript.parse.tree.patterns import Identifier, Pattern


@dataclass(slots=True, eq=False)
class Function(Node):
    """The part that all functions share.

    name: as declared or written in an expression, else None; kind: "normal", "arrow", "method", "getter", "setter",
    "constructor", "derived constructor", "field initializer" (of a class), "static block"; body: statements, or of an
    arrow function an expression; strict: is its code strict mode code?; simple: are all parameters identifiers?
    start, end: what `toString` gives.
    """

    name: Identifier | None
    parameters: list[Pattern]
    body: list[Statement] | Expression
    kind: str = "normal"
    generator: bool = False
    asynchronous: bool = False
    strict: bool = False
    simple: bool = True
    static: bool = False  # of a class; set by the analysis of scopes

    @property
    def is_arrow(self) -> bool:
        return self.kind == "arrow"


@dataclass(slots=True, eq=False)
class Class(Node):
    """name: None if there is none; superclass: of `extends`; members: in order; a constructor among them is a Method of
    kind "constructor".
    """

    name: Identifier | None
    superclass: Expression | None
    members: list[Method | Field | StaticBlock]


@dataclass(slots=True, eq=False)
class Method(Node):
    """kind: "method", "get", "set" or "constructor"; computed: is the key an expression in brackets?"""

    key: Expression
    computed: bool
    static: bool
    kind: str
    function: Function


@dataclass(slots=True, eq=False)
class Field(Node):
    key: Expression
    computed: bool
    static: bool
    value: Expression | None


@dataclass(slots=True, eq=False)
class StaticBlock(Node):
    body: list[Statement]
