"""Estimates, their intervals, and what is called different."""

from __future__ import annotations

import math
import random

import pytest

from seaofnodes.compare.timing.estimate import FEWEST, Estimate, mean_ratio, verdicts
from seaofnodes.compare.timing.noise import NoiseFloor
from seaofnodes.compare.timing.student import quantile, two_sided

ROUNDS = 5


def singles(*figures: float) -> Estimate:
    """Of units with a sample each."""
    return Estimate.of([(figure,) for figure in figures])


def measured(draw: random.Random, effect: str, placements: int, times: float = 1.0) -> Estimate:
    """The ratio of two pipelines, one `times` as slow: placements have effects, the machine is loaded now and then."""

    def placement() -> float:
        if effect == "normal":
            return draw.gauss(0, 0.05)
        if effect == "uniform":
            return draw.uniform(0, 0.3)
        return 0.4 * (draw.random() < 0.4)  # two kinds of places

    over, under = [], []
    for _ in range(placements):
        first, second = placement(), placement()
        loads = [0.5 * (draw.random() < 0.2) for _ in range(ROUNDS)]

        def sample(place: float, load: float) -> float:
            return math.exp(place + load + draw.gauss(0, 0.02) + 0.5 * (draw.random() < 0.05))

        over.append([times * sample(first, load) for load in loads])
        under.append([sample(second, load) for load in loads])
    return Estimate.ratio(Estimate.of(over), Estimate.of(under))


@pytest.mark.parametrize("placements", [5, 10, 20])
@pytest.mark.parametrize("effect", ["normal", "uniform", "two kinds"])
def test_coverage(effect: str, placements: int) -> None:
    """95 % intervals hold what is true in 93 to 97 %, where few placements of two kinds make them a little wide."""
    draw, count = random.Random(placements), 1500
    for true in (1.0, 1.05):
        held = sum(not measured(draw, effect, placements, true).differs_from(true) for _ in range(count)) / count
        assert 0.93 <= held <= (0.99 if placements == 5 and effect == "two kinds" else 0.97)


def test_samples_in_a_placement_are_no_placements() -> None:
    """A hundred samples say nothing more about other placements."""
    draw = random.Random(3)
    left_out = 0
    for _ in range(300):
        units = [[math.exp(place + draw.gauss(0, 0.001)) for _ in range(100)] for place in
                 (draw.gauss(0, 0.1) for _ in range(6))]  # fmt: skip
        left_out += Estimate.of(units).differs_from(1)
    assert left_out <= 0.08 * 300


@pytest.mark.parametrize("count", [1, 2, FEWEST - 1])
def test_too_few_placements_have_no_interval(count: int) -> None:
    found = singles(*([2.0, 2.1, 1.9, 2.0][:count]))
    assert found.low is None and found.high is None and found.half_width is None and found.p_value is None
    assert found.value == pytest.approx(2, rel=0.03) and not found.differs_from(1)
    assert verdicts([found]) == [0] and NoiseFloor.of([found]) is None
    mean = mean_ratio([found, singles(*[1.0, 1.1] * 4)])
    assert mean is not None and mean.low is None


def test_students_t() -> None:
    """As in tables."""
    for freedom, t in ((1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (19, 2.093), (100, 1.984)):
        assert quantile(0.95, freedom) == pytest.approx(t, abs=1e-3)
        assert two_sided(t, freedom) == pytest.approx(0.05, abs=1e-4)
    assert quantile(0.99, 9) == pytest.approx(3.250, abs=1e-3)
    assert two_sided(0, 3) == 1 and two_sided(math.inf, 3) == 0
    assert two_sided(1, 1) == pytest.approx(0.5)  # Cauchy's distribution
    assert quantile(0.95, 4) > quantile(0.95, 4.5) > quantile(0.95, 5)


def test_a_ratio_cancels_what_slows_a_whole_round() -> None:
    slow = [[1, 5, 1], [3, 1, 9], [1, 1, 1], [2, 7, 1], [4, 4, 4]]
    over = Estimate.of([[2.0 * s for s in unit] for unit in slow])
    ratio = Estimate.ratio(over, Estimate.of([[1.0 * s for s in unit] for unit in slow]))
    assert ratio.low == pytest.approx(2) and ratio.value == pytest.approx(2) and ratio.high == pytest.approx(2)
    assert ratio.samples[1] == (2, 2, 2)


def test_mean_ratio() -> None:
    twice, half = singles(*[2.0] * 5), singles(*[0.5] * 5)
    mean = mean_ratio([twice, half])
    assert mean is not None and mean.value == pytest.approx(1) and mean.low == pytest.approx(1)
    assert mean_ratio([]) is None


def test_coverage_of_a_mean_of_programs() -> None:
    """Each has noise and placements of its own."""
    draw, count = random.Random(4), 600
    held = 0
    for _ in range(count):
        programs = [
            singles(*(true * math.exp(draw.gauss(0, deviation)) for _ in range(8)))
            for true, deviation in ((1.1, 0.1), (0.9, 0.02), (1.3, 0.05), (1.0, 0.01))
        ]
        mean = mean_ratio(programs)
        assert mean is not None
        held += not mean.differs_from((1.1 * 0.9 * 1.3) ** (1 / 4))
    assert 0.93 <= held / count <= 0.98


def test_many_comparisons() -> None:
    """Of 20 pipelines that are the same as the first, hardly ever one is called different; a real one is found."""
    draw = random.Random(5)
    alarms = left_out = found = 0
    for _ in range(200):
        same = [singles(*(math.exp(draw.gauss(0, 0.02)) for _ in range(10))) for _ in range(20)]
        real = singles(*(1.1 * math.exp(draw.gauss(0, 0.02)) for _ in range(10)))
        left_out += any(one.differs_from(1) for one in same)
        alarms += any(verdicts(same))
        found += verdicts([*same, real, None])[20] == 1
    assert left_out > 80  # what the intervals alone would do
    assert alarms <= 18
    assert found >= 195
    assert verdicts([singles(*[0.5, 0.51] * 3)]) == [-1]


def test_holm_goes_on_after_the_smallest() -> None:
    """With p values of 0.01, 0.02 and 0.04: below 0.05 / 3, below 0.05 / 2, and below 0.05."""

    def with_p(p: float) -> Estimate:
        deviation = 0.1 / quantile(1 - p, 9)
        return Estimate(math.exp(0.1), 1.0, 1.2, (), 9, deviation)

    assert verdicts([with_p(0.04), with_p(0.01), with_p(0.02)]) == [1, 1, 1]
    assert verdicts([with_p(0.04), with_p(0.03), with_p(0.01)]) == [0, 0, 1]
    assert verdicts([with_p(0.02), with_p(0.03), with_p(0.04)]) == [0, 0, 0]


def test_noise_floor() -> None:
    inside, outside = singles(0.98, 0.99, 1.0, 1.01, 1.02), singles(1.01, 1.02, 1.03, 1.02, 1.01)
    floor = NoiseFloor.of([inside, outside, None])
    assert floor is not None and (floor.intervals, floor.left_out) == (2, 1)
    assert floor.expected == pytest.approx(0.1) and floor.half_width < floor.widest == inside.half_width
    assert "1 of 2 leave out 1.0 (50.0 %; 5 % may)" in str(floor)


def test_nothing_has_no_estimate() -> None:
    with pytest.raises(ValueError, match="samples"):
        Estimate.of([])


def test_a_clock_may_stand_still() -> None:
    still = Estimate.of([[0.0, 0.0]] * 5)
    assert Estimate.ratio(still, still).value == pytest.approx(1)
