"""The pool of named objects that a program works on: making, linking, holding, dropping."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import time
import weakref
from contextlib import suppress
from typing import Any, Final

import seaofnodes
from seaofnodes import EXTERNREF, Engine, Global, Instance, Memory, Table, Trap, WasmException
from tests.runtime.lifetimes import carriers
from tests.runtime.lifetimes.calls import call, set_entry
from tests.runtime.lifetimes.forks import fork, reap
from tests.runtime.lifetimes.modules import ENTRIES, FIXED, MARK, PARTS, SIGN, binary, shared_module
from tests.runtime.lifetimes.program import Operation, Program
from tests.runtime.lifetimes.use import helpers, notes, plain_imports, revived, use, use_safely

_planted: Final[list[object]] = []


class Missing(Exception):
    """An operation's name is not in the pool."""


class Model:
    """What a memory, tables and a global should hold; shared by instances that share those."""

    def __init__(self) -> None:
        self.words: dict[int, int] = {}
        self.entries: list[str | None] = [*FIXED, *[None] * (ENTRIES - len(FIXED))]
        self.objects: dict[int, object] = {}


class Pool:
    """Attributes: things: by name; models: by name of a thing and part; tracked: what has to die, with what it is."""

    def __init__(self) -> None:
        self.things: dict[str, Any] = {}
        self.models: dict[tuple[str, str], Any] = {}
        self.tracked: list[tuple[str, weakref.ref[Any]]] = []
        self.late: list[tuple[int, int]] = []
        self.finalizers: list[weakref.finalize[Any, Any]] = []

    def run(self, program: Program) -> None:
        for operation in program:
            self.step(operation)

    def step(self, operation: Operation) -> None:
        """One operation. What it raises is a failure, unless the engine may refuse it: in a forked child."""
        try:
            getattr(self, operation.name)(*operation.arguments, **dict(operation.options), **self._inner(operation))
        except Missing:
            pass
        except seaofnodes.Error as error:
            if notes.forked and not isinstance(error, Trap):
                notes.refused += 1
            else:
                notes.raised(operation.name, error)
        except Exception as error:
            notes.raised(operation.name, error)

    def _inner(self, operation: Operation) -> dict[str, Any]:
        return {"inner": operation.inner} if operation.inner else {}

    def get(self, name: Any) -> Any:
        try:
            return self.things[name]
        except KeyError:
            raise Missing(name) from None

    def present(self, names: str) -> list[Any]:
        """Those of the space-separated names that are in the pool."""
        return [self.things[name] for name in names.split() if name in self.things]

    def track(self, what: str, *found: object) -> None:
        self.tracked += [(what, weakref.ref(one)) for one in found]

    # Making.

    def engine(self, name: str, **options: Any) -> None:
        made = self.things[name] = Engine(**options)
        self.track("engine", made, made.store, made.runtime, made.runtime.space)

    def memory(self, name: str, pages: int) -> None:
        made = self.things[name] = Memory(pages, 64)
        made.write(MARK, bytes([SIGN]))
        self.models[name, "memory"] = {}
        self.track("memory", made)

    def table(self, name: str, source: str) -> None:
        """A table of the host's, with functions of an instance in its first entries."""
        exports = self.get(source).exports
        made = self.things[name] = Table(ENTRIES, 64)
        for index, function in enumerate(FIXED):
            made[index] = exports[function]
        self.models[name, "table"] = [*FIXED, *[None] * (ENTRIES - len(FIXED))]
        self.track("table", made, made.data)

    def objects(self, name: str, engine: str) -> None:
        made = self.things[name] = Table(ENTRIES, 64, element=EXTERNREF, engine=self.get(engine))
        self.models[name, "objects"] = {}
        self.track("table of objects", made, made.data)

    def cell(self, name: str, engine: str) -> None:
        """A global of the host's that holds objects."""
        made = self.things[name] = Global(EXTERNREF, None, mutable=True, engine=self.get(engine))
        self.models[name, "global"] = {}
        self.track("global", made)

    def instance(
        self,
        name: str,
        engine: str,
        host: str = "",
        shared: bool = True,
        memory: str = "",
        table: str = "",
        objects: str = "",
        cell: str = "",
    ) -> None:
        """host: the plugin whose methods are its host functions; memory, table, objects, cell: whose are imported."""
        imports: dict[str, Any] = dict(self.get(host).imports() if host else plain_imports()["env"])
        taken = {"memory": memory, "table": table, "objects": objects, "global": cell}
        for part, source in taken.items():
            if source:
                found = self.get(source)
                imports[part] = found.exports[part] if isinstance(found, Instance) else found
        parts = tuple(part for part in PARTS if taken[part])
        try:
            made: Instance = self.get(engine).instantiate(
                shared_module(parts) if shared else binary(parts), {"env": imports}
            )
        except seaofnodes.LinkError:  # things of two engines
            return
        self.things[name] = made
        fresh = {"memory": {}, "table": [*FIXED, *[None] * (ENTRIES - len(FIXED))], "objects": {}, "global": {}}
        for part in PARTS:
            self.models[name, part] = self.models[taken[part], part] if taken[part] else fresh[part]
        if host:
            self.models[name, "host"] = weakref.ref(self.get(host))
        self.track("instance", made, made.data)

    def plugin(self, name: str, action: str, when: int, during: str = "", names: str = "", on_event: str = "") -> None:
        """during: what the host function does: a key of use.ACTIONS, "drop" or "swap" (with those names)."""
        made = self.things[name] = carriers.Plugin(action, when)
        made.on_event = on_event or "nothing"
        if during:
            this = weakref.ref(self)
            made.during = lambda: _during(this, during, names)
        self.track("plugin", made)

    # Holding.

    def hold(self, holder: str, held: str) -> None:
        self.get(holder).held.append(self.get(held))

    def owner(self, name: str, names: str) -> None:
        made = self.things[name] = carriers.Owner()
        made.held += self.present(names)
        self.track("owner", made)

    def export(self, name: str, instance: str, export: str) -> None:
        self.things[name] = self.get(instance).exports[export]

    def view(self, name: str, memory: str, part: bool) -> None:
        found = self.get(memory)
        view = (found.exports["memory"] if isinstance(found, Instance) else found).view()
        self.things[name] = view[: 2 * MARK] if part else view

    def generator(self, name: str, names: str, action: str) -> None:
        self.things[name] = carriers.suspended(self.present(names), action)

    def finalizer(self, name: str, target: str, names: str, action: str) -> None:
        """What it holds may hold its target: then nothing but `finish` ends that."""
        made = self.things[name] = carriers.finalizer(self.get(target), self.present(names), action)
        self.finalizers.append(made)

    def callback(self, name: str, target: str, names: str, action: str) -> None:
        self.things[name] = carriers.callback(self.get(target), self.present(names), action)

    def worker(self, name: str, names: str, action: str, turns: int, local: bool) -> None:
        self.things[name] = carriers.Worker(self.present(names), action, turns, local)

    def observe(self, engine: str, plugin: str) -> None:
        self.get(engine).observe(self.get(plugin).observe)

    def caught(self, name: str, instance: str, held: str, thrown: bool) -> None:
        """Keep an exception, whose traceback keeps frames."""
        local = self.present(held)
        try:
            if thrown:
                self.get(instance).exports["throw"](local[0] if local else None, 1)
            else:
                self.get(instance).exports["trap"]()
        except (WasmException, Trap) as error:
            self.things[name] = error

    # Using.

    def call(self, instance: str, export: str, *arguments: int) -> None:
        call(self, instance, export, arguments)

    def put(self, instance: str, index: int, source: str, export: str) -> None:
        """A function of an instance's into a table."""
        self.get(instance)
        with suppress(seaofnodes.LinkError, TypeError):  # of another engine
            set_entry(self, instance, index, self.get(source).exports[export], export)

    def put_object(self, instance: str, index: int, held: str, wasm: bool) -> None:
        exports, value = self.get(instance).exports, self.get(held)
        if wasm:
            exports["set"](index, value)
        else:
            exports["objects"][index] = value
        self.models[instance, "objects"][index] = weakref.ref(value)

    def put_global(self, instance: str, held: str, wasm: bool) -> None:
        exports, value = self.get(instance).exports, self.get(held)
        if wasm:
            exports["keep"](value)
        else:
            exports["global"].value = value
        self.models[instance, "global"][0] = weakref.ref(value)

    def use(self, names: str, action: str) -> None:
        use(self.present(names), action)

    def grow(self, name: str, wasm: bool) -> None:
        found = self.get(name)
        memory = found.exports["memory"] if isinstance(found, Instance) else found
        before = memory.size
        old = found.exports["grow"](1) if wasm and isinstance(found, Instance) else memory.grow(1)
        if old != -1 and not (before <= old < memory.size):
            notes.fail(f"grow gave {old}; the size was {before} and is {memory.size}")

    def wait(self, engine: str) -> None:
        self.get(engine).wait_for_compiler(10)

    # Dropping.

    def drop(self, names: str) -> None:
        for name in names.split():
            found = self.things.pop(name, None)
            if isinstance(found, carriers.Worker):
                found.end()
            for key in [key for key in self.models if key[0] == name]:
                del self.models[key]

    def revived(self) -> None:
        """Use what came back, then let it go again."""
        while revived:
            found = revived.pop()
            use_safely(getattr(found, "held", []), "use", "what came back")

    def collect(self, generation: int) -> None:
        gc.collect(generation)

    def collector(self, how: str) -> None:
        if how == "often":
            gc.set_threshold(1)
        elif how == "usual":
            gc.set_threshold(700, 10, 10)
        else:
            getattr(gc, how)()  # enable, disable, freeze, unfreeze

    def fork(self, inner: Program = (), leave: str = "exit", late: bool = False) -> None:
        """late: the child waits until the parent asks for it, or is at its end."""
        self.late += fork(self, inner, leave, late)

    def reap(self) -> None:
        """Have the children that wait go on, and wait for them."""
        while self.late:
            reap(*self.late.pop())

    # For the tests of what runs programs.

    def leak(self, name: str) -> None:
        _planted.append(self.get(name))

    def plant(self, how: str) -> None:
        """Go wrong on purpose."""
        if how == "crash":
            ctypes.string_at(16)
        elif how == "wrong":
            notes.fail("a planted failure")
        elif how == "hang":
            time.sleep(1e6)
        else:
            print("a planted word", file=sys.stderr)

    def finish(self) -> None:
        """Let go of everything, and wait for what is under way."""
        self.reap()
        gc.enable()
        gc.set_threshold(700, 10, 10)
        gc.unfreeze()
        for name in list(self.things):
            self.drop(name)
        self.models.clear()
        for _ in range(4):
            while helpers:
                helpers.pop().join(20)
            for thread in threading.enumerate():
                if thread.name.startswith("seaofnodes-compiler"):
                    thread.join(20)
            revived.clear()
            gc.collect()
            while self.finalizers:
                self.finalizers.pop().detach()


def _during(this: weakref.ref[Pool], what: str, names: str) -> None:
    pool = this()
    if pool is None:
        return
    if what == "drop":
        pool.drop(names)
        gc.collect()
    elif what == "swap":
        for name in names.split():
            if name in pool.things:
                set_entry(pool, name, 4, pool.things[name].exports["xor"], "xor")
    else:
        use_safely(pool.present(names), what, "a host function")
