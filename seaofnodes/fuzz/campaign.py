"""A campaign: numbered test cases run by a pool, findings saved, and a state from which it goes on when killed."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from seaofnodes.errors import Error
from seaofnodes.fuzz.case import Case
from seaofnodes.fuzz.corpus import Corpus, start_of
from seaofnodes.fuzz.coverage import Coverage
from seaofnodes.fuzz.findings import Finding
from seaofnodes.fuzz.generate.recipe import Recipe
from seaofnodes.fuzz.oracle import Difference
from seaofnodes.fuzz.plan import Plan, make_case
from seaofnodes.fuzz.registries import own
from seaofnodes.fuzz.tasks import Tried, difference_of, fuzz_pool, try_number
from seaofnodes.fuzz.variant import REFERENCE
from seaofnodes.plain import checked, fits, json_text, read_json
from seaofnodes.workers.pool import Pool, Task
from seaofnodes.workers.results import Crash, Hang, Raised

_VERSION: Final = 2
_STATE_BYTES: Final = 256 << 20
_SAVE_SECONDS: Final = 5.0
_CRASH_SECONDS: Final = 60.0


@dataclass(slots=True)
class State:
    """How far a campaign is. next: the first number not tried; later: numbers beyond it that were; corpus: modules that
    are changed, where the plan has rules or passes to aim at.
    """

    plan: Plan
    next: int = 0
    later: set[int] = field(default_factory=set)
    seconds: float = 0.0
    calls: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    findings: list[str] = field(default_factory=list)
    signatures: Counter[str] = field(default_factory=Counter)
    corpus: Corpus = field(default_factory=Corpus)

    @property
    def tried(self) -> int:
        """How many test cases are done."""
        return self.next + len(self.later)

    def finish(self, number: int) -> None:
        """A number is done."""
        self.later.add(number)
        while self.next in self.later:
            self.later.remove(self.next)
            self.next += 1

    def to_json(self) -> dict[str, Any]:
        """For the state file, and for `--json`."""
        return {
            "version": _VERSION,
            "plan": self.plan.to_json(),
            "next": self.next,
            "later": sorted(self.later),
            "modules": self.tried,
            "calls": self.calls,
            "seconds": round(self.seconds, 3),
            "findings": self.findings,
            "signatures": dict(self.signatures),
            "coverage": self.coverage.to_json(),
            "corpus": self.corpus.to_json(),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> State:
        """Raises Error for what `to_json` did not write."""
        try:
            if data["version"] != _VERSION:
                raise Error(f"the state is of version {data['version']}, not {_VERSION}")
            found = cls(
                Plan.from_json(data["plan"]),
                data["next"],
                set(data["later"]),
                data["seconds"],
                data["calls"],
                Coverage.from_json(data["coverage"]),
                data["findings"],
                Counter(data["signatures"]),
                Corpus.from_json(data["corpus"]),
            )
            checked(found)
            if not fits(data["signatures"], dict[str, int]):
                raise TypeError("the signatures are no counts")
        except (KeyError, TypeError, ValueError) as error:
            raise Error(f"not the state of a campaign: {error!r}") from None
        if min(found.next, found.seconds, found.calls, *found.later) < 0:
            raise Error("not the state of a campaign: a negative number")
        return found


class Campaign:
    """Runs test cases of a plan and keeps what they found in a folder.

    An interrupted campaign goes on: opening its folder again with the same plan takes up its state.
    """

    def __init__(self, plan: Plan, out: Path) -> None:
        """Raises OSError, and Error if the folder holds another plan's campaign."""
        self.out = out
        self.state = State(plan)
        self._saved = 0.0
        self._recipes: dict[int, Recipe] = {}  # of what is under way
        self._aims = own(plan.load, plan.pipelines).aims
        path = out / "state.json"
        if path.exists():
            try:
                self.state = State.from_json(read_json(path, _STATE_BYTES))
            except Error as error:
                raise Error(f"{error}; use another --out, or remove {path}") from None
            if self.state.plan != plan:
                raise Error(f"{out} holds a campaign with other settings; use another --out, or remove it")

    def run(
        self,
        pool: Pool,
        *,
        count: int | None = None,
        seconds: float | None = None,
        on_finding: Callable[[Finding, Path], None] = lambda finding, path: None,
        on_progress: Callable[[State], None] = lambda state: None,
    ) -> State:
        """Try cases until there were `count` in all, or for so many seconds from now on; without either, for ever."""
        start = time.monotonic()
        before = self.state.seconds
        tasks = self._tasks(count, None if seconds is None else start + seconds)
        try:
            for number, result in pool.run(tasks):
                self._take(number, result, on_finding)
                self.state.seconds = before + time.monotonic() - start
                on_progress(self.state)
                self._save_now_and_then()
        finally:
            self.state.seconds = before + time.monotonic() - start
            self.save()
        return self.state

    def _tasks(self, count: int | None, deadline: float | None) -> Iterator[Task | None]:
        state = self.state
        done = set(state.later)
        number = state.next
        while (count is None or number < count) and (deadline is None or time.monotonic() < deadline):
            if number not in done:
                if self._aims and state.next < start_of(number):
                    yield None  # until the generation before is done
                    continue
                self._recipes[number] = recipe = state.corpus.recipe(state.plan.seed, number)
                yield Task(number, try_number, (state.plan, number, recipe))
            number += 1

    def _take(self, number: int, result: Any, on_finding: Callable[[Finding, Path], None]) -> None:
        state = self.state
        finding: Finding | None = None
        recipe = self._recipes.pop(number)
        if isinstance(result, Tried):
            outcome = result.outcome
            state.calls += outcome.calls
            state.coverage.add("opcodes", result.opcodes)
            state.coverage.add("ends", outcome.ends)
            for kind, counts in outcome.reached.items():
                state.coverage.add(kind, counts)
            state.corpus.take(number, recipe, result.features)
            if outcome.difference is not None:
                assert result.case is not None
                finding = Finding(result.case, outcome.difference)
        elif isinstance(result, Raised):
            raise Error(f"the fuzzer itself failed on module {number}: {result}\n{result.traceback}")
        else:
            case = make_case(state.plan, number, recipe)
            finding = Finding(case, died(case, result), details=result.details if isinstance(result, Crash) else "")
        if finding is not None:
            finding.number, finding.seed = number, state.plan.seed
            path = self.out / f"{number:06}.wasm"
            finding.save(path)
            state.findings.append(path.name)
            state.signatures[finding.difference.signature] += 1
            on_finding(finding, path)
        state.finish(number)

    def _save_now_and_then(self) -> None:
        if time.monotonic() - self._saved > _SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Write the state file, whole or not at all."""
        self.out.mkdir(parents=True, exist_ok=True)
        part = self.out / "state.json.part"
        part.write_text(json_text(self.state.to_json(), indent=1) + "\n", encoding="utf-8")
        os.replace(part, self.out / "state.json")
        self._saved = time.monotonic()


def died(case: Case, result: Crash | Hang) -> Difference:
    """Which variant of a case kills its process, or never ends: each is tried alone."""
    seconds = result.seconds if isinstance(result, Hang) else _CRASH_SECONDS
    with closing(fuzz_pool(1, seconds=seconds, fork=True)) as pool:
        for variant in (REFERENCE, *case.variants):
            alone = Case(case.data, case.calls, (variant,) if variant != REFERENCE else (), case.load)
            for _, found in pool.run([Task(0, difference_of, (alone,))]):
                if isinstance(found, Crash | Hang):
                    kind, reason = found.kind, found.reason if isinstance(found, Crash) else str(found)
                    return Difference(variant, kind, -1, f"{kind}: {reason}", f"{variant.kind} {kind}")
                if found is not None and not isinstance(found, Raised):
                    difference: Difference = found
                    return difference
    kind = result.kind
    return Difference(REFERENCE, kind, -1, f"{kind}, but not with one variant alone", f"{kind} of several")
