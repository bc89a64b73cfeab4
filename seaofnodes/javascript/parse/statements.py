"""Statements, but for loops, labels, functions, classes and those of modules."""

from __future__ import annotations

import re
from typing import Any

from tree_sitter import Node

from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.parse.concrete import binds, complaint
from seaofnodes.javascript.parse.functions import mark_directives
from seaofnodes.javascript.parse.leaves import name_of
from seaofnodes.javascript.parse.state import Scope, State, extent
from seaofnodes.javascript.parse.words import skip_trivia


def span(node: Node) -> tuple[int, int]:
    return node.start_byte >> 1, node.end_byte >> 1


def expression_statement(state: State, node: Node, parts: list[Any]) -> tree.ExpressionStatement:
    start, end = extent(node, parts)
    expression = parts[0]
    text = state.text
    if text[start] == "{" or text[start] in "fca" and _DECLARATION.match(text, start):
        _not_an_expression(state, start, expression)
    if isinstance(expression, tree.Identifier) and text.startswith("let", start) and len(parts) == 1:
        following = skip_trivia(text, end)
        if binds(text, end):
            state.lets[start] = (expression.end, following)
    if state.text.startswith("let", start) and isinstance(expression, tree.MemberExpression):
        first = expression.object
        if isinstance(first, tree.Identifier) and first.name == "let" and expression.computed and first.start == start:
            state.fail("Lexical declaration cannot appear in a single-statement context", start)
    return tree.ExpressionStatement(start, end, expression)


_DECLARATION = re.compile(r"(?:function|class)\b(?!\$)|async[ \t]+function\b(?!\$)")


def _not_an_expression(state: State, start: int, expression: Any) -> None:
    """It starts as a block or declaration does, so it is one, and what follows on the same line is wrong."""
    if state.text[start] != "{":
        state.fail("Function statements require a function name", skip_trivia(state.text, start + 8))
    part = expression
    while not isinstance(part, tree.ObjectExpression | tree.ObjectPattern):
        for field in ("left", "target", "object", "callee", "test", "argument", "tag", "expression", "expressions"):
            if hasattr(part, field):
                part = getattr(part, field)
                part = part[0] if isinstance(part, list) else part
                break
        else:
            break
    state.inserts.append(part.end - 1)  # a semicolon in it makes it a block


def check_list(state: State, statements: list[Any]) -> None:
    """`let` on a line of its own in a statement list starts a declaration."""
    if state.lets:
        for statement in statements:
            place = state.lets.pop(statement.start, None)
            if place is not None and isinstance(statement, tree.ExpressionStatement):
                state.join(*place)


def empty_statement(state: State, node: Node, parts: list[Any]) -> tree.EmptyStatement:
    if node.start_byte >> 1 in state.substituted:
        no_semicolon(state, node)
    return tree.EmptyStatement(*span(node))


def debugger_statement(state: State, node: Node, parts: list[Any]) -> tree.DebuggerStatement:
    return tree.DebuggerStatement(*extent(node, parts))


def no_semicolon(state: State, node: Node) -> None:
    """A semicolon that was inserted must be no empty statement, and not in the head of a for statement."""
    offset = skip_trivia(state.text, node.start_byte >> 1)
    state.fail(complaint(state.text, offset, state.function.strict), offset)


# --- Blocks


def enter_block(state: State, node: Node) -> None:
    kind = state.bodies.get(node.start_byte)
    if kind is None:
        state.scope = Scope(state.scope)


def block(state: State, node: Node, parts: list[Any]) -> tree.BlockStatement:
    kind = state.bodies.get(node.start_byte)
    last = len(parts) - 1
    while not (isinstance(parts[last], Node) and parts[last].type == "}"):
        last -= 1
    body = parts[1:last]
    if kind is None:
        assert state.scope.outer is not None
        state.scope = state.scope.outer
    elif kind == "function":
        mark_directives(state, body)
    check_list(state, body)
    return tree.BlockStatement(node.start_byte >> 1, parts[last].end_byte >> 1, body)


def sloppy_function(state: State, declared: tree.FunctionDeclaration) -> None:
    """Raises for a function that must stand in a block of its own."""
    if state.function.strict:
        message = "In strict mode code, functions can only be declared at top level or inside a block."
        state.fail(message, declared.start)
    if declared.function.asynchronous:
        state.fail("Async functions can only be declared at the top level or inside a block.", declared.start)
    if declared.function.generator:
        state.fail("Generators can only be declared at the top level or inside a block.", declared.start)


