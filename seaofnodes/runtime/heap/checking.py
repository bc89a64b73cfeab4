"""Checks of a heap after a collection, as typed functions."""

# mypy: disable-error-code="arg-type, return-value, operator"
# The subset has its own check of types, in which numbers of the text take the type of what is beside them.

from __future__ import annotations

from seaofnodes.backend.layout import (
    ARRAY_ELEMENTS,
    ARRAY_LENGTH,
    EXTERNAL,
    OBJECT_STATE,
    OBJECT_TAG,
    OBJECT_TYPE,
    TYPE_ARRAY,
    TYPE_HOLDS,
    TYPE_KIND,
    TYPE_RECORD_SHIFT,
    TYPE_SIZE,
    TYPE_STRUCT,
    TYPE_TRACE,
)
from seaofnodes.native import load_u8, load_u32, load_u64, store_u8, store_u64
from seaofnodes.native.function import Function
from seaofnodes.native.values import u32, u64
from seaofnodes.runtime.heap import control as c
from seaofnodes.runtime.heap.memory import BLOCK_SHIFT, LINE_SHIFT


@Function
def check(block: u64, epoch: u64, roots: u64, count: u64, after: u64) -> u64:
    """Look at all that `count` words at `roots` refer to; 0, or the address of a word that is wrong: of no object of a
    known type inside the heap, or, right after a collection (`after` is not 0), of one that has not been marked.

    epoch: the state that objects get when they have been looked at, which none has before.
    """
    blocks = load_u64(block + c.BLOCKS)
    limit = blocks + (load_u64(block + c.USED) << BLOCK_SHIFT)
    marks = load_u64(block + c.MARKS)
    types = load_u64(block + c.TYPES)
    stack = load_u64(block + c.STACK)
    top = stack
    start = roots
    trace = u64(0)
    i = u64(0)
    end = count
    while True:
        while i < end:
            at = start + u64(load_u32(trace + 4 * i)) if trace != 0 else start + 8 * i
            word = load_u64(at)
            i += 1
            if word & OBJECT_TAG != 0:
                seen = word - OBJECT_TAG
                if seen & 7 != 0 or seen < blocks or seen >= limit:
                    return at
                number = u64(load_u32(seen + OBJECT_TYPE))
                if number >= load_u64(block + c.TYPE_LIMIT):
                    return at
                record = types + (number << TYPE_RECORD_SHIFT)
                kind = load_u32(record + TYPE_KIND)
                state = u64(load_u8(seen + OBJECT_STATE))
                if kind != TYPE_STRUCT and kind != TYPE_ARRAY:
                    return at
                if state != epoch:
                    size = u64(load_u32(record + TYPE_SIZE))
                    if kind == TYPE_ARRAY:
                        size = ARRAY_ELEMENTS + u64(load_u32(seen + ARRAY_LENGTH)) * size + 7 & ~u64(7)
                    if seen + size > limit or (after != 0 and state != load_u64(block + c.EPOCH)):
                        return at
                    line = seen - blocks >> LINE_SHIFT
                    last = seen - blocks + size - 1 >> LINE_SHIFT
                    while after != 0 and line <= last:
                        if load_u8(marks + line) != 1:
                            return at
                        line += 1
                    store_u8(seen + OBJECT_STATE, u32(epoch))
                    if load_u64(record + TYPE_HOLDS) != 0 and load_u64(record + c.TYPE_CHECKED) != epoch:
                        store_u64(record + c.TYPE_CHECKED, epoch)
                        store_u64(top, record + TYPE_HOLDS + OBJECT_TAG)
                        top += 8
                    if load_u64(record + TYPE_TRACE) != 0:
                        store_u64(top, seen)
                        top += 8
            elif word & 3 != EXTERNAL and word & 7 != 0:
                return at
        if top == stack:
            return 0
        top -= 8
        scanned = load_u64(top)
        i = u64(0)
        trace = u64(0)
        if scanned & OBJECT_TAG != 0:
            start = scanned - OBJECT_TAG
            end = u64(1)
        else:
            record = types + (u64(load_u32(scanned + OBJECT_TYPE)) << TYPE_RECORD_SHIFT)
            if load_u32(record + TYPE_KIND) == TYPE_ARRAY:
                start = scanned + ARRAY_ELEMENTS
                end = u64(load_u32(scanned + ARRAY_LENGTH))
            else:
                trace = load_u64(record + TYPE_TRACE)
                end = u64(load_u32(trace))
                trace += 4
                start = scanned


@Function
def poison(block: u64) -> None:
    """Write POISON into all free lines, right after a collection: what should not have been freed shows."""
    blocks = load_u64(block + c.BLOCKS)
    marks = load_u64(block + c.MARKS)
    for line in range(load_u64(block + c.USED) << BLOCK_SHIFT - LINE_SHIFT):
        if load_u8(marks + line) == 0:
            start = blocks + (line << LINE_SHIFT)
            for p in range(start, start + (1 << LINE_SHIFT), 8):
                store_u64(p, c.POISON)
