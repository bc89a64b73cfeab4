"""What comes first in a function or script, before its statements."""

from __future__ import annotations

from seaofnodes.errors import UnsupportedError
from seaofnodes.javascript.bytecode.array import BytecodeArray
from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.bytecode.builder import Builder
from seaofnodes.javascript.bytecode.constants import Globals, SharedFunction
from seaofnodes.javascript.bytecode.generator import (
    aggregates,
    assignments,
    classes,
    literals,
    loops,
    members,
    operators,
    private,
    statements,
)
from seaofnodes.javascript.bytecode.generator.assignments import bind_pattern
from seaofnodes.javascript.bytecode.generator.control import give_back, perform
from seaofnodes.javascript.bytecode.generator.core import Generator, Visitors, has_cells, scope_info
from seaofnodes.javascript.bytecode.generator.parts import Returned
from seaofnodes.javascript.bytecode.generator.variables import runtime
from seaofnodes.javascript.bytecode.registers import CLOSURE, THIS, parameter, register
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.hoisting import lexical_declarations, var_declarations
from seaofnodes.javascript.scope.lookup import special
from seaofnodes.javascript.scope.results import Analysis, ClassParts
from seaofnodes.javascript.scope.scopes import Scope

ROOMS = (literals, aggregates, operators, members, assignments, statements, loops, classes)


def all_visitors() -> Visitors:
    """What makes code, from all files."""
    found = Visitors()
    for room in ROOMS:
        part = room.visitors()
        found.statements |= part.statements
        found.values |= part.values
        found.effects |= part.effects
        found.tests |= part.tests
    return found


def generate_script(analysis: Analysis, visitors: Visitors) -> tuple[BytecodeArray, list[SharedFunction]]:
    """The bytecode of a script's top level, and the functions that it makes closures of."""
    program = analysis.program
    if program.module:
        raise UnsupportedError("JavaScript: modules are not supported yet")
    scope = analysis.scopes[program]
    result = scope.registers
    g = Generator(analysis, scope, None, visitors, Builder("", 1, scope.registers + 1))
    g.results = statements.result_statements(program.body)
    g.result = register(result)
    builder = g.builder
    this = scope.variables.get(".this")
    if this is not None and this.place == "context":
        builder.load(THIS)
        g.store_place(this)
    with builder.registers.scope():
        _declare_globals(g, program)
    g.statements(program.body)
    if not builder.dead:
        if g.results:
            builder.load(g.result)
        else:
            builder.emit("LdaUndefined")
        builder.statement(program.end)
        builder.emit("Return")
    return builder.finish(), g.functions


def _declare_globals(g: Generator, program: tree.Program) -> None:
    builder = g.builder
    declared = [found for found in lexical_declarations(program.body) if isinstance(found, tree.FunctionDeclaration)]
    last = {found.function.name.name: found for found in declared if found.function.name is not None}
    functions = []
    for name, found in last.items():
        shared = SharedFunction(found.function, name)
        g.functions.append(shared)
        functions.append((name, shared))
    names = dict.fromkeys(identifier.name for identifier in var_declarations(program.body))
    hoisted = [
        found.function.name.name
        for found in g.analysis.hoisted
        if found.function.name is not None and g.analysis.hoisted[found].variable is None
    ]
    variables = [name for name in dict.fromkeys([*names, *hoisted]) if name not in last]
    if not (functions or variables):
        return
    arguments = builder.registers.list(2)
    builder.emit("LdaConstant", builder.reserve(Globals(variables, functions)))
    builder.store(arguments[0])
    builder.move(CLOSURE, arguments[1])
    runtime(g, "DeclareGlobals", arguments)


def generate_function(
    analysis: Analysis, shared: SharedFunction, visitors: Visitors, *, evaluated: bool = False
) -> tuple[BytecodeArray, list[SharedFunction]]:
    """The bytecode of a function, and the functions that it makes closures of. evaluated: it returns the value of its
    last statement.
    """
    function = shared.function
    if function.generator or function.asynchronous:
        kind = "asynchronous functions" if function.asynchronous else "generators"
        raise UnsupportedError(f"JavaScript: {kind} are not supported yet (at offset {function.start})")
    scope = analysis.scopes[function]
    rest = bool(function.parameters) and isinstance(function.parameters[-1], tree.RestElement)
    count = len(function.parameters) - rest + 1
    g = Generator(analysis, scope, function, visitors, Builder(shared.name, count, scope.registers + evaluated))
    if evaluated and not isinstance(function.body, tree.Expression):
        g.results = statements.result_statements(function.body)
        g.result = register(scope.registers)
    builder = g.builder
    with builder.registers.scope():
        if scope.needs_context:
            name = "CreateFunctionContextWithCells" if has_cells(scope) else "CreateFunctionContext"
            builder.expression(function.start)
            builder.emit(name, builder.reserve(scope_info(scope)), scope.slots - 2)
            with g.pushed(scope):
                _inside(g, function, scope, rest)
        else:
            _inside(g, function, scope, rest)
    new_target = scope.variables.get(".new target")
    place = g.new_target if new_target is not None and new_target.used else None
    return builder.finish(place), g.functions


