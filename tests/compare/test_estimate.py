"""Medians and their intervals."""

from __future__ import annotations

import random
import statistics

import pytest

from seaofnodes.compare.estimate import Estimate, bootstrap_ranks, geometric_mean, mean_ratio


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 11, 20, 41])
def test_ranks_agree_with_resampling(count: int) -> None:
    draw = random.Random(count)
    medians = sorted(statistics.median_low(draw.choices(range(count), k=count)) for _ in range(4000))
    high_medians = sorted(statistics.median_high(draw.choices(range(count), k=count)) for _ in range(4000))
    low, high = bootstrap_ranks(count)
    assert abs(low - medians[100]) <= 1
    assert abs(high - high_medians[3899]) <= 1
    assert 0 <= low <= (count - 1) / 2 <= high < count


def test_more_samples_give_a_narrower_interval() -> None:
    draw = random.Random(1)
    samples = [draw.gauss(10, 1) for _ in range(101)]
    few, many = Estimate.of(samples[:11]), Estimate.of(samples)
    assert many.high - many.low < few.high - few.low
    assert many.low <= many.median <= many.high


def test_coverage() -> None:
    """Of intervals of 11 samples, at least nine in ten hold the median of what the samples are from."""
    draw = random.Random(2)
    estimates = [Estimate.of([draw.expovariate(1) for _ in range(11)]) for _ in range(1000)]
    true = 0.6931
    assert sum(e.low <= true <= e.high for e in estimates) > 900


def test_a_ratio_cancels_what_slows_a_whole_round() -> None:
    slow = [1, 5, 1, 3, 1, 9, 1]
    ratio = Estimate.ratio(Estimate.of([2.0 * s for s in slow]), Estimate.of([1.0 * s for s in slow]))
    assert (ratio.low, ratio.median, ratio.high) == (2, 2, 2)


def test_mean_ratio() -> None:
    twice, half = Estimate.of([2.0] * 5), Estimate.of([0.5] * 5)
    mean = mean_ratio([twice, half])
    assert mean is not None and mean.median == pytest.approx(1) and mean.low == pytest.approx(1)
    assert mean_ratio([]) is None
    noisy = [Estimate.of([1.0, 2.0, 3.0, 4.0, 5.0])]
    assert mean_ratio(noisy) == mean_ratio(noisy)
    assert geometric_mean([1, 4]) == pytest.approx(2)


def test_nothing_has_no_median() -> None:
    with pytest.raises(ValueError, match="samples"):
        Estimate.of([])
