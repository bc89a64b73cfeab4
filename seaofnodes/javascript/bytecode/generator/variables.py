"""Reading and writing variables: registers, slots of contexts, properties of the global object; holes and constants."""

from __future__ import annotations

from seaofnodes.javascript.bytecode.generator.core import Generator
from seaofnodes.javascript.bytecode.registers import CLOSURE, THIS, RegisterList, register
from seaofnodes.javascript.bytecode.runtime_functions import INTRINSICS, RUNTIME
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.lookup import special
from seaofnodes.javascript.scope.scopes import Reference, Variable

NONE = RegisterList(0, 0)


def load(g: Generator, node: tree.Node, name: str, typeof: bool = False) -> None:
    """The value of the variable that an identifier refers to. typeof: one that does not exist gives undefined."""
    reference = g.analysis.references[node]
    g.builder.expression(node.start)
    if reference.variable is None or reference.variable.place == "global":
        if name == "undefined":
            g.builder.emit("LdaUndefined")
        elif typeof:
            g.builder.emit("LdaGlobalInsideTypeof", g.builder.constant(name), g.slot_of("LoadGlobalInsideTypeof", name))
        else:
            g.builder.emit("LdaGlobal", g.builder.constant(name), g.slot_of("LoadGlobal", name))
        return
    load_variable(g, reference.variable, reference.check)


def load_variable(g: Generator, variable: Variable, check: bool = False) -> None:
    g.load_place(variable)
    if check and variable not in g.checked:
        g.builder.emit("ThrowReferenceErrorIfHole", g.builder.constant(variable.name))
        g.checked.add(variable)


def assign(g: Generator, node: tree.Node, name: str, initialize: bool = False) -> None:
    """The accumulator's value becomes that of the variable; it stays in the accumulator.

    initialize: a declaration does it, so that a constant may be written.
    """
    assign_to(g, g.analysis.references[node], name, node.start, initialize)


def assign_to(g: Generator, reference: Reference, name: str, position: int, initialize: bool = False) -> None:
    variable, builder = reference.variable, g.builder
    if variable is None or variable.place == "global":
        builder.emit("StaGlobal", builder.constant(name), g.slot_of("StoreGlobal", name))
        return
    if variable.place == "unused":
        return
    if not initialize and variable.lexical and reference.check and variable not in g.checked:
        value = builder.registers.new()
        builder.store(value)
        g.load_place(variable)
        builder.emit("ThrowReferenceErrorIfHole", builder.constant(variable.name))
        g.checked.add(variable)
        builder.load(value)
    if not initialize and (variable.mode == "const" or (variable.mode == "function name" and g.scope.strict)):
        builder.expression(position)
        name_register = builder.registers.list(1)
        value = builder.registers.new()
        builder.store(value)
        builder.emit("LdaConstant", builder.constant(variable.name))
        builder.store(name_register[0])
        runtime(g, "ThrowConstAssignError", name_register)
        return
    if variable.mode == "function name" and not initialize:
        return
    g.store_place(variable)


def runtime(g: Generator, name: str, arguments: RegisterList = NONE) -> None:
    """A call of a function of the runtime."""
    g.builder.emit("CallRuntime", RUNTIME.index(name), arguments)


def intrinsic(g: Generator, name: str, arguments: RegisterList = NONE) -> None:
    """A call of a function of the runtime that the tiers know."""
    g.builder.emit("InvokeIntrinsic", INTRINSICS.index(name), arguments)


def load_this(g: Generator, check: bool = True) -> None:
    """`this`, which in a derived constructor, and in its arrow functions, is not there before `super()` has been
    called.
    """
    variable = special(g.scope, "this")
    g.load_place(variable)
    if check and is_derived(variable) and variable not in g.checked:
        g.builder.emit("ThrowSuperNotCalledIfHole")
        g.checked.add(variable)


def is_derived(this: Variable) -> bool:
    """Is it the `this` of a derived constructor?"""
    function = this.scope.function
    return function is not None and function.kind == "derived constructor"


def this_register(g: Generator) -> int:
    """A register that has `this`."""
    variable = special(g.scope, "this")
    if variable.place == "parameter" and (not is_derived(variable) or variable in g.checked):
        return THIS
    load_this(g)
    found = g.builder.registers.new()
    g.builder.store(found)
    return found


def load_special(g: Generator, name: str) -> None:
    """`new target`, `this function` or `home object`."""
    variable = special(g.scope, name)
    if name == "this function" and variable.place == "local" and g.function is not None and not g.function.is_arrow:
        g.builder.load(register(variable.index) if variable.used else CLOSURE)
        return
    g.load_place(variable)
