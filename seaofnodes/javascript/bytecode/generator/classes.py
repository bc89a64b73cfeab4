"""Classes: constructor, methods, fields, private names, static blocks (as V8 does it: a boilerplate, and one call)."""

from __future__ import annotations

from seaofnodes.javascript.bytecode.constants import ClassBoilerplate
from seaofnodes.javascript.bytecode.generator.control import inside
from seaofnodes.javascript.bytecode.generator.core import Generator, Visitors, scope_info
from seaofnodes.javascript.bytecode.generator.literals import (
    is_anonymous,
    key_of,
    load_number,
    load_string,
    make_closure,
    value_named,
)
from seaofnodes.javascript.bytecode.generator.parts import Control
from seaofnodes.javascript.bytecode.generator.private import CLASS_FIELDS
from seaofnodes.javascript.bytecode.generator.statements import declare_functions
from seaofnodes.javascript.bytecode.generator.variables import assign, runtime
from seaofnodes.javascript.bytecode.registers import THIS
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.results import ClassParts


def _declaration(g: Generator, node: tree.ClassDeclaration) -> None:
    definition = node.definition
    g.builder.statement(node.start)
    make_class(g, definition, definition.name.name if definition.name is not None else "default")
    if definition.name is not None:
        g.builder.expression(definition.start)
        assign(g, definition.name, definition.name.name, initialize=True)


def _expression(g: Generator, node: tree.ClassExpression) -> None:
    definition = node.definition
    make_class(g, definition, definition.name.name if definition.name is not None else g.names.get(node, ""))


def make_class(g: Generator, node: tree.Class, name: str) -> None:
    """The class, in the accumulator."""
    parts = g.analysis.classes[node]
    builder = g.builder
    builder.emit("CreateBlockContext", builder.reserve(scope_info(parts.scope)))
    with g.inside(parts.scope), g.pushed(parts.scope):
        g.initialize(parts.scope)
        constructor = builder.registers.new()
        _class_inside(g, node, parts, name, constructor)
    builder.load(constructor)


def _class_inside(g: Generator, node: tree.Class, parts: ClassParts, name: str, constructor: int) -> None:
    builder = g.builder
    with builder.registers.scope():
        _private_names(g, node, parts, name)
        _define(g, node, parts, name, constructor)
    if parts.home is not None and parts.home.place != "unused":
        g.store_place(parts.home)
    for variable in (parts.static_home, parts.name, parts.self):
        if variable is not None and variable.place != "unused":
            builder.load(constructor)
            g.store_place(variable)
    if parts.fields is not None:
        with builder.registers.scope():
            make_closure(g, parts.fields, name)
            builder.emit("SetNamedProperty", constructor, builder.reserve(CLASS_FIELDS), builder.slot("StoreIC"))
    if parts.statics is not None:
        with builder.registers.scope():
            make_closure(g, parts.statics, name)
            initializer = builder.registers.new()
            builder.store(initializer)
            builder.emit("CallProperty0", initializer, constructor, builder.slot("Call"))


def _private_names(g: Generator, node: tree.Class, parts: ClassParts, name: str) -> None:
    """Keys of private fields, functions of private methods, pairs of accessors; and the brand."""
    builder = g.builder
    if parts.brand is not None:
        arguments = builder.registers.list(1)
        load_string(g, name or "anonymous")
        builder.store(arguments[0])
        runtime(g, "CreatePrivateBrandSymbol", arguments)
        g.store_place(parts.brand)
    accessors: dict[str, list[tree.Method | None]] = {}
    for member in node.members:
        if isinstance(member, tree.StaticBlock) or not isinstance(member.key, tree.PrivateIdentifier):
            continue
        variable = parts.scope.variables[f"#{member.key.name}"]
        if isinstance(member, tree.Field):
            arguments = builder.registers.list(1)
            load_string(g, variable.name)
            builder.store(arguments[0])
            runtime(g, "CreatePrivateNameSymbol", arguments)
            g.store_place(variable)
        elif member.kind == "method":
            make_closure(g, member.function, variable.name)
            g.store_place(variable)
        else:
            accessors.setdefault(member.key.name, [None, None])[member.kind == "set"] = member
    for key, pair in accessors.items():
        arguments = builder.registers.list(2)
        for index, accessor in enumerate(pair):
            if accessor is None:
                builder.emit("LdaNull")
            else:
                make_closure(g, accessor.function, f"{accessor.kind} #{key}")
            builder.store(arguments[index])
        runtime(g, "CreatePrivateAccessors", arguments)
        g.store_place(parts.scope.variables[f"#{key}"])


