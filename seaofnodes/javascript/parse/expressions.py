"""Expressions, but for functions and classes."""

from __future__ import annotations

from typing import Any

from tree_sitter import Node

from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.parse.patterns import check_target, elements, property_key, simple_target
from seaofnodes.javascript.parse.state import State
from seaofnodes.javascript.parse.words import from_units, starts_line

_LOW = (tree.AssignmentExpression, tree.ConditionalExpression, tree.YieldExpression, tree.FunctionExpression)
_NOT_LHS = (
    tree.UnaryExpression, tree.UpdateExpression, tree.BinaryExpression, tree.LogicalExpression, tree.AwaitExpression,
    *_LOW,
)  # fmt: skip


def is_arrow(expression: Any) -> bool:
    return isinstance(expression, tree.FunctionExpression) and expression.function.is_arrow


def operand(state: State, expression: Any) -> Any:
    """An operand of an operator that binds closer than the conditional one."""
    if isinstance(expression, _LOW) and not expression.parenthesized:
        if isinstance(expression, tree.AssignmentExpression):
            state.fail("Invalid left-hand side in assignment", expression.start)
        if is_arrow(expression):
            state.fail("Malformed arrow function parameter list", expression.start)
        if not isinstance(expression, tree.FunctionExpression):
            token = "yield" if isinstance(expression, tree.YieldExpression) else "?"
            state.fail(f"Unexpected identifier '{token}'", expression.start)
    return expression


def left_hand_side(state: State, expression: Any, after: Node) -> Any:
    """What a call, member access or `extends` may start with; after: the token that follows."""
    if isinstance(expression, _NOT_LHS) and not expression.parenthesized:
        if is_arrow(expression):
            after_arrow(state, expression, after)
        elif not isinstance(expression, tree.FunctionExpression):
            state.unexpected(after)
    return expression


def after_arrow(state: State, arrow: Any, after: Node) -> None:
    """An arrow function with a block is an end: what follows on another line is another statement."""
    if not arrow.parenthesized and not state.split(arrow.end, after.start_byte >> 1):
        state.unexpected(after)


def parenthesized(state: State, node: Node, parts: list[Any]) -> Any:
    inner = parts[1]
    if isinstance(inner, tree.Expression):
        inner.parenthesized = True
    return inner


def sequence(state: State, node: Node, parts: list[Any]) -> tree.SequenceExpression:
    return tree.SequenceExpression(node.start_byte >> 1, node.end_byte >> 1, parts[::2])


def binary(state: State, node: Node, parts: list[Any]) -> tree.Expression:
    left, token, right = parts
    operator = token.type
    start, end, position = node.start_byte >> 1, node.end_byte >> 1, token.start_byte >> 1
    if isinstance(left, _LOW) and not left.parenthesized:
        if is_arrow(left):
            after_arrow(state, left, token)
        else:
            operand(state, left)
    operand(state, right)
    if operator == "<" and not state.module and state.text.startswith("<!--", position):
        state.repairs[position] = "//  "
    if operator == "**":
        if isinstance(left, tree.UnaryExpression | tree.AwaitExpression) and not left.parenthesized:
            state.fail(
                "Unary operator used immediately before exponentiation expression. Parenthesis must be used to"
                " disambiguate operator precedence",
                left.start,
            )
    elif operator == "&&" or operator == "||" or operator == "??":
        for side in (left, right):
            if (
                isinstance(side, tree.LogicalExpression)
                and not side.parenthesized
                and (operator == "??") != (side.operator == "??")
            ):
                wrong, offset = (operator, position) if side is left else (side.operator, side.position)
                state.fail(f"Unexpected token '{wrong}'", offset)
        return tree.LogicalExpression(start, end, operator, left, right, position)
    if isinstance(left, tree.PrivateIdentifier):
        if operator != "in":
            state.unexpected(token)
        use_private(state, left)
    if isinstance(right, tree.PrivateIdentifier) or (
        operator == "in" and isinstance(right, tree.BinaryExpression) and isinstance(right.left, tree.PrivateIdentifier)
        and not right.parenthesized
    ):
        state.fail("Unexpected identifier", right.start)
    return tree.BinaryExpression(start, end, operator, left, right, position)


