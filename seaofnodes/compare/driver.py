"""Comparing: plan the work, measure it somewhere, put the rows together."""

from __future__ import annotations

import difflib
import os
import platform
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from seaofnodes.compare.comparison import Comparison
from seaofnodes.compare.configuration import Configuration, Pipelines, parse_configurations, with_ablations
from seaofnodes.compare.guesses import with_speculation
from seaofnodes.compare.invocations import Invocation, check_files, invocation_for
from seaofnodes.compare.measure import measure
from seaofnodes.compare.portion import COMPILE_ROUNDS, PLACEMENTS, ROUNDS, WARM_UP, Number, Portion, Settings
from seaofnodes.compare.programs.hosts import host_maker
from seaofnodes.compare.row import Row
from seaofnodes.compare.sources import Problem, Source, find_sources, load_source, portions
from seaofnodes.compare.store import Store, fingerprint
from seaofnodes.compare.timing.counters import Counters
from seaofnodes.errors import Error
from seaofnodes.passes.framework.project import is_project
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.runtime.tiers.options import COMPILE_LIMIT
from seaofnodes.workers.make import make_pool
from seaofnodes.workers.pool import Pool, Task
from seaofnodes.workers.results import Failure

Progress = Callable[[int, int], None]  # portions done, portions in total


def compare(
    sources: Sequence[Source],
    pipelines: Pipelines,
    *,
    invoke: tuple[str, Sequence[Number]] | Sequence[Invocation] | None = None,
    run: bool = True,
    placements: int = PLACEMENTS,
    rounds: int = ROUNDS,
    compile_rounds: int = COMPILE_ROUNDS,
    warm_up: float = WARM_UP,
    a_a: bool = False,
    graphs: bool = False,
    load: Sequence[str | Path] = (),
    registry: PassRegistry | None = None,
    jobs: int = 0,
    dask: str | None = None,
    timeout: float = 300.0,
    out: str | Path | None = None,
    progress: Progress | None = None,
    ablate: bool = False,
    budget: float | None = None,
    compile_limit: float = COMPILE_LIMIT,
    host: str | Path = "",
    speculation: bool = False,
) -> Comparison:
    """Compile every function of every module with every pipeline, and time the modules' calls.

    Args: sources: files, folders, contents, modules; pipelines: text as in `Configuration.parse`, or pipelines, or a
    dictionary of either by label; the first is what the others are compared with; invoke: an export and its arguments,
    instead of the call that a module's header declares; run: False only compiles; placements: of code and data, drawn
    anew, over which intervals are made; rounds: samples of a call in each, taken in turns; compile_rounds: samples of a
    compilation; warm_up: seconds of calls before; a_a: compare the one pipeline with itself, for the noise floor;
    graphs: keep graphs and machine code as text; load: Python files with passes and rules; registry: of passes and
    rules of this process instead, such as those of a notebook's cells, which no other process can know; jobs: local
    worker processes, 0 measures in this process; dask: address of a scheduler instead; timeout: seconds for a worker's
    portion of work; out: a folder that keeps finished rows, for another try; progress: is told how far it is; ablate:
    compare each pipeline with those without one of its passes, too; budget: seconds for the placements of a call, of
    which fewer are made then; compile_limit: seconds of processor time after which a compilation is stopped, as one
    that hangs; host: a Python file whose function `host()` gives what modules import (programs/hosts.py); speculation:
    compare each pipeline without guesses about calls, with guesses but no deoptimization, and with both.

    What goes wrong with a module is in the comparison's rows and problems. Raises Error for sources that are not there
    and pipelines that make no sense.
    """
    if min(placements, rounds, compile_rounds) < 1:
        raise Error("at least one round in one placement is needed")
    if not compile_limit > 0:
        raise Error(f"compile_limit is more than 0 seconds, not {compile_limit}")
    files = tuple(str(Path(path).resolve()) for path in load)
    given_host = str(Path(host).resolve()) if host else ""
    timing = (placements, rounds, compile_rounds, warm_up, a_a, graphs)
    settings = Settings(*timing, files, budget, compile_limit, given_host)
    if given_host:
        host_maker(given_host)
    given = registry is not None
    if registry is None:
        registry = settings.registry()
    elif files:
        raise Error("load and registry do not go together: registry.load(path) reads a file, too")
    configurations = parse_configurations(pipelines, registry)
    if given:
        configurations = [replace(found, made=found.passes(registry)) for found in configurations]
    if (jobs or dask or out) and any(found.made is not None for found in configurations):
        raise Error("passes of this process are measured in it, and no rows are kept: no jobs, dask or out with them")
    if speculation:
        configurations = parse_configurations(with_speculation(configurations, registry), registry)
    if ablate:
        configurations = parse_configurations(with_ablations(configurations, registry), registry)
    if a_a:
        configurations = _with_itself(configurations, run)
    calls = _invocations(invoke)
    problems = _unused(configurations, registry, [str(path) for path in load])
    planned: list[Portion] = []
    found_sources = find_sources(sources)
    check_files(calls, [name for name, _ in found_sources])
    known: dict[str, None] = {}  # functions that are exported somewhere
    for name, source in found_sources:
        chosen = invocation_for(name, calls)
        wanted = None if chosen is None else (chosen.name, chosen.arguments)
        loaded, found = load_source(name, source, wanted, run, settings.load, settings.host)
        problems += found
        if chosen is not None and chosen.file and run and loaded is not None and loaded.call is None and not found:
            problems.append(Problem(name, _no_function(chosen.name, loaded.program.exports()), True))
        if loaded is not None:
            known |= dict.fromkeys(loaded.program.exports())
            planned += portions(loaded, configurations, settings)
    for call in calls if run else []:
        if not call.file and call.name not in known:
            problems.append(Problem("--invoke", _no_function(call.name, known), True))
    store = None if out is None else Store(Path(out), fingerprint(configurations, settings))
    if store is not None and (outdated := store.outdated()):
        problems.append(Problem(str(out), outdated, False))
    pool = partial(make_pool, jobs, dask, seconds=timeout, alone=True)
    rows = _measure_all(planned, store, pool, progress or (lambda done, total: None))
    return Comparison(configurations, rows, problems, settings, machine())


