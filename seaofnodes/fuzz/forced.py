"""Forced deoptimizations: optimized code leaves at every exit, and the frames that are made there are compared with the
reference interpreter's, memories and globals with them.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from seaofnodes.errors import LinkError, TimeLimitError, Trap, WasmException
from seaofnodes.fuzz.case import Call
from seaofnodes.fuzz.host import Host, HostError, canonical
from seaofnodes.fuzz.sides import STEPS, Compiled, Interpreted
from seaofnodes.fuzz.variant import Variant
from seaofnodes.ir.evaluate import OutOfSteps
from seaofnodes.passes.pipeline import Pipeline
from seaofnodes.passes.stress_deopt import StressDeoptimization
from seaofnodes.runtime.events import CompileEvent, DeoptEvent, DeoptFrameEvent, Event
from seaofnodes.wasm.interpret_state import Frame
from seaofnodes.wasm.module import FUNCTION, Module
from seaofnodes.wasm.opcodes import LOOP
from seaofnodes.wasm.types import F32, F64, ValType

_LOOKED_AT: Final = 1 << 16  # bytes of each memory
_MOST_VISITS: Final = 4000  # of one place in one call that are remembered
_FLOATS: Final = {"float32": F32, "float64": F64}
Place = tuple[int, int]  # function index, bytecode offset
Snapshot = tuple[int, tuple[Any, ...]]


class _Visit(NamedTuple):
    """The interpreter before an instruction."""

    locals: tuple[Any, ...]
    stack: tuple[Any, ...]
    state: Snapshot


@dataclass(slots=True)
class Forced:
    """What came of it, to be added up.

    Attributes: deopts: frames and state compared each time; emitted: exits in optimized code; taken: different ones of
    them; depth: frames made -> how often; values: (type, "r", "x", "s" or "c") of what was moved -> how often; wrong:
    what did not agree.
    """

    deopts: int = 0
    emitted: int = 0
    taken: int = 0
    depth: Counter[int] = field(default_factory=Counter)
    values: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Forced) -> None:
        """Add what came of other modules."""
        self.deopts += other.deopts
        self.emitted += other.emitted
        self.taken += other.taken
        self.depth.update(other.depth)
        self.values.update(other.values)
        self.wrong += other.wrong


def force(
    module: Module, calls: Sequence[Call], *, rounds: int = 3, pipeline: str = "default", budget: int = 2
) -> Forced:
    """Make calls in an engine whose code leaves at every exit, in the interpreter too, and compare.

    rounds: how often, with all exits armed anew; budget: see EngineOptions.tier_up_budget. Ends early where the
    interpreter runs out of steps; a module that cannot be instantiated gives nothing. Raises PassError.
    """
    try:
        forcing = _Forcing(module, pipeline, budget)
    except (LinkError, Trap, HostError, WasmException, OutOfSteps, TimeLimitError):
        return Forced()
    return forcing.run(calls, rounds)


class _Forcing:
    def __init__(self, module: Module, pipeline: str, budget: int) -> None:
        stressed = Pipeline.parse(pipeline).replace("checkpoint-elimination", StressDeoptimization())
        self.module = module
        self.hosts = Host(), Host()
        self.compiled = Compiled(module, Variant("auto", budget=budget), self.hosts[0], stressed)
        self.interpreted = Interpreted(module, self.hosts[1])
        self.results = {e.name: module.functions[e.index].results for e in module.exports if e.kind == FUNCTION}
        self.found = Forced()
        self.pcs: set[int] = set()
        self.events: list[tuple[DeoptEvent, Snapshot]] = []
        self.compiled.engine.observe(self._observe)

    def run(self, calls: Sequence[Call], rounds: int) -> Forced:
        for _ in range(rounds):
            for call in calls:
                if not self._call(call):
                    return self._end()
            self.compiled.instance.data.code.arm_exits()
        return self._end()

    def _end(self) -> Forced:
        self.found.taken = len(self.pcs)
        return self.found

    def _observe(self, event: Event) -> None:
        if isinstance(event, CompileEvent):
            self.found.emitted += event.exits
        elif isinstance(event, DeoptEvent):
            data = self.compiled.instance.data
            self.events.append((event, _snapshot((m.read(0, min(len(m), _LOOKED_AT)) for m in data.memories), data)))

    def _call(self, call: Call) -> bool:
        """False if there is nothing to go on with."""
        self.events.clear()
        kinds = self.results[call.export]
        got = _outcome(lambda: self.compiled.call(call.export, call.arguments), kinds, self.hosts[0])
        visits: defaultdict[Place, list[_Visit]] = defaultdict(list)
        wanted = {self._place(frame) for event, _ in self.events for frame in event.frames}
        instance = self.interpreted.instance

        def observe(frame: Frame) -> None:
            place = (frame.function_index, frame.code.body.offsets[frame.pc])
            if place in wanted and len(visits[place]) < _MOST_VISITS:
                state = _snapshot((bytes(m.data[:_LOOKED_AT]) for m in instance.memories), instance)
                visits[place].append(_Visit(tuple(frame.locals), tuple(frame.stack), state))

        instance.limits.observer = observe if wanted else None
        instance.limits.steps = STEPS
        expected = _outcome(lambda: self.interpreted.call(call.export, call.arguments), kinds, self.hosts[1])
        if "stopped" in (got[0], expected[0]):
            return False
        if got != expected:
            self.found.wrong.append(f"{call}: {got}, expected {expected}")
            return False
        for event, state in self.events:
            self._check(call, event, state, visits)
        return True

    def _place(self, frame: DeoptFrameEvent) -> Place:
        """Where the interpreter is in that state; a branch back goes behind the loop instruction, which is no more."""
        body = self.interpreted.instance.prepared(frame.function_index)
        index = body.index_of(frame.bytecode_offset)
        if frame.mode == "before" and body.body.opcodes[index] == LOOP:
            index += 1
        return frame.function_index, body.body.offsets[index]

    def _check(self, call: Call, event: DeoptEvent, state: Snapshot, visits: dict[Place, list[_Visit]]) -> None:
        found = self.found
        found.deopts += 1
        found.depth[len(event.frames)] += 1
        self.pcs.add(event.pc)
        for index, frame in enumerate(event.frames):
            found.values.update((value.type, value.source[0]) for value in frame.values)
            seen = visits.get(self._place(frame), [])
            if len(seen) >= _MOST_VISITS:
                continue
            if not any(_same(frame, visit) and (index or visit.state == state) for visit in seen):
                close = [visit for visit in seen if _same(frame, visit)]
                why = "memory or globals" if close else f"values {[value.bits for value in frame.values]}"
                found.wrong.append(f"{call}: exit {event.exit} of {event.name}, frame {index} {frame.name}: {why}")


def _same(frame: DeoptFrameEvent, visit: _Visit) -> bool:
    """Are locals and operands those? "after" a call, the interpreter was seen before it: its arguments are more."""
    count = len(frame.values) - frame.locals
    expected = (*visit.locals, *visit.stack[:count])
    if len(expected) != len(frame.values) or (frame.mode == "before" and len(visit.stack) != count):
        return False
    for value, wanted in zip(frame.values, expected, strict=True):
        if value.source[0] == "-" or value.type == "reference":
            continue
        kind = _FLOATS.get(value.type)
        if value.bits != wanted and (kind is None or canonical(kind, value.bits) != canonical(kind, wanted)):
            return False
    return True


def _snapshot(memories: Any, instance: Any) -> Snapshot:
    cells = []
    for one in instance.globals:
        kind = one.type.type
        cells.append(None if kind.is_reference else canonical(kind, one.bits) if kind.is_float else one.bits)
    checksum = 0
    for data in memories:
        checksum = zlib.crc32(data, checksum)
    return checksum, tuple(cells)


def _outcome(action: Callable[[], list[int]], kinds: Sequence[ValType], host: Host) -> tuple[str, str, tuple[str, ...]]:
    kind, end = "results", ""
    try:
        end = str([canonical(kind, bits) for kind, bits in zip(kinds, action(), strict=True)])
    except Trap as trap:
        kind, end = ("stopped" if trap.reason == "call stack exhausted" else "trap"), trap.reason
    except HostError as error:
        kind, end = "host", str(error)
    except WasmException as error:
        kind, end = "exception", repr(error.values)
    except (OutOfSteps, TimeLimitError) as error:
        kind, end = "stopped", str(error)
    return kind, end, host.take_log()
