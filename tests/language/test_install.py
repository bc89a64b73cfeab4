"""Graphs as callables."""

from __future__ import annotations

from typing import Any

import pytest

from seaofnodes import Engine
from seaofnodes.errors import Error, Trap
from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops import common, machine as m
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.types import FLOAT32, FLOAT64, WORD32, WORD64
from seaofnodes.ir.verify import VerificationError
from seaofnodes.language import Frame, Lifter

MADD = """graph $madd (Word64, Word32, Word32) -> (Word32) function 0
B0:
  n0 = Start()
  n2 = Parameter[1, Word32](n0)
  n3 = Parameter[2, Word32](n0)
  n5 = Int32Mul(n2, n3)
  n6 = Return[1](n5, n0, n0)
  n7 = End[1](n6)
"""


def fib() -> Graph:
    b = GraphBuilder(Graph("fib", [WORD64, WORD64], [WORD64], 0))
    n = b.parameter(0)
    b.op(common.STACK_CHECK_ENTRY)

    def call(less: int) -> Any:
        descriptor = common.CallDescriptor((WORD64,), (WORD64,), 0, 0)
        return b.op(common.call(descriptor), b.context, b.op(m.INT64_SUB, n, b.graph.int64(less)))

    small = b.op(m.INT64_LESS_THAN, n, b.graph.int64(2))
    [result] = b.if_else(small, lambda: [n], lambda: [b.op(m.INT64_ADD, call(1), call(2))])
    b.return_(result)
    return b.graph


def test_from_text() -> None:
    assert Engine().install(parse_graph(MADD))(3, 4) == 12
    assert Engine().install(parse_graph(MADD))(-3, 0xFFFFFFFF) == 3


def test_calls_of_itself() -> None:
    function = Engine().install(parse_graph(format_graph(fib())))
    assert function(20) == 6765
    with pytest.raises(Trap, match="call stack exhausted"):
        function(10_000_000)
    assert function(10) == 55


def test_all_types_and_several_results() -> None:
    types = [WORD32, WORD64, FLOAT32, FLOAT64] * 4
    b = GraphBuilder(Graph("turn", [WORD64, *types], types[::-1]))
    b.return_(*[b.parameter(i) for i in range(len(types))][::-1])
    given = [value for i in range(4) for value in (-i, i << 40, i + 0.5, i / 3)]
    assert Engine().install(b.graph)(*given) == tuple(given[::-1])


def test_no_results() -> None:
    b = GraphBuilder(Graph("nothing", [WORD64], []))
    b.return_()
    assert Engine().install(b.graph)() is None


def limited() -> Graph:
    """x + 1, which leaves when x is not below 100."""
    lifter = Lifter("limited", [WORD32, FLOAT64], [WORD32], function=0)
    lifter.values = [lifter.parameter(0), lifter.parameter(1)]

    def step(offset: int) -> None:
        small = lifter.op(m.INT32_LESS_THAN, lifter.values[0], lifter.graph.int32(100))
        lifter.deoptimize_unless(small, "too large")
        lifter.return_(lifter.op(m.INT32_ADD, lifter.values[0], lifter.graph.int32(1)))

    return lifter.run([7], step)


def test_leaving_for_a_callable() -> None:
    frames: list[Frame] = []

    def resume(frame: Frame) -> list[int]:
        frames.append(frame)
        return [-1]

    function = Engine().install(limited(), resume)
    assert [function(x, 2.5) for x in (1, 99, 100, 5)] == [2, 100, -1, 6]
    assert frames == [Frame(0, 7, (100, 2.5))]


def test_what_the_callable_raises() -> None:
    function = Engine().install(limited(), lambda frame: [1 // 0])
    with pytest.raises(ZeroDivisionError):
        function(1000, 0.0)
    assert function(1, 0.0) == 2


@pytest.mark.parametrize(("result", "kind"), [(["x"], TypeError), ([], TypeError), ([1 << 40], OverflowError)])
def test_wrong_results_of_the_callable(result: list[Any], kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"result 1 of limited|limited gives 1 result, not"):
        Engine().install(limited(), lambda frame: result)(1000, 0.0)


@pytest.mark.parametrize(("arguments", "kind"), [((1,), TypeError), ((1, 2, 3), TypeError), ((1.5, 2), TypeError),
                                                 ((1 << 32, 2), OverflowError)])  # fmt: skip
def test_wrong_arguments(arguments: tuple[Any, ...], kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"argument . of madd|madd takes . arguments, not"):
        Engine().install(parse_graph(MADD))(*arguments)


def test_graphs_that_cannot_be_installed() -> None:
    engine = Engine()
    with pytest.raises(Error, match=r"may leave at n\d+, DeoptimizeUnless.*resume=... says how to go on"):
        engine.install(limited())
    with pytest.raises(Error, match=r"n4, MemorySize.*needs an instance"):
        engine.install(parse_graph("""graph $size (Word64) -> (Word32) function 0
            n0 = Start()
            n1 = Parameter[0, Word64](n0)
            n4 = MemorySize[0](n1, n0)
            n6 = Return[1](n4, n0, n0)
            n7 = End[1](n6)"""))
    with pytest.raises(VerificationError, match="parameter 1 of the graph is Word32, not Word64"):
        engine.install(parse_graph(MADD.replace("Parameter[1, Word32]", "Parameter[1, Word64]")))
    with pytest.raises(Error, match="the first parameter is the address of the instance"):
        engine.install(parse_graph("graph $f () -> ()\nn0 = Start()\nn1 = Return[0](n0, n0)\nn2 = End[1](n1)".replace(
            "()\n", "() function 0\n", 1)))  # fmt: skip
