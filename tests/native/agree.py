"""Every typed function that the project is made of, in all its forms, on drawn inputs.

    python -m tests.native.agree --count 10000
    python -m tests.native.agree --only mark --first 4711 --count 1

The forms: CPython over a simulated memory, the graph evaluator (before and after passes in turns), machine code, and
the very machine code that the runtime calls. Results and memory afterwards agree, or the input is told and the exit
code is 1. With --out, what has been done is kept in a file, and the same command goes on from there.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import json
import pkgutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import seaofnodes
from seaofnodes.native.function import Function
from seaofnodes.runtime.heap.machine_code import collector_code
from tests.native import heap_inputs
from tests.native.heap_inputs import Drawer, Input
from tests.native.three_ways import GRAPHS, Outcome, ThreeWays

DRAWERS: dict[Function, Drawer] = {**heap_inputs.DRAWERS}
SIZE = heap_inputs.SIZE
_SECONDS = 10.0  # between two lines of progress
_MOST_NUMBER = 1 << 20  # what is larger is an address


def native_functions() -> Iterator[Function]:
    """All that modules of the project define; they are imported."""
    for found in pkgutil.walk_packages(seaofnodes.__path__, "seaofnodes."):
        module = importlib.import_module(found.name)
        defined = [one for one in vars(module).values() if isinstance(one, Function)]
        yield from (one for one in defined if one.python.__module__ == module.__name__)


class Agreement:
    """The functions that inputs are drawn for, in all forms. Attributes: functions."""

    def __init__(self, functions: Sequence[Function]) -> None:
        self.functions = list(functions)
        self._index = {function: index for index, function in enumerate(self.functions)}
        needed = [*self.functions, *(one for one in DRAWERS if one not in self._index)]
        self._index = {function: index for index, function in enumerate(needed)}  # inputs are made by the others
        self._ways = ThreeWays(needed, size=SIZE)

    def check(self, function: Function, seed: int, number: int) -> object:
        """Draw an input and run it; gives the result. Raises AssertionError where forms differ."""
        random = Random(f"{seed}:{function.name}:{number}")
        given = DRAWERS[function](random, self._ways.address, self._run)
        graphs = [GRAPHS[number % 2]]  # in turns: they are slow
        found = self._ways.agree_given(self._index[function], given.arguments, given.data, graphs)
        installed = getattr(collector_code(), function.name, None)
        if installed is not None:
            other = self._installed(function, installed, given)
            if other != found:
                what = "other memory" if other[0] == found[0] else f"{other[0]}, not {found[0]}"
                raise AssertionError(f"{function.name}: the runtime's own code gives {what}")
        return found[0]

    def _run(self, function: Function, arguments: Sequence[int], data: bytes) -> tuple[int, bytes]:
        results, after = self._ways.run(self._index[function], arguments, data)
        assert isinstance(results, tuple), results
        return (results[0] if results else 0), after

    def _installed(self, function: Function, code: Callable[..., int], given: Input) -> Outcome:
        address = self._ways.address
        ctypes.memmove(address, given.data.ljust(SIZE, b"\0"), SIZE)
        result = code(*given.arguments)
        return ((result,) if function.results else ()), ctypes.string_at(address, SIZE)


class Progress:
    """How far each function has come, perhaps in a file. Attributes: done: inputs, by name; results: how many of each
    kind there were.
    """

    def __init__(self, seed: int, path: Path | None) -> None:
        self._seed = seed
        self._path = path
        self.done: dict[str, int] = {}
        self.results: dict[str, Counter[str]] = {}
        if path is not None and path.exists():
            found = json.loads(path.read_text())
            if found["seed"] != seed:
                raise SystemExit(f"{path} is of seed {found['seed']}")
            self.done = found["done"]
            self.results = {name: Counter(counts) for name, counts in found["results"].items()}

    def add(self, name: str, result: object) -> None:
        """One more has agreed."""
        self.done[name] = self.done.get(name, 0) + 1
        value = result[0] if isinstance(result, tuple) and result else result
        is_address = isinstance(value, int) and value > _MOST_NUMBER
        self.results.setdefault(name, Counter())["an address" if is_address else str(value)] += 1

    def save(self) -> None:
        """Into the file, if there is one."""
        if self._path is not None:
            made = {"seed": self._seed, "done": self.done, "results": self.results}
            partial = self._path.with_suffix(".tmp")
            partial.write_text(json.dumps(made))
            partial.replace(self._path)


def run(functions: Sequence[Function], seed: int, count: int, progress: Progress, first: int = 0) -> int:
    """Inputs `first` up to first + count of each function, in turns; how many were wrong."""
    agreement = Agreement(functions)
    wrong = 0
    shown = time.monotonic()
    for number in range(first, first + count):
        for function in functions:
            if progress.done.get(function.name, 0) > number - first:
                continue
            try:
                progress.add(function.name, agreement.check(function, seed, number))
            except AssertionError as error:
                wrong += 1
                progress.add(function.name, "wrong")
                print(f"seed {seed}, input {number}: {error}", flush=True)
        if time.monotonic() - shown > _SECONDS:
            shown = time.monotonic()
            progress.save()
            print(f"{number + 1 - first} of {count} inputs of {len(functions)} functions, {wrong} wrong", flush=True)
    progress.save()
    return wrong


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100, help="inputs of each function (default: 100)")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="functions (default: all)")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="keep what has been done, and go on from there")
    options = parser.parse_args()
    functions = [one for one in native_functions() if not options.only or one.name in options.only]
    missing = [one.name for one in functions if one not in DRAWERS]
    if missing or not functions:
        print(f"no inputs are drawn for {', '.join(missing) or 'any of them'}", file=sys.stderr)
        return 2
    progress = Progress(options.seed, options.out)
    wrong = run(functions, options.seed, options.count, progress, options.first)
    for name, counts in progress.results.items():
        shown = ", ".join(f"{kind}: {times:,}" for kind, times in counts.most_common(6))
        print(f"{name:14} {progress.done[name]:,} inputs; results {shown}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
