"""Scenarios: something that is done with an engine, again and again, each time interrupted elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from seaofnodes import Engine, Instance, Trap
from tests.support import wat

PROBE = """(module
  (import "host" "started" (func $started))
  (import "host" "twice" (func $twice (param i32) (result i32)))
  (memory (export "memory") 1 2)
  (table (export "table") 2 4 externref)
  (tag $tag (param i32 externref))
  (type $binary (func (param i32 i32) (result i32)))
  (table $functions 2 funcref) (elem (table $functions) (i32.const 0) func $add $subtract)
  (func $add (export "add") (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $subtract (type $binary) (i32.sub (local.get 0) (local.get 1)))
  (func (export "indirect") (param i32 i32 i32) (result i32)
    (call_indirect $functions (type $binary) (local.get 0) (local.get 1) (local.get 2)))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func $deep (export "deep") (result i32) (i32.add (call $deep) (i32.const 1)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "spin") (param i64) (call $started)
    (loop (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0)))))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func (export "nested") (param i32) (result i32) (i32.add (call $twice (local.get 0)) (i32.const 1)))
  (func (export "sum") (param i32) (result i32) (local i32)
    (loop (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "hot") (param i64) (result i64) (local i64)
    (loop (local.set 1 (i64.add (local.get 1) (local.get 0)))
      (br_if 0 (i32.wrap_i64 (local.tee 0 (i64.sub (local.get 0) (i64.const 1))))))
    (local.get 1))
  (func $throw (param i32 externref) (throw $tag (local.get 0) (local.get 1)))
  (func (export "caught") (param i32 externref) (result i32 externref)
    (block $h (result i32 externref)
      (try_table (catch $tag $h) (call $throw (local.get 0) (local.get 1))) (unreachable))))"""


class Thing:
    """Something that a weak reference can be made to."""


class Probe:
    """An instance of PROBE. Attributes: engine; exports; on_start: what `spin` calls before its endless loop."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.on_start: Callable[[], object] = int
        imports = {"host": {"started": self.started, "twice": self.twice}}
        self.instance: Instance = engine.instantiate(wat(PROBE), imports)
        self.exports = self.instance.exports

    def started(self) -> None:
        """A host function."""
        self.on_start()

    def twice(self, value: int) -> int:
        """A host function that calls wasm again."""
        found: int = self.exports["add"](value, value)
        return found


@dataclass
class World:
    """What a scenario holds. Attributes: engine, probe: None as long as the scenario has not made one; things: the
    scenario's own; dead: weak references to what has to die.
    """

    engine: Engine | None = None
    probe: Probe | None = None
    things: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.things[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class Scenario:
    """prepare: what comes before, uninterrupted; act: what is interrupted; verify: raises AssertionError when
    something is wrong afterwards. Without it `act` is done once more.

    options: of the engine, which is made before `prepare`, with a probe; None: `act` makes it; cold: in a process that
    has not made an engine yet; closely: interrupt between instructions, too.
    """

    name: str
    act: Callable[[World], object]
    prepare: Callable[[World], object]
    verify: Callable[[World], object]
    options: dict[str, Any] | None
    cold: bool = False
    closely: bool = True

    def world(self) -> World:
        """Ready to be interrupted."""
        world = World()
        if self.options is not None:
            world.engine = Engine(**self.options)
            world.probe = Probe(world.engine)
        self.prepare(world)
        return world


SCENARIOS: dict[str, Scenario] = {}
TEXTS = [PROBE]  # of all modules, which are assembled before anything else


def nothing(world: World) -> None:
    """No preparation."""


def scenario(
    options: dict[str, Any] | None,
    prepare: Callable[[World], object] = nothing,
    *,
    verify: Callable[[World], object] | None = None,
    cold: bool = False,
    closely: bool = True,
    name: str = "",
) -> Callable[[Callable[[World], object]], Callable[[World], object]]:
    """Makes a function the `act` of a scenario, which has its name."""

    def enter(act: Callable[[World], object]) -> Callable[[World], object]:
        called = name or act.__name__
        assert called not in SCENARIOS
        SCENARIOS[called] = Scenario(called, act, prepare, verify or act, options, cold, closely)
        return act

    return enter


def module(text: str, imports: Callable[[World], dict[str, Any]] | None = None) -> Callable[[World], None]:
    """A `prepare` that instantiates a module: `world.exports` are its exports, `world.instance` is the instance."""
    TEXTS.append(text)

    def prepare(world: World) -> None:
        assert world.engine is not None
        made = world.engine.instantiate(wat(text), {} if imports is None else imports(world))
        world.things.update(instance=made, exports=made.exports)

    return prepare


def traps(reason: str, function: Callable[..., object], *arguments: object) -> None:
    """Raises AssertionError if a call does not trap so."""
    try:
        found = function(*arguments)
    except Trap as trap:
        assert trap.reason == reason, f"trap {trap.reason!r} in place of {reason!r}"
    else:
        raise AssertionError(f"gave {found!r} in place of the trap {reason!r}")


def gives(expected: object, function: Callable[..., object], *arguments: object) -> None:
    """Raises AssertionError if a call gives something else."""
    found = function(*arguments)
    assert found == expected, f"{getattr(function, 'name', function)}{arguments} gave {found!r}, not {expected!r}"


