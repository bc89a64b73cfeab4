"""Timing a call under several configurations, and checking that it gives the same in all of them."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.estimate import Estimate
from seaofnodes.compare.interleave import interleave
from seaofnodes.compare.programs import Program, callee_of
from seaofnodes.compare.row import CALL, ERROR, Row
from seaofnodes.compare.unit import Call, Unit
from seaofnodes.errors import Trap
from seaofnodes.passes.framework.failures import failure_text
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.runtime.process.collector_pause import without_collector

MAX_CALLS: Final = 4000  # before the measured ones
SAMPLE_SECONDS: Final = 0.002  # a sample is as many calls as take so long
MAX_BATCH: Final = 10_000
MAX_SETTLING: Final = 8  # timed calls that may still make functions optimized

REFERENCE: Final = Configuration("baseline tier", options=(("tier", "baseline"),))


class Contestant:
    """The call's function in an instance of its own.

    Attributes: history: what it gave, call by call: (was it the timed one, text); broken: the exception that ended it.
    """

    def __init__(self, configuration: Configuration, registry: PassRegistry, program: Program, call: Call) -> None:
        self.label = configuration.label
        self.callee = callee_of(configuration.engine(registry), program, call.function)
        self.small = self.callee.arguments(call.small)
        self.timed = self.callee.arguments(call.timed)
        self.history: list[tuple[bool, str]] = []
        self.broken = ""

    def run(self, timed: bool, times: int = 1) -> float:
        """Call so often; the last result goes into the history. Returns seconds a call, endless when it is broken."""
        if self.broken:
            return math.inf
        arguments = self.timed if timed else self.small
        function = self.callee.call
        found: object = ()
        trapped = ""
        start = time.perf_counter()
        try:
            for _ in range(times):
                found = function(*arguments)
        except Trap as trap:
            trapped = f"trap: {trap.reason}"
        except Exception as error:  # compiling a hot function runs passes, which may raise anything
            self.broken = failure_text(error)
            return math.inf
        seconds = time.perf_counter() - start
        self.history.append((timed, trapped or self.callee.text(found)))
        return seconds / times

    def optimized(self) -> int:
        """How many functions have optimized code."""
        return self.callee.optimized()


def measure_call(unit: Unit, program: Program) -> list[Row]:
    """A row for each configuration. Raises what instantiating raises, and Error for unsuitable arguments."""
    call = unit.call
    assert call is not None
    registry = unit.settings.registry()
    contestants = [Contestant(configuration, registry, program, call) for configuration in unit.configurations]
    # The baseline tier is what all have to agree with, in what comes before the measured calls.
    reference = Contestant(REFERENCE, registry, program, call)

    def measure() -> list[list[float]]:
        batch = _warm_up(unit, contestants, reference)
        timers = [partial(contestant.run, True, batch) for contestant in contestants]
        return interleave(timers, unit.settings.rounds, unit.settings.budget)

    samples = without_collector(measure)
    rows = []
    for contestant, found in zip(contestants, samples, strict=True):
        row = Row(unit.source, CALL, str(call), -1, contestant.label)
        row.results = [text for timed, text in contestant.history if timed][:1]
        row.code_size = contestant.callee.code_size()
        wrong = contestant.broken or _disagreement(contestant, [reference, contestants[0]], call)
        if wrong:
            row.status, row.error = ERROR, wrong
        else:
            row.run = Estimate.of(found)
        rows.append(row)
    return rows


def _warm_up(unit: Unit, contestants: Sequence[Contestant], reference: Contestant) -> int:
    """Small calls, then the timed one until that makes no function optimized; all do the same, so their states agree.

    Returns how many calls make a sample.
    """
    everybody = [*contestants, reference]
    end = time.perf_counter() + unit.settings.warm_up * len(everybody)
    for _ in range(MAX_CALLS):
        for contestant in everybody:
            contestant.run(False)
        if time.perf_counter() >= end:
            break
    optimized, seconds = -1, [0.0]
    for _ in range(MAX_SETTLING):
        seconds = [contestant.run(True) for contestant in everybody]
        before, optimized = optimized, sum(contestant.optimized() for contestant in contestants)
        if optimized == before:
            break
    return max(1, min(MAX_BATCH, int(SAMPLE_SECONDS / max(min(seconds[:-1]), 1e-9))))


def _disagreement(contestant: Contestant, others: Sequence[Contestant], call: Call) -> str:
    """The first result that is not what the header says, or what the others gave, in words; "" if there is none."""
    known = {False: call.small_result, True: call.timed_result}
    expected = {timed: "" if value is None else contestant.callee.result_text(value) for timed, value in known.items()}
    for number, (timed, text) in enumerate(contestant.history):
        name = f"call {number + 1}, {call if timed else call.small_name}: {text}"
        right = expected[timed]
        if right not in ("", text):
            return f"{name}; the header says {right}"
        for other in others:
            if number < len(other.history) and other.history[number][1] != text:
                return f"{name}; {other.label} gives {other.history[number][1]}"
    return ""
