"""Functions: parameters, bodies, directives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tree_sitter import Node

from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.parse.state import FunctionState, State, extent


def has_use_strict(state: State, body: Node | None) -> int:
    """The offset of "use strict" in the prologue of a body or program, or -1."""
    if body is None or body.type not in ("statement_block", "program"):
        return -1
    for index in range(body.child_count):
        child = body.child(index)
        assert child is not None
        if child.type == "expression_statement":
            text = child.child(0)
            assert text is not None
            if text.type != "string" or state.text[text.start_byte >> 1] == "(":
                break
            if state.text[(text.start_byte >> 1) + 1 : (text.end_byte >> 1) - 1] == "use strict":
                return text.start_byte >> 1
        elif child.type not in ("{", "comment", "html_comment", "hash_bang_line"):
            break
    return -1


def mark_directives(state: State, body: list[tree.Statement]) -> None:
    for statement in body:
        if not isinstance(statement, tree.ExpressionStatement):
            break
        literal = statement.expression
        if not isinstance(literal, tree.StringLiteral) or literal.parenthesized:
            break
        statement.directive = state.text[literal.start + 1 : literal.end - 1]


def _enter(kind: str, expression: bool) -> Callable[[State, Node], None]:
    def enter(state: State, node: Node) -> None:
        asynchronous = generator = False
        name = None
        for child in node.children:
            type_ = child.type
            if type_ == "async":
                asynchronous = True
            elif type_ == "*":
                generator = True
            elif type_ == "identifier":
                name = child
            elif type_ == "formal_parameters" or type_ == "=>":
                break
        body = node.child_by_field_name("body")
        outer = state.function
        strict = outer.strict or has_use_strict(state, body) >= 0
        function = FunctionState(kind, outer, strict, asynchronous, generator)
        if name is not None and not expression:
            function.named = name.start_byte
        if kind == "arrow":
            function.parameters = True
        state.push_function(function, body)

    return enter


def enter_parameters(state: State, node: Node) -> None:
    state.function.parameters = True


def parameters(state: State, node: Node, parts: list[Any]) -> list[Any]:
    state.function.parameters = False
    patterns = [part for part in parts if not isinstance(part, Node)]
    for pattern in patterns[:-1]:
        if isinstance(pattern, tree.RestElement):
            state.fail("Rest parameter must be last formal parameter", pattern.start)
    if patterns and isinstance(patterns[-1], tree.RestElement) and parts[-2] is not patterns[-1]:
        state.fail("Rest parameter must be last formal parameter", patterns[-1].start)
    return patterns


def declare_parameters(state: State, patterns: list[Any], kind: str, body: Node | None) -> bool:
    """Checks the parameters of the function that is being left, against its body, too. Are they simple?"""
    simple = all(isinstance(pattern, tree.Identifier) for pattern in patterns)
    if not simple:
        directive = has_use_strict(state, body)
        if directive >= 0:
            state.fail("Illegal 'use strict' directive in function with non-simple parameter list", directive)
    unique = state.function.strict or not simple or kind not in ("normal",)
    scope = state.scope
    for pattern in patterns:
        for name in state.bound(pattern):
            if name.name in scope.parameters and unique:
                state.fail("Duplicate parameter name not allowed in this context", name.start)
            if name.name in scope.lexical:
                state.redeclared(name.name, name.start)
            scope.parameters.add(name.name)
    return simple


def _name(state: State, name: tree.Identifier | None) -> None:
    if name is not None and state.function.strict and name.name in ("eval", "arguments"):
        state.fail("Unexpected eval or arguments in strict mode", name.start)


def _function(state: State, node: Node, parts: list[Any]) -> tree.Function:
    name = next((part for part in parts if isinstance(part, tree.Identifier)), None)
    patterns = next(part for part in parts if isinstance(part, list))
    _name(state, name)
    simple = declare_parameters(state, patterns, "normal", node.child_by_field_name("body"))
    if isinstance(parts[0], Node) and parts[0].type == "async":
        state.split(parts[0].end_byte >> 1, parts[1].start_byte >> 1)
    function = state.pop_function()
    return tree.Function(
        node.start_byte >> 1, parts[-1].end, name, patterns, parts[-1].body, "normal", function.generator,
        function.asynchronous, function.strict, simple,
    )  # fmt: skip


def function_expression(state: State, node: Node, parts: list[Any]) -> tree.FunctionExpression:
    function = _function(state, node, parts)
    return tree.FunctionExpression(function.start, function.end, function)


def function_declaration(state: State, node: Node, parts: list[Any]) -> tree.FunctionDeclaration:
    function = _function(state, node, parts)
    name = function.name
    if name is not None and node.start_byte not in state.isolated:
        if state.scope.top and not (state.module and state.scope.outer is None):
            state.declare_var(name.name, name.start)
        else:
            sloppy = not (state.function.strict or function.generator or function.asynchronous)
            state.declare_lexical(name.name, "sloppy function" if sloppy else "function", name.start)
    return tree.FunctionDeclaration(function.start, function.end, function)


def arrow_function(state: State, node: Node, parts: list[Any]) -> tree.FunctionExpression:
    start = node.start_byte >> 1
    asynchronous = isinstance(parts[0], Node) and len(parts) == 4
    patterns, arrow, body = parts[-3:]
    patterns = patterns if isinstance(patterns, list) else [patterns]
    if state.newline_between(_end_of_parameters(state, node), arrow.start_byte >> 1) >= 0:
        state.unexpected(arrow)
    if asynchronous:
        first = node.child_by_field_name("parameters") or node.child_by_field_name("parameter")
        assert first is not None
        if state.split(parts[0].end_byte >> 1, first.start_byte >> 1) and first.type == "formal_parameters":
            state.repairs.clear()
            state.unexpected(arrow)
    block = node.child_by_field_name("body")
    simple = declare_parameters(state, patterns, "arrow", block)
    function = state.pop_function()
    if isinstance(body, tree.BlockStatement):
        end = body.end
        body = body.body
    else:
        end = node.end_byte >> 1
        if block is not None and state.text[block.start_byte >> 1] == "{":
            state.fail("Malformed arrow function parameter list", start)
    made = tree.Function(start, end, None, patterns, body, "arrow", False, asynchronous, function.strict, simple)
    return tree.FunctionExpression(start, end, made)


def _end_of_parameters(state: State, node: Node) -> int:
    first = node.child_by_field_name("parameters") or node.child_by_field_name("parameter")
    assert first is not None
    return first.end_byte >> 1


def arrow_token(state: State, node: Node) -> Node:
    """From here on it is the body."""
    state.function.parameters = False
    return node


def return_statement(state: State, node: Node, parts: list[Any]) -> tree.ReturnStatement:
    start, end = extent(node, parts)
    if state.function.kind in ("program", "static block", "field initializer"):
        state.fail("Illegal return statement", start)
    argument = parts[1] if len(parts) > 1 and not isinstance(parts[1], Node) else None
    return tree.ReturnStatement(start, end, argument)


def program(state: State, node: Node, parts: list[Any]) -> tree.Program:
    if state.supers:
        state.fail("'super' keyword unexpected here", min(state.supers))
    for statement in parts:
        place = state.lets.get(statement.start)
        if place is not None and isinstance(statement, tree.ExpressionStatement):
            state.join(*place)
    mark_directives(state, parts)
    return tree.Program(0, len(state.text), parts, state.module, state.function.strict)


def enter_program(state: State, node: Node) -> None:
    if has_use_strict(state, node) >= 0:
        state.function.strict = True


def yield_expression(state: State, node: Node, parts: list[Any]) -> Any:
    start = node.start_byte >> 1
    function = state.function
    in_generator = function.generator and function.kind != "arrow"
    if function.kind == "arrow" and function.parameters:
        outer = function
        while outer.kind == "arrow" and outer.parameters and outer.outer is not None:
            outer = outer.outer
        if outer.generator:
            state.fail("Yield expression not allowed in formal parameter", start)
    if not in_generator:
        if function.strict:
            state.fail("Unexpected strict mode reserved word", start)
        if len(parts) > 1 or not state.substituted.get(start):
            state.repairs[start] = "yiel$"
        return tree.Identifier(start, start + 5, "yield")
    if function.parameters:
        state.fail("Yield expression not allowed in formal parameter", start)
    delegate = len(parts) > 1 and isinstance(parts[1], Node)
    if len(parts) > 1:
        following = parts[1].start_byte >> 1 if isinstance(parts[1], Node) else parts[1].start
        if delegate:
            if state.newline_between(start + 5, following) >= 0:
                state.unexpected(parts[1])
        else:
            state.split(start + 5, _real_start(node))
    argument = parts[-1] if len(parts) > 1 else None
    return tree.YieldExpression(start, node.end_byte >> 1, argument, delegate)


def _real_start(node: Node) -> int:
    """Where the operand starts, with its parentheses."""
    operand = node.child(node.child_count - 1)
    assert operand is not None
    return operand.start_byte >> 1


def await_expression(state: State, node: Node, parts: list[Any]) -> Any:
    start, end = node.start_byte >> 1, node.end_byte >> 1
    function = state.function
    awaits = function
    while awaits.kind == "arrow" and awaits.parameters and not awaits.asynchronous and awaits.outer is not None:
        awaits = awaits.outer
    if awaits.kind == "static block":
        state.fail("Unexpected reserved word", start)
    if not awaits.asynchronous:
        if state.module:
            state.fail("await is only valid in async functions and the top level bodies of modules", start)
        state.repairs[start] = "awai$"
        return tree.Identifier(start, start + 5, "await")
    if function.parameters:
        state.fail("Illegal await-expression in formal parameters of async function", start)
    return tree.AwaitExpression(start, end, parts[1])


ENTER = {
    "program": enter_program,
    "function_expression": _enter("normal", True),
    "generator_function": _enter("normal", True),
    "function_declaration": _enter("normal", False),
    "generator_function_declaration": _enter("normal", False),
    "arrow_function": _enter("arrow", True),
    "formal_parameters": enter_parameters,
}
LEAVE = {
    "program": program,
    "function_expression": function_expression,
    "generator_function": function_expression,
    "function_declaration": function_declaration,
    "generator_function_declaration": function_declaration,
    "arrow_function": arrow_function,
    "formal_parameters": parameters,
    "return_statement": return_statement,
    "yield_expression": yield_expression,
    "await_expression": await_expression,
}