def _no_function(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"no exported function is called {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _unused(configurations: Sequence[Configuration], registry: PassRegistry, load: Sequence[str]) -> list[Problem]:
    """A note if nothing of the files is compared."""
    named = [path for path in load if not is_project(path)]
    pipelines = [configuration.passes(registry) for configuration in configurations]
    if not named or not registry.has_own_passes or any(pipeline.uses(registry) for pipeline in pipelines):
        return []
    return [Problem(", ".join(named), "nothing of it is in any of the pipelines", False)]


def _invocations(invoke: tuple[str, Sequence[Number]] | Sequence[Invocation] | None) -> list[Invocation]:
    if not invoke:
        return []
    if isinstance(invoke[0], str):
        name, arguments = invoke
        return [Invocation(name, tuple(arguments))]  # type: ignore[arg-type]
    return list(invoke)  # type: ignore[arg-type]


def _with_itself(configurations: Sequence[Configuration], run: bool) -> list[Configuration]:
    """The configuration twice. Raises Error for several, and when nothing is to be run."""
    if len(configurations) != 1 or not run:
        raise Error("a pipeline is compared with itself: give one, and have the calls run")
    [first] = configurations
    return [first, replace(first, label=f"{first.label} again")]


def _measure_all(
    planned: Sequence[Portion], store: Store | None, new_pool: Callable[[], Pool], progress: Progress
) -> list[Row]:
    """The rows of all portions, in their order, wherever they come from."""
    finished: dict[Portion, list[Row]] = {}
    if store is not None:
        finished = {portion: rows for portion in planned if (rows := store.get(portion)) is not None}
    missing = [portion for portion in planned if portion not in finished]
    progress(len(finished), len(planned))
    if missing:
        with closing(new_pool()) as pool:
            for portion, rows in _measured(missing, pool):
                finished[portion] = rows
                if store is not None:
                    store.put(portion, rows)
                progress(len(finished), len(planned))
    return [row for portion in planned for row in finished[portion]]


def _measured(missing: Sequence[Portion], pool: Pool) -> Iterator[tuple[Portion, list[Row]]]:
    """Units with their rows, as they come. One that kills its worker is split until it is known what does."""
    rows: dict[Portion, list[Row]] = {portion: [] for portion in missing}
    waiting = deque((portion, portion) for portion in missing)  # parts, and the portions they come from
    open_parts = dict.fromkeys(missing, 1)

    def tasks() -> Iterator[Task | None]:
        while open_parts:
            yield Task(key := waiting.popleft(), measure, key[:1]) if waiting else None

    for (part, portion), result in pool.run(tasks()):
        smaller = part.split() if isinstance(result, Failure) else []
        waiting.extend((piece, portion) for piece in smaller)
        if not smaller:
            rows[portion] += part.failed(str(result)) if isinstance(result, Failure) else result
        open_parts[portion] += len(smaller) - 1
        if not open_parts[portion]:
            del open_parts[portion]
            order = {configuration.label: at for at, configuration in enumerate(portion.configurations)}
            yield portion, sorted(rows.pop(portion), key=lambda row: (row.index, order[row.pipeline]))


def machine() -> dict[str, str | int]:
    """Where the numbers come from."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        pass  # not Linux: the architecture has to do
    with Counters() as counters:
        counted = ", ".join(counters.names) or f"none: {counters.missing}"
    return {
        "processor": model,
        "processors": os.cpu_count() or 1,
        "python": platform.python_version(),
        "counters": counted,
    }
