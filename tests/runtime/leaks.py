"""What is made and dropped leaves no memory behind: `python -X dev -m tests.runtime.leaks --count 10000`.

Engines, instances, and handles of objects are made, used and dropped, with Python's cyclic collector off: what they
were must be dead at once, but for what may hold another's functions, or is in a cycle: that is dead after a collection.
Prints by how much resident memory grew for each of them after a warm-up; exit code 1 if something stays.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from seaofnodes import Engine, Global, Instance, Table, WasmException
from seaofnodes.wasm.types import ANY, reference
from tests.support import wat

TEXT = """(module
  (type $point (struct (field $x (mut i32)) (field $other (mut anyref)) %(fields)s))
  (type $bytes (array (mut i8))) (type $points (array (mut (ref null $point))))
  (import "m" "host" (func $host (param %(kind)s) (result i32)))
  %(links)s
  (global $kept (export "kept") (mut (ref null $point)) (struct.new_default $point))
  (table $own (export "own") 8 anyref) (memory 1)
  (func $run (export "run") (param $count i32) (result i32) (local $points (ref $points)) (local $i i32)
    (local.set $points (array.new_default $points (local.get $count)))
    (loop $next
      (array.set $points (local.get $points) (local.get $i) (struct.new_default $point))
      (struct.set $point 0 (array.get $points (local.get $points) (local.get $i)) (local.get $i))
      (struct.set $point 1 (array.get $points (local.get $points) (local.get $i))
        (array.new $bytes (i32.const 7) (i32.const 40)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $count))))
    (global.set $kept (array.get $points (local.get $points) (i32.const 0)))
    (table.set $own (i32.const 3) (local.get $points))
    (call $host (%(given)s (local.get $points))))
  (func (export "point") (param i32) (result (ref $point)) (local $point (ref $point))
    (local.set $point (struct.new_default $point)) (struct.set $point 0 (local.get $point) (local.get 0))
    (local.get $point))
  %(more)s)"""
ALONE = {"fields": "", "kind": "i32", "given": "array.len", "links": "", "more": ""}
SHARES = {"kind": "anyref", "given": "ref.as_non_null"}  # a host function that may hold what holds functions
LINKS = """(import "m" "global" (global $theirs (mut anyref))) (import "m" "table" (table $shared 4 anyref))"""
USES = """(func (export "links")
    (global.set $theirs (global.get $kept)) (table.set $shared (i32.const 1) (global.get $kept)))"""
THROWS = """(tag $tag (param anyref)) (func (export "throw") (param anyref) (throw $tag (local.get 0)))"""
_COUNT = 20  # objects of a call
_COLLECT = 50  # rounds between collections of cycles
_WARM = 0.3  # of the rounds, before memory has to be flat
_MOST = 1 << 20  # bytes that it may grow by after that: the allocator's own


class Subject(NamedTuple):
    """Attributes: name; round: makes, uses and drops one, and gives weak references to what was in it; at_once: are
    they dead without Python's collector? engine: whose heap it fills.
    """

    name: str
    round: Callable[[int], list[weakref.ref[Any]]]
    at_once: bool
    engine: Engine | None = None


class Grown(NamedTuple):
    """Attributes: count: rounds; slope: bytes of resident memory a round after the warm-up; total: bytes then; alive:
    weak references to what should be dead.
    """

    count: int
    slope: float
    total: int
    alive: int

    @property
    def is_flat(self) -> bool:
        """Does nothing stay?"""
        return self.alive == 0 and self.slope * self.count * (1 - _WARM) < _MOST


class Thing:
    """Held by objects."""


def make(engine: Engine, module: Any, host: Callable[[Any], int] = int) -> Instance:
    """An instance, used; with a global and a table if it imports them."""
    anyref = reference(ANY, True)
    links: dict[str, Any] = {"host": host}
    if module.imports[0].desc.params[0].is_reference and host is int:
        links["host"] = len
    if len(module.imports) > 1:
        links["global"] = Global(anyref, mutable=True, engine=engine)
        links["table"] = Table(4, element=anyref, engine=engine)
    instance = engine.instantiate(module, {"m": links})
    assert instance.exports["run"](_COUNT) == _COUNT
    assert instance.exports["kept"].value["x"] == 0 and len(instance.exports["own"][3]) == _COUNT
    if links.get("global"):
        instance.exports["links"]()
        assert links["global"].value == links["table"][1] == instance.exports["kept"].value
    return instance


def engines(text: str, at_once: bool, what: str = "") -> Subject:
    """Each with an instance, whose objects hold something of Python."""
    module = Engine().load(wat(text))

    def round(number: int) -> list[weakref.ref[Any]]:
        engine, thing = Engine(tier="baseline", heap_limit=1 << 20), Thing()
        instance = make(engine, module)
        instance.exports["own"][0] = instance.types["point"](number, thing)
        return [*map(weakref.ref, (engine, instance.data, engine.runtime, engine.store, thing))]

    return Subject(f"engines{what}", round, at_once)


def instances(text: str, at_once: bool, what: str = "") -> Subject:
    """In one engine."""
    engine = Engine(tier="baseline", heap_limit=32 << 20)
    module = engine.load(wat(text))

    def round(number: int) -> list[weakref.ref[Any]]:
        thing = Thing()
        instance = make(engine, module)
        instance.exports["own"][0] = instance.types["point"](number, thing)
        return [*map(weakref.ref, (instance, instance.data, instance.exports["own"]))]

    return Subject(f"instances{what}", round, at_once, engine)


def subjects() -> Iterator[Subject]:
    """All of them."""
    plain = TEXT % (ALONE | {"more": THROWS})
    linked = TEXT % (ALONE | SHARES | {"links": LINKS, "more": USES})
    yield engines(plain, True)
    functions = TEXT % (ALONE | SHARES | {"fields": "(field (mut funcref))"})
    yield engines(functions, False, " whose objects may hold functions")
    yield instances(plain, True)
    yield instances(linked, False, " that share tables and globals")
    engine = Engine(tier="baseline", heap_limit=32 << 20)
    module = engine.load(wat(plain))
    kept = make(engine, module)
    exports, point, points = kept.exports, kept.types["point"], kept.types["points"]

    def cycles(number: int) -> list[weakref.ref[Any]]:
        holds: list[Any] = []
        instance = make(engine, module, lambda found: found + 0 * len(holds))
        holds.append(instance)
        return [weakref.ref(instance), weakref.ref(instance.data)]

    def handles(number: int) -> list[weakref.ref[Any]]:
        made = exports["point"](number)
        other = point(number, made)
        several = points([made, None, other])
        assert several[2]["other"] == made and made["x"] == number
        return [*map(weakref.ref, (made, other, several, several[0]))]

    def things(number: int) -> list[weakref.ref[Any]]:
        thing = Thing()
        made = point(number, thing)
        assert made["other"] is thing
        with contextlib.suppress(WasmException):
            exports["throw"](made)
        return [weakref.ref(made)]

    yield Subject("instances that their host function holds", cycles, False, engine)
    yield Subject("handles", handles, True, engine)
    yield Subject("Python objects in structs, exceptions", things, True, engine)


def resident() -> int:
    """Bytes in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS:"))


