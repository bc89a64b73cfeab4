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
from seaofnodes.compare.row import CALL, ERROR, Row
from seaofnodes.compare.unit import Call, Number, Unit
from seaofnodes.errors import Error, Trap
from seaofnodes.passes.registry import PassRegistry
from seaofnodes.runtime.collector import collector_paused
from seaofnodes.runtime.function import Function
from seaofnodes.runtime.values import from_bits, to_bits
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.types import ValType

MAX_CALLS: Final = 4000  # before the measured ones
SAMPLE_SECONDS: Final = 0.002  # a sample is as many calls as take so long
MAX_BATCH: Final = 10_000
MAX_SETTLING: Final = 8  # timed calls that may still make functions optimized

REFERENCE: Final = Configuration("baseline tier", options=(("tier", "baseline"),))


class Contestant:
    """The call's function in an instance of its own.

    Attributes: history: what it gave, call by call: (was it the timed one, text); broken: the exception that ended it.
    """

    def __init__(self, configuration: Configuration, registry: PassRegistry, module: Module, call: Call) -> None:
        self.label = configuration.label
        self.engine = configuration.engine(registry)
        self.instance = self.engine.instantiate(module)
        function = self.instance.exports[call.function]
        assert isinstance(function, Function)
        self.function = function
        kinds = function.type.params
        self.small = _bits(call.function, call.small, kinds)
        self.timed = _bits(call.function, call.timed, kinds)
        self.history: list[tuple[bool, str]] = []
        self.broken = ""

    def run(self, timed: bool, times: int = 1) -> float:
        """Call so often; the last result goes into the history. Returns seconds a call, endless when it is broken."""
        if self.broken:
            return math.inf
        arguments = self.timed if timed else self.small
        function = self.function.call_bits
        bits: tuple[int, ...] = ()
        trapped = ""
        start = time.perf_counter()
        try:
            for _ in range(times):
                bits = function(*arguments)
        except Trap as trap:
            trapped = f"trap: {trap.reason}"
        except Exception as error:  # compiling a hot function runs passes, which may raise anything
            self.broken = f"{type(error).__name__}: {error}"
            return math.inf
        seconds = time.perf_counter() - start
        self.history.append((timed, trapped or _show(bits, self.function.type.results)))
        return seconds / times

    def optimized(self) -> int:
        """How many functions have optimized code."""
        return len(self.instance.data.code.optimized)

    def code_size(self) -> int:
        """Bytes of instructions of the newest code of every function that was called."""
        code = self.instance.data.code
        return sum(self.engine.code_size(self.instance, index) for index in {*code.baseline, *code.optimized})


def measure_call(unit: Unit, module: Module) -> list[Row]:
    """A row for each configuration. Raises what instantiating raises, and Error for unsuitable arguments."""
    call = unit.call
    assert call is not None
    registry = unit.settings.registry()
    contestants = [Contestant(configuration, registry, module, call) for configuration in unit.configurations]
    # The baseline tier is what all have to agree with, in what comes before the measured calls.
    reference = Contestant(REFERENCE, registry, module, call)
    with collector_paused():
        batch = _warm_up(unit, contestants, reference)
        timers = [partial(contestant.run, True, batch) for contestant in contestants]
        samples = interleave(timers, unit.settings.rounds)
    rows = []
    for contestant, found in zip(contestants, samples, strict=True):
        row = Row(unit.source, CALL, str(call), -1, contestant.label)
        row.results = [text for timed, text in contestant.history if timed][:1]
        row.code_size = contestant.code_size()
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
    kinds = contestant.function.type.results
    expected = {False: _expected(call.small_result, kinds), True: _expected(call.timed_result, kinds)}
    for number, (timed, text) in enumerate(contestant.history):
        name = f"call {number + 1}, {call if timed else call.small_name}: {text}"
        right = expected[timed]
        if right not in ("", text):
            return f"{name}; the header says {right}"
        for other in others:
            if number < len(other.history) and other.history[number][1] != text:
                return f"{name}; {other.label} gives {other.history[number][1]}"
    return ""


def _expected(value: Number | None, kinds: Sequence[ValType]) -> str:
    return "" if value is None else _show(_bits("result", (value,), kinds), kinds)


def _bits(what: str, values: Sequence[Number], kinds: Sequence[ValType]) -> tuple[int, ...]:
    if len(values) != len(kinds):
        takes = ", ".join(kind.name for kind in kinds) or "nothing"
        raise Error(f"{what} takes {takes}; {len(values)} values were given")
    try:
        return tuple(to_bits(value, kind, f"a value of {what}") for value, kind in zip(values, kinds, strict=True))
    except (TypeError, OverflowError) as error:
        raise Error(str(error)) from None


def _show(bits: Sequence[int], kinds: Sequence[ValType]) -> str:
    """Results as text, in which all NaNs are one."""
    return ", ".join(repr(from_bits(value, kind)) for value, kind in zip(bits, kinds, strict=True))
