"""Drawn programs: no crash, no wrong result, no leak. The full run is `python -m tests.runtime.lifetimes`."""

from __future__ import annotations

import pytest

from tests.runtime.lifetimes.draw import MODES, draw
from tests.runtime.lifetimes.program import parse, text_of
from tests.runtime.lifetimes.reduce import as_test, reduce
from tests.runtime.lifetimes.runs import Process, run_batch, run_forked

COUNT = 8
FOREVER = 1e18


@pytest.mark.parametrize("development", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_each_in_a_process(mode: str, development: bool) -> None:
    with Process(development) as process:
        batch = run_forked(process, [(seed, mode) for seed in range(COUNT)], (), FOREVER)
    assert not batch.failures, batch.told()
    assert batch.passed == COUNT


@pytest.mark.parametrize("mode", ["plain", "threads"])
def test_all_in_one_process(mode: str) -> None:
    batch = run_batch([(seed, mode) for seed in range(100, 100 + COUNT)], (), False, FOREVER)
    assert not batch.failures, batch.told()
    assert batch.passed == COUNT


@pytest.mark.parametrize("mode", MODES)
def test_programs_are_text(mode: str) -> None:
    for seed in range(50):
        program = draw(seed, mode)
        assert parse(text_of(program)) == program == draw(seed, mode)


def test_failures_are_seen_and_made_small() -> None:
    """A program that holds what it should not, fails; nothing is left that it could do without."""
    text = """
engine("e0", tier="baseline")
instance("i0", "e0")
memory("m0", 1)
call("i0", "mul", 3, 4)
use("i0", "hot")
leak("i0")
"""
    with Process() as process:
        found = process.run(parse(text), "plain")
        assert found is not None and "alive: engine, instance" in found.text

        def fails(program: object) -> bool:
            again = process.run(program, "plain")  # type: ignore[arg-type]
            return again is not None and again.kind == found.kind

        small = reduce(parse(text), fails)
    assert text_of(small) == "engine('e0')\ninstance('i0', 'e0')\nleak('i0')"
    compile(as_test(small, "plain", found.kind, "leak"), "test", "exec")


@pytest.mark.parametrize("how", ["crash", "wrong", "hang", "say"])
def test_what_goes_wrong_is_seen(how: str) -> None:
    kinds = {"crash": "SIGSEGV", "wrong": "a planted failure", "hang": "hangs", "say": "stderr: "}
    with Process() as process:
        process.patience = 1.0
        found = process.run(parse(f'engine("e0")\nplant({how!r})'), "plain")
    assert found is not None and found.kind.startswith(kinds[how])
