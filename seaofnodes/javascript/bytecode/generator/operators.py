"""Operators, and what chooses between expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.bytecode.generator.core import Generator, Visitors, is_boolean
from seaofnodes.javascript.bytecode.generator.literals import smi
from seaofnodes.javascript.bytecode.generator.members import in_chain
from seaofnodes.javascript.bytecode.generator.parts import Test
from seaofnodes.javascript.bytecode.generator.private import has_private
from seaofnodes.javascript.bytecode.generator.variables import load, load_special, load_this, runtime
from seaofnodes.javascript.parse import tree

BINARY: Final = {
    "+": "Add",
    "-": "Sub",
    "*": "Mul",
    "/": "Div",
    "%": "Mod",
    "**": "Exp",
    "|": "BitwiseOr",
    "^": "BitwiseXor",
    "&": "BitwiseAnd",
    "<<": "ShiftLeft",
    ">>": "ShiftRight",
    ">>>": "ShiftRightLogical",
}
_COMPARE: Final = {
    "==": "TestEqual",
    "===": "TestEqualStrict",
    "<": "TestLessThan",
    ">": "TestGreaterThan",
    "<=": "TestLessThanOrEqual",
    ">=": "TestGreaterThanOrEqual",
}
_COMMUTATIVE: Final = frozenset("*|^&")  # on small integers; "+" is not, of strings
_TYPES: Final = ("number", "string", "symbol", "boolean", "bigint", "undefined", "function", "object")


def _binary(g: Generator, node: tree.BinaryExpression) -> None:
    if node.operator not in BINARY:
        _compare(g, node)
        return
    chain = [node]  # left-deep chains may be long; those of one operator are one expression
    while (
        isinstance(chain[-1].left, tree.BinaryExpression)
        and chain[-1].left.operator in BINARY
        and not chain[-1].left.parenthesized
    ):
        chain.append(chain[-1].left)
    chain.reverse()
    builder = g.builder
    slots: list[int | None] = [None] * len(chain)
    for index in range(len(chain) - 1, -1, -1):  # an operator that is not repeated has its slot before what is inside
        near = {other.operator for other in chain[max(index - 1, 0) : index + 2] if other is not chain[index]}
        if chain[index].operator not in near:
            slots[index] = builder.slot("BinaryOp")
    first = chain[0]
    begin = 0
    number = smi(first.left)
    if slots[0] is not None and first.operator in _COMMUTATIVE and number is not None and smi(first.right) is None:
        g.value(first.right)
        builder.expression(first.position)
        builder.emit(f"{BINARY[first.operator]}Smi", number, slots[0])
        begin = 1
    else:
        g.value(first.left)
    for part, slot in zip(chain[begin:], slots[begin:], strict=True):
        operate(g, part.operator, part.right, part.position, slot)


def operate(g: Generator, operator: str, right: tree.Expression, position: int, slot: int | None = None) -> None:
    """The accumulator and the value of an expression."""
    builder = g.builder
    number = smi(right)
    if number is not None:
        builder.expression(position)
        builder.emit(f"{BINARY[operator]}Smi", number, builder.slot("BinaryOp") if slot is None else slot)
        return
    left = builder.registers.new()
    builder.store(left)
    g.value(right)
    builder.expression(position)
    builder.emit(BINARY[operator], left, builder.slot("BinaryOp") if slot is None else slot)


def _compare(g: Generator, node: tree.BinaryExpression) -> None:
    _equal_or_not(g, node)
    if node.operator in ("!=", "!=="):
        g.builder.emit("LogicalNot")


def _equal_or_not(g: Generator, node: tree.BinaryExpression) -> None:
    """The comparison; for `!=` and `!==`, that for equality."""
    builder, operator = g.builder, node.operator
    equality = operator in ("==", "===", "!=", "!==")
    if equality and _compare_literal(g, node):
        return
    if isinstance(node.left, tree.PrivateIdentifier):
        has_private(g, node)
        return
    left = g.in_register(node.left)
    g.value(node.right)
    builder.expression(node.position)
    if operator in ("in", "instanceof"):
        name = "TestIn" if operator == "in" else "TestInstanceOf"
        builder.emit(name, left, builder.slot("KeyedHasIC" if operator == "in" else "InstanceOf"))
    else:
        builder.emit(_COMPARE[operator.replace("!=", "==")], left, 0)


def _compare_literal(g: Generator, node: tree.BinaryExpression) -> bool:
    """Comparisons for equality with undefined, null, or of `typeof` with a string."""
    strict = len(node.operator) == 3
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(one, tree.UnaryExpression) and one.operator == "typeof" and isinstance(other, tree.StringLiteral):
            _typeof_operand(g, one.argument)
            kind = _TYPES.index(other.value) if other.value in _TYPES else len(_TYPES)
            g.builder.emit("TestTypeOf", kind)
            return True
    nil = _nil(g, node)
    if nil is None:
        return False
    g.value(nil[0])
    g.builder.emit(f"Test{nil[1]}" if strict else "TestUndetectable")
    return True


def _nil(g: Generator, node: tree.BinaryExpression) -> tuple[tree.Expression, str] | None:
    """What a comparison with null or undefined compares, and with which of them; None if it is none."""
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(other, tree.NullLiteral) or _is_undefined(g, other):
            return one, "Null" if isinstance(other, tree.NullLiteral) else "Undefined"
    return None


def _is_undefined(g: Generator, node: tree.Node) -> bool:
    if isinstance(node, tree.UnaryExpression) and node.operator == "void":
        return isinstance(node.argument, tree.NumericLiteral)
    return (
        isinstance(node, tree.Identifier) and node.name == "undefined" and g.analysis.references[node].variable is None
    )


def _compare_test(g: Generator, node: tree.BinaryExpression, test: Test) -> None:
    if node.operator in ("!=", "!=="):
        test = test.negated()
    elif node.operator not in ("==", "==="):
        g.value(node)
        g.branch(test, is_boolean(node))
        return
    nil = _nil(g, node)
    if nil is not None and len(node.operator) == 3:
        operand, what = nil
        g.value(operand)
        if test.following == "then":
            g.builder.jump(f"JumpIfNot{what}", test.otherwise)
        else:
            g.builder.jump(f"JumpIf{what}", test.then)
            if not test.following:
                g.builder.jump("Jump", test.otherwise)
        return
    with g.builder.registers.scope():
        _equal_or_not(g, node)
    g.branch(test, True)


# --- One operand


def _unary(g: Generator, node: tree.UnaryExpression) -> None:
    builder, operator = g.builder, node.operator
    if operator == "delete":
        _delete(g, node)
        return
    if operator == "typeof":
        _typeof_operand(g, node.argument)
        builder.emit("TypeOf", builder.slot("TypeOf"))
        return
    if operator == "void":
        g.effect(node.argument)
        builder.emit("LdaUndefined")
        return
    number = smi(node)
    if number is not None:
        builder.emit("LdaSmi", number)
        return
    if operator == "-" and isinstance(node.argument, tree.NumericLiteral):
        builder.emit("LdaConstant", builder.constant(-node.argument.value))
        return
    g.value(node.argument)
    if operator == "!":
        builder.emit("LogicalNot" if is_boolean(node.argument) else "ToBooleanLogicalNot")
        return
    builder.expression(node.start)
    slot = builder.slot("BinaryOp")
    builder.emit({"-": "Negate", "~": "BitwiseNot", "+": "ToNumber"}[operator], slot)


def _not_test(g: Generator, node: tree.UnaryExpression, test: Test) -> None:
    if node.operator != "!":
        g.value(node)
        g.branch(test, is_boolean(node))
        return
    g.test(node.argument, test.negated())


def _typeof_operand(g: Generator, node: tree.Expression) -> None:
    if isinstance(node, tree.Identifier):
        load(g, node, node.name, typeof=True)
    else:
        g.value(node)


def _delete(g: Generator, node: tree.UnaryExpression) -> None:
    builder, operand = g.builder, node.argument
    delete = f"DeleteProperty{'Strict' if g.scope.strict else 'Sloppy'}"
    chain = isinstance(operand, tree.ChainExpression)
    if isinstance(operand, tree.ChainExpression):
        operand = operand.expression
    if isinstance(operand, tree.Identifier):
        reference = g.analysis.references[operand]
        if reference.variable is None or reference.variable.place == "global":
            name = builder.registers.list(1)
            builder.emit("LdaConstant", builder.constant(operand.name))
            builder.store(name[0])
            runtime(g, "DeleteLookupSlot", name)
        else:
            builder.emit("LdaFalse")
        return
    if not isinstance(operand, tree.MemberExpression):
        g.effect(operand)
        builder.emit("LdaTrue")
        return
    if isinstance(operand.object, tree.Super):
        load_this(g)
        if operand.computed:
            g.effect(operand.property)
        runtime(g, "ThrowUnsupportedSuperError")
        return
    with in_chain(g, chain) as nothing:
        object = g.in_register(operand.object)
        if operand.optional and nothing is not None:
            builder.jump("JumpIfUndefinedOrNull", nothing)
        if operand.computed:
            g.value(operand.property)
        else:
            assert isinstance(operand.property, tree.Identifier)
            builder.emit("LdaConstant", builder.constant(operand.property.name))
        builder.emit(delete, object)
        if nothing is not None and chain:
            end = Label()
            builder.jump("Jump", end)
            builder.bind(nothing)
            builder.emit("LdaTrue")
            builder.bind(end)


# --- Choices


def _logical(g: Generator, node: tree.LogicalExpression) -> None:
    end = Label()
    parts = [node.right]
    left: tree.Expression = node.left
    while isinstance(left, tree.LogicalExpression) and left.operator == node.operator and not left.parenthesized:
        parts.append(left.right)
        left = left.left
    g.value(left)
    with g.maybe():
        for part in reversed(parts):
            short_cut(g, node.operator, end, is_boolean(left))
            g.value(part)
            left = part
    g.builder.bind(end)


def short_cut(g: Generator, operator: str, end: Label, boolean: bool) -> None:
    """A jump if the accumulator's value is that of the whole."""
    builder = g.builder
    if operator == "??":
        more = Label()
        builder.jump("JumpIfUndefinedOrNull", more)
        builder.jump("Jump", end)
        builder.bind(more)
    elif operator == "&&":
        builder.jump("JumpIfFalse" if boolean else "JumpIfToBooleanFalse", end)
    else:
        builder.jump("JumpIfTrue" if boolean else "JumpIfToBooleanTrue", end)


