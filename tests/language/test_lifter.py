"""Graphs from bytecode with any control flow, evaluated against an interpreter of that bytecode."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from seaofnodes import Engine
from seaofnodes.errors import UnsupportedError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.types import WORD64
from seaofnodes.ir.verify import verify
from seaofnodes.language import Lifter
from seaofnodes.passes.framework.pipeline import Pipeline

Code = Sequence[tuple[str, int, int]]  # ("add", register, number), ("less", register, target), ("jump", 0, target)
REGISTERS = 3
LIMIT = 40


def lift(code: Code, start: int = -1, headers: set[int] | None = None) -> Graph:
    """"less" goes to its target while the register, which it increments, is below a limit."""
    backwards = {target for at, (op, _, target) in enumerate(code) if op != "add" and target <= at}
    lifter = Lifter("f", [WORD64] * REGISTERS, [WORD64], function=0, loops=headers or backwards, start=start)
    lifter.values = [lifter.parameter(i) for i in range(REGISTERS)]

    def step(offset: int) -> None:
        op, register, number = code[offset]
        values, graph = lifter.values, lifter.graph
        if op == "add":
            values[register] = lifter.op(m.INT64_ADD, values[register], graph.int64(number))
        elif op == "less":
            values[register] = lifter.op(m.INT64_ADD, values[register], graph.int64(1))
            lifter.branch_to(lifter.op(m.INT64_LESS_THAN, values[register], graph.int64(LIMIT)), number)
        elif op == "jump":
            lifter.jump(number)
        else:
            mixed = lifter.op(m.INT64_MUL, values[0], graph.int64(31))
            mixed = lifter.op(m.INT64_MUL, lifter.op(m.INT64_ADD, mixed, values[1]), graph.int64(31))
            lifter.return_(lifter.op(m.INT64_ADD, mixed, values[2]))

    return lifter.run(range(len(code)), step)


def interpret(code: Code, registers: list[int], at: int = 0) -> int | None:
    """None if it does not end soon."""
    for _ in range(20_000):
        op, register, number = code[at]
        at += 1
        if op == "add":
            registers[register] += number
        elif op == "less":
            registers[register] += 1
            at = number if registers[register] < LIMIT else at
        elif op == "jump":
            at = number
        else:
            return (registers[0] * 31 + registers[1]) * 31 + registers[2]
    return None


def draw(draws: random.Random) -> Code:
    """Branches forwards, and backwards to the beginnings of loops, which may overlap."""
    size = draws.randint(4, 14)
    code: list[tuple[str, int, int]] = []
    for at in range(size):
        kind = draws.random()
        if kind < 0.4:
            code.append(("add", draws.randrange(REGISTERS), draws.randint(-1, 3)))
        elif kind < 0.75:
            code.append(("less", draws.randrange(REGISTERS), draws.randrange(at + 1)))
        elif kind < 0.9:
            code.append(("less", draws.randrange(REGISTERS), draws.randint(at + 1, size)))
        else:
            code.append(("jump", 0, draws.randint(at + 1, size)))
    return [*code, ("return", 0, 0)]


@pytest.mark.parametrize("seed", range(60))
def test_any_control_flow(seed: int) -> None:
    code = draw(random.Random(seed))
    engine = Engine()
    starts = [-1, *sorted({target for at, (op, _, target) in enumerate(code) if op != "add" and target <= at})]
    for start in starts[:4]:
        try:
            graph = lift(code, start)
        except UnsupportedError as error:
            assert "irreducible" in str(error)
            continue
        verify(graph)
        Pipeline.parse("default").run(graph, verify=True)
        function = engine.install(graph)
        for given in ([0, 0, 0], [5, 38, 90], [-7, 39, 40]):
            expected = interpret(code, list(given), max(start, 0))
            if expected is None:
                continue
            assert function(*given) == (expected + (1 << 63)) % (1 << 64) - (1 << 63), code


def test_loops_that_are_not_named() -> None:
    with pytest.raises(UnsupportedError, match="a branch back to 0x0, which is no loop header"):
        lift([("add", 0, 1), ("less", 0, 0), ("return", 0, 0)], headers={9})