def use_private(state: State, name: tree.PrivateIdentifier) -> None:
    if state.classes is None:
        state.fail(f"Private field '#{from_units(name.name)}' must be declared in an enclosing class", name.start)
    state.classes.used.append((name.name, name.start))


def unary(state: State, node: Node, parts: list[Any]) -> tree.Expression:
    operator, argument = parts[0].type, operand(state, parts[1])
    start, end = node.start_byte >> 1, node.end_byte >> 1
    if operator == "void" and state.text.startswith("await", start):
        if state.function.parameters:
            state.fail("Illegal await-expression in formal parameters of async function", start)
        return tree.AwaitExpression(start, end, argument)
    if operator == "delete":
        if isinstance(argument, tree.Identifier) and state.function.strict:
            state.fail("Delete of an unqualified identifier in strict mode.", argument.start)
        member = argument.expression if isinstance(argument, tree.ChainExpression) else argument
        if isinstance(member, tree.MemberExpression) and isinstance(member.property, tree.PrivateIdentifier):
            state.fail("Private fields can not be deleted", member.property.start)
    return tree.UnaryExpression(start, end, operator, argument)


def update(state: State, node: Node, parts: list[Any]) -> tree.UpdateExpression:
    prefix = isinstance(parts[0], Node)
    token, argument = (parts[0], parts[1]) if prefix else (parts[1], parts[0])
    position = token.start_byte >> 1
    text = state.text
    if token.type == "--" and not state.module and text.startswith("-->", position) and starts_line(text, position):
        state.repairs[position] = "// "
    if isinstance(argument, tree.SpreadElement):
        state.unexpected(token)
    if not prefix:
        last = node.child(0)
        assert last is not None
        if state.newline_between(last.end_byte >> 1, token.start_byte >> 1) >= 0:
            state.split(last.end_byte >> 1, token.start_byte >> 1)
            return tree.UpdateExpression(node.start_byte >> 1, node.end_byte >> 1, token.type, prefix, argument)
    where = "prefix" if prefix else "postfix"
    simple_target(state, argument, f"Invalid left-hand side expression in {where} operation")
    return tree.UpdateExpression(node.start_byte >> 1, node.end_byte >> 1, token.type, prefix, argument)


def conditional(state: State, node: Node, parts: list[Any]) -> tree.ConditionalExpression:
    test, mark, consequent, _, alternate = parts
    if isinstance(test, _LOW) and not test.parenthesized:
        if is_arrow(test):
            after_arrow(state, test, mark)
        else:
            operand(state, test)
    return tree.ConditionalExpression(node.start_byte >> 1, node.end_byte >> 1, test, consequent, alternate)


def assignment(state: State, node: Node, parts: list[Any]) -> tree.AssignmentExpression:
    target, token, value = parts
    operator = token.type
    if operator == "=":
        target = check_target(state, target)
    else:
        target = simple_target(state, target, call=operator not in ("&&=", "||=", "??="))
    return tree.AssignmentExpression(
        node.start_byte >> 1, node.end_byte >> 1, operator, target, value, token.start_byte >> 1
    )


def _chained(object_: Any) -> tuple[Any, bool]:
    """An object or callee without the ChainExpression around it."""
    if isinstance(object_, tree.ChainExpression) and not object_.parenthesized:
        return object_.expression, True
    return object_, False


def _is_optional(state: State, part: Any) -> bool:
    return isinstance(part, Node) and part.type == "optional_chain"


