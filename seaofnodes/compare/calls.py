"""Timing a call under several configurations, and checking that it gives the same in all of them.

    placements    a fresh engine and instance for each configuration, in a placement drawn for it: what is independent
      rounds      in which all of them take turns
        sample    one call, or as many as take a while
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Final

from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.contestant import Contestant
from seaofnodes.compare.portion import Call, Portion
from seaofnodes.compare.programs.program import MachineCodes, Program
from seaofnodes.compare.row import CALL, ERROR, Row
from seaofnodes.compare.timing.counters import Counters, medians
from seaofnodes.compare.timing.estimate import FEWEST, Estimate
from seaofnodes.compare.timing.interleave import interleave
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.runtime.process.collector_pause import without_collector

MIN_CALLS: Final = 10  # small ones, before the measured ones
MAX_CALLS: Final = 4000
SAMPLE_SECONDS: Final = 0.002  # a sample is as many calls as take so long
MAX_BATCH: Final = 10_000
MAX_SETTLING: Final = 8  # timed calls that may still make functions optimized

_Pair = tuple[Row, Contestant]

REFERENCE: Final = Configuration("baseline tier", options=(("tier", "baseline"),))


@dataclass(frozen=True, slots=True)
class WarmUp:
    """What comes before the samples, the same in all placements: so results can be compared call by call.

    Attributes: calls: (with the timed arguments? how often), in order; batch: calls that make a sample.
    """

    calls: tuple[tuple[bool, int], ...]
    batch: int

    def repeat(self, contestants: Sequence[Contestant]) -> None:
        """In another placement."""
        for timed, times in self.calls:
            for contestant in contestants:
                contestant.run(timed, times)


def measure_call(portion: Portion, program: Program) -> list[Row]:
    """A row for each configuration. Raises what instantiating raises, and Error for unsuitable arguments."""
    settings = portion.settings
    end = math.inf if settings.budget is None else time.monotonic() + settings.budget
    with Counters() as counters:
        race = _Race(portion, program, counters)
        for placement in range(settings.placements):
            if placement >= FEWEST and time.monotonic() >= end:
                break
            gc.collect()  # engines are large, and no collector runs while calls are timed
            without_collector(partial(race.run, placement))
    return race.finish()


class _Race:
    """All placements of one call.

    Attributes: rows: of the configurations, in order; those that failed, and those that share their code with an
    earlier one, are not timed.
    """

    def __init__(self, portion: Portion, program: Program, counters: Counters) -> None:
        assert portion.call is not None
        self._portion = portion
        self._program = program
        self._call = portion.call
        self._counters = counters
        self._registry = portion.settings.registry()
        self._draw = Random()  # not the same each time: what is measured once more is independent
        self._warm_up: WarmUp | None = None
        self._reference: Contestant | None = None
        self.rows = [Row(portion.source, CALL, str(self._call), -1, found.label) for found in portion.configurations]
        self._samples: dict[str, list[list[float]]] = {row.pipeline: [] for row in self.rows}
        self._counts: dict[str, list[list[float]]] = {row.pipeline: [] for row in self.rows}

    def run(self, placement: int) -> None:
        """One placement, from fresh engines to the check of the results."""
        contestants = self._start() if self._warm_up is None else self._start_again()
        taken = self._sample([found for _, found in contestants], placement)
        self._check(contestants)
        if not placement:
            self._describe({row.pipeline: found for row, found in contestants})
        for (row, contestant), samples in zip(contestants, taken, strict=True):
            self._samples[row.pipeline].append(samples)
            self._counts[row.pipeline] += contestant.counts

    def _sample(self, contestants: Sequence[Contestant], placement: int) -> list[list[float]]:
        """Seconds a call, of each, in rounds. Samples in which a function became optimized count as warm-up."""
        assert self._warm_up is not None
        rounds = self._portion.settings.rounds
        for _ in range(MAX_SETTLING):
            batch = self._warm_up.batch
            before = [found.optimized() for found in contestants]
            for found in contestants:
                found.counts.clear()
            timers = [partial(found.sample, batch, self._counters) for found in contestants]
            taken = interleave(timers, rounds, placement)
            if placement or before == [found.optimized() for found in contestants]:
                break
            self._warm_up = replace(self._warm_up, calls=self._warm_up.calls + ((True, batch),) * rounds)
        return taken

    def _start(self) -> list[_Pair]:
        """The first placement. The baseline tier is there as well: all have to agree with it in the warm-up."""
        contestants = self._enter(self.rows)
        self._reference = Contestant(REFERENCE, *self._given())
        self._warm_up = _warm_up(self._portion, [found for _, found in contestants], self._reference)
        return contestants

    def _describe(self, contestants: Mapping[str, Contestant]) -> None:
        """What the rows say of code and results. Only now nothing becomes hot any more: code may be the same before."""
        for row in self.rows:
            callee, history = contestants[row.pipeline].callee, contestants[row.pipeline].history
            row.code_size = callee.code_size()
            row.results = [text for timed, text in history if timed][:1]
        if not self._portion.settings.a_a:
            _mark_same_code(self.rows, contestants)

    def _start_again(self) -> list[_Pair]:
        assert self._warm_up is not None
        contestants = self._enter([row for row in self.rows if row.status != ERROR and not row.same_code])
        self._warm_up.repeat([found for _, found in contestants])
        return contestants

    def _enter(self, rows: Sequence[Row]) -> list[_Pair]:
        """Fresh contestants, in an order drawn by chance: who comes first gets other pages of memory, for example."""
        by_label = {configuration.label: configuration for configuration in self._portion.configurations}
        order = self._draw.sample(rows, len(rows))
        return [(row, Contestant(by_label[row.pipeline], *self._given())) for row in order]

    def _given(self) -> tuple[PassRegistry, Program, Call, Random, float]:
        """What contestants have in common."""
        limit = self._portion.settings.compile_limit
        return self._registry, self._program, self._call, self._draw, limit

    def _check(self, contestants: Sequence[_Pair]) -> None:
        """Note in the rows which contestants are broken or wrong."""
        assert self._reference is not None
        first = {row.pipeline: contestant for row, contestant in contestants}
        others = [self._reference, *(first[row.pipeline] for row in self.rows[:1] if row.pipeline in first)]
        for row, contestant in contestants:
            if row.status != ERROR and (wrong := contestant.wrong(others, self._call)):
                row.status, row.error = ERROR, wrong

    def finish(self) -> list[Row]:
        """The rows with their times."""
        by_label = {row.pipeline: row for row in self.rows}
        for row in self.rows:
            measured = by_label[row.same_code or row.pipeline]
            row.status, row.error = measured.status, measured.error
            if row.status != ERROR:
                row.run = Estimate.of(self._samples[measured.pipeline])
                row.counters = dict(zip(self._counters.names, medians(self._counts[measured.pipeline]), strict=False))
        return self.rows


def _mark_same_code(rows: Sequence[Row], contestants: Mapping[str, Contestant]) -> None:
    """Rows whose machine code an earlier one has as well, byte by byte, get its label."""
    known: dict[MachineCodes, str] = {}
    for row in rows:
        if row.status != ERROR:
            first = known.setdefault(contestants[row.pipeline].callee.machine_code(), row.pipeline)
            row.same_code = "" if first == row.pipeline else first


def _warm_up(portion: Portion, contestants: Sequence[Contestant], reference: Contestant) -> WarmUp:
    """Small calls, then timed ones until they make no function optimized; all do the same, so their states agree.

    Returns what was done, for the other placements.
    """
    everybody = [*contestants, reference]
    calls: list[tuple[bool, int]] = []

    def run(timed: bool, times: int) -> int:
        """All of them; how many calls would make a sample of the fastest one."""
        seconds = [contestant.run(timed, times) for contestant in everybody]
        calls.append((timed, times))
        return max(1, min(MAX_BATCH, int(SAMPLE_SECONDS / max(min(seconds[:-1]), 1e-9))))

    def settle(times: int) -> int:
        """Timed calls until one optimizes nothing."""
        optimized, batch = -1, times
        for _ in range(MAX_SETTLING):
            batch = run(True, times)
            before, optimized = optimized, sum(contestant.optimized() for contestant in contestants)
            if optimized == before:
                break
        return batch

    end = time.thread_time() + portion.settings.warm_up * len(everybody)  # so a busy machine shortens nothing
    while len(calls) < MAX_CALLS:
        run(False, 1)
        if len(calls) >= MIN_CALLS and time.thread_time() >= end:
            break
    batch = settle(1)
    if batch > 1:
        batch = settle(batch)  # what is called so often may become hot only now
    return WarmUp(tuple(calls), batch)
