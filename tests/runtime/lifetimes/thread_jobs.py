"""What threads do to one engine at once, and what has to be true of it afterwards."""

from __future__ import annotations

import gc
import random
import threading
import weakref
from collections.abc import Callable
from typing import Any, Final

from seaofnodes import EXTERNREF, Engine, Global, Memory, Table, Trap, WasmException
from tests.runtime.lifetimes.modules import FIXED, MARK, SIGN, binary, run_model, shared_module
from tests.runtime.lifetimes.use import expect, notes, plain_imports, traps

SLOTS: Final = 16  # entries of shared tables, words of shared memories, for each thread
_PAGES: Final = 60_000
_MOST_THREADS: Final = 24
_RUNS: Final = {which: run_model(60, name) for which, name in enumerate(FIXED)}


class Box:
    """An object for tables and globals."""

    def __init__(self, owner: int) -> None:
        self.owner = owner


class Shared:
    """What all threads use: an engine, memories, tables, a global, instances that import them."""

    def __init__(self, threads: int) -> None:
        self.engine = Engine(tier_up_budget=20)
        # Of the engine's own memories, so that its budget counts; and one of the host's.
        self.home = self.engine.instantiate(binary(), plain_imports())
        self.memory: Memory = self.home.exports["memory"]
        self.host_memory = Memory(1, _PAGES)
        self.host_memory.write(MARK, bytes([SIGN]))
        entries = len(FIXED) * 2 + threads * SLOTS
        self.functions = Table(entries)
        self.objects = Table(entries, element=EXTERNREF, engine=self.engine)
        self.cell = Global(EXTERNREF, Box(-1), mutable=True, engine=self.engine)
        for index, name in enumerate(FIXED):
            self.functions[index] = self.home.exports[name]
        self.imports: dict[str, dict[str, Any]] = {
            "env": {
                **plain_imports()["env"],
                "memory": self.host_memory,
                "table": self.functions,
                "objects": self.objects,
                "global": self.cell,
            }
        }
        self.parts = ("memory", "table", "objects", "global")
        self.linked = self.engine.instantiate(shared_module(self.parts), self.imports)
        self.budget = self.engine.store.pages.value + self.counted()
        self.start = (self.memory.size, self.host_memory.size, len(self.objects))

    def counted(self) -> int:
        """Bytes of what grows and counts towards the engine's budget."""
        return len(self.memory) + 8 * len(self.objects)