def member(state: State, node: Node, parts: list[Any]) -> Any:
    object_, token, property_ = parts[0], parts[1], parts[-1]
    start, end = node.start_byte >> 1, node.end_byte >> 1
    if isinstance(object_, Node):  # import.defer(...)
        if property_.name not in ("defer", "source") or token.type != ".":
            state.fail("Cannot use 'import.meta' outside a module", start)
        return _Phase(start, property_.name)
    optional = _is_optional(state, token)
    left_hand_side(state, object_, token)
    object_, chained = _chained(object_)
    if isinstance(object_, tree.Super):
        state.supers.discard(object_.start)
        check_super(state, object_, token)
    if isinstance(object_, _Phase):
        state.unexpected(token)
    if isinstance(property_, tree.PrivateIdentifier):
        if isinstance(object_, tree.Super):
            state.fail("Unexpected private field", property_.start)
        use_private(state, property_)
    result = tree.MemberExpression(start, end, object_, property_, False, optional, property_.start)
    return tree.ChainExpression(start, end, result) if optional or chained else result


class _Phase(tree.Expression):
    """`import.defer` until its call has been seen."""

    __slots__ = ("phase",)

    def __init__(self, start: int, phase: str) -> None:
        super().__init__(start, start)
        self.phase = phase


def subscript(state: State, node: Node, parts: list[Any]) -> Any:
    object_ = parts[0]
    start, end = node.start_byte >> 1, node.end_byte >> 1
    optional = _is_optional(state, parts[1])
    left_hand_side(state, object_, parts[1])
    object_, chained = _chained(object_)
    if isinstance(object_, tree.Super):
        state.supers.discard(object_.start)
        check_super(state, object_, parts[1])
    index = parts[-2]
    bracket = parts[-3].end_byte >> 1
    result = tree.MemberExpression(start, end, object_, index, True, optional, bracket)
    return tree.ChainExpression(start, end, result) if optional or chained else result


def check_super(state: State, expression: tree.Super, after: Any) -> None:
    """May `super` be the object of a member access here?"""
    kind = state.ordinary().kind
    if kind in ("program", "normal") or _is_optional(state, after):
        state.fail("'super' keyword unexpected here", expression.start)


def call(state: State, node: Node, parts: list[Any]) -> Any:
    callee, arguments = parts[0], parts[-1]
    start, end = node.start_byte >> 1, node.end_byte >> 1
    if isinstance(callee, Node | _Phase):
        return _import(state, start, end, callee, arguments)
    after = node.child(node.child_count - 1)
    assert after is not None
    left_hand_side(state, callee, parts[1] if len(parts) == 3 else after.child(0) or after)
    optional = len(parts) == 3
    if isinstance(arguments, tree.TemplateLiteral):
        if isinstance(callee, tree.ChainExpression) and not callee.parenthesized:
            state.fail("Invalid tagged template on optional chain", arguments.start)
        return tree.TaggedTemplateExpression(start, end, callee, arguments)
    callee, chained = _chained(callee)
    if isinstance(callee, tree.Super):
        state.supers.discard(callee.start)
    if isinstance(callee, tree.Super) and (
        optional or state.ordinary().kind != "derived constructor"
    ):
        state.fail("'super' keyword unexpected here", callee.start)
    result = tree.CallExpression(start, end, callee, arguments, optional)
    return tree.ChainExpression(start, end, result) if optional or chained else result


def _import(state: State, start: int, end: int, callee: Any, arguments: Any) -> tree.ImportExpression:
    phase = callee.phase if isinstance(callee, _Phase) else None
    if not isinstance(arguments, list):
        state.fail("Unexpected template string", arguments.start)
    for argument in arguments:
        if isinstance(argument, tree.SpreadElement):
            state.fail("Unexpected token '...'", argument.start)
    if not arguments:
        state.fail("import() requires a specifier", end - 1)
    if len(arguments) > (1 if phase else 2):
        state.fail("Unexpected token ','", arguments[1].start)
    return tree.ImportExpression(start, end, arguments[0], arguments[1] if len(arguments) > 1 else None, phase)


def arguments(state: State, node: Node, parts: list[Any]) -> list[Any]:
    return elements(state, parts, holes=False)


