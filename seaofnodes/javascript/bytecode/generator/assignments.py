"""Assignments to variables, properties and patterns; `++` and `--`."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.bytecode.generator.aggregates import rest_of
from seaofnodes.javascript.bytecode.generator.control import try_finally
from seaofnodes.javascript.bytecode.generator.core import Generator, Visitors
from seaofnodes.javascript.bytecode.generator.iteration import close, get_iterator, step
from seaofnodes.javascript.bytecode.generator.literals import key_of, load_key, load_smi, value_named
from seaofnodes.javascript.bytecode.generator.members import get_property, named_slot, position_of, property_name
from seaofnodes.javascript.bytecode.generator.operators import operate, short_cut
from seaofnodes.javascript.bytecode.generator.parts import Iterator
from seaofnodes.javascript.bytecode.generator.private import set_private
from seaofnodes.javascript.bytecode.generator.variables import (
    assign,
    intrinsic,
    load,
    load_special,
    runtime,
    this_register,
)
from seaofnodes.javascript.bytecode.registers import RegisterList
from seaofnodes.javascript.parse import tree


@dataclass(slots=True)
class Target:
    """What is assigned to. object, key: registers, where they are properties; of `super` ones, object is the
    receiver.
    """

    node: tree.Node
    object: int = -1
    key: int = -1

    @property
    def is_super(self) -> bool:
        return isinstance(self.node, tree.MemberExpression) and isinstance(self.node.object, tree.Super)


def prepare(g: Generator, node: tree.Node) -> Target:
    """Evaluate what a target is made of."""
    if isinstance(node, tree.CallExpression):
        g.effect(node)
        _call_target(g, node.start)
    if not isinstance(node, tree.MemberExpression):
        return Target(node)
    found = Target(node)
    found.object = this_register(g) if found.is_super else g.in_register(node.object)
    if not isinstance(node.property, tree.PrivateIdentifier) and property_name(node) is None:
        found.key = g.in_register(node.property)
    return found


def read(g: Generator, target: Target) -> None:
    """The value of a target that is no pattern."""
    node, builder = target.node, g.builder
    if isinstance(node, tree.Identifier):
        load(g, node, node.name)
        return
    assert isinstance(node, tree.MemberExpression)
    if target.is_super:
        _read_super(g, target, node)
    elif target.key != -1:
        builder.load(target.key)
        builder.expression(position_of(node))
        builder.emit("GetKeyedProperty", target.object, builder.slot("KeyedLoadIC"))
    else:
        get_property(g, node, target.object)


def _read_super(g: Generator, target: Target, node: tree.MemberExpression) -> None:
    builder = g.builder
    name = property_name(node)
    if name is not None:
        load_special(g, "home object")
        builder.emit("GetNamedPropertyFromSuper", target.object, builder.constant(name), builder.slot("LoadIC"))
        return
    arguments = _super_arguments(g, target, node, 3)
    runtime(g, "LoadKeyedFromSuper", arguments)


def _super_arguments(g: Generator, target: Target, node: tree.MemberExpression, count: int) -> RegisterList:
    """Receiver, home object, key."""
    builder = g.builder
    arguments = builder.registers.list(count)
    builder.move(target.object, arguments[0])
    load_special(g, "home object")
    builder.store(arguments[1])
    if target.key != -1:
        builder.move(target.key, arguments[2])
    else:
        builder.emit("LdaConstant", builder.constant(property_name(node)))
        builder.store(arguments[2])
    return arguments


def write(g: Generator, target: Target, position: int, initialize: bool = False, keep: bool = False) -> None:
    """The accumulator's value goes to a target. keep: it is in the accumulator afterwards, too."""
    node, builder = target.node, g.builder
    if isinstance(node, tree.Identifier):
        builder.expression(position)
        assign(g, node, node.name, initialize)
        return
    if isinstance(node, tree.ObjectPattern | tree.ArrayPattern):
        destructure(g, node, initialize, keep)
        return
    if isinstance(node, tree.CallExpression):
        _call_target(g, position)
        return
    assert isinstance(node, tree.MemberExpression)
    value = -1
    if keep or target.is_super:
        value = builder.registers.new()
        builder.store(value)
    builder.expression(position)
    if target.is_super:
        with builder.registers.scope():
            arguments = _super_arguments(g, target, node, 4)
            builder.move(value, arguments[3])
            runtime(g, "StoreKeyedToSuper" if target.key != -1 else "StoreToSuper", arguments)
    elif isinstance(node.property, tree.PrivateIdentifier):
        set_private(g, node.property, target.object)
    elif target.key != -1:
        builder.emit("SetKeyedProperty", target.object, target.key, builder.slot("KeyedStoreIC"))
    else:
        name = property_name(node) or ""
        builder.emit("SetNamedProperty", target.object, builder.constant(name), named_slot(g, "StoreIC", node, name))
    if keep:
        builder.load(value)


