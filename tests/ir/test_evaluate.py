"""The evaluator: what floats reads the right version of the state, and broken graphs are noticed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from seaofnodes.errors import Trap
from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.evaluator.evaluate import OutOfSteps, evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, machine as m, memory
from seaofnodes.ir.ops.environment import EvaluationError
from seaofnodes.ir.types import WORD32, WORD64
from seaofnodes.wasm.dialect import operators as ops

GET = ops.global_get(0, WORD32, "global0")
SET = ops.global_set(0, WORD32, "global0")
SET_OTHER = ops.global_set(1, WORD32, "global1")


class Globals:
    """An environment of two globals, and a memory of 16 bytes."""

    def __init__(self) -> None:
        self.values = [5, 6]
        self.bytes = bytearray(range(16))
        self.calls: list[list[int]] = []

    def global_get(self, index: int) -> int:
        return self.values[index]

    def global_set(self, index: int, value: int) -> None:
        self.values[index] = value

    def memory_start(self, memory: int) -> int:
        return 1 << 40

    def load(self, memory: int, address: int, width: int) -> int:
        if not 0 <= address <= 16 - width:
            raise Trap("out of bounds memory access")
        return int.from_bytes(self.bytes[address : address + width], "little")

    def call(self, function_index: int, arguments: Sequence[int]) -> list[int]:
        self.calls.append(list(arguments))
        self.values[0] += 100
        return [a + 1 for a in arguments]

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} is not part of this test")


def build(parameters: int = 1) -> GraphBuilder:
    return GraphBuilder(Graph("f", [WORD64] + [WORD32] * parameters, [WORD32]))


def run(b: GraphBuilder, *arguments: int, environment: Globals | None = None, steps: int | None = None) -> list[int]:
    return evaluate(b.graph, arguments, environment or Globals(), steps=steps)  # type: ignore[arg-type]


def test_a_read_sees_the_state_of_its_effect_input() -> None:
    b = build(0)
    before = b.op(GET, b.context)
    b.op(SET, b.context, b.graph.int32(40))
    after = b.op(GET, b.context)
    b.op(SET, b.context, b.graph.int32(1))
    b.return_(b.graph.node(m.INT32_SUB, after, before))
    assert run(b) == [35]


def test_a_read_floats_past_writes_of_other_classes() -> None:
    b = build(1)
    at_start = b.effect
    b.op(SET_OTHER, b.context, b.graph.int32(40))
    b.return_(b.graph.node(m.INT32_ADD, b.graph.node(GET, b.context, at_start), b.parameter(0)))
    assert run(b, 3) == [8]


def test_calls_write_everything_and_may_have_several_results() -> None:
    b = build(1)
    before = b.op(GET, b.context)
    descriptor = common.CallDescriptor((WORD32, WORD32), (WORD32, WORD32), function_index=4)
    results = b.results(b.op(common.call(descriptor), b.context, b.parameter(0), before), (WORD32, WORD32))
    total = b.graph.node(m.INT32_ADD, *results)
    b.return_(b.graph.node(m.INT32_ADD, total, b.graph.node(m.INT32_ADD, before, b.op(GET, b.context))))
    environment = Globals()
    assert run(b, 10, environment=environment) == [11 + 6 + 5 + 105]
    assert environment.calls == [[10, 5]]


def test_reads_in_loops_follow_the_iteration() -> None:
    b = build(1)

    def body(variables: list[Node]) -> list[Node]:
        count, total = variables
        seen = b.op(GET, b.context)
        b.op(SET, b.context, b.graph.node(m.INT32_ADD, seen, seen))
        one = b.graph.int32(1)
        return [b.graph.node(m.INT32_SUB, count, one), b.graph.node(m.INT32_ADD, total, seen)]

    _, total = b.while_([b.parameter(0), b.graph.int32(0)], lambda v: v[0], body)
    b.return_(total)
    assert run(b, 4) == [5 + 10 + 20 + 40]
    with pytest.raises(OutOfSteps):
        run(b, 4, steps=5)


def test_a_read_of_an_overwritten_state_is_an_error() -> None:
    b = build(1)
    at_start, guard = b.effect, b.control
    b.op(SET, b.context, b.graph.int32(40))
    value = b.op(common.call(common.CallDescriptor((), (WORD32,))), b.context)
    access = memory.MemoryAccess(0, "Uint8", WORD32, 0, trapping=False)
    start = b.graph.node(ops.memory_start(0), b.context)
    late = b.graph.node(memory.load(access), start, value, at_start, guard)  # its index is known only after the call
    b.return_(late)

    class OneResult(Globals):
        def call(self, function_index: int, arguments: Sequence[int]) -> list[int]:
            return [3]

    with pytest.raises(EvaluationError, match="overwritten"):
        run(b, 1, environment=OneResult())


def test_loads_extend_and_know_their_bounds() -> None:
    for rep, at, expected in (("Int8", 15, 0xFFFFFFFF), ("Uint8", 15, 0xFF), ("Word32", 4, 0x07060504)):
        b = build(1)
        access = memory.MemoryAccess(0, rep, WORD32, 1)
        b.return_(b.op(memory.load(access), b.graph.node(ops.memory_start(0), b.context), b.parameter(0)))
        environment = Globals()
        environment.bytes[15] = 0xFF
        assert run(b, at - 1, environment=environment) == [expected]
        with pytest.raises(Trap, match="out of bounds"):
            run(b, 15, environment=environment)
    b = build(1)
    access = memory.MemoryAccess(0, "Uint8", WORD32, 0, trapping=False)
    b.return_(b.op(memory.load(access), b.graph.node(ops.memory_start(0), b.context), b.parameter(0)))
    with pytest.raises(EvaluationError, match="proven to be in bounds"):
        run(b, 16)


def test_phis_change_all_at_once() -> None:
    b = build(1)
    one = b.graph.int32(1)

    def swap(v: list[Node]) -> list[Node]:
        return [b.graph.node(m.INT32_SUB, v[0], one), v[2], v[1]]

    _, left, right = b.while_([b.parameter(0), b.graph.int32(10), b.graph.int32(3)], lambda v: v[0], swap)
    b.return_(b.graph.node(m.INT32_SUB, left, right))
    assert run(b, 2) == [7]
    assert run(b, 3) == [0xFFFFFFF9]


def test_long_chains_do_not_recur() -> None:
    b = build(1)
    value = b.parameter(0)
    for _ in range(20_000):
        value = b.graph.node(m.INT32_ADD, value, b.graph.int32(1))
    b.return_(value)
    assert run(b, 1) == [20_001]


def test_broken_effects_are_noticed() -> None:
    b = build(0)
    at_start = b.effect
    b.op(SET, b.context, b.graph.int32(1))
    b.effect = at_start
    b.op(SET, b.context, b.graph.int32(2))
    b.return_(b.graph.int32(0))
    with pytest.raises(EvaluationError, match="forks"):
        run(b)
