"""A call in a program of its own, in one placement."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import partial
from random import Random

from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.portion import Call
from seaofnodes.compare.programs.program import Program
from seaofnodes.compare.timing.counters import Counters
from seaofnodes.compare.timing.placement import Placement
from seaofnodes.errors import Trap
from seaofnodes.passes.framework.failures import failure_text
from seaofnodes.passes.framework.registry import PassRegistry


class Contestant:
    """The call's function in an instance and an engine of its own, placed by chance.

    Attributes: history: what it gave, call by call: (was it the timed one, text); broken: the exception that ended it;
    counts: of `counters`, a call, for each sample.
    """

    def __init__(
        self,
        configuration: Configuration,
        registry: PassRegistry,
        program: Program,
        call: Call,
        draw: Random,
        compile_limit: float,
    ) -> None:
        self.label = configuration.label
        self._placement = Placement(draw)
        engine = self._placement.apply(configuration.engine(registry, compile_limit))
        self.callee = program.callee(engine, call.function)
        self.small = self.callee.arguments(call.small)
        self.timed = self.callee.arguments(call.timed)
        self.history: list[tuple[bool, str]] = []
        self.broken = ""
        self.counts: list[list[float]] = []

    def run(self, timed: bool, times: int = 1) -> float:
        """Call so often; the last result goes into the history. Returns seconds a call, of the processor and
        not of the clock: others may want the processor, too; endless when it is broken."""
        if self.broken:
            return math.inf
        return self._placement.call(partial(self._run, timed, times))

    def _run(self, timed: bool, times: int) -> float:
        arguments = self.timed if timed else self.small
        function = self.callee.call
        found: object = ()
        trapped = ""
        start = time.thread_time()
        try:
            for _ in range(times):
                found = function(*arguments)
        except Trap as trap:
            trapped = f"trap: {trap.reason}"
        except Exception as error:  # compiling a hot function runs passes, which may raise anything
            self.broken = failure_text(error)
            return math.inf
        seconds = time.thread_time() - start
        self.history.append((timed, trapped or self.callee.text(found)))
        return seconds / times

    def sample(self, times: int, counters: Counters) -> float:
        """Seconds a call, with what is counted meanwhile."""
        seconds, counts = counters.count(partial(self.run, True, times))
        self.counts.append([count / times for count in counts])
        return seconds

    def optimized(self) -> int:
        """How many functions have optimized code."""
        return self.callee.optimized()

    def wrong(self, others: Sequence[Contestant], call: Call) -> str:
        """What ended it, or its first result that is not what the header says, or what the others gave, in words."""
        if self.broken:
            return self.broken
        known = {False: call.small_result, True: call.timed_result}
        expected = {timed: "" if value is None else self.callee.result_text(value) for timed, value in known.items()}
        for number, (timed, text) in enumerate(self.history):
            name = f"call {number + 1}, {call if timed else call.small_name}: {text}"
            right = expected[timed]
            if right not in ("", text):
                return f"{name}; the header says {right}"
            for other in others:
                if number < len(other.history) and other.history[number][1] != text:
                    return f"{name}; {other.label} gives {other.history[number][1]}"
        return ""
