"""Loops."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.bytecode.generator.assignments import bind_pattern, finish_iteration
from seaofnodes.javascript.bytecode.generator.control import inside, perform, try_finally
from seaofnodes.javascript.bytecode.generator.core import Generator, Visitors, unsupported
from seaofnodes.javascript.bytecode.generator.iteration import get_iterator, step
from seaofnodes.javascript.bytecode.generator.parts import Control, Test
from seaofnodes.javascript.bytecode.generator.statements import truth
from seaofnodes.javascript.bytecode.registers import register
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.scopes import Scope, Variable


def _loop(g: Generator, start: Label, end: Label, position: int, make: Callable[[Label], None]) -> None:
    """A loop: `make` gets the label that `continue` leads to, which it binds."""
    builder = g.builder
    labels, g.labels = g.labels, frozenset()
    after = Label()
    with inside(g, Control(g.control, len(g.contexts), labels, breaks=end, continues=after)), g.maybe():
        builder.bind_loop(start)
        g.loops += 1
        make(after)
        g.loops -= 1
    back(g, start, position)
    builder.bind(end)


def back(g: Generator, start: Label, position: int) -> None:
    """The jump to a loop's beginning."""
    if not g.builder.dead:
        g.builder.expression(position)
    g.builder.emit("JumpLoop", start, g.loops, g.builder.slot("JumpLoop"))


def _body(g: Generator, body: tree.Statement, after: Label) -> None:
    with g.maybe():
        g.statement(body)
    g.builder.bind(after)


def _while(g: Generator, node: tree.WhileStatement) -> None:
    always = truth(node.test)
    if always is False:
        return
    end = Label()

    def make(after: Label) -> None:
        if always is None:
            inside_label = Label()
            g.builder.statement(node.test.start)
            g.test(node.test, Test(inside_label, end, "then"))
            g.builder.bind(inside_label)
        _body(g, node.body, after)

    _loop(g, Label(), end, node.start, make)


def _do_while(g: Generator, node: tree.DoWhileStatement) -> None:
    end, start = Label(), Label()
    always = truth(node.test)

    def make(after: Label) -> None:
        _body(g, node.body, after)
        if always is None:
            again = Label()
            g.builder.statement(node.test.start)
            g.test(node.test, Test(again, end, "then"))
            g.builder.bind(again)
        elif always is False:
            g.builder.jump("Jump", end)

    _loop(g, start, end, node.start, make)


def _for(g: Generator, node: tree.ForStatement) -> None:
    inner = g.analysis.inner.get(node)
    if inner is not None:
        _for_copied(g, node, inner)
        return
    with g.block(g.analysis.scopes.get(node)):
        if isinstance(node.init, tree.VariableDeclaration):
            g.statement(node.init)
        elif node.init is not None:
            g.builder.statement(node.init.start)
            g.effect(node.init)
        if truth(node.test) is False:
            g.labels = frozenset()
            return
        end = Label()

        def make(after: Label) -> None:
            if node.test is not None and truth(node.test) is None:
                inside_label = Label()
                g.builder.statement(node.test.start)
                g.test(node.test, Test(inside_label, end, "then"))
                g.builder.bind(inside_label)
            _body(g, node.body, after)
            if node.update is not None:
                g.builder.statement(node.update.start)
                g.effect(node.update)

        _loop(g, Label(), end, node.start, make)


def _for_copied(g: Generator, node: tree.ForStatement, inner: Scope) -> None:
    """A loop each turn of which has variables of its own, since closures may see them. As V8 rewrites it: in a loop
    without an end, one around the body that is run once, so that `continue` leads to its end; a flag tells after it
    whether `break` has left it.
    """
    builder = g.builder
    outer_scope = g.analysis.scopes[node]
    *copies, first, flag = g.analysis.temporaries[node]
    labels, g.labels = g.labels, frozenset()
    end = Label()
    with g.block(outer_scope):
        assert isinstance(node.init, tree.VariableDeclaration)
        g.statement(node.init)
        for variable, copy in zip(list(outer_scope.variables.values()), copies, strict=True):
            g.load_place(variable)
            builder.store(register(copy.index))
        _set(g, first, 1)
        with inside(g, Control(g.control, len(g.contexts), breaks=end)), g.maybe():
            start = Label()
            builder.bind_loop(start)
            g.loops += 1
            with g.block(inner):
                _turn(g, node, inner, copies, first, flag, labels)
            g.loops -= 1
            back(g, start, node.start)
        builder.bind(end)


def _set(g: Generator, variable: Variable, value: int) -> None:
    if value:
        g.builder.emit("LdaSmi", value)
    else:
        g.builder.emit("LdaZero")
    g.builder.store(register(variable.index))


def _if_set(g: Generator, variable: Variable, otherwise: Label) -> None:
    """A jump if a flag is not 1."""
    g.builder.emit("LdaSmi", 1)
    g.builder.emit("TestEqual", register(variable.index), 0)
    g.builder.jump("JumpIfFalse", otherwise)


