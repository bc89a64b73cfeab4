"""Calls of exports, compared with what they should give."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tests.runtime.lifetimes.modules import COMPUTE, MARK, SIGN, run_model, signed
from tests.runtime.lifetimes.use import expect, notes, traps

if TYPE_CHECKING:
    from tests.runtime.lifetimes.pool import Pool


def set_entry(pool: Pool, instance: str, index: int, function: Any, name: str) -> None:
    """Put a function into an instance's table, in fact and in the model."""
    pool.things[instance].exports["table"][index] = function
    pool.models[instance, "table"][index] = name


def call(pool: Pool, instance: str, export: str, arguments: Sequence[int]) -> None:
    """Call an export. A wrong result is a failure; an error of the engine's is left to the caller."""
    exports = pool.get(instance).exports
    model = {part: pool.models[instance, part] for part in ("memory", "table", "objects", "global")}
    what = f"{export}{tuple(arguments)}"
    if export in COMPUTE:
        expect(exports[export](*arguments), COMPUTE[export](*arguments), what)
    elif export == "run":
        _run(exports, model, arguments, what)
    elif export == "ticking":
        _ticking(exports, model, arguments[0], what)
    elif export == "poke":
        address, value = arguments
        exports["poke"](address, value)
        model["memory"][address] = value
    elif export == "peek":
        for address, value in model["memory"].items():
            expect(exports["peek"](address), value, f"peek({address})")
        expect(exports["peek"](MARK) & 255, SIGN, "peek")
    elif export == "fill":
        expect(exports["fill"](*arguments), arguments[1], what)
    elif export in ("trap", "fault", "deep"):
        traps(exports[export], *({"trap": (), "fault": (4,), "deep": (-1,)}[export]))
    elif export == "get":
        _get(exports, model)
    elif export == "pass":
        value = object()
        if exports["pass"](value) is not value:
            notes.fail("pass gave another object")
    else:
        raise ValueError(export)


def _run(exports: Any, model: dict[str, Any], arguments: Sequence[int], what: str) -> None:
    count, which = arguments
    name = model["table"][which]
    if name is None:
        traps(exports["run"], count, which)
    else:
        expect(exports["run"](count, which), run_model(count, name), what)


def _ticking(exports: Any, model: dict[str, Any], count: int, what: str) -> None:
    """The host function may change entry 4 meanwhile: the model sees when, as the host function's turns do."""
    before = model["table"][4]
    if before is None:
        traps(exports["ticking"], count)
        return
    found = exports["ticking"](count)
    after = model["table"][4]
    possible = {_total(count, before, after, when) for when in range(count if after != before else 1)}
    if found not in possible:
        notes.fail(f"{what} gave {found!r}, with entry 4 {before} before and {after} after")


def _total(count: int, before: str, after: str | None, when: int) -> int:
    total, one, other = 1, COMPUTE[before], COMPUTE[after or before]
    for i in range(count):
        total = signed((one if i <= when else other)(i, total) + i + 1)
    return total


def _get(exports: Any, model: dict[str, Any]) -> None:
    """Objects of tables and globals are those that were put there: held strongly, so their weak references live."""
    for index, reference in model["objects"].items():
        _same(exports["get"](index), reference, f"get({index})")
        _same(exports["objects"][index], reference, f"objects[{index}]")
    for reference in model["global"].values():
        _same(exports["kept"](), reference, "kept()")
        _same(exports["global"].value, reference, "global.value")


def _same(found: object, reference: weakref.ref[Any], what: str) -> None:
    wanted = reference()
    if wanted is None:
        notes.fail(f"{what}: the object has died in a table or global; found {found!r}")
    elif found is not wanted:
        notes.fail(f"{what} gave {found!r} in place of {wanted!r}")


