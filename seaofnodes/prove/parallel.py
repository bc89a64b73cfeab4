"""Many rules at once. Rules hold functions and cannot be sent: worker processes load their files again."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from seaofnodes.errors import Error
from seaofnodes.prove.prover import Limits, prove
from seaofnodes.prove.sources import Source, select, sources_of
from seaofnodes.prove.verdicts import Verdict

_WORTH = 4  # rules; a worker takes half a second to start


class Place(NamedTuple):
    """Which rule: the index of its source, and its index there."""

    source: int
    rule: int


def prove_all(
    files: Sequence[str], names: Sequence[str], limits: Limits, jobs: int
) -> tuple[list[Source], Iterator[tuple[Place, Verdict]]]:
    """The rules of the files (none: the built-in ones) that are called so, and verdicts as they come, in any order.

    Raises OSError, Error.
    """
    sources = select(sources_of(files), names)
    places = [Place(s, r) for s, source in enumerate(sources) for r in range(len(source.rules))]
    if jobs == 1 or len(places) < _WORTH:
        return sources, ((place, prove(sources[place.source].rules[place.rule], limits)) for place in places)
    return sources, _in_processes(files, names, limits, min(jobs, len(places)), places)


def _in_processes(
    files: Sequence[str], names: Sequence[str], limits: Limits, jobs: int, places: Sequence[Place]
) -> Iterator[tuple[Place, Verdict]]:
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, _start, (tuple(files), tuple(names), limits))
    try:
        futures = {pool.submit(_prove_at, place): place for place in places}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool:
        raise Error("a worker process died; with -j 1 the rules are proved in this one") from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in set(multiprocessing.active_children()) - before:
            worker.terminate()  # it may be in the middle of a proof that nobody waits for


_worker: list[tuple[list[Source], Limits]] = []  # of a worker process, set once when it starts


def _start(files: Sequence[str], names: Sequence[str], limits: Limits) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then stops its workers
    _worker.append((select(sources_of(files), names), limits))


def _prove_at(place: Place) -> Verdict:
    sources, limits = _worker[0]
    return prove(sources[place.source].rules[place.rule], limits)
