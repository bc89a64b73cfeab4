"""Emission of control flow: switches, block order, frames; and what the runtime is told about the code."""

from __future__ import annotations

import pytest

from seaofnodes.backend.assembler.disassembly import disassemble
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import MachineCode
from seaofnodes.backend.compile import describe, lower
from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common, memory
from seaofnodes.ir.ops.machine import INT32_ADD, INT32_LESS_THAN, INT32_MUL, INT32_SUB
from seaofnodes.ir.types import FLOAT64, WORD32, WORD64
from seaofnodes.wasm.dialect import operators as wasm
from seaofnodes.wasm.instance_layout import Lowering
from tests.backend.execute import LAYOUT, Native

FEATURES = CpuFeatures.detect()


@pytest.fixture(scope="module")
def native() -> Native:
    return Native()


def compiled(graph: Graph) -> MachineCode:
    return lower(graph, embedder_data=Lowering(LAYOUT, [7]), features=FEATURES).code


def lines(graph: Graph) -> list[str]:
    """The disassembly, an instruction a line."""
    return texts(compiled(graph))


def texts(code: MachineCode) -> list[str]:
    return [line.text for line in disassemble(code.data, code.code_size) if line.offset < code.code_size]


def switch(values: list[int]) -> Graph:
    """Gives 1000 + i for the i-th value, 1 for any other."""
    b = GraphBuilder(Graph("switch", [WORD64, WORD32], [WORD32]))
    graph = b.graph
    node = graph.node(common.switch(len(values) + 1), b.parameter(0), b.control)
    arms = [(b.effect, graph.node(common.if_value(value), node)) for value in values]
    arms.append((b.effect, graph.node(common.IF_DEFAULT, node)))
    merge = b.merge(arms)
    results = [graph.int32(1000 + i) for i in range(len(values))]
    b.return_(b.phi([*results, graph.int32(1)], merge))
    return graph


@pytest.mark.parametrize(
    "values",
    [[0], [0, 1], [5, 6, 7], list(range(10)), [3, 4, 5, 9, 12], [0, 100, 10000, 1000000], list(range(7, 2000, 97))],
)
def test_switches(values: list[int], native: Native) -> None:
    call = native.function(switch(values), FEATURES)
    for i, value in enumerate(values):
        assert call(value) == [1000 + i]
    for other in (*(value + 1 for value in values), *(value - 1 for value in values), 0x80000000, 0xFFFFFFFF):
        if other not in values:
            assert call(other & 0xFFFFFFFF) == [1]


def test_dense_switches_have_a_table() -> None:
    assert sum("jmp r" in line for line in lines(switch(list(range(10))))) == 1
    assert not any("jmp r" in line for line in lines(switch([0, 100, 10000, 1000000])))


def counting_loop() -> Graph:
    """While i < n: sum += i * i. The test comes first."""
    b = GraphBuilder(Graph("sum", [WORD64, WORD32], [WORD32]))
    graph = b.graph
    n = b.parameter(0)

    def body(variables: list[Node]) -> list[Node]:
        i, total = variables
        return [b.op(INT32_ADD, i, graph.int32(1)), b.op(INT32_ADD, total, b.op(INT32_MUL, i, i))]

    _, total = b.while_([graph.int32(0), graph.int32(0)], lambda v: b.op(INT32_LESS_THAN, v[0], n), body)
    b.return_(total)
    return graph


def test_a_loop_ends_with_its_test(native: Native) -> None:
    text = lines(counting_loop())
    jumps = [line for line in text if line.split()[0].startswith("j")]
    assert len(jumps) == 2 and jumps[0].startswith("jmp") and jumps[1].startswith("jl"), text
    call = native.function(counting_loop(), FEATURES)
    assert call(0) == [0] and call(10) == [285]


def test_a_function_that_nobody_can_look_into_has_no_frame() -> None:
    assert not any("rbp" in line for line in lines(counting_loop()))
    b = GraphBuilder(Graph("load", [WORD64, WORD32], [WORD32]))
    start = b.op(wasm.memory_start(0), b.context)
    b.return_(b.op(memory.load(memory.MemoryAccess(0, "Word32", WORD32, 0)), start, b.parameter(0)))
    assert lines(b.graph)[0] == "push rbp"


