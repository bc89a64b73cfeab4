"""Drawing programs."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from typing import Any, Final

from tests.runtime.lifetimes.modules import FIXED, PARTS
from tests.runtime.lifetimes.program import Operation, Program, operation
from tests.runtime.lifetimes.use import ACTIONS

MODES: Final = ("plain", "exit", "fork", "threads")
_ENGINES: Final[tuple[dict[str, Any], ...]] = (
    {"tier_up_budget": 10},
    {"tier_up_budget": 10, "background": False},
    {"tier_up_budget": 10, "background": False, "stress_deopt": True},
    {"tier_up_budget": 100},
    {"tier": "baseline"},
    {"tier": "optimized"},
    {},
)  # fmt: skip


class Drawer:
    """Draws operations on names that are there, mostly. Attributes: names: by kind, those that are in the pool."""

    def __init__(self, seed: int, mode: str, without: Collection[str]) -> None:
        self.rng = random.Random(f"{mode} {seed}")
        self.mode = mode
        self.without = without
        self.names: dict[str, list[str]] = {}
        self.made = 0
        self.actions = [action for action in ACTIONS if action not in without]
        ways: list[tuple[int, str]] = [
            (4, "engine"), (9, "instance"), (6, "plugin"), (10, "hold"), (2, "memory"), (2, "table"), (2, "objects"),
            (2, "cell"), (2, "owner"), (4, "export"), (5, "view"), (4, "generator"), (3, "finalizer"), (3, "callback"),
            (4, "observe"), (3, "caught"), (22, "call"), (5, "provoke"), (5, "put"), (5, "put_object"),
            (4, "put_global"), (4, "use"),
            (4, "grow"), (1, "wait"), (16, "drop"), (6, "collect"), (3, "collector"), (2, "revived"),
        ]  # fmt: skip
        if mode == "fork":
            ways += [(7, "fork"), (4, "reap"), (2, "worker")]
        if mode == "threads":
            ways.append((10, "worker"))
        self.ways = [(weight, way) for weight, way in ways if way not in without]

    def program(self) -> Program:
        found = [self.engine(), self.plugin(), self.instance()]
        weights, ways = zip(*self.ways, strict=True)
        for way in self.rng.choices(ways, weights, k=self.rng.randint(6, 40)):
            one = getattr(self, way)()
            found += one if isinstance(one, list) else [one]
        return tuple(found)

    # Names.

    def new(self, kind: str) -> str:
        self.made += 1
        name = f"{kind}{self.made}"
        self.names.setdefault(kind, []).append(name)
        return name

    def some(self, *kinds: str) -> str:
        """A name of one of the kinds, or one that nothing has."""
        found = [name for kind in kinds or self.names for name in self.names.get(kind, ())]
        return self.rng.choice(found) if found else "none"

    def maybe(self, chance: float, *kinds: str) -> str:
        found = self.some(*kinds)
        return found if found != "none" and self.rng.random() < chance else ""

    def several(self, *kinds: str) -> str:
        return " ".join(dict.fromkeys(self.some(*kinds) for _ in range(self.rng.randint(1, 3))))

    def action(self) -> str:
        return self.rng.choice(self.actions)

    def last(self) -> str:
        """What something does when it dies."""
        return "nothing" if "finalizers" in self.without else self.action()

    def flag(self) -> bool:
        return self.rng.random() < 0.5

    # Operations.

    def engine(self) -> Operation:
        return operation("engine", self.new("engine"), **self.rng.choice(_ENGINES))

    def instance(self) -> Operation:
        options: dict[str, Any] = {"host": self.maybe(0.7, "plugin"), "shared": self.rng.random() < 0.8}
        options["memory"] = self.maybe(0.3, "memory", "instance")
        options["table"] = self.maybe(0.3, "table", "instance")
        options["objects"] = self.maybe(0.3, "objects", "instance")
        options["cell"] = self.maybe(0.3, "cell", "instance")
        engine = self.some("engine")
        given = {key: value for key, value in options.items() if value not in ("", True)}
        return operation("instance", self.new("instance"), engine, **given)

    def plugin(self) -> Operation:
        during = self.rng.choice(["", "", "drop", "swap", self.action()])
        options: dict[str, Any] = {}
        if during and during not in self.without:
            options = {"during": during, "names": self.several("instance") if during == "swap" else self.several()}
        if self.rng.random() < 0.5:
            options["on_event"] = self.action()
        return operation("plugin", self.new("plugin"), self.last(), self.rng.randint(0, 8), **options)

    def hold(self) -> Operation:
        return operation("hold", self.some("plugin", "owner"), self.some())

    def memory(self) -> Operation:
        return operation("memory", self.new("memory"), self.rng.randint(1, 3))

    def table(self) -> Operation:
        return operation("table", self.new("table"), self.some("instance"))

    def objects(self) -> Operation:
        return operation("objects", self.new("objects"), self.some("engine"))

    def cell(self) -> Operation:
        return operation("cell", self.new("cell"), self.some("engine"))

    def owner(self) -> Operation:
        names = self.several()
        return operation("owner", self.new("owner"), names)

    def export(self) -> Operation:
        export = self.rng.choice(["mul", "mul", "op", "run", *PARTS])
        source = self.some("instance")
        return operation("export", self.new("export"), source, export)

    def view(self) -> Operation:
        source = self.some("instance", "memory")
        return operation("view", self.new("view"), source, self.flag())

    def generator(self) -> Operation:
        names = self.several()
        return operation("generator", self.new("generator"), names, self.last())

    def finalizer(self) -> Operation:
        target, names = self.some("plugin", "owner", "instance", "engine"), self.several()
        return operation("finalizer", self.new("finalizer"), target, names, self.last())

    def callback(self) -> Operation:
        target, names = self.some("plugin", "owner", "instance", "engine"), self.several()
        return operation("callback", self.new("callback"), target, names, self.last())

    def worker(self) -> Operation:
        names = self.several()
        turns = self.rng.randint(1, 5)
        return operation("worker", self.new("worker"), names, self.action(), turns, self.flag())

    def observe(self) -> Operation:
        return operation("observe", self.some("engine"), self.some("plugin"))

    def caught(self) -> Operation:
        source, held = self.some("instance"), self.some()
        return operation("caught", self.new("caught"), source, held, self.flag())

    def call(self) -> Operation:
        rng = self.rng
        export = rng.choice(["add", "mul", "op", *["run"] * 6, *["ticking"] * 5, "poke", "peek", "fill", "fill", "trap",
                             "fault", "deep", "get", "get", "pass"])  # fmt: skip
        arguments: tuple[int, ...] = {
            "run": (rng.choice((3, 40, 300)), rng.randrange(8)),
            "ticking": (rng.choice((3, 20, 80)),),
            "poke": (128 + 8 * rng.randrange(100), rng.randrange(1 << 30)),
            "fill": (rng.choice((5, 300)), rng.randrange(1 << 30)),
        }.get(export, (rng.randrange(1000), rng.randrange(1000)) if export in FIXED else ())
        return operation("call", self.some("instance"), export, *arguments)

    def provoke(self) -> list[Operation]:
        """Calls that optimize code and then deoptimize it: of `ticking`, of `run`, of both."""
        instance, rng = self.some("instance"), self.rng
        first, second = rng.sample(FIXED, 2)
        found = [operation("put", instance, 4, instance, first)]
        found += [operation("call", instance, "run", 300, 1)] * 3
        found += [operation("call", instance, "ticking", 80)] * 3
        if self.flag():
            found.append(operation("wait", self.some("engine")))
        found.append(operation("call", instance, "ticking", 20))
        found.append(operation("put", instance, 4, instance, second))
        found.append(operation("call", instance, "ticking", 20))
        found += [operation("call", instance, "run", 40, rng.randrange(3))] * rng.randrange(2)
        return found

    def put(self) -> Operation:
        index = self.rng.choice((4, 4, 4, 5, 6, 7))
        return operation("put", self.some("instance"), index, self.some("instance"), self.rng.choice(FIXED))

    def put_object(self) -> Operation:
        return operation("put_object", self.some("instance"), self.rng.randrange(7), self._object(), self.flag())

    def put_global(self) -> Operation:
        return operation("put_global", self.some("instance"), self._object(), self.flag())

    def _object(self) -> str:
        return self.some("plugin", "plugin", "owner", "instance", "export", "generator")

    def use(self) -> Operation:
        return operation("use", self.several(), self.action())

    def grow(self) -> Operation:
        return operation("grow", self.some("instance", "memory"), self.flag())

    def wait(self) -> Operation:
        return operation("wait", self.some("engine"))

    def drop(self) -> Operation:
        names = self.several()
        for found in self.names.values():
            found[:] = [name for name in found if name not in names.split()]
        return operation("drop", names)

    def collect(self) -> Operation:
        return operation("collect", self.rng.randrange(3))

    def collector(self) -> Operation:
        ways = ("often", "often", "usual", "disable", "enable", "freeze", "unfreeze")
        return operation("collector", self.rng.choice(ways))

    def revived(self) -> Operation:
        return operation("revived")

    def fork(self) -> list[Operation]:
        """Sometimes a child that goes on when the parent has let go of what it uses, and made something else."""
        before = {kind: list(names) for kind, names in self.names.items()}
        ways: list[Callable[[], Operation | list[Operation]]] = [self.call] * 6 + [
            self.drop, self.instance, self.collect, self.use, self.grow, self.engine, self.put, self.put_object,
            self.hold, self.provoke,
        ]  # fmt: skip
        inner: list[Operation] = []
        for _ in range(self.rng.randint(1, 6)):
            one = self.rng.choice(ways)()
            inner += one if isinstance(one, list) else [one]
        self.names = before
        leave, late = self.rng.choice(("exit", "quit", "drop")), self.flag()
        found = [operation("fork", inner=tuple(inner), leave=leave, late=late)]
        if late and self.flag():
            used = self.some("instance")
            found += [operation("drop", used), operation("collect", 2)]
            for _ in range(2):
                found.append(operation("instance", self.new("instance"), self.some("engine"), shared=False))
                found += self.provoke()
        return found

    def reap(self) -> Operation:
        return operation("reap")


def draw(seed: int, mode: str, without: Collection[str] = ()) -> Program:
    """The program of a seed. without: operations and actions that are left out."""
    return Drawer(seed, mode, without).program()
