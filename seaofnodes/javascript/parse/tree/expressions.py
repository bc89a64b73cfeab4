"""Expressions."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.javascript.parse.tree.base import Expression, Node
from seaofnodes.javascript.parse.tree.functions import Class, Function
from seaofnodes.javascript.parse.tree.patterns import Pattern, SpreadElement


@dataclass(slots=True, eq=False)
class FunctionExpression(Expression):
    """Arrow functions, too."""

    function: Function


@dataclass(slots=True, eq=False)
class ClassExpression(Expression):
    definition: Class


@dataclass(slots=True, eq=False)
class NumericLiteral(Expression):
    value: float


@dataclass(slots=True, eq=False)
class BigIntLiteral(Expression):
    value: int


@dataclass(slots=True, eq=False)
class StringLiteral(Expression):
    """value: a character of Python for each UTF-16 code unit, so that surrogates stand alone."""

    value: str


@dataclass(slots=True, eq=False)
class BooleanLiteral(Expression):
    value: bool


@dataclass(slots=True, eq=False)
class NullLiteral(Expression):
    pass


@dataclass(slots=True, eq=False)
class RegExpLiteral(Expression):
    pattern: str
    flags: str


@dataclass(slots=True, eq=False)
class ThisExpression(Expression):
    pass


@dataclass(slots=True, eq=False)
class Super(Expression):
    """Only as a callee or the object of a member expression."""


@dataclass(slots=True, eq=False)
class ArrayExpression(Expression):
    """elements: None for a hole."""

    elements: list[Expression | SpreadElement | None]


@dataclass(slots=True, eq=False)
class Property(Node):
    """kind: "init", "get" or "set"; method: `f() {}`; shorthand: `{x}`; a `__proto__: value` is an "init" that is
    neither computed, nor shorthand, nor a method.
    """

    key: Expression
    value: Expression
    kind: str
    computed: bool = False
    method: bool = False
    shorthand: bool = False


@dataclass(slots=True, eq=False)
class ObjectExpression(Expression):
    properties: list[Property | SpreadElement]


@dataclass(slots=True, eq=False)
class UnaryExpression(Expression):
    """operator: "-", "+", "!", "~", "typeof", "void" or "delete"."""

    operator: str
    argument: Expression


@dataclass(slots=True, eq=False)
class UpdateExpression(Expression):
    """operator: "++" or "--"."""

    operator: str
    prefix: bool
    argument: Expression


@dataclass(slots=True, eq=False)
class BinaryExpression(Expression):
    """left: a PrivateIdentifier in `#x in object`; position: of the operator."""

    operator: str
    left: Expression
    right: Expression
    position: int


@dataclass(slots=True, eq=False)
class LogicalExpression(Expression):
    """operator: "&&", "||" or "??"."""

    operator: str
    left: Expression
    right: Expression
    position: int


@dataclass(slots=True, eq=False)
class AssignmentExpression(Expression):
    """operator: "=", or with what is done before, such as "+=" and "??="; position: of the operator."""

    operator: str
    target: Pattern
    value: Expression
    position: int


@dataclass(slots=True, eq=False)
class ConditionalExpression(Expression):
    test: Expression
    consequent: Expression
    alternate: Expression


@dataclass(slots=True, eq=False)
class NewExpression(Expression):
    callee: Expression
    arguments: list[Expression | SpreadElement]


@dataclass(slots=True, eq=False)
class ChainExpression(Expression):
    """How far an optional chain reaches that ends early."""

    expression: Expression


@dataclass(slots=True, eq=False)
class SequenceExpression(Expression):
    expressions: list[Expression]


@dataclass(slots=True, eq=False)
class YieldExpression(Expression):
    """delegate: `yield*`."""

    argument: Expression | None
    delegate: bool


@dataclass(slots=True, eq=False)
class AwaitExpression(Expression):
    argument: Expression


@dataclass(slots=True, eq=False)
class TemplateElement(Node):
    """cooked: None where an escape is not valid, which only tagged templates may have; raw: its source text, with line
    ends as \\n.
    """

    cooked: str | None
    raw: str


@dataclass(slots=True, eq=False)
class TemplateLiteral(Expression):
    """One more element than expressions."""

    quasis: list[TemplateElement]
    expressions: list[Expression]


@dataclass(slots=True, eq=False)
class TaggedTemplateExpression(Expression):
    tag: Expression
    quasi: TemplateLiteral


@dataclass(slots=True, eq=False)
class MetaProperty(Expression):
    """name: "new.target" or "import.meta"."""

    name: str


@dataclass(slots=True, eq=False)
class ImportExpression(Expression):
    """phase: None, or "defer" or "source", of `import.defer(...)`."""

    source: Expression
    options: Expression | None
    phase: str | None = None