def calling(arguments: int) -> Graph:
    """Calls function 3 with constants, and keeps the parameter until after it."""
    b = GraphBuilder(Graph("calling", [WORD64, WORD32], [WORD32]))
    graph = b.graph
    b.op(common.STACK_CHECK_ENTRY)
    graph.origin = Origin(77)
    call = common.call(common.CallDescriptor((WORD32,) * arguments, (WORD32,), function_index=3))
    result = b.op(call, b.context, *(graph.int32(i) for i in range(arguments)))
    graph.origin = Origin(99)
    b.return_(b.op(INT32_SUB, result, b.parameter(0)))
    return graph


def test_calls_are_relocated_and_have_positions() -> None:
    code = compiled(calling(2))
    assert [(r.kind, r.target) for r in code.relocations] == [("context", 0), ("slot", 3), ("builtin", "poll_entry")]
    after_call = min(code.safepoints)  # before the slow path of the poll at entry
    found = max((p for p in code.positions if p.pc < after_call), key=lambda p: p.pc)
    assert found.bytecode_offset == 77


def test_a_fault_belongs_to_the_load_and_not_to_what_covers_it() -> None:
    b = GraphBuilder(Graph("fault", [WORD64, WORD32], [WORD32]))
    start = b.op(wasm.memory_start(0), b.context)
    b.graph.origin = Origin(33)
    value = b.op(memory.load(memory.MemoryAccess(0, "Word32", WORD32, 0)), start, b.parameter(0))
    b.graph.origin = Origin(44)
    total = b.op(INT32_ADD, b.parameter(0), value)
    b.graph.origin = Origin(55)
    b.op(memory.store(memory.MemoryAccess(0, "Word32", WORD32, 64)), start, total, total)
    b.return_(total)
    code = compiled(b.graph)
    found = [max((p for p in code.positions if p.pc <= pc), key=lambda p: p.pc) for pc in sorted(code.traps)]
    assert [position.bytecode_offset for position in found] == [33, 55]


@pytest.mark.parametrize("arguments", [0, 8, 9, 12])
def test_the_stack_is_aligned_at_calls_and_restored_after(arguments: int) -> None:
    code = compiled(calling(arguments))
    below = code.frame_size
    assert below % 16 == 0
    text = texts(code)
    popped = 8 * max(arguments - 8, 0)
    after = text[next(i for i, line in enumerate(text) if line.startswith("call")) + 1]
    assert after.startswith("sub rsp") == bool(popped)


def test_large_frames_are_checked_before_they_are_made() -> None:
    b = GraphBuilder(Graph("large", [WORD64, *[WORD64] * 3000], [WORD64]))
    b.op(common.STACK_CHECK_ENTRY)
    call = common.call(common.CallDescriptor((WORD64,) * 3000, (WORD64,), function_index=0))
    b.return_(b.op(call, b.context, *(b.parameter(i) for i in range(3000))))
    text = lines(b.graph)
    first = next(i for i, line in enumerate(text) if line.startswith("cmp r11"))
    assert text[first - 1].startswith("lea r11, [rsp-") and any(line.startswith("sub rsp") for line in text[first:])


def test_what_nobody_reaches_often_is_out_of_line() -> None:
    b = GraphBuilder(Graph("unlikely", [WORD64, WORD32], [WORD32]))
    graph = b.graph
    if_true, if_false = b.branch(b.parameter(0), common.BRANCH_UNLIKELY)
    b.control = if_true
    b.op(wasm.global_set(0, FLOAT64, "g"), b.context, graph.float64(0x3FF8 << 48))
    slow = (b.effect, b.control)
    merge = b.merge([slow, (graph.start, if_false)])
    b.return_(b.phi([graph.int32(5), b.parameter(0)], merge))
    text = lines(graph)
    [store] = [
        i for i, line in enumerate(text) if "xmm" in line and line.startswith("vmovsd [" if FEATURES.avx else "movsd [")
    ]
    assert store > next(i for i, line in enumerate(text) if line.startswith("ret"))


def test_traces_describe_every_instruction() -> None:
    result = lower(counting_loop(), embedder_data=Lowering(LAYOUT, [7]), features=FEATURES, trace=True)
    assert any("phi" in line for line in result.selected)
    assert any("eax" in line or "rax" in line for line in describe(result.sequence))
    ranges = result.emission.ranges
    assert ranges and all(0 <= start <= end <= result.code.code_size for start, end, _ in ranges)
    assert {block for _, block in result.code.blocks} <= {block.index for block in result.schedule.blocks}