def _turn(
    g: Generator,
    node: tree.ForStatement,
    inner: Scope,
    copies: list[Variable],
    first: Variable,
    flag: Variable,
    labels: frozenset[str],
) -> None:
    builder = g.builder
    variables = [inner.variables[name] for name in g.analysis.scopes[node].variables]
    for variable, copy in zip(variables, copies, strict=True):
        builder.load(register(copy.index))
        g.store_place(variable)
    update, test = Label(), Label()
    _if_set(g, first, update)
    _set(g, first, 0)
    builder.jump("Jump", test)
    builder.bind(update)
    if node.update is not None:
        builder.statement(node.update.start)
        with g.maybe():
            g.effect(node.update)
    builder.bind(test)
    _set(g, flag, 1)
    assert g.control is not None
    if node.test is not None:
        then, otherwise, after_test = Label(), Label(), Label()
        builder.statement(node.test.start)
        g.test(node.test, Test(then, otherwise, "then"))
        builder.bind(then)
        builder.jump("Jump", after_test)
        builder.bind(otherwise)
        perform(g, "break", g.control, -1)
        builder.bind(after_test)
    end, start, after = Label(), Label(), Label()
    with inside(g, Control(g.control, len(g.contexts), labels, breaks=end, continues=after)), g.maybe():
        builder.bind_loop(start)
        g.loops += 1
        _if_set(g, flag, end)
        _body(g, node.body, after)
        _set(g, flag, 0)
        for variable, copy in zip(variables, copies, strict=True):
            g.load_place(variable)
            builder.store(register(copy.index))
        g.loops -= 1
        back(g, start, node.start)
    builder.bind(end)
    more = Label()
    _if_set(g, flag, more)
    perform(g, "break", g.control, -1)
    builder.bind(more)


def _bind_each(g: Generator, node: tree.ForInStatement | tree.ForOfStatement, value: int) -> None:
    """The value of a turn, in a register, goes to what is before `in` or `of`."""
    left = node.left
    g.builder.load(value)
    if isinstance(left, tree.VariableDeclaration):
        target = left.declarations[0].target
        g.builder.statement(target.start)
        bind_pattern(g, target, initialize=left.kind != "var")
    else:
        bind_pattern(g, left, initialize=False)


def _held(g: Generator, node: tree.ForInStatement | tree.ForOfStatement, other: int) -> int:
    """The register in which the accumulator's value is kept: that of a temporary, where variables are declared."""
    found = g.analysis.temporaries.get(node)
    kept = register(found[0].index) if found else other
    g.builder.store(kept)
    return kept


def _for_in(g: Generator, node: tree.ForInStatement) -> None:
    builder = g.builder
    left = node.left
    if isinstance(left, tree.VariableDeclaration) and left.kind == "var" and left.declarations[0].init is not None:
        g.statement(left)
    end, done = Label(), Label()
    with g.block(g.analysis.scopes.get(node)):
        builder.statement(node.right.start)
        g.value(node.right)
    builder.jump("JumpIfUndefinedOrNull", done)
    receiver = builder.registers.new()
    builder.emit("ToObject", receiver)
    triple = builder.registers.list(3)
    slot = builder.slot("ForIn")
    builder.emit("ForInEnumerate", receiver)
    builder.emit("ForInPrepare", triple, slot)
    index = builder.registers.new()
    builder.emit("LdaZero")
    builder.store(index)

    def make(after: Label) -> None:
        builder.jump("JumpIfForInDone", end, index, triple[2])
        builder.emit("ForInNext", receiver, index, triple.part(0, 2), slot)
        builder.jump("JumpIfUndefined", after)
        value = _held(g, node, builder.registers.new())
        scope = g.analysis.scopes.get(left) if isinstance(left, tree.VariableDeclaration) else None
        with g.block(scope):
            _bind_each(g, node, value)
            with g.maybe():
                g.statement(node.body)
        builder.bind(after)
        builder.emit("ForInStep", index)

    _loop(g, Label(), end, node.start, make)
    builder.bind(done)


def _for_of(g: Generator, node: tree.ForOfStatement) -> None:
    if node.awaits:
        raise unsupported(node)
    builder = g.builder
    left = node.left
    with g.block(g.analysis.scopes.get(node)):
        builder.statement(node.right.start)
        g.value(node.right)
    iterator = get_iterator(g, node.right.start)
    done = builder.registers.new()
    builder.emit("LdaFalse")
    builder.store(done)
    end = Label()

    def body() -> None:
        result = builder.registers.new()

        def make(after: Label) -> None:
            builder.emit("LdaTrue")
            builder.store(done)
            builder.expression(left.start)
            step(g, iterator, result)
            builder.emit("GetNamedProperty", result, builder.constant("done"), iterator.done)
            builder.jump("JumpIfToBooleanTrue", end)
            builder.emit("GetNamedProperty", result, builder.constant("value"), iterator.value)
            builder.store(result)
            builder.emit("LdaFalse")
            builder.store(done)
            builder.load(result)
            value = _held(g, node, result)
            scope = g.analysis.scopes.get(left) if isinstance(left, tree.VariableDeclaration) else None
            with g.block(scope):
                _bind_each(g, node, value)
                with g.maybe():
                    g.statement(node.body)
            builder.bind(after)

        _loop(g, Label(), end, node.start, make)

    try_finally(g, body, lambda token: finish_iteration(g, iterator, done, token))


def visitors() -> Visitors:
    return Visitors(
        statements={
            tree.WhileStatement: _while,
            tree.DoWhileStatement: _do_while,
            tree.ForStatement: _for,
            tree.ForInStatement: _for_in,
            tree.ForOfStatement: _for_of,
        }
    )
