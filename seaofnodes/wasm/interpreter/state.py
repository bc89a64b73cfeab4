"""The state of the reference interpreter: instances, what they may use, frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from seaofnodes.wasm.interpreter.numeric import canonical
from seaofnodes.wasm.interpreter.prepare import Prepared, Target, prepare
from seaofnodes.wasm.interpreter.store import Global, Memory, Table
from seaofnodes.wasm.interpreter.values import Function, Tag
from seaofnodes.wasm.module import Module

MAX_TRACE = 96


@dataclass(slots=True)
class Limits:
    """What instances may use; those that share one Limits share the counts.

    Attributes: depth: frames at the same time, then "call stack exhausted"; steps: instructions, or None for no limit;
    pages: of 64 KiB in one memory; elements: of one array; canonicalize_nans: every float result is canonical, also of
    instructions that only move bits; observer: is given the frames, innermost last, before each instruction.
    """

    depth: int = 10_000
    steps: int | None = None
    pages: int = 16_384
    elements: int = 10_000_000
    canonicalize_nans: bool = False
    observer: Callable[[Sequence[Frame]], None] | None = None
    frames: int = 0
    host_calls: int = 0


class TraceFrame(NamedTuple):
    """A frame of a trap's backtrace."""

    function_index: int
    name: str
    offset: int

    def __str__(self) -> str:
        return f"{self.name} (function {self.function_index}, offset {self.offset:#x})"


class InterpretedInstance:
    """An instance of a module.

    Attributes: exports: Function, Memory, Table, Global or Tag by name; functions, memories, tables, globals, tags: by
    index, imports first; data, elements: contents of the segments, empty when dropped.
    """

    def __init__(self, module: Module, limits: Limits) -> None:
        self.module = module
        self.limits = limits
        self.functions: list[Function] = []
        self.memories: list[Memory] = []
        self.tables: list[Table] = []
        self.globals: list[Global] = []
        self.tags: list[Tag] = []
        self.data: list[bytes] = []
        self.elements: list[list[Any]] = []
        self.exports: dict[str, Any] = {}
        self._prepared: dict[int, Prepared] = {}

    def prepared(self, function_index: int) -> Prepared:
        found = self._prepared.get(function_index)
        if found is None:
            found = self._prepared[function_index] = prepare(self.module, function_index)
        return found

    def call(self, function_index: int, *arguments: Any) -> list[Any]:
        """Call by index with bit patterns and references."""
        return self.functions[function_index].call_bits(*arguments)


class Frame:
    """A function that runs. Attributes: pc: index of the next instruction."""

    __slots__ = ("code", "function_index", "instance", "locals", "pc", "stack")

    def __init__(
        self, instance: InterpretedInstance, function_index: int, locals: list[Any], stack: list[Any], pc: int = 0
    ) -> None:
        self.instance = instance
        self.function_index = function_index
        self.code = instance.prepared(function_index)
        self.locals = locals
        self.stack = stack
        self.pc = pc


def enter(instance: InterpretedInstance, function_index: int, arguments: Sequence[Any]) -> Frame:
    """A frame at the start of a function of an instance."""
    code = instance.prepared(function_index)
    if instance.limits.canonicalize_nans:
        kinds = code.signature.params
        arguments = [
            canonical(kind.bits, bits) if kind.is_float else bits for kind, bits in zip(kinds, arguments, strict=True)
        ]
    return Frame(instance, function_index, [*arguments, *code.defaults], [])


def backtrace(frames: Sequence[Frame]) -> tuple[TraceFrame, ...]:
    """Where each frame is, innermost first; a frame's pc is behind the instruction that it executes."""
    return tuple(
        TraceFrame(
            frame.function_index,
            frame.instance.module.function_name(frame.function_index),
            frame.code.body.offsets[max(frame.pc - 1, 0)],
        )
        for frame in reversed(frames[-MAX_TRACE:])
    )


def branch(frame: Frame, target: Target) -> None:
    """Branch to a target, with the operands that it takes."""
    stack = frame.stack
    frame.pc = target.pc
    stack[target.height :] = stack[len(stack) - target.arity :]
