"""All points of all scenarios, in worker processes; and the table of what came of them."""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final

from seaofnodes import Engine
from seaofnodes.workers.pool import LocalPool, Task
from seaofnodes.workers.results import Crash, Hang, Raised
from tests.runtime.interrupts import child
from tests.runtime.interrupts.child import Outcome
from tests.runtime.interrupts.points import LINE, MODES, NONE, Place, Point, Seen, all_points, nowhere, sample, short
from tests.runtime.interrupts.scenario import SCENARIOS, TEXTS, Probe, Scenario
from tests.support import wat

MODULES: Final = ("scenarios_calls", "scenarios_compile", "scenarios_heap", "scenarios_memory", "scenarios_life")
for _name in MODULES:
    importlib.import_module(f"tests.runtime.interrupts.{_name}")
_BATCH: Final = 10  # points a task
_SECONDS: Final = 1800.0  # a task; each point has its own limit


def cold() -> None:
    """Modules are assembled, and nothing else is done."""
    for text in TEXTS:
        wat(text)


def warm() -> None:
    """Everything that a process does once is done before the scenarios."""
    cold()
    for tier in ("baseline", "optimized"):
        exports = Probe(Engine(tier=tier)).exports
        exports["sum"](5)
        exports["nested"](5)
        exports["caught"](5, None)


class Pools:
    """One for cold scenarios, and one for the others."""

    def __init__(self, jobs: int) -> None:
        os.environ["PYTHONHASHSEED"] = "0"  # of the workers
        self._jobs = jobs
        self._pools: dict[bool, LocalPool] = {}

    def run(self, tasks: Iterable[Task], is_cold: bool) -> Iterator[tuple[Any, Any]]:
        found = self._pools.get(is_cold)
        if found is None:
            found = self._pools[is_cold] = LocalPool(self._jobs, seconds=_SECONDS, prepare=cold if is_cold else warm)
        yield from found.run(tasks)

    def close(self) -> None:
        for one in self._pools.values():
            one.close()


def record_all(pools: Pools, scenarios: list[Scenario], closely: bool) -> dict[str, Seen]:
    """The places of each scenario."""
    found = {}
    for is_cold in (False, True):
        wanted = [one for one in scenarios if one.cold is is_cold]
        tasks = [Task(one.name, child.record, (one.name, closely and one.closely)) for one in wanted]
        for name, seen in pools.run(tasks, is_cold):
            if isinstance(seen, (Crash, Hang, Raised)):
                raise RuntimeError(f"{name}, without any interrupt: {seen}\n{getattr(seen, 'traceback', '')}")
            found[name] = seen
    return {one.name: found[one.name] for one in scenarios}


def choose(seen: dict[str, Seen], most: int, modes: Collection[str] = MODES) -> dict[str, list[Point]]:
    """The points of each scenario: about so many in all, more where a scenario comes by more places."""
    known: Counter[tuple[str, Place]] = Counter()
    points = {
        name: all_points(places, modes if SCENARIOS[name].closely else [LINE], known) for name, places in seen.items()
    }
    total = sum(map(len, points.values()))
    share = min(most / max(total, 1), 1)
    return {name: [nowhere(), *sample(some, round(share * len(some)))] for name, some in points.items()}


def run(
    pools: Pools, points: dict[str, list[Point]], done: Callable[[str, Outcome], object]
) -> None:
    """Try all; `done` gets what came of each, as it comes."""
    for is_cold in (False, True):
        tasks = []
        for name, some in points.items():
            if SCENARIOS[name].cold is is_cold:
                for at in range(0, len(some), _BATCH):
                    batch = some[at : at + _BATCH]
                    tasks.append(Task((name, batch), child.run_points, (name, batch)))
        random.Random(0).shuffle(tasks)  # what is known early is of all scenarios
        for (name, batch), outcomes in pools.run(tasks, is_cold):
            if isinstance(outcomes, (Crash, Hang, Raised)):
                told = [Outcome(point, None, [("worker", str(outcomes))]) for point in batch]
                outcomes = told
            for outcome in outcomes:
                done(name, outcome)


class Summary:
    """Counts, and failures by kind and place."""

    def __init__(self) -> None:
        self.points: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.kinds: dict[str, Counter[str]] = defaultdict(Counter)
        self.places: dict[tuple[str, str], list[tuple[str, Outcome]]] = defaultdict(list)

    def add(self, name: str, outcome: Outcome) -> None:
        self.points[name] += 1
        if outcome.stack is None and outcome.point.mode != NONE and not outcome.problems:
            self.missed[name] += 1
        if outcome.problems:
            self.failed[name] += 1
            for kind in {kind for kind, _ in outcome.problems}:
                self.kinds[name][kind] += 1
                self.places[kind, place_of(outcome)].append((name, outcome))

    @property
    def failures(self) -> int:
        return sum(self.failed.values())

    def table(self) -> str:
        """A row a scenario; then a row a kind and place, the most frequent first."""
        width = max(map(len, self.points), default=0)
        rows = [f"{'scenario':{width}}  points  not met  failed"]
        for name, count in sorted(self.points.items()):
            kinds = ", ".join(f"{kind} {n}" for kind, n in self.kinds[name].most_common())
            rows.append(f"{name:{width}}  {count:6}  {self.missed[name]:7}  {self.failed[name]:6}  {kinds}")
        total, missed = sum(self.points.values()), sum(self.missed.values())
        rows.append(f"{'all':{width}}  {total:6}  {missed:7}  {self.failures:6}")
        by_kind: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        for (kind, place), found in self.places.items():
            modes = ",".join(sorted({outcome.point.mode for _, outcome in found}))
            by_kind[kind].append((len(found), place, modes))
        for kind, places in sorted(by_kind.items()):
            rows.append(f"\n{kind}: {sum(n for n, _, _ in places)}")
            for count, place, modes in sorted(places, reverse=True):
                rows.append(f"  {count:4}  {place}  ({modes})")
        return "\n".join(rows)


def place_of(outcome: Outcome) -> str:
    """Where a point was."""
    if outcome.point.mode == NONE:
        return "without an interrupt"
    return outcome.stack[0] if outcome.stack else f"{short(outcome.point.place.file)} {outcome.point.place.function}"


def as_json(name: str, outcome: Outcome) -> str:
    """One line."""
    told = {"scenario": name, "point": outcome.point.spelled(), "stack": outcome.stack}
    return json.dumps({**told, "problems": outcome.problems, "swallowed": outcome.swallowed})


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
