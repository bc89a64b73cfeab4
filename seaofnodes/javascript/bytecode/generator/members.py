"""Properties, calls, `new`, `super`, optional chains, tagged templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from seaofnodes.errors import UnsupportedError
from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.bytecode.generator.core import Generator, Visitors, scope_info
from seaofnodes.javascript.bytecode.generator.literals import load_template_object
from seaofnodes.javascript.bytecode.generator.private import add_brand, get_private, initialize_fields
from seaofnodes.javascript.bytecode.generator.variables import (
    load_special,
    load_this,
    runtime,
    this_register,
)
from seaofnodes.javascript.bytecode.registers import CONTEXT, RegisterList
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.lookup import is_direct_eval, special
from seaofnodes.javascript.scope.scopes import Scope


def position_of(node: tree.MemberExpression) -> int:
    return node.position if node.position >= 0 else node.property.start


def get_property(g: Generator, node: tree.MemberExpression, object: int) -> None:
    """The property of the object in a register."""
    builder = g.builder
    if isinstance(node.property, tree.PrivateIdentifier):
        get_private(g, node.property, object)
        return
    if node.computed and not isinstance(node.property, tree.StringLiteral):
        g.value(node.property)
        builder.expression(position_of(node))
        builder.emit("GetKeyedProperty", object, builder.slot("KeyedLoadIC"))
        return
    name = property_name(node)
    if name is None:
        g.value(node.property)
        builder.expression(position_of(node))
        builder.emit("GetKeyedProperty", object, builder.slot("KeyedLoadIC"))
        return
    builder.expression(position_of(node))
    builder.emit("GetNamedProperty", object, builder.constant(name), named_slot(g, "LoadIC", node, name))


def named_slot(g: Generator, kind: str, node: tree.MemberExpression, name: str) -> int:
    """The feedback slot of a property; all uses of the same one of the same variable share it."""
    if isinstance(node.object, tree.Identifier):
        variable = g.analysis.references[node.object].variable
        if variable is not None:
            return g.slot_of(kind, f"{id(variable)}.{name}")
    return g.builder.slot(kind)


def property_name(node: tree.MemberExpression) -> str | None:
    """The name of a property that is known and no array index, else None."""
    if not node.computed and isinstance(node.property, tree.Identifier):
        return node.property.name
    if isinstance(node.property, tree.StringLiteral):
        text = node.property.value
        return None if text.isdecimal() and text.isascii() and str(int(text)) == text else text
    return None


def _member(g: Generator, node: tree.MemberExpression) -> None:
    if isinstance(node.object, tree.Super):
        get_super(g, node)
        return
    object = g.in_register(node.object)
    if node.optional and g.chain is not None:
        g.builder.load(object)
        g.builder.jump("JumpIfUndefinedOrNull", g.chain)
    get_property(g, node, object)


def get_super(g: Generator, node: tree.MemberExpression) -> None:
    """A property of the home object's prototype, read with `this` as the receiver."""
    builder = g.builder
    receiver = this_register(g)
    name = property_name(node)
    if name is not None:
        load_special(g, "home object")
        builder.expression(position_of(node))
        builder.emit("GetNamedPropertyFromSuper", receiver, builder.constant(name), builder.slot("LoadIC"))
        return
    arguments = builder.registers.list(3)
    builder.move(receiver, arguments[0])
    load_special(g, "home object")
    builder.store(arguments[1])
    g.in_register(node.property, arguments[2])
    builder.expression(position_of(node))
    runtime(g, "LoadKeyedFromSuper", arguments)


# --- Chains


@contextmanager
def in_chain(g: Generator, new: bool) -> Iterator[Label | None]:
    """Where an optional chain that ends early goes on; new: it is one of its own."""
    outer = g.chain
    if new:
        g.chain = Label()
    yield g.chain
    g.chain = outer


def _chain(g: Generator, node: tree.ChainExpression) -> None:
    builder = g.builder
    with in_chain(g, True) as nothing:
        g.value(node.expression)
    end = Label()
    assert nothing is not None
    builder.jump("Jump", end)
    builder.bind(nothing)
    builder.emit("LdaUndefined")
    builder.bind(end)


# --- Calls


def arguments_into(g: Generator, given: list[tree.Expression | tree.SpreadElement], into: RegisterList) -> RegisterList:
    """The values of arguments, in registers behind a list."""
    for argument in given:
        g.value(argument.argument if isinstance(argument, tree.SpreadElement) else argument)
        into = g.builder.registers.grow(into)
        g.builder.store(into[into.count - 1])
    return into


def spread_at_end(given: list[tree.Expression | tree.SpreadElement]) -> bool | None:
    """Is the last argument the only spread one? None: none is."""
    spread = [isinstance(argument, tree.SpreadElement) for argument in given]
    if not any(spread):
        return None
    return spread[-1] and sum(spread) == 1


