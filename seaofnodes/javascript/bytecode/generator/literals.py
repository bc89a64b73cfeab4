"""Literals without parts, templates, closures; keys of properties."""

from __future__ import annotations

from seaofnodes.javascript.bytecode.constants import (
    ArrayBoilerplate,
    BigInt,
    Hole,
    ObjectBoilerplate,
    SharedFunction,
    TemplateObject,
)
from seaofnodes.javascript.bytecode.generator.core import Generator, Visitors
from seaofnodes.javascript.numbers import number_to_text
from seaofnodes.javascript.parse import tree

_SMI = 1 << 30  # small integers have 31 bits
_REGEXP_FLAGS = {flag: 1 << bit for bit, flag in enumerate("gimyus-dv")}
NO_VALUE = object()


def smi(node: tree.Node | None) -> int | None:
    """The small integer that a literal is, if it is one."""
    if isinstance(node, tree.NumericLiteral) and node.value == int(node.value if abs(node.value) < _SMI else 0):
        value = int(node.value)
        if value or str(node.value)[0] != "-":
            return value
    if isinstance(node, tree.UnaryExpression) and node.operator == "-":
        inner = smi(node.argument)
        return -inner if inner else None
    return None


def load_number(g: Generator, value: float) -> None:
    if value == int(value if abs(value) < _SMI else 0) and str(value)[0] != "-":
        load_smi(g, int(value))
    else:
        g.builder.emit("LdaConstant", g.builder.constant(value))


def load_smi(g: Generator, value: int) -> None:
    if value == 0:
        g.builder.emit("LdaZero")
    else:
        g.builder.emit("LdaSmi", value)


def load_string(g: Generator, value: str) -> None:
    g.builder.emit("LdaConstant", g.builder.constant(value))


def _number(g: Generator, node: tree.NumericLiteral) -> None:
    load_number(g, node.value)


def _string(g: Generator, node: tree.StringLiteral) -> None:
    load_string(g, node.value)


def _boolean(g: Generator, node: tree.BooleanLiteral) -> None:
    g.builder.emit("LdaTrue" if node.value else "LdaFalse")


def _null(g: Generator, node: tree.NullLiteral) -> None:
    g.builder.emit("LdaNull")


def _bigint(g: Generator, node: tree.BigIntLiteral) -> None:
    g.builder.emit("LdaConstant", g.builder.reserve(BigInt(node.value)))


def _regexp(g: Generator, node: tree.RegExpLiteral) -> None:
    flags = sum(_REGEXP_FLAGS[flag] for flag in node.flags)
    g.builder.emit("CreateRegExpLiteral", g.builder.constant(node.pattern), g.builder.slot("Literal"), flags)


# --- Closures


def make_closure(g: Generator, function: tree.Function, name: str = "") -> None:
    """A closure of a function. name: for one that has none of its own."""
    shared = SharedFunction(function, function.name.name if function.name is not None else name)
    g.functions.append(shared)
    g.builder.emit("CreateClosure", g.builder.reserve(shared), g.builder.closure(), 2 if g.function is not None else 0)


def value_named(g: Generator, node: tree.Node, name: str) -> None:
    """The value of an expression; a function or class without a name gets one (ECMA-262, NamedEvaluation)."""
    if is_anonymous(node):
        g.names[node] = name
    g.value(node)


def is_anonymous(node: tree.Node | None) -> bool:
    """Is it the definition of a function or class without a name?"""
    match node:
        case tree.FunctionExpression(function=tree.Function(name=None)):
            return True
        case tree.ClassExpression(definition=tree.Class(name=None)):
            return not any(_named_name(member) for member in node.definition.members)
    return False


def _named_name(member: tree.Node) -> bool:
    return (
        isinstance(member, tree.Method | tree.Field)
        and member.static
        and isinstance(member.key, tree.Identifier)
        and member.key.name == "name"
        and not member.computed
    )


def _function(g: Generator, node: tree.FunctionExpression) -> None:
    make_closure(g, node.function, g.names.get(node, ""))