def _call_target(g: Generator, position: int) -> None:
    """A call cannot be assigned to; which in sloppy code is told when it has been done."""
    builder = g.builder
    arguments = builder.registers.list(1)
    builder.emit("LdaConstant", builder.constant("Invalid left-hand side in assignment"))
    builder.store(arguments[0])
    builder.expression(position)
    runtime(g, "NewReferenceError", arguments)
    builder.emit("Throw")


def _assignment(g: Generator, node: tree.AssignmentExpression, keep: bool) -> None:
    target = prepare(g, node.target)
    if node.operator == "=":
        _named_value(g, node)
    elif node.operator in ("&&=", "||=", "??="):
        end = Label()
        read(g, target)
        g.builder.slot("BinaryOp")  # as V8 has it
        with g.maybe():
            short_cut(g, node.operator[:-1], end, False)
            _named_value(g, node)
            write(g, target, node.position, keep=keep)
        g.builder.bind(end)
        return
    else:
        read(g, target)
        operate(g, node.operator[:-1], node.value, node.position)
    write(g, target, node.position, keep=keep)


def _named_value(g: Generator, node: tree.AssignmentExpression) -> None:
    if isinstance(node.target, tree.Identifier) and not node.target.parenthesized:
        value_named(g, node.value, node.target.name)
    else:
        g.value(node.value)


def _assign_value(g: Generator, node: tree.AssignmentExpression) -> None:
    _assignment(g, node, True)


def _assign_effect(g: Generator, node: tree.AssignmentExpression) -> None:
    _assignment(g, node, False)


def _update(g: Generator, node: tree.UpdateExpression, wanted: bool) -> None:
    builder = g.builder
    target = prepare(g, node.argument)
    read(g, target)
    slot = builder.slot("BinaryOp")
    old = -1
    if wanted and not node.prefix:
        old = builder.registers.new()
        builder.emit("ToNumeric", slot)
        builder.store(old)
    builder.expression(node.start)
    builder.emit("Inc" if node.operator == "++" else "Dec", slot)
    write(g, target, node.start, keep=wanted)
    if old != -1:
        builder.load(old)


def _update_value(g: Generator, node: tree.UpdateExpression) -> None:
    _update(g, node, True)


def _update_effect(g: Generator, node: tree.UpdateExpression) -> None:
    _update(g, node, False)


# --- Patterns


def bind_pattern(g: Generator, pattern: tree.Node, initialize: bool) -> None:
    """The accumulator's value goes to a pattern, which may have a default."""
    if isinstance(pattern, tree.AssignmentPattern):
        with g.builder.registers.scope():
            target = prepare(g, pattern.target)
            default(g, pattern)
            write(g, target, pattern.start, initialize)
        return
    with g.builder.registers.scope():
        if isinstance(pattern, tree.MemberExpression):
            value = g.builder.registers.new()
            g.builder.store(value)
            target = prepare(g, pattern)
            g.builder.load(value)
        else:
            target = prepare(g, pattern)
        write(g, target, pattern.start, initialize)


def default(g: Generator, pattern: tree.AssignmentPattern) -> None:
    """The accumulator's value, or the default if that is undefined."""
    there = Label()
    g.builder.jump("JumpIfNotUndefined", there)
    with g.maybe():
        if isinstance(pattern.target, tree.Identifier):
            value_named(g, pattern.default, pattern.target.name)
        else:
            g.value(pattern.default)
    g.builder.bind(there)


def destructure(g: Generator, pattern: tree.ObjectPattern | tree.ArrayPattern, initialize: bool, keep: bool) -> None:
    """The parts of the accumulator's value go to those of a pattern (ECMA-262, 13.15.5)."""
    builder = g.builder
    with builder.registers.scope():
        if keep:
            whole = builder.registers.new()
            builder.store(whole)
        if isinstance(pattern, tree.ObjectPattern):
            _object_pattern(g, pattern, initialize)
        else:
            _array_pattern(g, pattern, initialize)
        if keep:
            builder.load(whole)