def _call(g: Generator, node: tree.CallExpression) -> None:
    builder, callee = g.builder, node.callee
    if isinstance(callee, tree.Super):
        super_call(g, node)
        return
    function = builder.registers.new()
    arguments = RegisterList(builder.registers.next, 0)
    spread = spread_at_end(node.arguments)
    position = callee.start
    chain = None
    plain = callee
    if isinstance(callee, tree.ChainExpression) and isinstance(callee.expression, tree.MemberExpression):
        chain, plain = callee, callee.expression  # `(a?.b)()` has the receiver a
    if isinstance(plain, tree.MemberExpression):
        with in_chain(g, chain is not None) as nothing:
            arguments = _method(g, plain, arguments)
            if chain is not None and nothing is not None and nothing.used:
                end = Label()
                builder.jump("Jump", end)
                builder.bind(nothing)
                builder.emit("LdaUndefined")
                builder.store(arguments[0])
                builder.bind(end)
        position = position_of(plain)
        kind = "CallProperty"
    else:
        kind = "CallUndefinedReceiver"
        if spread is not None:
            arguments = builder.registers.grow(arguments)
            builder.emit("LdaUndefined")
            builder.store(arguments[0])
        g.value(plain)
    builder.store(function)
    if node.optional and g.chain is not None:
        builder.load(function)
        builder.jump("JumpIfUndefinedOrNull", g.chain)
    _finish_call(g, node, kind, function, arguments, spread, position)


def _method(g: Generator, node: tree.MemberExpression, into: RegisterList) -> RegisterList:
    """A property that is called: the function in the accumulator, its receiver in a register behind a list."""
    builder = g.builder
    if isinstance(node.object, tree.Super):
        load_this(g)
    else:
        g.value(node.object)
    into = builder.registers.grow(into)
    receiver = into[into.count - 1]
    builder.store(receiver)
    if isinstance(node.object, tree.Super):
        get_super(g, node)
        return into
    if node.optional and g.chain is not None:
        builder.load(receiver)
        builder.jump("JumpIfUndefinedOrNull", g.chain)
    get_property(g, node, receiver)
    return into


def _is_in_scope(g: Generator) -> bool:
    """Does a text that is evaluated here see more than the variables of scripts, or is it strict in any case?"""
    scope: Scope | None = g.scope
    while scope is not None and scope.kind == "block" and not scope.variables:
        scope = scope.outer
    return scope is None or scope.kind != "script" or scope.strict or g.function is not None


def _resolve_eval(g: Generator, callee: int, arguments: RegisterList) -> None:
    """If the function is eval, then what is called is its text, made a function in this scope."""
    builder = g.builder
    with builder.registers.scope():
        list = builder.registers.list(4)
        builder.move(callee, list[0])
        builder.move(arguments[0], list[1])
        builder.emit("LdaConstant", builder.reserve(scope_info(g.scope)))
        builder.store(list[2])
        builder.load(CONTEXT)
        builder.store(list[3])
        runtime(g, "ResolvePossiblyDirectEval", list)
        builder.store(callee)


def _finish_call(
    g: Generator,
    node: tree.CallExpression,
    kind: str,
    function: int,
    arguments: RegisterList,
    spread: bool | None,
    position: int,
) -> None:
    builder = g.builder
    direct = is_direct_eval(node) and _is_in_scope(g)
    if direct and spread is not None:
        raise UnsupportedError(f"JavaScript: direct eval with spread arguments is not supported yet (at {node.start})")
    if spread is False:  # in the middle: an array, whose elements are the arguments
        if arguments.count == 0:
            arguments = builder.registers.grow(arguments)
            builder.emit("LdaUndefined")
            builder.store(arguments[0])
        list = builder.registers.list(3)
        builder.move(function, list[0])
        builder.move(arguments[0], list[1])
        g.value(tree.ArrayExpression(node.start, node.end, [*node.arguments]))
        builder.store(list[2])
        builder.expression(position)
        builder.emit("CallJSRuntime", 0, list)
        return
    arguments = arguments_into(g, node.arguments, arguments)
    if direct:
        _resolve_eval(g, function, arguments)
    builder.expression(position)
    if spread:
        builder.emit("CallWithSpread", function, arguments, builder.slot("Call"))
        return
    receiver = kind == "CallProperty"
    count = arguments.count - receiver
    if (
        isinstance(node.callee, tree.MemberExpression)
        and isinstance(node.callee.property, tree.PrivateIdentifier)
        and not count
    ):
        builder.emit("CallAnyReceiver", function, arguments, builder.slot("Call"))
    elif count <= 2:
        builder.emit(f"{kind}{count}", function, *arguments, builder.slot("Call"))
    else:
        builder.emit(kind, function, arguments, builder.slot("Call"))


