"""The protocol of iterators (ECMA-262, 7.4)."""

from __future__ import annotations

from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.bytecode.generator.core import Generator
from seaofnodes.javascript.bytecode.generator.parts import Iterator
from seaofnodes.javascript.bytecode.generator.variables import runtime
from seaofnodes.javascript.bytecode.registers import CONTEXT, RegisterList, index_of


def get_iterator(g: Generator, position: int) -> Iterator:
    """The iterator of the value in the accumulator."""
    builder = g.builder
    next_method = builder.registers.new()
    object = builder.registers.new()
    with builder.registers.scope():
        source = builder.registers.new()
        builder.store(source)
        builder.expression(position)
        builder.emit("GetIterator", source, builder.slot("LoadIC"), builder.slot("Call"))
    builder.store(object)
    builder.emit("GetNamedProperty", object, builder.constant("next"), builder.slot("LoadIC"))
    builder.store(next_method)
    return Iterator(object, next_method, builder.slot("LoadIC"), builder.slot("LoadIC"))


def step(g: Generator, iterator: Iterator, result: int) -> None:
    """Call `next`: what it returns, which must be an object, is in the accumulator and in `result`."""
    builder = g.builder
    builder.emit("CallProperty0", iterator.next, iterator.object, builder.slot("Call"))
    builder.store(result)
    fine = Label()
    builder.jump("JumpIfJSReceiver", fine)
    runtime(g, "ThrowIteratorResultNotAnObject", RegisterList(index_of(result), 1))
    builder.bind(fine)


def close(g: Generator, iterator: Iterator, token: int | None) -> None:
    """Call the iterator's `return`, if there is one (IteratorClose). token: a register that is 0 if an exception is
    under way, which then counts more than what `return` throws; None: there is none.
    """
    builder = g.builder
    finished, start, end, handler = Label(), Label(), Label(), Label(entered=True)
    context = builder.registers.new()
    if token is not None:
        builder.move(CONTEXT, context)
        builder.mark(start)
    method = builder.registers.new()
    builder.emit("GetNamedProperty", iterator.object, builder.constant("return"), builder.slot("LoadIC"))
    builder.jump("JumpIfUndefinedOrNull", finished)
    builder.store(method)
    builder.emit("CallProperty0", method, iterator.object, builder.slot("Call"))
    builder.jump("JumpIfJSReceiver", finished)
    result = builder.registers.new()
    builder.store(result)
    runtime(g, "ThrowIteratorResultNotAnObject", RegisterList(index_of(result), 1))
    if token is not None:
        builder.mark(end)
        builder.jump("Jump", finished)
        builder.bind(handler)
        builder.handle(start, end, handler, context, True)
        builder.store(context)
        builder.emit("LdaZero")
        builder.emit("TestReferenceEqual", token)
        builder.jump("JumpIfTrue", finished)
        builder.load(context)
        builder.emit("ReThrow")
    builder.bind(finished)
