"""Contexts: slots of variables, and the making of new ones."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.interpreter.frames import CONTEXT_INDEX, Operation
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.objects.contexts import new_context
from seaofnodes.javascript.objects.layout import CONTEXT_PREVIOUS, ELEMENTS
from seaofnodes.javascript.operations.errors import reference_error
from seaofnodes.javascript.scope.scopes import FIRST_SLOT

NO_SUPER_CALL: Final = (
    "Must call super constructor in derived class before accessing 'this' or returning from derived constructor"
)


def slot_offset(slot: int) -> int:
    """Where a slot is in a context, in bytes."""
    return ELEMENTS + 8 * slot


def _load_slot(p: Preparation, next: int, context: int, slot: int, depth: int) -> Operation:
    q = p.iso.memory.q
    base = p.iso.memory.base
    at, previous = slot_offset(slot) - base, CONTEXT_PREVIOUS - base

    def load(r: list[int]) -> int:
        r[0] = q[r[context] + at >> 3]
        return next

    def load_once_removed(r: list[int]) -> int:
        r[0] = q[q[r[context] + previous >> 3] + at >> 3]
        return next

    def load_far(r: list[int]) -> int:
        found = r[context]
        for _ in range(depth):
            found = q[found + previous >> 3]
        r[0] = q[found + at >> 3]
        return next

    return load if depth == 0 else load_once_removed if depth == 1 else load_far


def _load_current_slot(p: Preparation, next: int, slot: int) -> Operation:
    return _load_slot(p, next, CONTEXT_INDEX, slot, 0)


def _store_slot(p: Preparation, next: int, context: int, slot: int, depth: int) -> Operation:
    q = p.iso.memory.q
    base = p.iso.memory.base
    at, previous = slot_offset(slot) - base, CONTEXT_PREVIOUS - base

    def store(r: list[int]) -> int:
        found = r[context]
        for _ in range(depth):
            found = q[found + previous >> 3]
        q[found + at >> 3] = r[0]
        return next

    return store


def _store_current_slot(p: Preparation, next: int, slot: int) -> Operation:
    return _store_slot(p, next, CONTEXT_INDEX, slot, 0)


def _push(p: Preparation, next: int, saved: int) -> Operation:
    def push(r: list[int]) -> int:
        r[saved] = r[1]
        r[1] = r[0]
        return next

    return push


def _pop(p: Preparation, next: int, saved: int) -> Operation:
    def pop(r: list[int]) -> int:
        r[1] = r[saved]
        return next

    return pop


def _create_block(p: Preparation, next: int, info: int) -> Operation:
    return _create(p, next, info, p.slots(info))


def _create_function(p: Preparation, next: int, info: int, slots: int) -> Operation:
    return _create(p, next, info, FIRST_SLOT + slots)


def _create(p: Preparation, next: int, info: int, count: int) -> Operation:
    iso, scope_info, undefined = p.iso, p.scope_info(info), p.iso.undefined

    def create(r: list[int]) -> int:
        r[0] = new_context(iso, count, scope_info, r[1], undefined)
        return next

    return create


def _create_catch(p: Preparation, next: int, exception: int, info: int) -> Operation:
    iso, scope_info, count = p.iso, p.scope_info(info), p.slots(info)

    def create(r: list[int]) -> int:
        r[0] = new_context(iso, count, scope_info, r[1], r[exception])
        return next

    return create


def _throw_if_hole(p: Preparation, next: int, name: int) -> Operation:
    iso, hole, text = p.iso, p.iso.hole, p.raw(name)

    def check(r: list[int]) -> int:
        if r[0] == hole:
            reference_error(iso, f"Cannot access '{text}' before initialization")
        return next

    return check


def _throw_if_no_super(p: Preparation, next: int) -> Operation:
    iso, hole = p.iso, p.iso.hole

    def check(r: list[int]) -> int:
        if r[0] == hole:
            reference_error(iso, NO_SUPER_CALL)
        return next

    return check


def _throw_if_super(p: Preparation, next: int) -> Operation:
    iso, hole = p.iso, p.iso.hole

    def check(r: list[int]) -> int:
        if r[0] != hole:
            reference_error(iso, "Super constructor may only be called once")
        return next

    return check


MAKERS: dict[str, Maker] = {
    "LdaContextSlotNoCell": _load_slot,
    "LdaContextSlot": _load_slot,
    "LdaImmutableContextSlot": _load_slot,
    "LdaCurrentContextSlotNoCell": _load_current_slot,
    "LdaCurrentContextSlot": _load_current_slot,
    "LdaImmutableCurrentContextSlot": _load_current_slot,
    "StaContextSlotNoCell": _store_slot,
    "StaContextSlot": _store_slot,
    "StaCurrentContextSlotNoCell": _store_current_slot,
    "StaCurrentContextSlot": _store_current_slot,
    "PushContext": _push,
    "PopContext": _pop,
    "CreateBlockContext": _create_block,
    "CreateCatchContext": _create_catch,
    "CreateFunctionContext": _create_function,
    "CreateFunctionContextWithCells": _create_function,
    "ThrowReferenceErrorIfHole": _throw_if_hole,
    "ThrowSuperNotCalledIfHole": _throw_if_no_super,
    "ThrowSuperAlreadyCalledIfNotHole": _throw_if_super,
}
