"""The tool that measures coverage and power: what it builds in, and what it counts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from seaofnodes.compare.portion import Settings
from seaofnodes.compare.timing.estimate import Estimate
from tests.compare import real, slowed
from tests.compare.programs import LOOP
from tests.compare.slow_pass import MARK, Slow


def ratio(draw: random.Random, value: float) -> Estimate:
    return Estimate.of([(value * (1 + draw.gauss(0, 0.005)),) for _ in range(10)])


def test_a_known_slow_down_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slowed, "_SECONDS", 0.0005)
    (tmp_path / "loop.wat").write_text(LOOP)
    kernel = slowed.slowed(tmp_path / "loop.wat")
    assert kernel.turns > 10 * 64 and kernel.seconds >= 0.0005 / 1.5
    settings = Settings(placements=6, rounds=3, warm_up=0.01, a_a=True, load=(slowed.PASS,))
    found = real.measured(kernel, settings, [100.0])
    assert set(found) == {0.0, 100.0}
    assert 0.3 < found[100.0].value < 0.75 and found[100.0].differs_from(1)
    assert 0.7 < found[0.0].value < 1.4


def test_only_a_number_differs(tmp_path: Path) -> None:
    (tmp_path / "loop.wat").write_text(LOOP)
    kernel = slowed.slowed(tmp_path / "loop.wat")
    registry = Settings(load=(slowed.PASS,)).registry()
    from seaofnodes.compare.configuration import Configuration
    from seaofnodes.compare.programs.module import ModuleProgram

    codes = []
    for percent in (0.0, 50.0):
        engine = Configuration.parse(kernel.pipeline("x", percent), registry).engine(registry, tier="optimized")
        callee = ModuleProgram(kernel.module).callee(engine, "slowed")
        callee(10)
        codes.append({(index, offset): data for index, offset, data, _ in callee.machine_code()})
    assert codes[0].keys() == codes[1].keys()
    different = 0
    for key, data in codes[0].items():
        assert len(data) == len(codes[1][key])
        different += sum(a != b for a, b in zip(data, codes[1][key], strict=True))
    assert 1 <= different <= 4  # bytes of one immediate
    assert Slow().turns == MARK


def test_report_and_files() -> None:
    draw = random.Random(1)
    runs = [
        [(f"k{number}", {0.0: ratio(draw, 1), 2.0: ratio(draw, 1 / 1.02)}) for number in range(20)] for _ in range(10)
    ]
    lines = [real.line(at, name, found) for at, run in enumerate(runs) for name, found in run]
    assert real.read(lines) == runs
    text = real.report([[found for _, found in run] for run in runs])
    left_out = sum(found[0.0].differs_from(1) for run in runs for _, found in run)
    assert f"{left_out} of 200 leave out 1.0" in text and 2 <= left_out <= 20
    assert "2 % slower: 200 of 200 intervals are below 1.0, 100.0 %" in text and "true is 0.980" in text
    assert "k19 " in real.by_kernel(runs) and "2 %: 10 of 10" in real.by_kernel(runs)
    assert real.report([[{0.0: Estimate.of([(1.0,)] * 3)}]]) == "no intervals: too few placements"
