"""What the interpreter needs to know of a body: where branches go, and how high the operand stack stands.

With that in a side table (Titzer, A Fast In-Place Interpreter for WebAssembly, 2022) the state of a frame is no more
than an instruction, its locals and its operands, so that execution can start anywhere.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.body import Body
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.types import FuncType


class Target(NamedTuple):
    """Where a branch goes: index of an instruction, number of operands taken along, height of the stack below them."""

    pc: int
    arity: int
    height: int


class Prepared(NamedTuple):
    """A body with its side table.

    Attributes: targets: index of a br, br_if, return or else -> where it goes (an else: behind the if), of an if ->
    where it goes if the condition is zero; tables: index of a br_table -> its targets; heights: number of operands
    before each instruction, -1 in code that is skipped since it cannot be reached.
    """

    body: Body
    signature: FuncType
    targets: dict[int, Target]
    tables: dict[int, list[Target]]
    heights: list[int]

    def index_of(self, offset: int) -> int:
        """Index of the instruction at a bytecode offset. Raises ValueError if there is none."""
        index = bisect_left(self.body.offsets, offset)
        if index == len(self.body.offsets) or self.body.offsets[index] != offset:
            raise ValueError(f"no instruction at offset {offset:#x}")
        return index


class _Label(NamedTuple):
    end: int
    otherwise: int  # index of the else of an if, else -1
    target: Target  # of branches to it
    results: int
    height: int
    parameters: int


def prepare(module: Module, function_index: int) -> Prepared:
    """One pass over a body of the module's own functions."""
    body, signature = module.body(function_index), module.functions[function_index]
    last = len(body.opcodes) - 1
    results = len(signature.results)
    labels = [_Label(last, -1, Target(last, results, 0), results, 0, 0)]
    targets: dict[int, Target] = {}
    tables: dict[int, list[Target]] = {}
    heights = [-1] * (last + 1)
    pc = height = 0
    while pc <= last:
        opcode, immediate = body.opcodes[pc], body.immediates[pc]
        label = labels[-1]
        reachable = True
        if opcode != w.ELSE:  # where an else is reached from is the end of the first arm: see below
            heights[pc] = height
        if opcode in (w.BLOCK, w.LOOP, w.IF):
            height -= opcode == w.IF
            label = _open(body, pc, immediate, height)
            labels.append(label)
            if opcode == w.IF:
                behind = label.otherwise + 1 if label.otherwise >= 0 else label.end
                targets[pc] = Target(behind, label.parameters, label.height)
        elif opcode == w.ELSE:
            targets[pc] = Target(label.end, label.results, label.height)
            heights[pc] = label.height + label.results
            height = label.height + label.parameters
        elif opcode == w.END:
            labels.pop()
            height = label.height + label.results
        elif opcode in (w.BR, w.BR_IF):
            targets[pc] = labels[-1 - immediate].target
            reachable = opcode == w.BR_IF
            height -= 1
        elif opcode == w.RETURN:
            targets[pc] = labels[0].target
            reachable = False
        elif opcode == w.BR_TABLE:
            tables[pc] = [labels[-1 - depth].target for depth in immediate]
            reachable = False
        elif opcode == w.UNREACHABLE:
            reachable = False
        else:
            height += _growth(module, opcode, immediate)
        if reachable:
            pc += 1
        else:  # go on at the else or end of the innermost block
            pc = label.otherwise if pc < label.otherwise else label.end
            height = label.height + label.results
    return Prepared(body, signature, targets, tables, heights)


def _open(body: Body, pc: int, kind: FuncType, height: int) -> _Label:
    parameters, results = len(kind.params), len(kind.results)
    below = height - parameters
    end = body.matches[pc]
    target = Target(pc, parameters, below) if body.opcodes[pc] == w.LOOP else Target(end, results, below)
    return _Label(end, body.matches.get(~pc, -1), target, results, below, parameters)


def _growth(module: Module, opcode: int, immediate: object) -> int:
    """By how much a simple instruction makes the stack grow."""
    if opcode == w.CALL:
        assert isinstance(immediate, int)
        signature = module.functions[immediate]
        return len(signature.results) - len(signature.params)
    if opcode == w.CALL_INDIRECT:
        assert isinstance(immediate, tuple)
        signature = module.types[immediate[0]]
        return len(signature.results) - len(signature.params) - 1
    if opcode in _GROWTH:
        return _GROWTH[opcode]
    facts = w.OPCODES[opcode]
    assert facts.params is not None and facts.results is not None, facts.name
    return len(facts.results) - len(facts.params)


_GROWTH = {
    w.NOP: 0,
    w.DROP: -1,
    w.SELECT: -2,
    w.LOCAL_GET: 1,
    w.LOCAL_SET: -1,
    w.LOCAL_TEE: 0,
    w.GLOBAL_GET: 1,
    w.GLOBAL_SET: -1,
}
