"""Contexts: variables that closures see."""

from __future__ import annotations

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import CONTEXT_PREVIOUS, CONTEXT_SCOPE_INFO, ELEMENTS
from seaofnodes.javascript.objects.words import smi

FIRST_SLOT = 2


def new_context(iso: Isolate, slots: int, scope_info: int, previous: int, value: int) -> int:
    """A context. slots: with the first two; scope_info: index; previous: a context, or Smi 0; value: of all variables,
    such as undefined or the hole.
    """
    iso.held += (previous, value)
    memory = iso.memory
    word = memory.allocate_array(iso.context_id, slots, 8)
    memory.store(word, CONTEXT_SCOPE_INFO, smi(scope_info))
    memory.store(word, CONTEXT_PREVIOUS, previous)
    memory.fill(word, FIRST_SLOT, [value] * (slots - FIRST_SLOT))
    return word


def slot(iso: Isolate, context: int, index: int) -> int:
    """A variable, held."""
    return iso.memory.load(context, ELEMENTS + 8 * index)


def set_slot(iso: Isolate, context: int, index: int, value: int) -> None:
    iso.memory.store(context, ELEMENTS + 8 * index, value)


def outer(iso: Isolate, context: int, depth: int) -> int:
    """The context so many levels out."""
    for _ in range(depth):
        context = iso.memory.raw(context, CONTEXT_PREVIOUS)
    return context
