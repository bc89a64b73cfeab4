"""Loops, labels and jumps."""

from __future__ import annotations

import re
from typing import Any

from tree_sitter import Node

from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.parse.concrete import complaint
from seaofnodes.javascript.parse.leaves import name_of
from seaofnodes.javascript.parse.patterns import check_target
from seaofnodes.javascript.parse.state import Scope, State, extent
from seaofnodes.javascript.parse.statements import (
    body_of,
    declare,
    no_semicolon,
    single,
    sloppy_function,
    span,
)
from seaofnodes.javascript.parse.words import from_units, skip_trivia

_LET = re.compile(r"let\s*\[")


def enter_loop(state: State, node: Node) -> None:
    state.function.loops += 1
    state.function.breakable += 1


def _leave_loop(state: State) -> None:
    state.function.loops -= 1
    state.function.breakable -= 1




def while_statement(state: State, node: Node, parts: list[Any]) -> tree.WhileStatement:
    _leave_loop(state)
    return tree.WhileStatement(*span(node), parts[1], body_of(state, parts[2]))


def do_statement(state: State, node: Node, parts: list[Any]) -> tree.DoWhileStatement:
    _leave_loop(state)
    return tree.DoWhileStatement(*span(node), body_of(state, parts[1]), parts[3])


def enter_for(state: State, node: Node) -> None:
    left = node.child_by_field_name("left")
    if left is not None and left.type == "subscript_expression" and not node.child_by_field_name("kind"):
        start = left.start_byte >> 1
        if _LET.match(state.text, start):  # for await (let [...] of ...)
            state.repairs[start] = "var"
    enter_loop(state, node)
    state.scope = Scope(state.scope)


def _leave_for(state: State) -> None:
    _leave_loop(state)
    assert state.scope.outer is not None
    state.scope = state.scope.outer


def for_statement(state: State, node: Node, parts: list[Any]) -> tree.ForStatement:
    """`for ( init test ; update ) body`, where declarations have their semicolon, and empty statements are ones."""
    body = body_of(state, parts[-1])
    rest = parts[2:-2]
    init = rest.pop(0)
    for part in rest:
        if isinstance(part, Node) and part.start_byte >> 1 in state.substituted:
            no_semicolon(state, part)
    if isinstance(init, tree.VariableDeclaration) and (
        state.text[init.end - 1] != ";" or init.end - 1 in state.substituted
    ):
        offset = skip_trivia(state.text, init.end)
        state.fail(complaint(state.text, offset, state.function.strict), offset)
    if isinstance(init, tree.VariableDeclaration):
        init.end = init.declarations[-1].end  # the semicolon is one of the head
    if isinstance(init, tree.EmptyStatement):
        init = None
    elif not isinstance(init, tree.VariableDeclaration):
        rest.pop(0)
    if _has_in(state, init):
        state.fail("Invalid left-hand side in for-loop", node.start_byte >> 1)
    test = rest.pop(0)
    if isinstance(test, tree.EmptyStatement):
        test = None
    else:
        rest.pop(0)
    update = rest[0] if rest else None
    _leave_for(state)
    return tree.ForStatement(*span(node), init, test, update, body)


def _has_in(state: State, init: Any) -> bool:
    """Is there an `in` in the head of a for statement, outside parentheses, brackets and functions?"""
    todo = [init]
    while todo:
        part = todo.pop()
        if isinstance(part, tree.Expression) and part.parenthesized:
            continue
        if isinstance(part, tree.BinaryExpression):
            if part.operator == "in":
                return True
            todo += (part.left, part.right)
        elif isinstance(part, tree.LogicalExpression):
            todo += (part.left, part.right)
        elif isinstance(part, tree.VariableDeclaration):
            todo += [declarator.init for declarator in part.declarations]
        elif isinstance(part, tree.AssignmentExpression):
            todo.append(part.value)
        elif isinstance(part, tree.YieldExpression):
            todo.append(part.argument)
        elif isinstance(part, tree.ConditionalExpression):
            todo += (part.test, part.alternate)
        elif isinstance(part, tree.SequenceExpression):
            todo += part.expressions
        elif isinstance(part, tree.FunctionExpression) and not isinstance(part.function.body, list):
            todo.append(part.function.body)
    return False


def for_in_statement(state: State, node: Node, parts: list[Any]) -> Any:
    start, end = span(node)
    awaits = isinstance(parts[1], Node) and parts[1].type == "await"
    of_token = node.child_by_field_name("operator")
    assert of_token is not None
    of = of_token.type == "of"
    function = state.function
    if awaits and not (of and function.asynchronous and not function.parameters):
        state.fail("Unexpected reserved word" if of else "Unexpected token 'in'", parts[1].start_byte >> 1)
    where = next(i for i, part in enumerate(parts) if isinstance(part, Node) and part == of_token)
    left, right, body = parts[where - 1], parts[where + 1], body_of(state, parts[-1])
    if state.text[of_token.start_byte >> 1 : of_token.end_byte >> 1] != of_token.type:
        state.unexpected(of_token)
    if of and isinstance(right, tree.SequenceExpression) and not right.parenthesized:
        state.fail("Unexpected token ','", right.expressions[0].end)
    heads = [part for part in parts[2:where] if isinstance(part, Node) and part.type in _KINDS]
    if heads:
        left = _for_declaration(state, node, parts[:where], heads, of)
    else:
        if of and isinstance(left, tree.Identifier):
            text = state.text[left.start : left.end]
            if (text == "async" and not awaits or text == "let") and not left.parenthesized:
                message = "The left-hand side of a for-of loop may not be 'async'." if text == "async" else (
                    "The left-hand side of a for-of loop may not be 'let'."
                )
                state.fail(message, left.start)
        if of and state.text.startswith("let", left.start) and isinstance(left, tree.MemberExpression):
            state.fail("The left-hand side of a for-of loop may not be 'let'.", left.start)
        left = check_target(state, left, "Invalid left-hand side in for-loop")
    _leave_for(state)
    if of:
        return tree.ForOfStatement(start, end, left, right, body, awaits)
    return tree.ForInStatement(start, end, left, right, body)