def body_of(state: State, statement: Any, what: str = "") -> Any:
    """The body of a statement, which can be no declaration."""
    inner = statement
    while isinstance(inner, tree.LabeledStatement):
        inner = inner.body
    if isinstance(inner, tree.FunctionDeclaration):
        sloppy_function(state, inner)
        if inner is statement and what == "if":
            return statement
        state.fail(
            "In non-strict mode code, functions can only be declared at top level, inside a block, or as the body of an"
            " if statement.",
            inner.start,
        )
    return single(state, statement)


def single(state: State, statement: Any) -> Any:
    if isinstance(statement, tree.ClassDeclaration):
        state.fail("Unexpected token 'class'", statement.start)
    if isinstance(statement, tree.VariableDeclaration) and statement.kind != "var":
        start = statement.start
        target = statement.declarations[0].target
        alone = statement.kind == "let" and not isinstance(target, tree.ArrayPattern) and not state.function.strict
        if alone and state.split(start + 3, target.start):
            return statement
        state.fail("Lexical declaration cannot appear in a single-statement context", start)
    if isinstance(statement, tree.ImportDeclaration | tree.ExportNamedDeclaration | tree.ExportDefaultDeclaration):
        state.fail("Unexpected token", statement.start)
    return statement


def enter_if(state: State, node: Node) -> None:
    for field in ("consequence", "alternative"):
        part = node.child_by_field_name(field)
        if part is not None and part.type == "else_clause":
            part = part.child(part.child_count - 1)
        if part is not None and part.type == "function_declaration":
            state.isolated.add(part.start_byte)


def if_statement(state: State, node: Node, parts: list[Any]) -> tree.IfStatement:
    start, end = span(node)
    alternate = body_of(state, parts[3][0], "if") if len(parts) > 3 else None
    return tree.IfStatement(start, end, parts[1], body_of(state, parts[2], "if"), alternate)


def else_clause(state: State, node: Node, parts: list[Any]) -> tuple[Any]:
    return (parts[1],)


# --- Declarations


def declare(state: State, kind: str, target: Any) -> None:
    for name in state.bound(target):
        if kind == "var":
            state.declare_var(name.name, name.start)
        else:
            if name.name == "let":
                state.fail("let is disallowed as a lexically bound name", name.start)
            state.declare_lexical(name.name, kind, name.start)


def variable_declarator(state: State, node: Node, parts: list[Any]) -> tree.VariableDeclarator:
    return tree.VariableDeclarator(*span(node), parts[0], parts[2] if len(parts) > 2 else None)


def _no_using(state: State, node: Node, parts: list[Any], kind: str) -> bool:
    """Is `using` an identifier here? Then the next attempt takes it for one."""
    token = parts[1] if parts[0].type == "await" else parts[0]
    start = token.start_byte >> 1
    first = next(part for part in parts if not isinstance(part, Node))
    if token.type == "using" and (
        not isinstance(first.target, tree.Identifier) or state.newline_between(start + 5, first.start) >= 0
    ):
        state.repairs[start] = "usin$"
        return True
    if kind == "await using" and not state.function.asynchronous:
        state.fail("await is only valid in async functions and the top level bodies of modules", node.start_byte >> 1)
    if state.scope.outer is None and not state.module:
        state.fail("Unexpected identifier", first.start)
    return False


def declaration(state: State, node: Node, parts: list[Any]) -> tree.VariableDeclaration:
    start, end = extent(node, parts)
    kind = parts[0].type
    if kind == "await" or state.text.startswith("await", start):
        kind = "await using"
    elif kind == "const" and state.text.startswith("using", start):
        kind = "using"
    if "using" in kind and _no_using(state, node, parts, kind):
        return tree.VariableDeclaration(start, end, kind, [])
    declarators = [part for part in parts if not isinstance(part, Node)]
    for declarator in declarators:
        target = declarator.target
        if declarator.init is None:
            if isinstance(target, tree.ObjectPattern | tree.ArrayPattern):
                state.fail("Missing initializer in destructuring declaration", target.start)
            if kind != "var" and kind != "let":
                state.fail(f"Missing initializer in {kind} declaration", target.start)
        if "using" in kind and not isinstance(target, tree.Identifier):
            state.fail("Unexpected token", target.start)
        declare(state, kind, target)
    return tree.VariableDeclaration(start, end, kind, declarators)


