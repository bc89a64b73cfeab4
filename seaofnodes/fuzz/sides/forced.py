"""Forced deoptimizations: optimized code leaves at every exit, and the frames that are made there are compared with the
reference interpreter's, memories and globals with them.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from seaofnodes.backend.layout import OBJECT_TAG
from seaofnodes.errors import LinkError, TimeLimitError, Trap, WasmException
from seaofnodes.fuzz.case import Call
from seaofnodes.fuzz.sides.engines import STEPS, Compiled, Interpreted
from seaofnodes.fuzz.sides.host import Host, HostError, canonical, show
from seaofnodes.fuzz.sides.pictures import identity, picture
from seaofnodes.fuzz.sides.visited import DeoptimizationWhereVisited, Place, Visited, place_of
from seaofnodes.fuzz.variant import Variant
from seaofnodes.ir.evaluator.evaluate import OutOfSteps
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.stress_deopt import StressDeoptimization
from seaofnodes.runtime.tiers.events import CompileEvent, DeoptEvent, DeoptFrameEvent, Event
from seaofnodes.runtime.tiers.tiering import NEVER
from seaofnodes.wasm.engine.conversion import from_word, function_at
from seaofnodes.wasm.interpreter.state import Frame
from seaofnodes.wasm.module import FUNCTION, Module
from seaofnodes.wasm.opcodes import LOOP
from seaofnodes.wasm.types import ANY, F32, F64, ValType, reference

_LOOKED_AT: Final = 1 << 16  # bytes of each memory
_MOST_VISITS: Final = 4000  # of one place in one call that are remembered
_ANYREF: Final = reference(ANY, True)
_FLOATS: Final = {"float32": F32, "float64": F64}
Mode = Literal["functions", "loops", "early"]
"""What is optimized: after all calls have been made a few times, functions, or loops alone; or both as they get hot,
when guesses fail sooner, and with exits also where the program never comes.
"""
Snapshot = tuple[int, tuple[Any, ...]]


class _Visit(NamedTuple):
    """The interpreter before an instruction."""

    locals: tuple[Any, ...]
    stack: tuple[Any, ...]
    pictures: tuple[str, ...]  # of both, "" for numbers: objects change later
    identities: tuple[int, ...]  # of both
    state: Snapshot


@dataclass(slots=True)
class Forced:
    """What came of it, to be added up.

    Attributes: deopts: frames and state compared each time; emitted: exits in optimized code; taken: different ones of
    them; rebuilt: of these, where objects were made; objects: how many, in all; depth: frames made -> how often;
    values: (type, "r", "x", "s", "c" or "o") of what was moved -> how often; wrong: what did not agree.
    """

    deopts: int = 0
    emitted: int = 0
    taken: int = 0
    rebuilt: int = 0
    objects: int = 0
    depth: Counter[int] = field(default_factory=Counter)
    values: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Forced) -> None:
        """Add what came of other modules."""
        self.deopts += other.deopts
        self.emitted += other.emitted
        self.taken += other.taken
        self.rebuilt += other.rebuilt
        self.objects += other.objects
        self.depth.update(other.depth)
        self.values.update(other.values)
        self.wrong += other.wrong


def force(
    module: Module,
    calls: Sequence[Call],
    *,
    rounds: int = 3,
    pipeline: str | Pipeline = "default",
    budget: int = 2,
    mode: Mode = "functions",
    collect: bool = False,
) -> Forced:
    """Make calls in an engine whose code leaves at every exit, in the interpreter too, and compare.

    rounds: how often all exits are armed anew, once calls take no more; budget: see EngineOptions.tier_up_budget;
    collect: at every allocation.
    Ends early where the interpreter runs out of steps; a module that cannot be instantiated gives nothing. Raises
    PassError.
    """
    try:
        forcing = _Forcing(module, pipeline, Variant("auto", budget=budget, collect=collect), mode)
    except (LinkError, Trap, HostError, WasmException, OutOfSteps, TimeLimitError):
        return Forced()
    forcing.run(calls, rounds)
    return forcing.found


class _Forcing:
    def __init__(self, module: Module, pipeline: str | Pipeline, variant: Variant, mode: Mode) -> None:
        self.mode = mode
        self.module = module
        self.hosts = Host(), Host()
        self.interpreted = Interpreted(module, self.hosts[1])
        self.visited = Visited(), Visited()
        self.looking: Visited | None = None  # at where the program comes by
        instance = self.interpreted.instance
        leave = StressDeoptimization() if mode == "early" else DeoptimizationWhereVisited(self.visited, instance)
        parsed = Pipeline.parse(pipeline) if isinstance(pipeline, str) else pipeline
        stressed = parsed.replace("checkpoint-elimination", leave)
        self.compiled = Compiled(module, variant, self.hosts[0], stressed)
        self.results = {e.name: module.functions[e.index].results for e in module.exports if e.kind == FUNCTION}
        self.found = Forced()
        self.pcs: set[int] = set()
        self.rebuilding: set[int] = set()  # pcs of exits that make objects
        self.events: list[tuple[DeoptEvent, Snapshot, dict[int, str]]] = []
        self.compiled.engine.observe(self._observe)

    def run(self, calls: Sequence[Call], rounds: int) -> None:
        data = self.compiled.instance.data
        if self.mode != "early":
            self._set_budgets(NEVER)
            for looking in (None, *self.visited):
                data.feedback.forget()  # so that guesses are made where the program still comes by
                self.looking = looking
                if not self._calls(calls):
                    return
            self.looking = None
            self._optimize_only()
        while rounds:
            before = self.found.deopts
            if not self._calls(calls):
                return
            if self.found.deopts == before:
                data.code.arm_exits()
                rounds -= 1

    def _set_budgets(self, budget: int) -> None:
        for index in range(self.module.imported_functions, len(self.module.functions)):
            self.compiled.instance.data.feedback.set_budget(index, budget)

    def _optimize_only(self) -> None:
        """Functions or loops, at once; what has been asked for is not asked for again."""
        code = self.compiled.instance.data.code
        for index in range(self.module.imported_functions, len(self.module.functions)):
            code.waits[index] = 0
            if self.mode == "loops":
                code.requested.add(index)
            else:
                body = self.interpreted.instance.prepared(index).body
                code.requested.update((index, body.offsets[i]) for i, op in enumerate(body.opcodes) if op == LOOP)
        self._set_budgets(0)

    def _calls(self, calls: Sequence[Call]) -> bool:
        return all(map(self._call, calls))

    def _observe(self, event: Event) -> None:
        if isinstance(event, CompileEvent):
            self.found.emitted += event.exits
        elif isinstance(event, DeoptEvent):
            data = self.compiled.instance.data
            state = _snapshot((m.read(0, min(len(m), _LOOKED_AT)) for m in data.memories), data)
            words = {value.bits for frame in event.frames for value in frame.values if value.type == "reference"}
            self.events.append((event, state, {word: self._reference(word) for word in words}))

    def _reference(self, word: int) -> str:
        objects = self.compiled.engine.store.references.objects
        if word in objects:
            return picture(objects[word])
        if word & OBJECT_TAG or not word & 0xFFFF_FFFF:
            return picture(from_word(self.compiled.engine.store, word, _ANYREF))
        return picture(function_at(word))

    def _call(self, call: Call) -> bool:
        """False if there is nothing to go on with."""
        self.events.clear()
        kinds = self.results[call.export]
        got = _outcome(lambda: self.compiled.call(call.export, call.arguments), kinds, self.hosts[0])
        visits: defaultdict[Place, list[_Visit]] = defaultdict(list)
        wanted = {self._place(frame) for event, *_ in self.events for frame in event.frames}
        instance = self.interpreted.instance

        def observe(frames: Sequence[Frame]) -> None:
            frame = frames[-1]
            if self.looking is not None:
                self.looking.observe(frames)
            place = (frame.function_index, frame.code.body.offsets[frame.pc])
            if place in wanted and len(visits[place]) < _MOST_VISITS:
                state = _snapshot((bytes(m.data[:_LOOKED_AT]) for m in instance.memories), instance)
                pictures = ("" if type(one) is int else picture(one) for one in (*frame.locals, *frame.stack))
                identities = map(identity, (*frame.locals, *frame.stack))
                visits[place].append(
                    _Visit(tuple(frame.locals), tuple(frame.stack), tuple(pictures), tuple(identities), state)
                )

        instance.limits.observer = observe if wanted or self.looking is not None else None
        instance.limits.steps = STEPS
        expected = _outcome(lambda: self.interpreted.call(call.export, call.arguments), kinds, self.hosts[1])
        if "stopped" in (got[0], expected[0]):
            return False
        if got != expected:
            self.found.wrong.append(f"{call}: {got}, expected {expected}")
            return False
        for event, state, references in self.events:
            self._check(call, event, state, references, visits)
        return True

    def _place(self, frame: DeoptFrameEvent) -> Place:
        return place_of(self.interpreted.instance, frame.function_index, frame.bytecode_offset, frame.mode)

    def _check(
        self,
        call: Call,
        event: DeoptEvent,
        state: Snapshot,
        references: dict[int, str],
        visits: dict[Place, list[_Visit]],
    ) -> None:
        found = self.found
        found.deopts += 1
        found.depth[len(event.frames)] += 1
        self.pcs.add(event.pc)
        found.taken = len(self.pcs)
        found.objects += event.objects
        if event.objects:
            self.rebuilding.add(event.pc)
            found.rebuilt = len(self.rebuilding)
        for index, frame in enumerate(event.frames):
            found.values.update((value.type, value.source[0]) for value in frame.values)
            seen = visits.get(self._place(frame), [])
            if len(seen) >= _MOST_VISITS:
                continue
            if not any(_same(frame, visit, references) and (index or visit.state == state) for visit in seen):
                close = [visit for visit in seen if _same(frame, visit, references)]
                why = "memory or globals" if close else f"values {[value.bits for value in frame.values]}"
                found.wrong.append(f"{call}: exit {event.exit} of {event.name}, frame {index} {frame.name}: {why}")


def _same(frame: DeoptFrameEvent, visit: _Visit, references: dict[int, str]) -> bool:
    """Are locals and operands those? "after" a call, the interpreter was seen before it: its arguments are more.

    references: what their words stand for.
    """
    count = len(frame.values) - frame.locals
    expected = (*visit.locals, *visit.stack[:count])
    if len(expected) != len(frame.values) or (frame.mode == "before" and len(visit.stack) != count):
        return False
    object_of: dict[int, int] = {}
    word_of: dict[int, int] = {}
    for index, (value, wanted) in enumerate(zip(frame.values, expected, strict=True)):
        if value.source[0] == "-":
            continue
        if value.type == "reference":
            if references[value.bits] != visit.pictures[index]:
                return False
            object = visit.identities[index]
            if object and (
                object_of.setdefault(value.bits, object) != object
                or word_of.setdefault(object, value.bits) != value.bits
            ):
                return False  # what is one object here is two there
            continue
        kind = _FLOATS.get(value.type)
        if value.bits != wanted and (kind is None or canonical(kind, value.bits) != canonical(kind, wanted)):
            return False
    return True


def _snapshot(memories: Any, instance: Any) -> Snapshot:
    cells = []
    for one in instance.globals:
        kind = one.type.type
        cells.append(
            picture(one.bits) if kind.is_reference else canonical(kind, one.bits) if kind.is_float else one.bits
        )
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
        kind, end = "exception", " ".join(map(show, error.values))
    except (OutOfSteps, TimeLimitError) as error:
        kind, end = "stopped", str(error)
    return kind, end, host.take_log()
