"""Leaving: break, continue and return, through contexts and finally blocks; try, catch and finally."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.bytecode.generator.core import Generator, Visitor
from seaofnodes.javascript.bytecode.generator.parts import Command, Control, Deferred
from seaofnodes.javascript.bytecode.registers import CONTEXT
from seaofnodes.javascript.parse import tree


@contextmanager
def inside(g: Generator, control: Control) -> Iterator[None]:
    outer, g.control = g.control, control
    yield
    g.control = outer


def find(g: Generator, label: str | None, kind: str) -> Control:
    """What `break` or `continue` means."""
    walk = g.control
    while walk is not None:
        place = walk.breaks if kind == "break" else walk.continues
        if place is not None and (label in walk.labels if label is not None else walk.is_plain):
            return walk
        walk = walk.outer
    raise AssertionError("an early error")


def perform(g: Generator, kind: str, target: Control | None, position: int) -> None:
    """Leave, with the value in the accumulator if it is returned or thrown."""
    builder = g.builder
    if kind == "rethrow":
        builder.emit("ReThrow")
        return
    walk = g.control
    while walk is not None and walk is not target:
        if walk.deferred is not None:
            _defer(g, walk, walk.deferred, Command(kind, target, position))
            return
        walk = walk.outer
    if kind == "return":
        if g.returned is not None:
            _pop_contexts(g, g.returned.contexts)
        if position >= 0:
            builder.statement(position)
        if g.returned is None:
            builder.emit("Return")
        else:
            builder.store(g.returned.register)
            builder.jump("Jump", g.returned.end)
    else:
        assert target is not None
        _pop_contexts(g, target.contexts)
        label = target.breaks if kind == "break" else target.continues
        assert label is not None
        builder.jump("Jump", label)


def _pop_contexts(g: Generator, count: int) -> None:
    """Make the context current that was the last of so many."""
    if len(g.contexts) > count and not g.builder.dead:
        saved = g.contexts[count - 1].saved if count else g.entry_context
        assert saved is not None
        g.builder.emit("PopContext", saved)


def _defer(g: Generator, control: Control, deferred: Deferred, command: Command) -> None:
    builder = g.builder
    same = [
        index
        for index, known in enumerate(deferred.commands)
        if (known.kind, known.target) == (command.kind, command.target)
    ]
    if same:
        token = same[0]
    else:
        token = len(deferred.commands)
        deferred.commands.append(command)
    if command.kind in ("return", "rethrow"):
        builder.store(deferred.result)
    builder.emit("LdaZero") if token == 0 else builder.emit("LdaSmi", token)
    builder.store(deferred.token)
    if command.kind not in ("return", "rethrow"):
        builder.store(deferred.result)
    _pop_contexts(g, control.contexts)
    builder.jump("Jump", deferred.enter)


def _break(g: Generator, node: tree.BreakStatement) -> None:
    g.builder.statement(node.start)
    perform(g, "break", find(g, node.label, "break"), -1)


def _continue(g: Generator, node: tree.ContinueStatement) -> None:
    g.builder.statement(node.start)
    perform(g, "continue", find(g, node.label, "continue"), -1)


def _return(g: Generator, node: tree.ReturnStatement) -> None:
    g.builder.statement(node.start)
    if node.argument is None:
        g.builder.emit("LdaUndefined")
    else:
        g.value(node.argument)
    give_back(g, node.end)


def give_back(g: Generator, position: int) -> None:
    """Return the accumulator."""
    perform(g, "return", None, position)


def try_catch(g: Generator, body: Callable[[], None], handler: Callable[[int], None], caught: bool = True) -> None:
    """handler: gets a register that it may use; the exception is in the accumulator."""
    builder = g.builder
    context = builder.registers.new()
    builder.move(CONTEXT, context)
    start, end, target, after = Label(), Label(), Label(entered=True), Label()
    builder.mark(start)
    with inside(g, Control(g.control, len(g.contexts))), g.maybe():
        body()
    builder.mark(end)
    builder.jump("Jump", after)
    builder.bind(target)
    builder.handle(start, end, target, context, caught)
    with g.maybe():
        handler(context)
    builder.bind(after)


def try_finally(g: Generator, body: Callable[[], None], finish: Callable[[int], None]) -> None:
    """finish: gets the register that tells how the block was left: 0 by an exception, -1 at its end."""
    builder = g.builder
    token, result, message = builder.registers.new(), builder.registers.new(), builder.registers.new()
    builder.emit("LdaTheHole")
    builder.store(message)
    context = builder.registers.new()
    builder.move(CONTEXT, context)
    start, end, target, enter, after = Label(), Label(), Label(entered=True), Label(), Label()
    deferred = Deferred(token, result, enter, [Command("rethrow", None, -1)])
    builder.mark(start)
    with inside(g, Control(g.control, len(g.contexts), deferred=deferred)), g.maybe():
        body()
    builder.mark(end)
    builder.emit("LdaSmi", -1)
    builder.store(token)
    builder.store(result)
    builder.jump("Jump", enter)
    builder.bind(target)
    builder.handle(start, end, target, context, False)
    builder.store(result)
    builder.emit("LdaZero")
    builder.store(token)
    builder.emit("LdaTheHole")
    builder.emit("SetPendingMessage")
    builder.store(message)
    enter.used = True
    builder.bind(enter)
    finish(token)
    _leave(g, deferred, message, after)
    builder.bind(after)


def _leave(g: Generator, deferred: Deferred, message: int, after: Label) -> None:
    """Do what was to be done when the block was left."""
    builder, commands = g.builder, deferred.commands
    if len(commands) == 1:
        builder.emit("LdaZero")
        builder.emit("TestReferenceEqual", deferred.token)
        builder.jump("JumpIfFalse", after)
        _resume(g, deferred, commands[0], message)
        return
    labels = [Label(entered=True) for _ in commands]
    first = builder.reserve(0)
    for _ in commands[1:]:
        builder.reserve(0)
    builder.load(deferred.token)
    builder.switch(first, labels)
    builder.jump("Jump", after)
    for label, command in zip(labels, commands, strict=True):
        builder.bind(label)
        _resume(g, deferred, command, message)


def _resume(g: Generator, deferred: Deferred, command: Command, message: int) -> None:
    builder = g.builder
    if command.kind == "rethrow":
        builder.load(message)
        builder.emit("SetPendingMessage")
    if command.kind in ("return", "rethrow"):
        builder.load(deferred.result)
    perform(g, command.kind, command.target, command.position)


STATEMENTS: dict[type, Visitor] = {
    tree.BreakStatement: _break,
    tree.ContinueStatement: _continue,
    tree.ReturnStatement: _return,
}