def throw_statement(state: State, node: Node, parts: list[Any]) -> tree.ThrowStatement:
    start, end = extent(node, parts)
    operand = node.child(1)
    assert operand is not None
    if state.newline_between(start, operand.start_byte >> 1) >= 0:
        state.fail("Illegal newline after throw", start + 5)
    return tree.ThrowStatement(start, end, parts[1])


# --- switch, try, with


def enter_switch_body(state: State, node: Node) -> None:
    state.function.breakable += 1
    state.scope = Scope(state.scope)


def switch_body(state: State, node: Node, parts: list[Any]) -> list[Any]:
    state.function.breakable -= 1
    assert state.scope.outer is not None
    state.scope = state.scope.outer
    return parts[1:-1]


def switch_statement(state: State, node: Node, parts: list[Any]) -> tree.SwitchStatement:
    defaults = [case for case in parts[2] if case.test is None]
    if len(defaults) > 1:
        state.fail("More than one default clause in switch statement", defaults[1].start)
    return tree.SwitchStatement(*span(node), parts[1], parts[2])


def _check_case(state: State, statements: list[Any]) -> None:
    check_list(state, statements)
    for statement in statements:
        if isinstance(statement, tree.VariableDeclaration) and "using" in statement.kind:
            state.fail("Using declaration cannot appear in the bare case statement.", statement.start)


def switch_case(state: State, node: Node, parts: list[Any]) -> tree.SwitchCase:
    _check_case(state, parts[3:])
    return tree.SwitchCase(*span(node), parts[1], parts[3:])


def switch_default(state: State, node: Node, parts: list[Any]) -> tree.SwitchCase:
    _check_case(state, parts[2:])
    return tree.SwitchCase(*span(node), None, parts[2:])


def enter_catch(state: State, node: Node) -> None:
    body = node.child_by_field_name("body")
    assert body is not None
    state.bodies[body.start_byte] = "catch"
    state.scope = Scope(state.scope)
    parameter = node.child_by_field_name("parameter")
    if parameter is not None and parameter.type in ("identifier", "undefined"):
        state.scope.simple = name_of(state, parameter.start_byte >> 1, parameter.end_byte >> 1)


def catch_clause(state: State, node: Node, parts: list[Any]) -> tree.CatchClause:
    """The scope has been filled by the body; the parameter's names come last."""
    scope = state.scope
    parameter = parts[2] if len(parts) > 3 else None
    names: set[str] = set()
    if parameter is not None:
        simple = isinstance(parameter, tree.Identifier)
        for name in state.bound(parameter):
            if name.name in names or name.name in scope.lexical or (not simple and name.name in scope.hoisted):
                state.redeclared(name.name, name.start)
            names.add(name.name)
    assert scope.outer is not None
    state.scope = scope.outer
    return tree.CatchClause(*span(node), parameter, parts[-1])


def finally_clause(state: State, node: Node, parts: list[Any]) -> tuple[Any]:
    return (parts[1],)


def try_statement(state: State, node: Node, parts: list[Any]) -> tree.TryStatement:
    start, end = span(node)
    handler = next((part for part in parts if isinstance(part, tree.CatchClause)), None)
    finalizer = next((part[0] for part in parts if isinstance(part, tuple)), None)
    if handler is None and finalizer is None:
        state.fail("Missing catch or finally after try", parts[1].end)
    return tree.TryStatement(start, end, parts[1], handler, finalizer)


def with_statement(state: State, node: Node, parts: list[Any]) -> tree.WithStatement:
    if state.function.strict:
        state.fail("Strict mode code may not include a with statement", node.start_byte >> 1)
    return tree.WithStatement(*span(node), parts[1], body_of(state, parts[2]))


ENTER = {
    "statement_block": enter_block,
    "if_statement": enter_if,
    "switch_body": enter_switch_body,
    "catch_clause": enter_catch,
}
LEAVE = {
    "expression_statement": expression_statement,
    "empty_statement": empty_statement,
    "debugger_statement": debugger_statement,
    "statement_block": block,
    "if_statement": if_statement,
    "else_clause": else_clause,
    "variable_declarator": variable_declarator,
    "variable_declaration": declaration,
    "lexical_declaration": declaration,
    "using_declaration": declaration,
    "throw_statement": throw_statement,
    "switch_statement": switch_statement,
    "switch_body": switch_body,
    "switch_case": switch_case,
    "switch_default": switch_default,
    "catch_clause": catch_clause,
    "finally_clause": finally_clause,
    "try_statement": try_statement,
    "with_statement": with_statement,
}
