"""Using things that may be in the middle of dying: what finalizers, generators, observers and threads do."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

import seaofnodes
from seaofnodes import Engine, Function, Instance, Memory, Table, Trap, WasmException
from tests.runtime.lifetimes.modules import MARK, SIGN, binary, op, run_model
from tests.runtime.lifetimes.notes import Notes

notes: Final = Notes()
revived: Final[list[object]] = []  # objects that have made themselves reachable again in `__del__`
helpers: Final[list[threading.Thread]] = []  # threads that finalizers have started
_RUNS: Final = {which: run_model(40, name) for which, name in enumerate(("add", "mul", "xor"))}
_HOT: Final = run_model(300, "mul")


def plain_imports() -> dict[str, dict[str, Any]]:
    """Host functions that hold nothing."""
    return {"env": {"host": lambda x: x + 1, "op": op, "see": lambda value: value}}


def expect(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        notes.fail(f"{what} gave {found!r} in place of {wanted!r}")


def traps(function: Callable[..., object], *arguments: object) -> None:
    """A call that has to trap."""
    try:
        found = function(*arguments)
    except Trap:
        return
    notes.fail(f"a trap is missing; {function} gave {found!r}")


def _basic(thing: Any) -> None:
    if isinstance(thing, Instance):
        expect(thing.exports["mul"](6, 7), 42, "mul")
        expect(thing.exports["peek"](MARK) & 255, SIGN, "peek")
    elif isinstance(thing, Function):
        if len(thing.type.params) == 2 and thing.name.endswith("mul"):
            expect(thing(6, 7), 42, "a kept mul")
    elif isinstance(thing, memoryview):
        expect(thing[MARK], SIGN, "a view's byte")
    elif isinstance(thing, Memory):
        expect(thing.read(MARK, 1), bytes([SIGN]), "a memory's byte")
    elif isinstance(thing, Table):
        found = thing[1]
        if isinstance(found, Function):
            expect(found(6, 7), 42, "a table's mul")
    elif isinstance(thing, seaofnodes.wasm.engine.globals.Global):
        _ = thing.value
    elif isinstance(thing, Engine):
        instance = thing.instantiate(binary(), plain_imports())
        expect(instance.exports["mul"](6, 7), 42, "a new instance's mul")


def _hot(thing: Instance) -> None:
    expect(thing.exports["run"](300, 1), _HOT, "run")
    expect(thing.exports["fill"](300, 9), 9, "fill")


def _deoptimize(thing: Instance) -> None:
    for which, wanted in _RUNS.items():
        expect(thing.exports["run"](40, which), wanted, "run")


def _trap(thing: Instance) -> None:
    traps(thing.exports["trap"])
    traps(thing.exports["fault"], 4)


def _deep(thing: Instance) -> None:
    traps(thing.exports["deep"], -1)
    expect(thing.exports["deep"](20), 20, "deep")


def _grow(thing: Instance) -> None:
    old = thing.exports["grow"](1)
    if old < -1:
        notes.fail(f"memory.grow gave {old}")


def _throw(thing: Instance) -> None:
    payload = object()
    try:
        thing.exports["throw"](payload, 5)
    except WasmException as error:
        expect(error.values, (payload, 5), "an exception's payload")
        return
    notes.fail("an exception is missing")


def _host(thing: Instance) -> None:
    value = object()
    if thing.exports["pass"](value) is not value:
        notes.fail("pass gave another object")
    expect(thing.exports["host"](3), 4, "host")


def _objects(thing: Instance) -> None:
    value = object()
    thing.exports["set"](7, value)
    if thing.exports["get"](7) is not value:
        notes.fail("get gave another object")
    thing.exports["set"](7, None)


_ON_INSTANCES: Final[dict[str, Callable[[Instance], None]]] = {
    "hot": _hot, "deoptimize": _deoptimize, "trap": _trap, "deep": _deep, "grow": _grow, "throw": _throw, "host": _host,
    "objects": _objects,
}  # fmt: skip
ACTIONS: Final = ("use", *_ON_INSTANCES, "collect", "engine", "thread", "revive", "nothing")


def use(things: Iterable[object], action: str, self: object = None) -> None:
    """Do something with things, whatever they are. Errors of the engine's own kind are left to the caller."""
    things = list(things)
    if action == "collect":
        gc.collect()
    elif action == "engine":
        expect(Engine().instantiate(binary(), plain_imports()).exports["mul"](6, 7), 42, "a new engine's mul")
    elif action == "revive" and self is not None and not sys.is_finalizing():
        revived.append(self)
    elif action == "thread" and not sys.is_finalizing():
        thread = threading.Thread(target=use_safely, args=(things, "use", "a finalizer's thread"))
        thread.start()
        helpers.append(thread)
    for thing in things if action != "nothing" else ():
        if isinstance(thing, Instance) and action in _ON_INSTANCES:
            _ON_INSTANCES[action](thing)
        else:
            _basic(thing)


def use_safely(things: Iterable[object], action: str, where: str, self: object = None) -> None:
    """The same where nobody catches: the engine may refuse with an error of its own, nothing else may come."""
    try:
        use(things, action, self)
    except seaofnodes.Error:
        notes.refused += 1
    except BaseException as error:
        notes.raised(where, error)