def _new(g: Generator, node: tree.NewExpression) -> None:
    builder = g.builder
    constructor = g.in_register(node.callee)
    spread = spread_at_end(node.arguments)
    if spread is False:
        list = builder.registers.list(3)
        builder.move(constructor, list[0])
        g.value(tree.ArrayExpression(node.start, node.end, [*node.arguments]))
        builder.store(list[1])
        builder.move(constructor, list[2])
        builder.expression(node.start)
        builder.emit("CallJSRuntime", 1, list)
        return
    arguments = arguments_into(g, node.arguments, RegisterList(builder.registers.next, 0))
    builder.expression(node.start)
    builder.load(constructor)
    builder.emit("ConstructWithSpread" if spread else "Construct", constructor, arguments, builder.slot("Call"))


# --- super()


def super_call(g: Generator, node: tree.CallExpression) -> None:
    """`super(...)`: the constructor above makes `this`, whose fields are initialized then."""
    builder = g.builder
    this_function, constructor = builder.registers.new(), builder.registers.new()
    load_special(g, "this function")
    builder.store(this_function)
    spread = spread_at_end(node.arguments)
    given = node.arguments
    if spread is False:
        given = [tree.ArrayExpression(node.start, node.end, [*given])]
    arguments = arguments_into(g, given, RegisterList(builder.registers.next, 0))
    new_target = builder.registers.new()
    load_special(g, "new target")
    builder.store(new_target)

    def construct() -> None:
        builder.load(new_target)
        builder.expression(node.start)
        if spread is False:
            list = builder.registers.list(3)
            for source, target in zip((constructor, arguments[0], new_target), list, strict=True):
                builder.move(source, target)
            builder.emit("CallJSRuntime", 1, list)
        else:
            builder.emit("ConstructWithSpread" if spread else "Construct", constructor, arguments, builder.slot("Call"))

    find_and_construct(g, this_function, constructor, new_target, construct)
    bind_this(g, this_function, constructor)


def find_and_construct(
    g: Generator, this_function: int, constructor: int, new_target: int, construct: Callable[[], None]
) -> None:
    """The constructor above, without default ones between, is called; if there are no others, the object is made at
    once. The result is in the register of the constructor.
    """
    builder = g.builder
    made = Label()
    with builder.registers.scope():
        pair = builder.registers.list(2)
        builder.emit("FindNonDefaultConstructorOrConstruct", this_function, new_target, pair)
        builder.load(pair[0])
        builder.move(pair[1], constructor)
        builder.jump("JumpIfTrue", made)
    builder.emit("ThrowIfNotSuperConstructor", constructor)
    construct()
    builder.store(constructor)
    builder.bind(made)


def bind_this(g: Generator, this_function: int, instance: int) -> None:
    """What is in a register becomes `this`, which must not be there yet; fields are initialized."""
    builder = g.builder
    this = special(g.scope, "this")
    g.load_place(this)
    builder.emit("ThrowSuperAlreadyCalledIfNotHole")
    builder.load(instance)
    g.store_place(this)
    g.checked.add(this)
    function = special(g.scope, "this").scope.function
    found = g.analysis.constructors.get(function) if function is not None else None
    if found is None:
        return
    if found[1].brand is not None:
        add_brand(g, found[1].brand, instance)
    if found[1].fields is not None:
        initialize_fields(g, this_function, instance)
    builder.load(instance)


def _tagged(g: Generator, node: tree.TaggedTemplateExpression) -> None:
    builder = g.builder
    function = builder.registers.new()
    arguments = RegisterList(builder.registers.next, 0)
    kind = "CallUndefinedReceiver"
    if isinstance(node.tag, tree.MemberExpression):
        arguments = _method(g, node.tag, arguments)
        kind = "CallProperty"
    else:
        g.value(node.tag)
    builder.store(function)
    arguments = builder.registers.grow(arguments)
    load_template_object(g, node.quasi)
    builder.store(arguments[arguments.count - 1])
    arguments = arguments_into(g, [*node.quasi.expressions], arguments)
    builder.expression(node.start)
    count = arguments.count - (kind == "CallProperty")
    if count <= 2:
        builder.emit(f"{kind}{count}", function, *arguments, builder.slot("Call"))
    else:
        builder.emit(kind, function, arguments, builder.slot("Call"))


def visitors() -> Visitors:
    return Visitors(
        values={
            tree.MemberExpression: _member,
            tree.ChainExpression: _chain,
            tree.CallExpression: _call,
            tree.NewExpression: _new,
            tree.TaggedTemplateExpression: _tagged,
        }
    )