_KINDS = frozenset(("var", "let", "const", "using"))


def _for_declaration(
    state: State, node: Node, parts: list[Any], heads: list[Any], of: bool
) -> tree.VariableDeclaration:
    kind = heads[0].type
    target_node = node.child_by_field_name("left")
    assert target_node is not None
    at = next(i for i, part in enumerate(parts) if part is heads[0])
    if kind == "using":
        if not of:
            state.fail("Invalid left-hand side in for-in loop: Must have a single binding.", heads[0].start_byte >> 1)
        if isinstance(parts[at - 1], Node) and parts[at - 1].type == "await":
            kind = "await using"
    target = parts[at + 1]
    if kind == "using" and isinstance(target, tree.Identifier) and target.name == "of":
        state.repairs[heads[0].start_byte >> 1] = "usin$"  # for (using of of ...)
    initial = None
    if len(parts) > at + 2:
        initial = parts[-1]
        if of or kind != "var" or state.function.strict or not isinstance(target, tree.Identifier):
            loop = "for-of" if of else "for-in"
            state.fail(f"{loop} loop variable declaration may not have an initializer.", heads[0].start_byte >> 1)
    if state.text.startswith("let", heads[0].start_byte >> 1):
        kind = "let"
    declare(state, kind, target)
    start = (parts[at - 1] if kind == "await using" else heads[0]).start_byte >> 1
    end = (initial or target).end
    return tree.VariableDeclaration(start, end, kind, [tree.VariableDeclarator(target.start, end, target, initial)])


_LOOPS = frozenset(("for_statement", "for_in_statement", "while_statement", "do_statement"))


def enter_labeled(state: State, node: Node) -> None:
    label = node.child_by_field_name("label")
    body = node.child_by_field_name("body")
    assert label is not None and body is not None
    function = state.function
    name = name_of(state, label.start_byte >> 1, label.end_byte >> 1)
    if name in function.labels:
        state.fail(f"Label '{from_units(name)}' has already been declared", label.start_byte >> 1)
    chain = function.chain
    entry = chain[1] if chain is not None and chain[0] == node.start_byte else [False]
    if body.type in _LOOPS:
        entry[0] = True
    function.labels[name] = entry
    function.chain = (body.start_byte, entry)


def labeled_statement(state: State, node: Node, parts: list[Any]) -> tree.LabeledStatement:
    label, body = parts[0], parts[2]
    del state.function.labels[label.name]
    if isinstance(body, tree.FunctionDeclaration):
        sloppy_function(state, body)
    return tree.LabeledStatement(*span(node), label.name, single(state, body))


def _label(parts: list[Any]) -> tree.Identifier | None:
    return next((part for part in parts if isinstance(part, tree.Identifier)), None)


def break_statement(state: State, node: Node, parts: list[Any]) -> tree.BreakStatement:
    label = _label(parts)
    start, end = extent(node, parts)
    if label is None:
        if not state.function.breakable:
            state.fail("Illegal break statement", start)
    elif label.name not in state.function.labels:
        state.fail(f"Undefined label '{from_units(label.name)}'", label.start)
    return tree.BreakStatement(start, end, label.name if label else None)


def continue_statement(state: State, node: Node, parts: list[Any]) -> tree.ContinueStatement:
    label = _label(parts)
    start, end = extent(node, parts)
    if label is not None:
        entry = state.function.labels.get(label.name)
        if entry is None:
            state.fail(f"Undefined label '{from_units(label.name)}'", label.start)
        if not entry[0]:
            message = f"'{from_units(label.name)}' does not denote an iteration statement"
            state.fail(f"Illegal continue statement: {message}", label.start)
    elif not state.function.loops:
        state.fail("Illegal continue statement: no surrounding iteration statement", start)
    return tree.ContinueStatement(start, end, label.name if label else None)


ENTER = {
    "while_statement": enter_loop,
    "do_statement": enter_loop,
    "for_statement": enter_for,
    "for_in_statement": enter_for,
    "labeled_statement": enter_labeled,
}
LEAVE = {
    "while_statement": while_statement,
    "do_statement": do_statement,
    "for_statement": for_statement,
    "for_in_statement": for_in_statement,
    "labeled_statement": labeled_statement,
    "break_statement": break_statement,
    "continue_statement": continue_statement,
}
