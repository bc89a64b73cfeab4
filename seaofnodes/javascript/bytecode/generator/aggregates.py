"""Array and object literals."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.bytecode.constants import Hole, ObjectBoilerplate, Undefined
from seaofnodes.javascript.bytecode.generator.core import Generator, Visitors
from seaofnodes.javascript.bytecode.generator.iteration import get_iterator, step
from seaofnodes.javascript.bytecode.generator.literals import (
    NO_VALUE,
    array_boilerplate,
    constant_of,
    is_anonymous,
    key_of,
    load_key,
    load_smi,
    make_closure,
    value_named,
)
from seaofnodes.javascript.bytecode.generator.parts import Iterator
from seaofnodes.javascript.bytecode.generator.variables import intrinsic, runtime
from seaofnodes.javascript.parse import tree

_DATA_NAMED: Final = 1  # the function that is stored gets its name from the key


def _array(g: Generator, node: tree.ArrayExpression) -> None:
    builder, elements = g.builder, node.elements
    if not elements:
        builder.emit("CreateEmptyArrayLiteral", builder.slot("Literal"))
        return
    spread = next(
        (index for index, element in enumerate(elements) if isinstance(element, tree.SpreadElement)), len(elements)
    )
    if spread == 0 and len(elements) == 1 and isinstance(elements[0], tree.SpreadElement):
        g.value(elements[0].argument)
        builder.expression(elements[0].argument.start)
        builder.emit("CreateArrayFromIterable")
        return
    known = elements[:spread]
    builder.expression(node.start)
    if known:
        values = [Hole() if element is None else constant_of(element) for element in known]
        builder.emit("CreateArrayLiteral", builder.reserve(array_boilerplate(values)), builder.slot("Literal"), 0x25)
    else:
        values = []
        builder.emit("CreateEmptyArrayLiteral", builder.slot("Literal"))
    if all(value is not NO_VALUE for value in values) and spread == len(elements):
        return
    array, index = builder.registers.new(), builder.registers.new()
    builder.store(array)
    slot = -1
    for at, (element, value) in enumerate(zip(known, values, strict=True)):
        if value is not NO_VALUE:
            continue
        if slot < 0:
            slot = builder.slot("StoreInArrayLiteral")
        load_smi(g, at)
        builder.store(index)
        assert element is not None
        g.value(element)
        builder.emit("StaInArrayLiteral", array, index, slot)
    if spread < len(elements):
        first = elements[spread]
        assert isinstance(first, tree.SpreadElement)
        load_smi(g, spread)
        builder.store(index)
        g.value(first.argument)
        g.spread = get_iterator(g, first.argument.start)
        count = builder.slot("BinaryOp")
        _fill(g, elements[spread:], array, index, (count, builder.slot("StoreInArrayLiteral") if slot < 0 else slot))
    builder.load(array)


def _fill(
    g: Generator,
    elements: list[tree.Expression | tree.SpreadElement | None],
    array: int,
    index: int,
    slots: tuple[int, int],
) -> None:
    """Elements behind a spread one: their index is a number in a register. slots: of its increments, and of the
    stores.
    """
    builder = g.builder
    count, slot = slots
    for at, element in enumerate(elements):
        last = at == len(elements) - 1
        if isinstance(element, tree.SpreadElement):
            with builder.registers.scope():
                if at:
                    g.value(element.argument)
                    iterator = get_iterator(g, element.argument.start)
                else:
                    assert g.spread is not None
                    iterator = g.spread
                store_all(g, iterator, array, index, count, slot)
            continue
        if element is None:
            increment(g, index, count)
            builder.emit(
                "SetNamedProperty", array, builder.constant("length"), g.slot_of("StoreIC", f"length of {array}")
            )
            continue
        g.value(element)
        builder.emit("StaInArrayLiteral", array, index, slot)
        if not last:
            increment(g, index, count)


def store_all(g: Generator, iterator: Iterator, array: int, index: int, count: int, slot: int) -> None:
    """The values of an iterator become elements, from an index on."""
    builder = g.builder
    start, end = Label(), Label()
    builder.bind_loop(start)
    g.loops += 1
    step(g, iterator, result := builder.registers.new())
    builder.emit("GetNamedProperty", result, builder.constant("done"), builder.slot("LoadIC"))
    builder.jump("JumpIfToBooleanTrue", end)
    builder.emit("GetNamedProperty", result, builder.constant("value"), iterator.value)
    builder.emit("StaInArrayLiteral", array, index, slot)
    increment(g, index, count)
    g.loops -= 1
    builder.emit("JumpLoop", start, g.loops, builder.slot("JumpLoop"))
    builder.bind(end)


def rest_of(g: Generator, iterator: Iterator, done: int) -> None:
    """An array of all values that come."""
    builder = g.builder
    array, index = builder.registers.new(), builder.registers.new()
    builder.emit("CreateEmptyArrayLiteral", builder.slot("Literal"))
    builder.store(array)
    slot, count = builder.slot("StoreInArrayLiteral"), builder.slot("BinaryOp")
    end = Label()
    builder.load(done)
    builder.jump("JumpIfToBooleanTrue", end)
    builder.emit("LdaZero")
    builder.store(index)
    builder.emit("LdaTrue")
    builder.store(done)
    store_all(g, iterator, array, index, count, slot)
    builder.bind(end)
    builder.load(array)


def increment(g: Generator, index: int, slot: int) -> None:
    g.builder.load(index)
    g.builder.emit("Inc", slot)
    g.builder.store(index)


def _object(g: Generator, node: tree.ObjectExpression) -> None:
    with g.block(g.analysis.scopes[node] if g.analysis.scopes[node].needs_context else None):
        _object_inside(g, node)


def _object_inside(g: Generator, node: tree.ObjectExpression) -> None:
    builder, properties = g.builder, node.properties
    if not properties:
        builder.emit("CreateEmptyObjectLiteral")
        return
    scope = g.analysis.scopes[node]
    outer, g.scope = g.scope, scope
    static = _static_part(properties)
    known: list[tuple[str | int, object]] = []
    for property in properties[:static]:
        assert isinstance(property, tree.Property)
        if not _is_prototype(property):
            value = constant_of(property.value) if property.kind == "init" else NO_VALUE
            known.append((key_of(property.key), Undefined() if value is NO_VALUE else value))
    null_prototype = any(
        isinstance(found, tree.Property) and _is_prototype(found) and isinstance(found.value, tree.NullLiteral)
        for found in properties[:static]
    )
    start = 0
    builder.expression(node.start)
    first = properties[0]
    if isinstance(first, tree.SpreadElement):
        source = g.in_register(first.argument)
        builder.emit("CloneObject", source, 0x29, builder.slot("CloneObject"))
        start = 1
    elif static:
        boilerplate = ObjectBoilerplate(known, null_prototype)
        builder.emit("CreateObjectLiteral", builder.reserve(boilerplate), builder.slot("Literal"), 0x29)
    else:
        builder.emit("CreateEmptyObjectLiteral")
    literal = builder.registers.new()
    builder.store(literal)
    home = scope.variables.get(".home object")
    if home is not None and home.place == "context":
        g.store_place(home)
    for at, property in enumerate(properties[start:], start):
        with builder.registers.scope():
            _property(g, property, literal, at < static, null_prototype)
    builder.load(literal)
    g.scope = outer


def _static_part(properties: list[tree.Property | tree.SpreadElement]) -> int:
    """How many properties have known keys, before the first that has not."""
    for index, property in enumerate(properties):
        if isinstance(property, tree.SpreadElement) or property.computed:
            return index
    return len(properties)


def _is_prototype(property: tree.Property) -> bool:
    plain = property.kind == "init" and not (property.computed or property.shorthand or property.method)
    return (
        plain and isinstance(property.key, tree.Identifier | tree.StringLiteral) and key_of(property.key) == "__proto__"
    )


def _property(
    g: Generator, property: tree.Property | tree.SpreadElement, literal: int, static: bool, null_prototype: bool
) -> None:
    builder = g.builder
    if isinstance(property, tree.SpreadElement):
        arguments = builder.registers.list(2)
        builder.move(literal, arguments[0])
        builder.expression(property.start)
        g.in_register(property.argument, arguments[1])
        intrinsic(g, "_CopyDataProperties", arguments)
        return
    if _is_prototype(property):
        if static and null_prototype and isinstance(property.value, tree.NullLiteral):
            return
        arguments = builder.registers.list(2)
        builder.move(literal, arguments[0])
        g.in_register(property.value, arguments[1])
        runtime(g, "SetPrototype", arguments)
        return
    if property.kind != "init":
        _accessor(g, property, literal)
        return
    if static and constant_of(property.value) is not NO_VALUE:
        return
    if not property.computed:
        key = key_of(property.key)
        name = str(key)
        if isinstance(key, str) and static:
            value_named(g, property.value, name)
            builder.expression(property.value.start)
            builder.emit("DefineNamedOwnProperty", literal, builder.constant(key), builder.slot("DefineNamedOwnIC"))
            return
        key_register = builder.registers.new()
        load_key(g, key)
        builder.store(key_register)
        value_named(g, property.value, name)
        builder.expression(property.value.start)
        builder.emit(
            "DefineKeyedOwnPropertyInLiteral", literal, key_register, 0, builder.slot("DefineKeyedOwnInLiteral")
        )
        return
    key_register = builder.registers.new()
    g.value(property.key)
    builder.emit("ToName")
    builder.store(key_register)
    g.value(property.value)
    builder.expression(property.value.start)
    flags = _DATA_NAMED if is_anonymous(property.value) or property.method else 0
    builder.emit(
        "DefineKeyedOwnPropertyInLiteral", literal, key_register, flags, builder.slot("DefineKeyedOwnInLiteral")
    )


def _accessor(g: Generator, property: tree.Property, literal: int) -> None:
    builder = g.builder
    arguments = builder.registers.list(4)
    builder.move(literal, arguments[0])
    if property.computed:
        g.value(property.key)
        builder.emit("ToName")
    else:
        load_key(g, key_of(property.key))
    builder.store(arguments[1])
    assert isinstance(property.value, tree.FunctionExpression)
    make_closure(g, property.value.function, "" if property.computed else f"{property.kind} {key_of(property.key)}")
    builder.store(arguments[2])
    load_smi(g, 0)
    builder.store(arguments[3])
    runtime(g, f"Define{property.kind.capitalize()}terPropertyUnchecked", arguments)


def visitors() -> Visitors:
    return Visitors(values={tree.ArrayExpression: _array, tree.ObjectExpression: _object})
