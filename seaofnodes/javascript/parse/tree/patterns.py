"""Names, and what can be assigned to."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.javascript.parse.tree.base import Expression, Node


@dataclass(slots=True, eq=False)
class Identifier(Expression):
    """name: with escapes resolved."""

    name: str


@dataclass(slots=True, eq=False)
class PrivateIdentifier(Expression):
    """name: without `#`."""

    name: str


@dataclass(slots=True, eq=False)
class MemberExpression(Expression):
    """property: an Identifier or a PrivateIdentifier if not computed; optional: `object?.property`; position: of what
    stands behind the dot or bracket.
    """

    object: Expression
    property: Expression
    computed: bool
    optional: bool = False
    position: int = -1


@dataclass(slots=True, eq=False)
class AssignmentPattern(Node):
    """A target with a default."""

    target: Pattern
    default: Expression


@dataclass(slots=True, eq=False)
class RestElement(Node):
    target: Pattern


@dataclass(slots=True, eq=False)
class PatternProperty(Node):
    key: Expression
    computed: bool
    target: Pattern
    shorthand: bool


@dataclass(slots=True, eq=False)
class ObjectPattern(Node):
    properties: list[PatternProperty | RestElement]


@dataclass(slots=True, eq=False)
class ArrayPattern(Node):
    """elements: None for what is left out."""

    elements: list[Pattern | None]


@dataclass(slots=True, eq=False)
class SpreadElement(Node):
    argument: Expression


@dataclass(slots=True, eq=False)
class CallExpression(Expression):
    """optional: is it `callee?.()`?"""

    callee: Expression
    arguments: list[Expression | SpreadElement]
    optional: bool = False


# A call as a target, in sloppy mode code only, throws a ReferenceError when it is assigned to.
Pattern = (
    Identifier | MemberExpression | CallExpression | AssignmentPattern | RestElement | ObjectPattern | ArrayPattern
)
