"""Lazy exits: what code that depends on assumptions has at the return addresses of its calls."""

from __future__ import annotations

import pytest

from seaofnodes.backend.code import PATCH_SIZE, MachineCode
from seaofnodes.backend.compile import compile_graph
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.types import FLOAT64, WORD32, WORD64
from seaofnodes.language import Lifter

NOP = b"\x0f\x1f\x44\0\0"


def calling(arguments: int) -> Graph:
    """A loop whose body ends with a call, right before the back edge; then a call right after another."""
    lifter = Lifter("f", [WORD64, FLOAT64, WORD32], [WORD64], function=0, loops={1})
    lifter.values = [*map(lifter.parameter, range(3)), lifter.graph.int64(17)]

    def step(at: int) -> None:
        long, _, word, _ = lifter.values
        if at == 0:
            pass
        elif at == 1:
            lifter.branch_to(word, 3)
        elif at == 2:
            lifter.call(1, [long] * arguments, [WORD64, FLOAT64, WORD32, WORD64], site=0)
            lifter.jump(1)
        elif at in (3, 4):
            lifter.values[0] = lifter.call(2, [], [WORD64], site=at)[0]
        else:
            lifter.return_(lifter.op(m.INT64_ADD, lifter.values[0], lifter.values[3]))

    return lifter.run(range(6), step)


def compiled(arguments: int, depends: bool) -> MachineCode:
    graph = calling(arguments)
    if depends:
        graph.assumptions.add("something")
    return compile_graph(graph)


@pytest.mark.parametrize("arguments", [0, 1, 9, 12])
def test_what_is_written_over_is_a_nop_that_nothing_jumps_into(arguments: int) -> None:
    code = compiled(arguments, True)
    assert len(code.lazy_exits) == 3
    others = [pc for _, (pc, _) in enumerate(code.blocks)] + list(code.safepoints) + list(code.lazy_exits)
    for pc in code.lazy_exits:
        assert code.data[pc : pc + PATCH_SIZE] == NOP
        assert not [at for at in others if pc < at < pc + PATCH_SIZE]
        assert pc not in [at for at, _ in code.blocks]


@pytest.mark.parametrize("arguments", [0, 1, 9, 12])
def test_values_are_in_the_frame_and_results_where_the_convention_says(arguments: int) -> None:
    code = compiled(arguments, True)
    for exit in code.lazy_exits.values():
        [frame] = exit.frames
        assert frame.info.mode == "after" and frame.info.types == (WORD64, FLOAT64, WORD32, WORD64)
        assert all(place == "s" and -code.frame_size <= at < 0 for place, at in frame.values[:3])
        assert frame.values[3] == ("c", 17)
    results = {exit.frames[0].info.bytecode_offset: exit.results for exit in code.lazy_exits.values()}
    assert results[3] == results[4] == ((WORD64, ("r", 0)),)
    cells = max(0, arguments - 8)
    lowest = 8 * (cells + cells % 2) - code.frame_size
    assert results[2] == ((WORD64, ("r", 0)), (FLOAT64, ("x", 0)), (WORD32, ("r", 1)), (WORD64, ("s", lowest)))


def test_other_code_has_none() -> None:
    code = compiled(1, False)
    assert not code.lazy_exits and NOP not in code.data[: code.code_size]