class Work:
    """One thread's. Attributes: grown: (what, old size) of each growth by one; words, kept: what must be found."""

    def __init__(self, shared: Shared, number: int, seed: int) -> None:
        self.shared = shared
        self.number = number
        self.rng = random.Random(f"{seed} {number}")
        self.grown: list[tuple[str, int]] = []
        self.words: dict[int, int] = {}
        self.kept: dict[int, Box] = {}
        self.gone: list[weakref.ref[Box]] = []
        self.own = Global(EXTERNREF, None, mutable=True, engine=shared.engine)
        self.first = 2 * len(FIXED) + number * SLOTS
        self.instances: list[Any] = []

    # Growing.

    def grow_memory(self) -> None:
        if self.rng.random() < 0.5:
            self.grown.append(("memory", self.shared.memory.grow(1)))
        else:
            self.grown.append(("memory", self.shared.home.exports["grow"](1)))

    def grow_host_memory(self) -> None:
        if self.rng.random() < 0.5:
            self.grown.append(("host memory", self.shared.host_memory.grow(1)))
        else:
            self.grown.append(("host memory", self.shared.linked.exports["grow"](1)))

    def grow_table(self) -> None:
        if self.rng.random() < 0.5:
            self.grown.append(("table", self.shared.objects.grow(1)))
        else:
            self.grown.append(("table", self.shared.linked.exports["more"](1)))

    # Calling.

    def call(self) -> None:
        which = self.rng.randrange(len(FIXED))
        exports = self.rng.choice((self.shared.home, self.shared.linked)).exports
        expect(exports["run"](60, which), _RUNS[which], "run")

    def trap(self) -> None:
        traps(self.shared.linked.exports["trap"])
        traps(self.shared.home.exports["fault"], 4)

    def throw(self) -> None:
        box = Box(self.number)
        try:
            self.shared.linked.exports["throw"](box, 3)
        except WasmException as error:
            expect(error.values, (box, 3), "an exception's payload")
        else:
            notes.fail("an exception is missing")

    # Writing.

    def write(self) -> None:
        address = 8192 + 4 * (self.number * SLOTS + self.rng.randrange(SLOTS))
        value = self.words[address] = self.rng.randrange(1 << 31)
        if self.rng.random() < 0.5:
            self.shared.host_memory.view()[address : address + 4] = value.to_bytes(4, "little")
        else:
            self.shared.linked.exports["poke"](address, value)
        expect(self.shared.linked.exports["peek"](address), value, "peek")

    def put_object(self) -> None:
        index, box = self.first + self.rng.randrange(SLOTS), Box(self.number)
        if index in self.kept:
            self.gone.append(weakref.ref(self.kept[index]))
        self.kept[index] = box
        if self.rng.random() < 0.5:
            self.shared.objects[index] = box
        else:
            self.shared.linked.exports["set"](index, box)
        self.find_objects()

    def find_objects(self) -> None:
        for index, box in self.kept.items():
            found = self.shared.linked.exports["get"](index) if self.rng.random() < 0.5 else self.shared.objects[index]
            if found is not box:
                notes.fail(f"an entry of a table of objects is {found!r}")

    def put_global(self) -> None:
        self.own.value = box = Box(self.number)
        self.shared.cell.value = Box(self.number)
        if self.rng.random() < 0.5:
            self.shared.linked.exports["keep"](Box(self.number))
        for found in (self.shared.linked.exports["kept"](), self.shared.cell.value):
            if not isinstance(found, Box):
                notes.fail(f"the global of objects is {found!r}")
        if self.own.value is not box:
            notes.fail(f"a thread's own global is {self.own.value!r}")

    def make_holders(self) -> None:
        """Tables and globals of objects, which the engine walks."""
        table = Table(4, element=EXTERNREF, engine=self.shared.engine)
        box = table[1] = Box(self.number)
        cell = Global(EXTERNREF, box, mutable=True, engine=self.shared.engine)
        if table[1] is not box or cell.value is not box:
            notes.fail("a new table or global has lost its object")

    # Making.

    def instantiate(self) -> None:
        """With shared imports, of a shared module or a new one; its functions go into the shared table."""
        module = shared_module(self.shared.parts) if self.rng.random() < 0.8 else binary(self.shared.parts)
        made = self.shared.engine.instantiate(module, self.shared.imports)
        index = self.first + self.rng.randrange(SLOTS)
        self.shared.functions[index] = made.exports["mul"]
        found = self.shared.functions[index]
        if found is None or found(6, 7) != 42:
            notes.fail(f"an entry of a shared table is {found!r}")
        expect(made.exports["run"](60, index), run_model(60, "mul"), "run through a shared table")
        expect(made.exports["peek"](MARK) & 255, SIGN, "peek")
        self.instances.append(made)
        if len(self.instances) > 5:
            del self.instances[self.rng.randrange(5)]

    def make_engine(self) -> None:
        """Its compiler's jobs outlive it: not too many at once."""
        if threading.active_count() > _MOST_THREADS:
            return
        made = Engine(tier_up_budget=20).instantiate(binary(), plain_imports())
        for which, wanted in _RUNS.items():
            expect(made.exports["run"](60, which), wanted, "run of a new engine")
        traps(made.exports["fault"], 4)

    def collect(self) -> None:
        gc.collect(self.rng.randrange(3))


JOBS: Final[dict[str, Callable[[Work], None]]] = {
    name: getattr(Work, name)
    for name in (
        "grow_memory", "grow_host_memory", "grow_table", "call", "trap", "throw", "write", "put_object", "put_global",
        "make_holders", "instantiate", "make_engine", "collect",
    )
}  # fmt: skip


def first_engine() -> None:
    """The first of a process, made by several threads at once: traps must be traps."""
    made = Engine().instantiate(binary(), plain_imports())
    expect(made.exports["mul"](6, 7), 42, "mul")
    try:
        made.exports["fault"](4)
    except Trap:
        return
    notes.fail("a trap is missing")


def check(shared: Shared, work: list[Work]) -> None:
    """What must be true when all have ended."""
    sizes = {"memory": shared.memory.size, "host memory": shared.host_memory.size, "table": len(shared.objects)}
    for (what, size), start in zip(sizes.items(), shared.start, strict=True):
        olds = sorted(old for one in work for name, old in one.grown if name == what and old >= 0)
        if size != start + len(olds):
            notes.fail(f"{what}: grew {len(olds)} times from {start}, has {size}")
        if len(set(olds)) != len(olds):
            notes.fail(f"{what}: {len(olds)} growths told {len(set(olds))} different old sizes")
    for one in work:
        one.instances.clear()
    gc.collect()
    left, wanted = shared.engine.store.pages.value, shared.budget - shared.counted()
    if left != wanted:
        notes.fail(f"the budget has {left} bytes left, and should have {wanted}")
    for one in work:
        one.find_objects()
        for address, value in one.words.items():
            expect(shared.linked.exports["peek"](address), value, "peek at the end")
        expect(one.own.value is None or one.own.value.owner, one.own.value is None or one.number, "a thread's global")
        lost = sum(reference() is not None for reference in one.gone)
        if lost:
            notes.fail(f"{lost} objects live that no table or global holds any more")