def _inside(g: Generator, function: tree.Function, scope: Scope, rest: bool) -> None:
    builder = g.builder
    for variable in scope.variables.values():
        if variable.place == "context" and variable.mode in ("parameter", "this"):
            builder.load(parameter(variable.parameter) if variable.mode == "parameter" else THIS)
            g.store_place(variable)
    _specials(g, function, scope)
    if not function.simple:
        _parameters(g, function, rest)
    body = [] if isinstance(function.body, tree.Expression) else function.body
    inner = g.analysis.bodies.get(function)
    with g.block(inner, prepare=False):
        parts = g.analysis.constructors.get(function)
        if function.kind == "derived constructor" and parts is not None and parts[1].constructor is not function:
            g.returned = Returned(builder.registers.new(), Label(), len(g.contexts))
        _body(g, function, inner or scope, body)
        if g.returned is not None:
            _end_constructor(g, function, g.returned)
        elif not builder.dead:
            if g.result is not None:
                builder.load(g.result)
            else:
                builder.emit("LdaUndefined")
            perform(g, "return", None, function.end - 1)


def _specials(g: Generator, function: tree.Function, scope: Scope) -> None:
    """`arguments`, the constructor itself, `new.target`, the name of a function expression."""
    builder = g.builder
    found = scope.variables.get("arguments")
    if found is not None and found.mode == "arguments":
        builder.emit("CreateMappedArguments" if function.simple and not function.strict else "CreateUnmappedArguments")
        g.store_place(found)
    found = scope.variables.get(".new target")
    if found is not None and found.used:
        if found.place == "local":
            g.new_target = register(found.index)
        else:
            g.new_target = builder.registers.new()
            builder.load(g.new_target)
            g.store_place(found)
    own = [
        scope.variables.get(".this function"),
        *(variable for variable in scope.variables.values() if variable.mode == "function name"),
    ]
    for variable in own:
        if variable is not None and variable.used and variable.place != "unused":
            builder.load(CLOSURE)
            g.store_place(variable)


def _parameters(g: Generator, function: tree.Function, rest: bool) -> None:
    builder = g.builder
    array = -1
    if rest:
        builder.emit("CreateRestParameter")
        array = builder.registers.new()
        builder.store(array)
    g.initialize(g.root)
    for index, pattern in enumerate(function.parameters):
        if rest and index == len(function.parameters) - 1:
            assert isinstance(pattern, tree.RestElement)
            builder.load(array)
            bind_pattern(g, pattern.target, initialize=True)
        else:
            builder.load(parameter(index + 1))
            if isinstance(pattern, tree.AssignmentPattern):
                _default(g, pattern, index + 1)
                pattern = pattern.target
            bind_pattern(g, pattern, initialize=True)


def _default(g: Generator, pattern: tree.AssignmentPattern, index: int) -> None:
    """The value of a parameter, or its default."""
    there, end = Label(), Label()
    g.builder.jump("JumpIfNotUndefined", there)
    with g.maybe():
        if isinstance(pattern.target, tree.Identifier):
            literals.value_named(g, pattern.default, pattern.target.name)
        else:
            g.value(pattern.default)
    g.builder.jump("Jump", end)
    g.builder.bind(there)
    g.builder.load(parameter(index))
    g.builder.bind(end)


def _body(g: Generator, function: tree.Function, scope: Scope, body: list[tree.Statement]) -> None:
    builder = g.builder
    outer, g.scope = g.scope, scope
    if function.simple or scope is not g.root:
        g.initialize(scope)
    if scope is not g.root:  # a variable begins with the value of the parameter of its name
        for variable in scope.variables.values():
            same = g.root.variables.get(variable.name)
            if variable.mode == "var" and variable.place != "unused":
                if same is not None and same.place != "unused":
                    g.load_place(same)
                else:
                    builder.emit("LdaUndefined")
                g.store_place(variable)
    statements.declare_functions(g, body)
    found = g.analysis.constructors.get(function)
    if found is not None:
        _constructor(g, function, *found)
    initialized = g.analysis.initializers.get(function)
    if initialized is not None:
        classes.initialize_members(g, initialized, function.static)
    if isinstance(function.body, tree.Expression):
        builder.statement(function.body.start)
        g.value(function.body)
        give_back(g, function.body.end)
    else:
        g.statements(body)
    g.scope = outer


def _constructor(g: Generator, function: tree.Function, definition: tree.Class, parts: ClassParts) -> None:
    builder = g.builder
    if function.kind == "constructor":
        private.enter_constructor(g, parts.brand, parts.fields is not None)
    elif parts.constructor is function:
        # constructor(...arguments) { super(...arguments); }, but the iterator of arrays is not asked for
        with builder.registers.scope():
            own, above = builder.registers.new(), builder.registers.new()
            builder.load(CLOSURE)
            builder.store(own)
            new_target = builder.registers.new()
            g.load_place(g.root.variables[".new target"])
            builder.store(new_target)

            def construct() -> None:
                builder.load(new_target)
                builder.expression(definition.start)
                builder.emit("ConstructForwardAllArgs", above, builder.slot("Call"))

            members.find_and_construct(g, own, above, new_target, construct)
            if parts.brand is not None:
                private.add_brand(g, parts.brand, above)
            if parts.fields is not None:
                private.initialize_fields(g, own, above)
            builder.load(above)
            builder.emit("Return")


def _end_constructor(g: Generator, function: tree.Function, returned: Returned) -> None:
    """The end of a derived constructor: it returns `this` instead of undefined; who constructs refuses other primitive
    values.
    """
    builder, this = g.builder, special(g.scope, "this")
    check = Label()
    g.returned = None
    if returned.end.used:
        if not builder.dead:
            builder.jump("Jump", check)
        builder.bind(returned.end)
        builder.load(returned.register)
        builder.jump("JumpIfUndefined", check)
        builder.statement(function.end - 1)
        builder.emit("Return")
        builder.bind(check)
    if not builder.dead:
        g.load_place(this)
        builder.emit("ThrowSuperNotCalledIfHole")
        builder.statement(function.end - 1)
        builder.emit("Return")
