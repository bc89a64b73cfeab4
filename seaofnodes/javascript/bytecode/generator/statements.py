"""Statements but loops: declarations, blocks, if, switch, labels, try."""

from __future__ import annotations

from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.bytecode.generator import control
from seaofnodes.javascript.bytecode.generator.assignments import bind_pattern
from seaofnodes.javascript.bytecode.generator.control import inside, try_catch, try_finally
from seaofnodes.javascript.bytecode.generator.core import Generator, Visitors, scope_info
from seaofnodes.javascript.bytecode.generator.literals import make_closure, value_named
from seaofnodes.javascript.bytecode.generator.parts import Control, Test
from seaofnodes.javascript.bytecode.generator.variables import assign, assign_to
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.hoisting import lexical_declarations


def declare_functions(g: Generator, statements: list[tree.Statement]) -> None:
    """Functions that are declared in a block are there from its beginning on."""
    for statement in lexical_declarations(statements):
        if isinstance(statement, tree.FunctionDeclaration) and statement.function.name is not None:
            name = statement.function.name
            with g.builder.registers.scope():
                make_closure(g, statement.function)
                assign(g, name, name.name, initialize=True)


def _expression(g: Generator, node: tree.ExpressionStatement) -> None:
    g.builder.statement(node.start)
    if node in g.results and g.result is not None:
        g.value(node.expression)
        g.builder.store(g.result)
    else:
        g.effect(node.expression)


def _declaration(g: Generator, node: tree.VariableDeclaration) -> None:
    for declarator in node.declarations:
        target = declarator.target
        if declarator.init is None:
            if node.kind == "let" and isinstance(target, tree.Identifier):
                g.builder.statement(declarator.start)
                g.builder.emit("LdaUndefined")
                assign(g, target, target.name, initialize=True)
            continue
        with g.builder.registers.scope():
            g.builder.statement(declarator.init.start)
            if isinstance(target, tree.Identifier):
                value_named(g, declarator.init, target.name)
                g.builder.expression(declarator.init.start)
                assign(g, target, target.name, initialize=node.kind != "var")
            else:
                g.value(declarator.init)
                bind_pattern(g, target, initialize=node.kind != "var")


def _function(g: Generator, node: tree.FunctionDeclaration) -> None:
    """In sloppy mode, one in a block is visible in the function from now on."""
    reference = g.analysis.hoisted.get(node)
    name = node.function.name
    if reference is None or name is None:
        return
    g.load_place(g.analysis.references[name].variable)  # type: ignore[arg-type]  # it is in this block
    assign_to(g, reference, name.name, node.start, initialize=True)


def _block(g: Generator, node: tree.BlockStatement) -> None:
    block_of(g, node, node.body)


def block_of(g: Generator, node: tree.Node, body: list[tree.Statement]) -> None:
    """Statements that have a scope if they declare something; `break` with a label may leave them."""
    scope = g.analysis.scopes.get(node)
    with g.block(scope):
        if scope is not None:
            declare_functions(g, body)
        g.statements(body)


def _if(g: Generator, node: tree.IfStatement) -> None:
    builder = g.builder
    builder.statement(node.start)
    then, otherwise, end = Label(), Label(), Label()
    always = truth(node.test)
    if always is not None:
        part = node.consequent if always else node.alternate
        if part is not None:
            g.statement(part)
        return
    g.test(node.test, Test(then, otherwise, "then"))
    builder.bind(then)
    with g.maybe():
        g.statement(node.consequent)
    if node.alternate is not None:
        builder.jump("Jump", end)
        builder.bind(otherwise)
        with g.maybe():
            g.statement(node.alternate)
        builder.bind(end)
    else:
        builder.bind(otherwise)


def truth(node: tree.Node | None) -> bool | None:
    """Is a literal true or false? None: it is no literal."""
    match node:
        case tree.BooleanLiteral(value=value):
            return value
        case tree.NumericLiteral(value=number):
            return number != 0 and number == number
        case tree.StringLiteral(value=text):
            return bool(text)
        case tree.NullLiteral():
            return False
    return None


def _switch(g: Generator, node: tree.SwitchStatement) -> None:
    builder = g.builder
    builder.statement(node.start)
    tag = g.in_register(node.discriminant)
    scope = g.analysis.scopes.get(node)
    end = Label()
    with inside(g, Control(g.control, len(g.contexts), g.labels, breaks=end)), g.block(scope):
        g.labels = frozenset()
        if scope is not None:
            declare_functions(g, [statement for case in node.cases for statement in case.consequent])
        labels = [Label() for _ in node.cases]
        otherwise = end
        for case, label in zip(node.cases, labels, strict=True):
            if case.test is None:
                otherwise = label
                continue
            g.value(case.test)
            builder.emit("TestEqualStrict", tag, 0)
            builder.jump("JumpIfTrue", label)
        leave = Label() if otherwise is end and scope is not None and scope.needs_context else otherwise
        builder.jump("Jump", leave)
        for case, label in zip(node.cases, labels, strict=True):
            builder.bind(label)
            with g.maybe():
                g.statements(case.consequent)
        if leave is not otherwise:
            builder.bind(leave)
    builder.bind(end)