def new(state: State, node: Node, parts: list[Any]) -> tree.NewExpression:
    callee = parts[1]
    if isinstance(callee, Node) or (isinstance(callee, tree.ImportExpression) and not callee.parenthesized):
        state.fail("Cannot use new with import", node.start_byte >> 1)
    first = callee
    while isinstance(first, tree.MemberExpression) and not first.parenthesized:
        first = first.object
    if isinstance(first, tree.ImportExpression) and not first.parenthesized:
        state.fail("Cannot use new with import", first.start)
    if isinstance(callee, tree.ChainExpression) and not callee.parenthesized:
        state.fail("Invalid optional chain from new expression", callee.start)
    if isinstance(callee, _Phase):
        state.fail("Cannot use new with import", callee.start)
    if isinstance(callee, tree.Super):
        state.fail("'super' keyword unexpected here", callee.start)
    if isinstance(callee, _NOT_LHS) and not callee.parenthesized and not (
        isinstance(callee, tree.FunctionExpression) and not is_arrow(callee)
    ):
        state.fail("Malformed arrow function parameter list", callee.start)
    return tree.NewExpression(node.start_byte >> 1, node.end_byte >> 1, callee, parts[2] if len(parts) > 2 else [])


def spread(state: State, node: Node, parts: list[Any]) -> tree.SpreadElement:
    return tree.SpreadElement(node.start_byte >> 1, node.end_byte >> 1, parts[1])


def array(state: State, node: Node, parts: list[Any]) -> tree.ArrayExpression:
    return tree.ArrayExpression(node.start_byte >> 1, node.end_byte >> 1, elements(state, parts, holes=True))


def object_literal(state: State, node: Node, parts: list[Any]) -> tree.ObjectExpression:
    state.holders.pop()
    properties: list[tree.Property | tree.SpreadElement] = []
    prototype = False
    for part in elements(state, parts, holes=False):
        if isinstance(part, tree.Identifier):
            part = tree.Property(part.start, part.end, part, part, "init", shorthand=True)
        elif isinstance(part, tree.Method):
            part = _method(state, part)
        elif (
            isinstance(part, tree.Property)
            and not part.computed
            and (
                (isinstance(part.key, tree.Identifier) and part.key.name == "__proto__")
                or (isinstance(part.key, tree.StringLiteral) and part.key.value == "__proto__")
            )
        ):
            if prototype:
                state.fail("Duplicate __proto__ fields are not allowed in object literals", part.start)
            prototype = True
        properties.append(part)
    return tree.ObjectExpression(node.start_byte >> 1, node.end_byte >> 1, properties)


def _method(state: State, method: tree.Method) -> tree.Property:
    if isinstance(method.key, tree.PrivateIdentifier):
        state.fail("Unexpected identifier '#" + method.key.name + "'", method.key.start)
    if method.static:
        state.fail("Unexpected identifier", method.start)
    value = tree.FunctionExpression(method.start, method.end, method.function)
    kind = method.kind if method.kind in ("get", "set") else "init"
    return tree.Property(
        method.start, method.end, method.key, value, kind, method.computed, method=method.kind not in ("get", "set")
    )


def pair(state: State, node: Node, parts: list[Any]) -> tree.Property:
    key, computed = property_key(state, parts[0])
    return tree.Property(node.start_byte >> 1, node.end_byte >> 1, key, parts[2], "init", computed)


def enter_computed(state: State, node: Node) -> None:
    if node.start_byte in state.computed:
        assert state.function.outer is not None
        state.functions.append(state.function)
        state.function = state.function.outer


def computed_property_name(state: State, node: Node, parts: list[Any]) -> list[Any]:
    if node.start_byte in state.computed:
        state.function = state.functions.pop()
    return [parts[1]]


def enter_object(state: State, node: Node) -> None:
    state.holders.append(False)


ENTER = {"computed_property_name": enter_computed, "object": enter_object}
LEAVE = {
    "parenthesized_expression": parenthesized,
    "sequence_expression": sequence,
    "binary_expression": binary,
    "unary_expression": unary,
    "update_expression": update,
    "ternary_expression": conditional,
    "assignment_expression": assignment,
    "augmented_assignment_expression": assignment,
    "member_expression": member,
    "subscript_expression": subscript,
    "call_expression": call,
    "arguments": arguments,
    "new_expression": new,
    "spread_element": spread,
    "array": array,
    "object": object_literal,
    "pair": pair,
    "computed_property_name": computed_property_name,
}
