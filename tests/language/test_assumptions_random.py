"""Random programs with global constants that change: every tier and pipeline gives what the interpreter does."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from tests.language.globals import OPTIONS, Body, Globals, Host, Instruction, Value, loaded


@pytest.mark.parametrize("seed", range(40))
def test_random_programs(seed: int) -> None:
    functions, values, calls = draw(random.Random(seed))
    expected = [outcome(functions, values, calls, tier="baseline")]
    for options in OPTIONS:
        expected.append(outcome(functions, values, calls, **options))
        assert expected[-1] == expected[0], options


def outcome(functions: Mapping[str, Body | Host], values: Mapping[str, int], calls: list[tuple[str, int]],
            **options: Any) -> list[object]:  # fmt: skip
    program, _ = loaded(functions, values, **options)
    found: list[object] = []
    for name, argument in calls:
        found.append(program.call(name, argument))
    return [*found, list(program.words)]


def draw(draws: random.Random) -> tuple[dict[str, Body | Host], dict[str, int], list[tuple[str, int]]]:
    """Functions call later ones, in loops of few iterations, and Python's, which assign or call others."""
    names = ["a", "b", "c"]
    values = {name: draws.randrange(100) for name in names}

    def change(program: Globals, i: int) -> tuple[Value, ...]:
        if i % 3 == 0:
            program.assign(names[i // 3 % 3], i % 1000)
        if i % 7 == 0 and i % 2:
            program.settle(names[i % 3])
        return i % 1009, i % 5 + 0.5

    def again(program: Globals, i: int) -> tuple[Value, ...]:
        first, second = program.call(f"f{count - 1}", i % 11)
        return int(first) % 1013, float(second)

    count = draws.randrange(2, 5)
    functions: dict[str, Body | Host] = {"change": Host("l", "ld", change), "again": Host("l", "ld", again)}
    for number in range(count):
        functions[f"f{number}"] = _body(draws, number, count, names)
    calls = [(f"f{draws.randrange(count)}", draws.randrange(12)) for _ in range(6)]
    return functions, values, calls


def _body(draws: random.Random, number: int, count: int, names: list[str]) -> Body:
    """Registers: 0 to 4 longs, the first the argument, 5 and 6 doubles, 7 to 10 longs of the loop."""
    code: list[Instruction] = [("const", 8, 1), ("const", 9, draws.randrange(1, 4))]
    start = len(code)
    for _ in range(draws.randrange(3, 9)):
        to, one, two = (draws.randrange(5) for _ in range(3))
        kind = draws.randrange(6)
        if kind == 0:
            code.append(("add", to, one, two))
        elif kind == 1:
            code.append(("add", 5 + to % 2, 5 + one % 2, 5 + two % 2))
        elif kind in (2, 3):
            code.append(("global", to, draws.choice(names)))
        else:
            later = [f"f{i}" for i in range(number + 1, count)] + ["change"] + ["again"] * (number < count - 1)
            code.append(("call", [to, 5 + one % 2], draws.choice(later), two))
    code += [("add", 7, 7, 8), ("less", 10, 7, 9), ("branch", 10, start), ("return", draws.randrange(5), 5)]
    return Body("lllllddllll", 1, "ld", code)