def _labeled(g: Generator, node: tree.LabeledStatement) -> None:
    body: tree.Statement = node
    names = set()
    while isinstance(body, tree.LabeledStatement):
        names.add(body.label)
        body = body.body
    if isinstance(
        body,
        tree.WhileStatement
        | tree.DoWhileStatement
        | tree.ForStatement
        | tree.ForInStatement
        | tree.ForOfStatement
        | tree.SwitchStatement,
    ):
        g.labels = frozenset(names)
        g.statement(body)
        g.labels = frozenset()
        return
    end = Label()
    with inside(g, Control(g.control, len(g.contexts), frozenset(names), breaks=end, is_plain=False)), g.maybe():
        g.statement(body)
    g.builder.bind(end)


def _throw(g: Generator, node: tree.ThrowStatement) -> None:
    g.builder.statement(node.start)
    g.value(node.argument)
    g.builder.expression(node.start)
    g.builder.emit("Throw")


def _try(g: Generator, node: tree.TryStatement) -> None:
    if node.finalizer is None:
        _try_catch(g, node)
        return
    finalizer = node.finalizer
    try_finally(
        g,
        lambda: _try_catch(g, node) if node.handler is not None else g.statement(node.block),
        lambda token: g.statement(finalizer),
    )


def _try_catch(g: Generator, node: tree.TryStatement) -> None:
    clause = node.handler
    assert clause is not None

    def handler(context: int) -> None:
        builder = g.builder
        if clause.parameter is None:
            builder.emit("LdaTheHole")
            builder.emit("SetPendingMessage")
            g.statement(clause.body)
            return
        scope = g.analysis.scopes[clause]
        with builder.registers.scope():
            exception = builder.registers.new()
            builder.store(exception)
            builder.emit("CreateCatchContext", exception, builder.reserve(scope_info(scope)))
        builder.store(context)
        builder.emit("LdaTheHole")
        builder.emit("SetPendingMessage")
        builder.load(context)
        with g.inside(scope), g.pushed(scope):
            _catch_body(g, clause)

    with g.builder.registers.scope():
        try_catch(g, lambda: g.statement(node.block), handler)


def _catch_body(g: Generator, clause: tree.CatchClause) -> None:
    parameter = clause.parameter
    assert parameter is not None
    if isinstance(parameter, tree.Identifier):
        g.statement(clause.body)
        return
    with g.block(g.analysis.scopes[parameter]):
        g.load_place(g.analysis.scopes[clause].variables[".catch"])
        bind_pattern(g, parameter, initialize=True)
        g.statement(clause.body)


def _debugger(g: Generator, node: tree.DebuggerStatement) -> None:
    g.builder.statement(node.start)
    g.builder.emit("Debugger")


def _empty(g: Generator, node: tree.EmptyStatement) -> None:
    del g, node


_RESETTING = (
    tree.IfStatement,
    tree.WhileStatement,
    tree.DoWhileStatement,
    tree.ForStatement,
    tree.ForInStatement,
    tree.ForOfStatement,
    tree.SwitchStatement,
    tree.TryStatement,
)


def result_statements(statements: list[tree.Statement]) -> set[tree.Node]:
    """The statements whose value may be that of a script: the last ones that have one, on each path (ECMA-262,
    UpdateEmpty); of those that are no expressions the value is undefined where nothing in them has one.
    """
    found: set[tree.Node] = set()

    def last(body: list[tree.Statement], again: bool) -> bool:
        """again: another one may come after it, so that all that has a value counts."""
        sure = False
        for statement in reversed(body):
            sure = one(statement, again or sure and False) or sure
            if sure and not again:
                return True
        return sure

    def one(statement: tree.Node | None, again: bool) -> bool:
        if again and isinstance(statement, _RESETTING):
            found.add(statement)
        match statement:
            case tree.ExpressionStatement():
                found.add(statement)
                return True
            case tree.BlockStatement(body=body):
                return last(body, again)
            case tree.LabeledStatement(body=body):
                return one(body, again)
            case tree.IfStatement(consequent=consequent, alternate=alternate):
                one(consequent, again)
                one(alternate, again)
                return True
            case tree.WhileStatement(body=body) | tree.DoWhileStatement(body=body) | tree.ForStatement(body=body):
                one(body, True)
                return True
            case tree.ForInStatement(body=body) | tree.ForOfStatement(body=body):
                one(body, True)
                return True
            case tree.SwitchStatement(cases=cases):
                for case in cases:
                    last(case.consequent, True)
                return True
            case tree.TryStatement(block=block, handler=handler):
                one(block, again)
                if handler is not None:
                    one(handler.body, again)
                return True
        return False

    last(statements, False)
    return found


def visitors() -> Visitors:
    return Visitors(
        statements={
            **control.STATEMENTS,
            tree.ExpressionStatement: _expression,
            tree.VariableDeclaration: _declaration,
            tree.FunctionDeclaration: _function,
            tree.BlockStatement: _block,
            tree.IfStatement: _if,
            tree.SwitchStatement: _switch,
            tree.LabeledStatement: _labeled,
            tree.ThrowStatement: _throw,
            tree.TryStatement: _try,
            tree.DebuggerStatement: _debugger,
            tree.EmptyStatement: _empty,
        }
    )
