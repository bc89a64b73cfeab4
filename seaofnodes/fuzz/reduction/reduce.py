"""The reducer: hierarchical delta debugging of a module that fails, as far as it goes on failing in the same way.

After Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), and Misherghi and Su, "HDD"
(2006). Edits keep the module valid and make it lighter, so it ends. Candidates are tried in parallel, but the first one
in order that still fails is taken: the result does not depend on how many work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from seaofnodes.errors import Error
from seaofnodes.fuzz.case import Case
from seaofnodes.fuzz.oracle import Difference
from seaofnodes.fuzz.reduction import code, module as parts
from seaofnodes.fuzz.reduction.candidate import Candidate, body_weight
from seaofnodes.fuzz.tasks import command_fails, difference_of
from seaofnodes.workers.pool import Pool, Task
from seaofnodes.workers.results import Crash, Hang, Raised

Edits = Callable[[Candidate], Iterable[Candidate]]

_WRONG: Final = frozenset(("results", "trap", "log", "memory", "globals"))
_ROUNDS: Final = 12


@dataclass(frozen=True, slots=True)
class Check:
    """What "still fails" means: the same kind of difference, or a command that fails with the module's file."""

    difference: Difference | None = None
    load: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    seconds: float = 60.0

    def task(self, key: int, candidate: Candidate, data: bytes) -> Task:
        """What a worker has to do."""
        if self.command:
            return Task(key, command_fails, (self.command, data, self.seconds))
        assert candidate.variant is not None
        return Task(key, difference_of, (Case(data, candidate.calls, (candidate.variant,), self.load),))

    def fails(self, result: Any) -> bool:
        """Is what came of the task the failure that is looked for?"""
        if isinstance(result, Raised):
            raise Error(f"the check itself failed: {result}\n{result.traceback}")
        if self.command:
            return bool(result)
        wanted = self.difference
        assert wanted is not None
        if isinstance(result, Crash | Hang):
            return wanted.kind == result.kind
        if result is None:
            return False
        assert isinstance(result, Difference)
        if wanted.kind in _WRONG:
            return result.kind in _WRONG
        # An error is the same if its message is; which tier ran it may have changed.
        return result.kind == wanted.kind and _tail(result.signature) == _tail(wanted.signature)


def _tail(signature: str) -> str:
    return signature.partition(" ")[2]


@dataclass(slots=True)
class Progress:
    """How far a reduction is. tried: checks made; taken: those that still failed."""

    tried: int = 0
    taken: int = 0
    instructions: int = 0
    weight: int = 0
    stage: str = ""