def _logical_test(g: Generator, node: tree.LogicalExpression, test: Test) -> None:
    if node.operator == "??":
        g.value(node)
        g.branch(test, False)
        return
    between = Label()
    if node.operator == "&&":
        g.test(node.left, Test(between, test.otherwise, "then"))
    else:
        g.test(node.left, Test(test.then, between, "else"))
    g.builder.bind(between)
    with g.maybe():
        g.test(node.right, test)


def _conditional(g: Generator, node: tree.ConditionalExpression) -> None:
    choose(g, node, g.value)


def choose(g: Generator, node: tree.ConditionalExpression, make: Callable[[tree.Node], None]) -> None:
    builder = g.builder
    then, otherwise, end = Label(), Label(), Label()
    g.test(node.test, Test(then, otherwise, "then"))
    builder.bind(then)
    with g.maybe():
        make(node.consequent)
    builder.jump("Jump", end)
    builder.bind(otherwise)
    with g.maybe():
        make(node.alternate)
    builder.bind(end)


def _conditional_effect(g: Generator, node: tree.ConditionalExpression) -> None:
    choose(g, node, g.effect)


def _conditional_test(g: Generator, node: tree.ConditionalExpression, test: Test) -> None:
    builder = g.builder
    then, otherwise = Label(), Label()
    g.test(node.test, Test(then, otherwise, "then"))
    builder.bind(then)
    with g.maybe():
        g.test(node.consequent, Test(test.then, test.otherwise, ""))
    builder.bind(otherwise)
    with g.maybe():
        g.test(node.alternate, test)


