"""Patterns: what is declared, and what is assigned to."""

from __future__ import annotations

from typing import Any

from tree_sitter import Node

from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.parse.state import State

LHS_MESSAGE = "Invalid left-hand side in assignment"
_PATTERNS = (tree.ObjectPattern, tree.ArrayPattern)


def simple_target(state: State, expression: Any, message: str = LHS_MESSAGE, call: bool = True) -> Any:
    """An identifier or member expression, else V8's message; a call passes in sloppy mode."""
    if isinstance(expression, tree.Identifier):
        if state.function.strict and expression.name in ("eval", "arguments"):
            state.fail("Unexpected eval or arguments in strict mode", expression.start)
        return expression
    if isinstance(expression, tree.MemberExpression):
        if state.text[expression.position - 1] != "(" or expression.position - 1 not in state.substituted:
            return expression
        call_ = tree.CallExpression(expression.start, expression.end, expression.object, [])  # see concrete.repairs
        call_.arguments += [expression.property] if expression.computed else []
        expression = call_
    if call and isinstance(expression, tree.CallExpression) and not state.function.strict:
        return expression
    state.fail(message, expression.start)


def check_target(state: State, target: Any, message: str = LHS_MESSAGE) -> Any:
    """A target of `=`, or of the head of a for statement, after all its parts have been built."""
    if not isinstance(target, _PATTERNS):
        return simple_target(state, target, message)  # another node where it is a call
    todo: list[Any] = [target]
    while todo:
        part = todo.pop()
        if isinstance(part, tree.AssignmentPattern | tree.RestElement | tree.PatternProperty):
            todo.append(part.target)
        elif isinstance(part, tree.ObjectPattern):
            todo.extend(reversed(part.properties))
        elif isinstance(part, tree.ArrayPattern):
            todo.extend(element for element in reversed(part.elements) if element is not None)
        else:
            simple_target(state, part, "Invalid destructuring assignment target", call=False)
    return target


def elements(state: State, parts: list[Any], holes: bool) -> list[Any]:
    """What stands between the brackets, with None for each that is left out; holes: may that be?"""
    found: list[Any] = []
    empty = True
    for part in parts[1:-1]:
        if isinstance(part, Node):
            if empty:
                if not holes:
                    state.unexpected(part)
                found.append(None)
            empty = True
        else:
            found.append(part)
            empty = False
    return found


def array_pattern(state: State, node: Node, parts: list[Any]) -> tree.ArrayPattern:
    found = elements(state, parts, holes=True)
    for index, element in enumerate(found):
        if isinstance(element, tree.RestElement) and (index < len(found) - 1 or parts[-2] is not element):
            state.fail("Rest element must be last element", element.start)
    return tree.ArrayPattern(node.start_byte >> 1, node.end_byte >> 1, found)


def object_pattern(state: State, node: Node, parts: list[Any]) -> tree.ObjectPattern:
    found = elements(state, parts, holes=False)
    properties: list[tree.PatternProperty | tree.RestElement] = []
    for element in found:
        if isinstance(element, tree.Identifier):
            element = tree.PatternProperty(element.start, element.end, element, False, element, True)
        elif isinstance(element, tree.AssignmentPattern):
            if not isinstance(element.target, tree.Identifier):
                state.fail("Invalid destructuring assignment target", element.start)
            element = tree.PatternProperty(element.start, element.end, element.target, False, element, True)
        elif isinstance(element, tree.RestElement):
            if isinstance(element.target, _PATTERNS):
                state.fail("`...` must be followed by an assignable reference in assignment contexts", element.start)
            if parts[-2] is not element:
                state.fail("Rest element must be last element", element.start)
        properties.append(element)
    return tree.ObjectPattern(node.start_byte >> 1, node.end_byte >> 1, properties)


def assignment_pattern(state: State, node: Node, parts: list[Any]) -> tree.AssignmentPattern:
    if isinstance(parts[0], tree.RestElement):
        state.fail("Rest parameter may not have a default initializer", parts[1].start_byte >> 1)
    return tree.AssignmentPattern(node.start_byte >> 1, node.end_byte >> 1, parts[0], parts[2])


def rest_pattern(state: State, node: Node, parts: list[Any]) -> tree.RestElement:
    return tree.RestElement(node.start_byte >> 1, node.end_byte >> 1, parts[1])


def pair_pattern(state: State, node: Node, parts: list[Any]) -> tree.PatternProperty:
    key, computed = property_key(state, parts[0])
    target = parts[2]
    if isinstance(target, tree.RestElement):
        state.fail("Unexpected token '...'", target.start)
    return tree.PatternProperty(node.start_byte >> 1, node.end_byte >> 1, key, computed, target, False)


def property_key(state: State, key: Any, private: bool = False) -> tuple[tree.Expression, bool]:
    """A computed key is a list of one, see expressions.computed_property_name."""
    if isinstance(key, list):
        return key[0], True
    if isinstance(key, tree.PrivateIdentifier) and not private:
        state.fail("Unexpected identifier '#" + key.name + "'", key.start)
    return key, False


LEAVE = {
    "array_pattern": array_pattern,
    "object_pattern": object_pattern,
    "assignment_pattern": assignment_pattern,
    "object_assignment_pattern": assignment_pattern,
    "rest_pattern": rest_pattern,
    "pair_pattern": pair_pattern,
}