class Reducer:
    """Shrinks one failing case. limit: of checks; on_progress: is told after each.

    Attributes: difference: what the smallest version shows.
    """

    def __init__(
        self,
        pool: Pool,
        check: Check,
        *,
        limit: int = 20_000,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self.pool = pool
        self.check = check
        self.limit = limit
        self.on_progress = on_progress
        self.progress = Progress()
        self.difference = check.difference
        self._seen: set[bytes] = set()
        self._best = Candidate(None)  # type: ignore[arg-type]  # set by `run`
        self._weight = 0

    def run(self, candidate: Candidate) -> Candidate:
        """The smallest version found. Raises Error if the case does not fail to begin with."""
        data = candidate.encode()
        if data is None:
            raise Error("the module is not valid")
        ((_, result),) = self.pool.run([self.check.task(0, candidate, data)])
        if not self.check.fails(result):
            raise Error(f"the module does not fail: {_told(result)}")
        self._take(candidate)
        self._shorten_calls()
        for _ in range(_ROUNDS):
            before = self._weight
            for stage, edits in self._stages():
                self.progress.stage = stage
                self._exhaust(edits)
            if self._weight == before or self.progress.tried >= self.limit:
                break
        return self._best

    def _shorten_calls(self) -> None:
        """What comes after the failing call does not matter."""
        found = self.check.difference
        calls = self._best.calls
        if found is not None and calls:
            at = max(found.call, 0)
            self._exhaust(lambda c: [Candidate(c.draft, calls[at : at + 1], c.variant)])
            self._exhaust(lambda c: [Candidate(c.draft, calls[: at + 1], c.variant)])

    def _stages(self) -> Iterator[tuple[str, Edits]]:
        """All edits, in an order in which what removes much comes first."""
        yield "variant", partial(parts.simpler_variants, load=self.check.load)
        for size in _sizes(len(self._best.calls) // 2):
            yield "calls", partial(parts.fewer_calls, size=size)
        yield "unused", parts.compacted
        yield "dead code", lambda c: [code.dead_code_removed(c)]
        yield "functions", _stubs
        yield "unused", parts.compacted
        yield "parts", parts.fewer_parts
        for index in self._largest_first():
            yield "instructions", _of(index, code.stubs)
            for size in _sizes(len(self._best.draft.functions[index].body) // 2):
                yield "instructions", _of(index, partial(code.ranges, size=size))
            for edits in (code.unwrapped, code.traps, code.operands, code.smaller_immediates):
                yield "instructions", _of(index, edits)
        yield "unused", parts.compacted
        yield "parameters", parts.fewer_parameters
        yield "arguments", parts.simpler_arguments
        yield "unused", parts.compacted

    def _largest_first(self) -> list[int]:
        functions = self._best.draft.functions
        return sorted(range(len(functions)), key=lambda index: -body_weight(functions[index].body))

    def _exhaust(self, edits: Edits) -> None:
        """Take one edit after the other for as long as some still fail; each time go on where the last one was."""
        skip = 0
        while self.progress.tried < self.limit:
            found = self._first(edits(self._best), skip)
            if found is None:
                return
            skip, candidate, result = found
            self._take(candidate)
            if isinstance(result, Difference):
                self.difference = result

    def _first(self, candidates: Iterable[Candidate], skip: int) -> tuple[int, Candidate, Any] | None:
        """The first lighter candidate that fails, with its place and what its check gave.

        Only those up to it count as tried, as if they had been tried one by one.
        """
        sent: dict[int, Candidate] = {}
        digests: dict[int, bytes] = {}
        sent_digests: set[bytes] = set()
        results: dict[int, Any] = {}
        room = self.limit - self.progress.tried

        def tasks() -> Iterator[Task]:
            for place, candidate in enumerate(candidates):
                if place < skip or candidate.weight() >= self._weight or len(sent) >= room:
                    continue
                data = candidate.encode()
                if data is None:
                    continue
                digest = hashlib.sha256(repr((data, candidate.calls, candidate.variant)).encode()).digest()
                if digest in self._seen or digest in sent_digests:
                    continue
                sent_digests.add(digest)
                sent[place], digests[place] = candidate, digest
                yield self.check.task(place, candidate, data)

        running = self.pool.run(tasks())
        decided = 0
        for place, result in running:
            results[place] = result
            for earlier in list(sent)[decided:]:  # in order
                if earlier not in results:
                    break
                decided += 1
                self.progress.tried += 1
                self._seen.add(digests[earlier])
                if self.check.fails(results[earlier]):
                    running.close()  # type: ignore[attr-defined]
                    return earlier, sent[earlier], results[earlier]
            self.on_progress(self.progress)
        return None

    def _take(self, candidate: Candidate) -> None:
        self._best = candidate
        self._weight = candidate.weight()
        self.progress.taken += 1
        self.progress.instructions = candidate.draft.instructions
        self.progress.weight = self._weight


def _sizes(largest: int) -> Iterator[int]:
    """Halving, down to 1."""
    size = max(largest, 1)
    while size:
        yield size
        size //= 2


def _of(index: int, edits: Callable[[Candidate, int], Iterator[code.Body]]) -> Edits:
    """Edits of one function's body, as edits of a candidate."""

    def run(candidate: Candidate) -> Iterator[Candidate]:
        if index < len(candidate.draft.functions):
            for body in edits(candidate, index):
                yield candidate.with_body(index, body)

    return run


def _stubs(candidate: Candidate) -> Iterator[Candidate]:
    """Half of the functions as stubs, then a quarter, down to each alone."""
    count = len(candidate.draft.functions)
    for size in _sizes(count // 2):
        for first in range(0, count, size):
            found = candidate
            for index in range(first, min(first + size, count)):
                found = found.with_body(index, next(code.stubs(candidate, index)))
            yield found


def _told(result: object) -> str:
    return "all agree" if result is None else "the command succeeds" if result is False else str(result)
