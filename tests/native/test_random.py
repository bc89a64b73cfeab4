"""Random programs of the subset, in all forms."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from seaofnodes.language.typed import TypedProgram, read_argument
from seaofnodes.native import build
from seaofnodes.native.drawing import draw_program
from tests.native.texts import program
from tests.native.three_ways import ThreeWays


def try_program(seed: int) -> None:
    random = Random(seed)
    has_memory = seed % 2 == 0
    text, calls = draw_program(random, memory=has_memory)
    functions = TypedProgram.read(text).typed
    ways = ThreeWays(functions, size=64 if has_memory else 0)
    names = [function.name for function in functions]
    for name, texts in calls:
        index = names.index(name)
        kinds = functions[index].parameters[has_memory:]
        arguments = [read_argument(given, kind) for given, kind in zip(texts, kinds, strict=True)]
        ways.agree(index, *arguments, data=random.randbytes(64) if has_memory else b"")


@pytest.mark.parametrize("part", range(4))
def test_random_programs(part: int) -> None:
    for seed in (*range(5 * part, 5 * part + 5), *((1008, 1045) if part == 0 else ())):  # a loop that breaks at once
        try_program(seed)


def test_the_examples_agree_on_drawn_inputs(root: Path) -> None:
    path = root / "examples" / "functions.py"
    typed = {function.name: function for function in TypedProgram.read_file(path.read_text(), str(path)).typed}
    ways = ThreeWays([typed["gcd"], typed["joined"]])
    for index in range(2):
        assert len(ways.agree_on(index, 200, Random(index))) > 20


@pytest.mark.parametrize(("wrong", "text"), [
    ({"<": "<="}, "x if x < y else i32(7)"),
    ({"!=": "=="}, "x if x != y else y + 1"),
])  # fmt: skip
def test_the_harness_sees_a_wrong_builder(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], text: str) -> None:
    right = build.compare
    monkeypatch.setattr(build, "compare", lambda symbol, kind: right(wrong.get(symbol, symbol), kind))
    functions = program(f"@function\ndef f(x: i32, y: i32) -> i32:\n    return {text}\n").typed
    ways = ThreeWays([function for function in functions if function.name == "f"])
    with pytest.raises(AssertionError, match=r"f\(.*CPython.*machine code"):
        ways.agree_on(0, 400, Random(1))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_random_programs() -> None:
    for seed in range(10_000, 10_500):
        try_program(seed)