def _object_pattern(g: Generator, pattern: tree.ObjectPattern, initialize: bool) -> None:
    builder = g.builder
    rest = bool(pattern.properties) and isinstance(pattern.properties[-1], tree.RestElement)
    keys = RegisterList(builder.registers.next, 0)
    if rest:
        keys = builder.registers.list(len(pattern.properties))
        builder.store(keys[0])
        value = keys[0]
    else:
        value = builder.registers.new()
        builder.store(value)
    first = pattern.properties[0] if pattern.properties else None
    if first is None or isinstance(first, tree.RestElement) or first.computed:
        fine, bad = Label(), Label()
        builder.jump("JumpIfUndefinedOrNull", bad)
        builder.jump("Jump", fine)
        builder.bind(bad)
        arguments = builder.registers.list(1)
        builder.move(value, arguments[0])
        builder.expression(pattern.start)
        runtime(g, "ThrowPatternValueNotCoercible", arguments)
        builder.bind(fine)
    for index, property in enumerate(pattern.properties):
        with builder.registers.scope():
            if isinstance(property, tree.RestElement):
                target = prepare(g, property.target)
                builder.expression(property.start)
                intrinsic(g, "_CopyDataPropertiesWithExcludedPropertiesOnStack", keys)
                write(g, target, property.start, initialize)
                continue
            _pattern_property(g, property, value, keys[index + 1] if rest else None, initialize)


def _pattern_property(
    g: Generator, property: tree.PatternProperty, value: int, key: int | None, initialize: bool
) -> None:
    builder = g.builder
    plain = property.target.target if isinstance(property.target, tree.AssignmentPattern) else property.target
    computed = property.computed and not isinstance(property.key, tree.StringLiteral)
    name = None if computed else key_of(property.key)
    if computed:
        g.value(property.key)
        builder.emit("ToName")
        held = builder.registers.new() if key is None else key
        builder.store(held)
    else:
        held = -1
        if key is not None:
            load_key(g, name if name is not None else "")
            builder.store(key)
    target = prepare(g, plain)
    builder.expression(property.start)
    if isinstance(name, str):
        builder.emit("GetNamedProperty", value, builder.constant(name), builder.slot("LoadIC"))
    else:
        if isinstance(name, int):
            load_smi(g, name)
        else:
            builder.load(held)
        builder.emit("GetKeyedProperty", value, builder.slot("KeyedLoadIC"))
    if isinstance(property.target, tree.AssignmentPattern):
        default(g, property.target)
    write(g, target, property.start, initialize)


def _array_pattern(g: Generator, pattern: tree.ArrayPattern, initialize: bool) -> None:
    builder = g.builder
    builder.store(builder.registers.new())
    iterator = get_iterator(g, pattern.start)
    done = builder.registers.new()
    builder.emit("LdaFalse")
    builder.store(done)

    def body() -> None:
        result = builder.registers.new()
        for element in pattern.elements:
            with builder.registers.scope():
                _element(g, element, iterator, done, result, initialize)

    try_finally(g, body, lambda token: finish_iteration(g, iterator, done, token))


def finish_iteration(g: Generator, iterator: Iterator, done: int, token: int) -> None:
    """Close an iterator that is not done."""
    finished = Label()
    g.builder.load(done)
    g.builder.jump("JumpIfToBooleanTrue", finished)
    with g.builder.registers.scope():
        close(g, iterator, token)
    g.builder.bind(finished)


def _element(
    g: Generator, element: tree.Node | None, iterator: Iterator, done: int, result: int, initialize: bool
) -> None:
    builder = g.builder
    if isinstance(element, tree.RestElement):
        rest = prepare(g, element.target)
        rest_of(g, iterator, done)
        write(g, rest, element.start, initialize)
        return
    plain = element.target if isinstance(element, tree.AssignmentPattern) else element
    target = prepare(g, plain) if plain is not None else None
    nothing, there = Label(), Label()
    builder.load(done)
    builder.jump("JumpIfToBooleanTrue", nothing)
    builder.emit("LdaTrue")
    builder.store(done)
    step(g, iterator, result)
    builder.emit("GetNamedProperty", result, builder.constant("done"), iterator.done)
    builder.jump("JumpIfToBooleanTrue", nothing)
    if element is not None:
        builder.emit("GetNamedProperty", result, builder.constant("value"), iterator.value)
    builder.store(result)
    builder.emit("LdaFalse")
    builder.store(done)
    builder.load(result)
    builder.jump("Jump", there)
    builder.bind(nothing)
    builder.emit("LdaUndefined")
    builder.bind(there)
    if target is None or element is None:
        return
    if isinstance(element, tree.AssignmentPattern):
        default(g, element)
    write(g, target, element.start, initialize)


def visitors() -> Visitors:
    return Visitors(
        values={tree.AssignmentExpression: _assign_value, tree.UpdateExpression: _update_value},
        effects={tree.AssignmentExpression: _assign_effect, tree.UpdateExpression: _update_effect},
    )