def measure(subject: Subject, count: int) -> Grown:
    """Make and drop so many."""
    sizes: list[tuple[int, int]] = []
    alive = 0
    gc.collect()
    gc.disable()
    try:
        for number in range(count):
            found = subject.round(number)
            if not subject.at_once and number % _COLLECT == 0:
                gc.collect()
            if subject.at_once or number % _COLLECT == 0:
                alive += sum(ref() is not None for ref in found)
            del found
            if number % _COLLECT == 0:
                gc.collect()  # compilers leave cycles
                if subject.engine is not None:
                    subject.engine.heap.collect()
                if number >= _WARM * count:
                    sizes.append((number, resident()))
    finally:
        gc.enable()
        gc.collect()
    return Grown(count, _slope(sizes), sizes[-1][1] - sizes[0][1], alive)


def _slope(points: list[tuple[int, int]]) -> float:
    """Of the line with the least squares."""
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    below = sum((a - x) ** 2 for a, _ in points)
    return sum((a - x) * (b - y) for a, b in points) / below if below else 0.0


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="of each (default: 1000)")
    parser.add_argument("--only", default="", help="part of a name")
    options = parser.parse_args()
    print(f"development mode: {sys.flags.dev_mode}")
    wrong = 0
    for subject in subjects():
        if options.only not in subject.name:
            continue
        start = time.perf_counter()
        found = measure(subject, options.count)
        wrong += not found.is_flat
        print(
            f"{subject.name:38} {found.count:,}: {found.slope:+.1f} bytes each, {found.total >> 10:+,} KiB in all; "
            f"{found.alive} alive{'' if found.is_flat else '   LEAK'}; {time.perf_counter() - start:.0f} s",
            flush=True,
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
