"""Many rules at once. Rules hold functions and cannot be sent: worker processes load their files again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from typing import NamedTuple

from seaofnodes.errors import Error
from seaofnodes.prove.prover import Limits, prove
from seaofnodes.prove.sources import Source, select, sources_of
from seaofnodes.prove.verdicts import Verdict
from seaofnodes.workers.pool import LocalPool, Task
from seaofnodes.workers.results import Failure

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
    tasks = [Task(place, _prove_at, (tuple(files), tuple(names), limits, place)) for place in places]
    return sources, _in_processes(sources, tasks, min(jobs, len(places)))


def _in_processes(sources: Sequence[Source], tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Place, Verdict]]:
    with closing(LocalPool(jobs, seconds=math.inf)) as pool:  # the prover has limits of its own
        for place, result in pool.run(tasks):
            if isinstance(result, Failure):
                rule = sources[place.source].rules[place.rule]
                raise Error(f"rule {rule.name}: {result}; with -j 1 the rules are proved in this process")
            yield place, result


@lru_cache(maxsize=1)
def _sources(files: tuple[str, ...], names: tuple[str, ...]) -> list[Source]:
    return select(sources_of(files), names)


def _prove_at(files: tuple[str, ...], names: tuple[str, ...], limits: Limits, place: Place) -> Verdict:
    return prove(_sources(files, names)[place.source].rules[place.rule], limits)