def _sequence(g: Generator, node: tree.SequenceExpression) -> None:
    for part in node.expressions[:-1]:
        g.effect(part)
    g.value(node.expressions[-1])


def _sequence_effect(g: Generator, node: tree.SequenceExpression) -> None:
    for part in node.expressions:
        g.effect(part)


def _identifier(g: Generator, node: tree.Identifier) -> None:
    load(g, node, node.name)


def _this(g: Generator, node: tree.ThisExpression) -> None:
    load_this(g)


def _meta(g: Generator, node: tree.MetaProperty) -> None:
    load_special(g, "new target")


def visitors() -> Visitors:
    return Visitors(
        values={
            tree.BinaryExpression: _binary,
            tree.UnaryExpression: _unary,
            tree.LogicalExpression: _logical,
            tree.ConditionalExpression: _conditional,
            tree.SequenceExpression: _sequence,
            tree.Identifier: _identifier,
            tree.ThisExpression: _this,
            tree.MetaProperty: _meta,
        },
        effects={tree.ConditionalExpression: _conditional_effect, tree.SequenceExpression: _sequence_effect},
        tests={
            tree.BinaryExpression: _compare_test,
            tree.UnaryExpression: _not_test,
            tree.LogicalExpression: _logical_test,
            tree.ConditionalExpression: _conditional_test,
        },
    )
