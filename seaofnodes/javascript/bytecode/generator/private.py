"""Private names: fields by a key of their own; methods and accessors, which need the class's brand on the object."""

from __future__ import annotations

from typing import NamedTuple

from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.bytecode.constants import Symbol
from seaofnodes.javascript.bytecode.generator.core import Generator
from seaofnodes.javascript.bytecode.generator.variables import runtime
from seaofnodes.javascript.bytecode.registers import CLOSURE, CONTEXT, THIS, RegisterList
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.scopes import Variable

CLASS_FIELDS = Symbol("class_fields_symbol")


class Member(NamedTuple):
    """What a private name stands for. kind: "field", "method", "get", "set" or "get set"."""

    kind: str
    static: bool
    variable: Variable
    brand: Variable | None
    owner: tree.Class


def member_of(g: Generator, name: tree.PrivateIdentifier) -> Member:
    variable = g.analysis.references[name].variable
    assert variable is not None
    owner = variable.scope.node
    assert isinstance(owner, tree.Class)
    kinds, static = [], False
    for member in owner.members:
        if (
            isinstance(member, tree.StaticBlock)
            or not isinstance(member.key, tree.PrivateIdentifier)
            or member.key.name != name.name
        ):
            continue
        kinds.append(member.kind if isinstance(member, tree.Method) else "field")
        static = member.static
    return Member(" ".join(sorted(kinds)), static, variable, g.analysis.classes[owner].brand, owner)


def check_brand(g: Generator, member: Member, object: int) -> None:
    """Throw if an object is none of the class: it has not the brand, or, of static members, is not the class itself."""
    builder = g.builder
    with builder.registers.scope():
        if member.static:
            own = g.analysis.classes[member.owner].self
            assert own is not None
            g.load_place(own)
            builder.emit("TestReferenceEqual", object)
            arguments = builder.registers.list(1)
            fine = Label()
            builder.jump("JumpIfTrue", fine)
            name = member.owner.name.name if member.owner.name is not None else "anonymous"
            builder.emit("LdaConstant", builder.constant(name))
            builder.store(arguments[0])
            runtime(g, "ThrowInvalidPrivateMember", arguments)
            builder.bind(fine)
            return
        assert member.brand is not None
        g.load_place(member.brand)
        builder.emit("GetKeyedProperty", object, builder.slot("KeyedLoadIC"))


def get_private(g: Generator, name: tree.PrivateIdentifier, object: int) -> None:
    """The value of `object.#name`."""
    builder = g.builder
    member = member_of(g, name)
    builder.expression(name.start)
    if member.kind == "field":
        g.load_place(member.variable)
        builder.emit("GetKeyedProperty", object, builder.slot("KeyedLoadIC"))
        return
    check_brand(g, member, object)
    if member.kind == "method":
        g.load_place(member.variable)
        return
    if "get" not in member.kind:
        _throw(g, name, "ThrowPrivateGetterMissing")
        return
    with builder.registers.scope():
        pair = builder.registers.new()
        g.load_place(member.variable)
        builder.store(pair)
        arguments = builder.registers.list(1)
        builder.move(pair, arguments[0])
        runtime(g, "LoadPrivateGetter", arguments)
        getter = builder.registers.new()
        builder.store(getter)
        builder.emit("CallProperty0", getter, object, builder.slot("Call"))


def set_private(g: Generator, name: tree.PrivateIdentifier, object: int) -> None:
    """`object.#name` gets the value of the accumulator, which is not there afterwards."""
    builder = g.builder
    member = member_of(g, name)
    builder.expression(name.start)
    with builder.registers.scope():
        value = builder.registers.new()
        builder.store(value)
        if member.kind == "field":
            key = builder.registers.new()
            g.load_place(member.variable)
            builder.store(key)
            builder.load(value)
            builder.emit("SetKeyedProperty", object, key, builder.slot("KeyedStoreIC"))
            return
        check_brand(g, member, object)
        if "set" not in member.kind.split():
            _throw(g, name, "ThrowPrivateMethodWrite" if member.kind == "method" else "ThrowPrivateSetterMissing")
            return
        arguments = builder.registers.list(1)
        g.load_place(member.variable)
        builder.store(arguments[0])
        runtime(g, "LoadPrivateSetter", arguments)
        call = builder.registers.new()
        builder.store(call)
        builder.emit("CallProperty1", call, object, value, builder.slot("Call"))


def has_private(g: Generator, node: tree.BinaryExpression) -> None:
    """`#name in object`."""
    builder = g.builder
    assert isinstance(node.left, tree.PrivateIdentifier)
    member = member_of(g, node.left)
    object = g.in_register(node.right)
    if member.static and member.kind != "field":
        arguments: RegisterList = builder.registers.list(2)
        builder.move(object, arguments[0])
        own = g.analysis.classes[member.owner].self
        assert own is not None
        g.load_place(own)
        builder.store(arguments[1])
        builder.expression(node.position)
        runtime(g, "IsSameObject", arguments)
        return
    key = builder.registers.new()
    g.load_place(member.variable if member.kind == "field" or member.brand is None else member.brand)
    builder.store(key)
    builder.load(object)
    builder.expression(node.position)
    builder.emit("TestIn", key, builder.slot("KeyedHasIC"))


def _throw(g: Generator, name: tree.PrivateIdentifier, function: str) -> None:
    arguments = g.builder.registers.list(1)
    g.builder.emit("LdaConstant", g.builder.constant(f"#{name.name}"))
    g.builder.store(arguments[0])
    runtime(g, function, arguments)


# --- Brands and fields of new objects


def add_brand(g: Generator, brand: Variable, instance: int) -> None:
    builder = g.builder
    with builder.registers.scope():
        key = builder.registers.new()
        g.load_place(brand)
        builder.store(key)
        builder.load(CONTEXT)
        builder.emit("DefineKeyedOwnProperty", instance, key, 0, builder.slot("DefineKeyedOwnIC"))


def initialize_fields(g: Generator, function: int, instance: int) -> None:
    """Call what initializes the fields of a class, if it has any."""
    builder = g.builder
    none = Label()
    with builder.registers.scope():
        initializer = builder.registers.new()
        builder.emit("GetNamedProperty", function, builder.reserve(CLASS_FIELDS), builder.slot("LoadIC"))
        builder.jump("JumpIfUndefined", none)
        builder.store(initializer)
        builder.emit("CallProperty0", initializer, instance, builder.slot("Call"))
        builder.bind(none)


def enter_constructor(g: Generator, brand: Variable | None, has_fields: bool) -> None:
    """What a constructor of a base class does first."""
    if brand is not None:
        add_brand(g, brand, THIS)
    if has_fields:
        initialize_fields(g, CLOSURE, THIS)