def _define(g: Generator, node: tree.Class, parts: ClassParts, name: str, constructor: int) -> None:
    """The call that makes the class of its constructor, its superclass, and its methods: the prototype is in the
    accumulator.
    """
    builder = g.builder
    boilerplate = ClassBoilerplate()
    arguments = builder.registers.list(3)
    if node.superclass is None:
        builder.emit("LdaTheHole")
    else:
        g.value(node.superclass)
    builder.store(arguments[2])
    written = next(
        (
            member.function
            for member in node.members
            if isinstance(member, tree.Method) and member.kind == "constructor"
        ),
        None,
    )
    function = written or parts.constructor
    assert function is not None
    make_closure(g, function, name)
    builder.store(constructor)
    builder.move(constructor, arguments[1])
    builder.emit("LdaConstant", builder.reserve(boilerplate))
    builder.store(arguments[0])
    for member in node.members:
        if isinstance(member, tree.StaticBlock) or isinstance(member.key, tree.PrivateIdentifier):
            continue
        if isinstance(member, tree.Method) and member.kind == "constructor":
            continue
        if isinstance(member, tree.Field):
            if member.computed:
                g.value(member.key)
                builder.emit("ToName")
                g.store_place(parts.keys[member])
            continue
        key = None if member.computed else key_of(member.key)
        if member.computed:
            arguments = builder.registers.grow(arguments)
            builder.statement(member.key.start)
            g.value(member.key)
            builder.emit("ToName")
            builder.store(arguments[arguments.count - 1])
        boilerplate.members.append((member.kind, member.static, key))
        arguments = builder.registers.grow(arguments)
        prefix = "" if member.kind == "method" else f"{member.kind} "
        make_closure(g, member.function, "" if key is None else f"{prefix}{key}")
        builder.store(arguments[arguments.count - 1])
    runtime(g, "DefineClass", arguments)


def initialize_members(g: Generator, node: tree.Class, static: bool) -> None:
    """The body of what initializes the fields of an object, or of the class itself."""
    builder = g.builder
    parts = g.analysis.classes[node]
    for member in node.members:
        if isinstance(member, tree.StaticBlock):
            if static:
                _static_block(g, member)
            continue
        if isinstance(member, tree.Method) or member.static != static:
            continue
        with builder.registers.scope():
            _field(g, member, parts)


def _field(g: Generator, member: tree.Field, parts: ClassParts) -> None:
    builder = g.builder
    key = None if member.computed or isinstance(member.key, tree.PrivateIdentifier) else key_of(member.key)
    held = -1
    if member.computed:
        g.load_place(parts.keys[member])
    elif isinstance(member.key, tree.PrivateIdentifier):
        g.load_place(parts.scope.variables[f"#{member.key.name}"])
    elif isinstance(key, int):
        load_number(g, float(key))
    if not isinstance(key, str):
        held = builder.registers.new()
        builder.store(held)
    if member.value is None:
        builder.emit("LdaUndefined")
    else:
        builder.statement(member.value.start)
        name = f"#{member.key.name}" if isinstance(member.key, tree.PrivateIdentifier) else str(key)
        if member.computed:
            g.value(member.value)
        else:
            value_named(g, member.value, name)
    builder.expression(member.start)
    if isinstance(key, str):
        builder.emit("DefineNamedOwnProperty", THIS, builder.constant(key), builder.slot("DefineNamedOwnIC"))
    else:
        flags = 1 if member.computed and is_anonymous(member.value) else 0
        builder.emit("DefineKeyedOwnProperty", THIS, held, flags, builder.slot("DefineKeyedOwnIC"))


def _static_block(g: Generator, member: tree.StaticBlock) -> None:
    with g.block(g.analysis.scopes[member]), inside(g, Control(None, len(g.contexts))):
        declare_functions(g, member.body)
        g.statements(member.body)


def visitors() -> Visitors:
    return Visitors(statements={tree.ClassDeclaration: _declaration}, values={tree.ClassExpression: _expression})