def constant_of(node: tree.Node | None) -> object:
    """The value of a literal without identity, else NO_VALUE."""
    match node:
        case tree.NumericLiteral():
            number = smi(node)
            return node.value if number is None else number
        case tree.StringLiteral() | tree.BooleanLiteral():
            return node.value
        case tree.NullLiteral():
            return None
        case tree.BigIntLiteral(value=big):
            return BigInt(big)
        case tree.ArrayExpression(elements=elements):
            values = [Hole() if element is None else constant_of(element) for element in elements]
            return NO_VALUE if NO_VALUE in values else array_boilerplate(values)
        case tree.ObjectExpression(properties=properties):
            return _constant_object(properties)
        case tree.UnaryExpression(operator="-", argument=tree.NumericLiteral(value=value)):
            number = smi(node)
            return -value if number is None else number
    return NO_VALUE


def _constant_object(properties: list[tree.Property | tree.SpreadElement]) -> object:
    """The boilerplate of an object literal whose values are all known, else NO_VALUE."""
    known: list[tuple[str | int, object]] = []
    for property in properties:
        if isinstance(property, tree.SpreadElement) or property.computed or property.kind != "init":
            return NO_VALUE
        value, key = constant_of(property.value), key_of(property.key)
        if value is NO_VALUE or key == "__proto__":
            return NO_VALUE
        known.append((key, value))
    return ObjectBoilerplate(known)


def array_boilerplate(values: list[object]) -> ArrayBoilerplate:
    """The kind of elements is the least general one for those that are known."""
    kind = "SMI_ELEMENTS"
    for value in values:
        if (isinstance(value, int) and not isinstance(value, bool)) or isinstance(value, Hole) or value is NO_VALUE:
            continue
        kind = "DOUBLE_ELEMENTS" if isinstance(value, float) and kind != "ELEMENTS" else "ELEMENTS"
    packed = "HOLEY" if any(isinstance(value, Hole) for value in values) else "PACKED"
    return ArrayBoilerplate(f"{packed}_{kind}", [0 if value is NO_VALUE else value for value in values])


def key_of(node: tree.Expression) -> str | int:
    """The property name that a key which is not computed stands for; array indices are numbers."""
    match node:
        case tree.Identifier(name=name) | tree.PrivateIdentifier(name=name):
            return name
        case tree.StringLiteral(value=value):
            if value.isdecimal() and value.isascii() and str(int(value)) == value and int(value) < 2**32 - 1:
                return int(value)
            return value
        case tree.NumericLiteral(value=number):
            if number == int(number if abs(number) < 2**53 else 0) and 0 <= number < 2**32 - 1:
                return int(number)
            return number_to_text(number)
        case tree.BigIntLiteral(value=big):
            return big if big < 2**32 - 1 else str(big)
    raise AssertionError(type(node))


def load_key(g: Generator, key: str | int) -> None:
    if isinstance(key, str):
        load_string(g, key)
    else:
        load_number(g, float(key))


def _template(g: Generator, node: tree.TemplateLiteral) -> None:
    builder = g.builder
    slot = builder.slot("BinaryOp")
    begun = False
    sum = builder.registers.new()
    for index, quasi in enumerate(node.quasis):
        if quasi.cooked:
            if begun:
                builder.store(sum)
            load_string(g, quasi.cooked)
            if begun:
                builder.emit("Add", sum, slot)
            begun = True
        if index == len(node.expressions):
            continue
        if begun:
            builder.store(sum)
        expression = node.expressions[index]
        g.value(expression)
        builder.expression(expression.start)
        builder.emit("ToString")
        if begun:
            builder.emit("Add", sum, slot)
        begun = True
    if not begun:
        load_string(g, "")


def load_template_object(g: Generator, node: tree.TemplateLiteral) -> None:
    """The array of strings that a tag gets."""
    found = TemplateObject([quasi.raw for quasi in node.quasis], [quasi.cooked for quasi in node.quasis])
    g.builder.emit("GetTemplateObject", g.builder.reserve(found), g.builder.slot("Literal"))


def visitors() -> Visitors:
    return Visitors(
        values={
            tree.NumericLiteral: _number,
            tree.StringLiteral: _string,
            tree.BooleanLiteral: _boolean,
            tree.NullLiteral: _null,
            tree.BigIntLiteral: _bigint,
            tree.RegExpLiteral: _regexp,
            tree.FunctionExpression: _function,
            tree.TemplateLiteral: _template,
        }
    )
