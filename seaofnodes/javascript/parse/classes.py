"""Classes, methods and fields."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from tree_sitter import Node

from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.parse.expressions import left_hand_side
from seaofnodes.javascript.parse.functions import declare_parameters, has_use_strict
from seaofnodes.javascript.parse.patterns import property_key
from seaofnodes.javascript.parse.state import ClassState, FunctionState, State
from seaofnodes.javascript.parse.words import from_units, skip_trivia


def enter_class(state: State, node: Node) -> None:
    derived = any(child.type == "class_heritage" for child in node.children)
    state.classes = ClassState(state.classes, derived, state.function.strict)
    state.function.strict = True


def _class(state: State, node: Node, parts: list[Any]) -> tree.Class:
    name = parts[1] if isinstance(parts[1], tree.Identifier) else None
    if name is not None and name.name in ("eval", "arguments"):
        state.fail("Unexpected eval or arguments in strict mode", name.start)
    superclass = next((part[0] for part in parts if isinstance(part, tuple)), None)
    members = parts[-1]
    class_ = state.classes
    assert class_ is not None
    for used, offset in class_.used:
        if used not in class_.declared:
            if class_.outer is None:
                state.fail(f"Private field '#{from_units(used)}' must be declared in an enclosing class", offset)
            class_.outer.used.append((used, offset))
    state.function.strict = class_.strict
    state.classes = class_.outer
    last = node.child_by_field_name("body")
    assert last is not None
    return tree.Class(node.start_byte >> 1, last.end_byte >> 1, name, superclass, members)


def class_expression(state: State, node: Node, parts: list[Any]) -> tree.ClassExpression:
    made = _class(state, node, parts)
    return tree.ClassExpression(made.start, made.end, made)


def class_declaration(state: State, node: Node, parts: list[Any]) -> tree.ClassDeclaration:
    made = _class(state, node, parts)
    if made.name is not None:
        state.declare_lexical(made.name.name, "class", made.name.start)
    return tree.ClassDeclaration(made.start, made.end, made)


def enter_heritage(state: State, node: Node) -> None:
    assert state.classes is not None
    state.class_stack.append(state.classes)
    state.classes = state.classes.outer


def heritage(state: State, node: Node, parts: list[Any]) -> tuple[Any]:
    state.classes = state.class_stack.pop()
    return (left_hand_side(state, parts[1], parts[0]),)


def enter_class_body(state: State, node: Node) -> None:
    state.holders.append(True)


def class_body(state: State, node: Node, parts: list[Any]) -> list[Any]:
    state.holders.pop()
    class_ = state.classes
    assert class_ is not None
    members = [part for part in parts if not isinstance(part, Node)]
    for part, following in pairwise(parts):
        if isinstance(part, tree.Field) and not isinstance(following, Node) and part.value is None:
            _check_modifier(state, part, following.start)
    for member in members:
        if isinstance(member, tree.StaticBlock):
            continue
        key = member.key
        kind = member.kind if isinstance(member, tree.Method) else "field"
        if isinstance(key, tree.PrivateIdentifier):
            _declare_private(state, class_, key, kind, member.static)
    return members


def _check_modifier(state: State, field: tree.Field, following: int) -> None:
    """`get`, `set` and `static` on a line of their own are no fields."""
    word = state.text[field.key.start : field.key.end]
    if word == "static" or word in ("get", "set") and state.text[following] != "*":
        state.join(field.end, following)


def _declare_private(state: State, class_: ClassState, key: tree.PrivateIdentifier, kind: str, static: bool) -> None:
    if key.name == "constructor":
        state.fail("Classes may not have a private field named '#constructor'", key.start)
    entry = ("static " if static else "") + kind
    old = class_.declared.get(key.name)
    if old is not None:
        pair = {old, entry}
        if pair not in ({"get", "set"}, {"static get", "static set"}):
            state.fail(f"Identifier '#{from_units(key.name)}' has already been declared", key.start)
        entry = "accessor"
    class_.declared[key.name] = entry


def _key_text(key: Any) -> str | None:
    if isinstance(key, tree.Identifier):
        return key.name
    return key.value if isinstance(key, tree.StringLiteral) else None


def _modifiers(node: Node) -> tuple[bool, bool, bool, str, Node]:
    """static, async, generator, "get", "set" or "", and the node of the key."""
    static = asynchronous = generator = False
    accessor = ""
    key = node.child_by_field_name("name") or node.child_by_field_name("property")
    assert key is not None
    for child in node.children:
        if child.start_byte >= key.start_byte:
            break
        type_ = child.type
        if type_ == "static get":
            static, accessor = True, "get"
        elif type_ == "static":
            static = True
        elif type_ == "async":
            asynchronous = True
        elif type_ == "*":
            generator = True
        elif type_ == "get" or type_ == "set":
            accessor = type_
    return static, asynchronous, generator, accessor, key


def enter_method(state: State, node: Node) -> None:
    static, asynchronous, generator, accessor, key = _modifiers(node)
    if accessor and generator:  # a field of that name, and a generator on the next line
        end = state.text.rindex(accessor, 0, key.start_byte >> 1) + 3
        if not state.split(end, skip_trivia(state.text, end)):
            state.fail("Unexpected token '*'", skip_trivia(state.text, end))
    kind = {"get": "getter", "set": "setter", "": "method"}[accessor]
    in_class = state.holders[-1]
    if in_class and not static and _source_key(state, key) == "constructor":
        assert state.classes is not None
        if accessor or generator or asynchronous:
            what = "an accessor" if accessor else ("an async method" if asynchronous else "a generator")
            state.fail(f"Class constructor may not be {what}", key.start_byte >> 1)
        if state.classes.constructor:
            state.fail("A class may only have one constructor", key.start_byte >> 1)
        state.classes.constructor = True
        kind = "derived constructor" if state.classes.derived else "constructor"
    if in_class and static and _source_key(state, key) == "prototype":
        state.fail("Classes may not have a static property named 'prototype'", key.start_byte >> 1)
    body = node.child_by_field_name("body")
    strict = state.function.strict or has_use_strict(state, body) >= 0
    if key.type == "computed_property_name":
        state.computed.add(key.start_byte)
    state.push_function(FunctionState(kind, state.function, strict, asynchronous, generator), body)


def _source_key(state: State, key: Node) -> str | None:
    from seaofnodes.javascript.parse import leaves

    if key.type == "property_identifier":
        return leaves.property_name(state, key).name
    return leaves.string(state, key).value if key.type == "string" else None


def method(state: State, node: Node, parts: list[Any]) -> tree.Method:
    static, asynchronous, generator, accessor, key_node = _modifiers(node)
    modifiers = [part for part in parts if isinstance(part, Node)]
    for token, following in pairwise([*modifiers, key_node]):
        if token.type == "async":
            state.split(token.end_byte >> 1, following.start_byte >> 1)
    key, computed = property_key(state, parts[-3], private=True)
    patterns, body = parts[-2:]
    expected = {"get": 0, "set": 1}.get(accessor)
    if expected is not None and len(patterns) != expected:
        message = "Getter must not have any formal parameters." if accessor == "get" else (
            "Setter must have exactly one formal parameter."
        )
        state.fail(message, node.child_by_field_name("parameters").start_byte >> 1)  # type: ignore[union-attr]
    if accessor == "set" and isinstance(patterns[0], tree.RestElement):
        state.fail("Setter function argument must not be a rest parameter", patterns[0].start)
    simple = declare_parameters(state, patterns, state.function.kind, node.child_by_field_name("body"))
    function = state.pop_function()
    kind = accessor or ("constructor" if function.kind.endswith("constructor") else "method")
    start = key_node.start_byte >> 1
    for token in modifiers:
        if token.type != "static":
            start = min(start, token.start_byte >> 1)
    made = tree.Function(
        start, body.end, None, patterns, body.body, function.kind, generator, asynchronous, function.strict, simple
    )
    return tree.Method(node.start_byte >> 1, body.end, key, computed, static, kind, made)


def enter_field(state: State, node: Node) -> None:
    static, _, _, _, key = _modifiers(node)
    name = _source_key(state, key)
    if name == "constructor":
        state.fail("Classes may not have a field named 'constructor'", key.start_byte >> 1)
    if static and name == "prototype":
        state.fail("Classes may not have a static property named 'prototype'", key.start_byte >> 1)
    if key.type == "computed_property_name":
        state.computed.add(key.start_byte)
    state.push_function(FunctionState("field initializer", state.function, True), None)


def field(state: State, node: Node, parts: list[Any]) -> tree.Field:
    static = _modifiers(node)[0]
    state.pop_function()
    value = None
    if len(parts) > 2 and isinstance(parts[-2], Node) and parts[-2].type == "=":
        value = parts.pop()
        parts.pop()
    key, computed = property_key(state, parts[-1], private=True)
    return tree.Field(node.start_byte >> 1, node.end_byte >> 1, key, computed, static, value)


def enter_static_block(state: State, node: Node) -> None:
    body = node.child_by_field_name("body")
    state.push_function(FunctionState("static block", state.function, True), body)


def static_block(state: State, node: Node, parts: list[Any]) -> tree.StaticBlock:
    state.pop_function()
    return tree.StaticBlock(node.start_byte >> 1, parts[-1].end, parts[-1].body)


ENTER = {
    "class": enter_class,
    "class_declaration": enter_class,
    "class_heritage": enter_heritage,
    "class_body": enter_class_body,
    "method_definition": enter_method,
    "field_definition": enter_field,
    "class_static_block": enter_static_block,
}
LEAVE = {
    "class": class_expression,
    "class_declaration": class_declaration,
    "class_heritage": heritage,
    "class_body": class_body,
    "method_definition": method,
    "field_definition": field,
    "class_static_block": static_block,
}
