"""The inner parts of the collector, as typed functions: see docs/python-functions.md.

A mark-region collector that moves nothing, after Immix (Blackburn and McKinley, PLDI 2008): blocks of lines; an object
marks the lines it is on; lines without a mark are free and handed out as areas to allocate in. Words are told apart as
backend/layout.py says, "References to objects".
"""

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
    TYPE_TRACE,
)
from seaofnodes.native import load_i64, load_u8, load_u32, load_u64, popcount, store_u8, store_u64
from seaofnodes.native.function import Function
from seaofnodes.native.values import u32, u64
from seaofnodes.runtime.heap import control as c
from seaofnodes.runtime.heap.memory import BLOCK_SHIFT, LINE_SHIFT, LINES

_HASH = 0x9E3779B97F4A7C15


@Function
def begin(block: u64) -> u64:
    """Begin a collection; its epoch. 0: all have been used since one has come to its end."""
    epoch = load_u64(block + c.EPOCH) % c.LAST_EPOCH + 1
    if epoch == load_u64(block + c.DONE_EPOCH):
        return 0
    marks = load_u64(block + c.NEXT_MARKS)
    for p in range(marks, marks + (load_u64(block + c.USED) << BLOCK_SHIFT - LINE_SHIFT), 8):
        store_u64(p, 0)
    record = load_u64(block + c.TYPES)
    for _ in range(load_u64(block + c.TYPE_LIMIT)):
        store_u64(record + c.TYPE_COUNT, 0)
        store_u64(record + c.TYPE_BYTES, 0)
        record += 1 << TYPE_RECORD_SHIFT
    found = load_u64(block + c.FOUND)
    for i in range(load_u64(block + c.FOUND_MASK) + 1):
        store_u64(found + 8 * i, 0)
    store_u64(block + c.FOUND_COUNT, 0)
    store_u64(block + c.STACK_TOP, load_u64(block + c.STACK))
    store_u64(block + c.EPOCH, epoch)
    return epoch


@Function
def mark(block: u64, epoch: u64, roots: u64, count: u64) -> u64:
    """Mark what `count` words at `roots` refer to, and the lines that it is on.

    block: the heap's control block. DONE, ABANDONED, or FOUND_FULL: then call it again, without roots, when there is
    room.
    """
    if load_u64(block + c.EPOCH) != epoch:
        return c.ABANDONED
    blocks = load_u64(block + c.BLOCKS)
    marks = load_u64(block + c.NEXT_MARKS)
    types = load_u64(block + c.TYPES)
    stack = load_u64(block + c.STACK)
    top = load_u64(block + c.STACK_TOP)
    found = load_u64(block + c.FOUND)
    mask = load_u64(block + c.FOUND_MASK)
    status = u64(c.DONE)
    # The object whose references are looked at, at `start` + offset, in a struct as `trace` says; or, with a tag, the
    # address of what a type holds.
    scanned = u64(0)
    start = roots
    trace = u64(0)
    i = u64(0)
    end = count
    while True:
        while i < end:
            if trace != 0:
                word = load_u64(start + u64(load_u32(trace + 4 * i)))
            else:
                word = load_u64(start + 8 * i)
            i += 1
            if word & OBJECT_TAG != 0:
                seen = word - OBJECT_TAG
                if u64(load_u8(seen + OBJECT_STATE)) != epoch:
                    store_u8(seen + OBJECT_STATE, u32(epoch))
                    record = types + (u64(load_u32(seen + OBJECT_TYPE)) << TYPE_RECORD_SHIFT)
                    size = u64(load_u32(record + TYPE_SIZE))
                    if load_u32(record + TYPE_KIND) == TYPE_ARRAY:
                        size = ARRAY_ELEMENTS + u64(load_u32(seen + ARRAY_LENGTH)) * size + 7 & ~u64(7)
                    line = seen - blocks >> LINE_SHIFT
                    last = seen - blocks + size - 1 >> LINE_SHIFT
                    store_u8(marks + line, 1)
                    while line < last:
                        line += 1
                        store_u8(marks + line, 1)
                    seen_before = load_u64(record + c.TYPE_COUNT)
                    if seen_before == 0 and load_u64(record + TYPE_HOLDS) != 0:
                        store_u64(top, record + TYPE_HOLDS + OBJECT_TAG)
                        top += 8
                    store_u64(record + c.TYPE_COUNT, seen_before + 1)
                    store_u64(record + c.TYPE_BYTES, load_u64(record + c.TYPE_BYTES) + size)
                    if load_u64(record + TYPE_TRACE) != 0:
                        store_u64(top, seen)
                        top += 8
            elif scanned != 0 and (word & 3 == EXTERNAL or word & 0xFFFFFFFF != 0):
                at = word * _HASH >> 20 & mask
                other = load_u64(found + 8 * at)
                while other != word:
                    if other == 0:
                        store_u64(found + 8 * at, word)
                        known = load_u64(block + c.FOUND_COUNT) + 1
                        store_u64(block + c.FOUND_COUNT, known)
                        if 2 * known > mask:
                            status = u64(c.FOUND_FULL)
                        break
                    at = at + 1 & mask
                    other = load_u64(found + 8 * at)
                if status != c.DONE:
                    break
        if status != c.DONE:
            store_u64(top, scanned)  # the rest of it is looked at next time
            top += 8
            break
        if top == stack:
            break
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
    store_u64(block + c.STACK_TOP, top)
    return status


@Function
def sweep(block: u64, epoch: u64, changes: u64) -> u64:
    """Let the lines be free that have no mark of the collection that ends, and the allocation area begin anew.

    ABANDONED: roots may have changed since they were looked at (`changes` is what the word CHANGES was then), or
    another collection has begun.
    """
    if load_u64(block + c.EPOCH) != epoch or load_u64(load_u64(block + c.CHANGES)) != changes:
        return c.ABANDONED
    marks = load_u64(block + c.NEXT_MARKS)
    free = load_u64(block + c.FREE)
    used = load_u64(block + c.USED)
    live = u64(0)
    empty = u64(0)
    at = marks
    for i in range(used):
        taken = u64(0)
        for _ in range(u64(LINES >> 3)):
            taken += popcount(load_u64(at))
            at += 8
        store_u64(free + 8 * i, LINES - taken)
        live += taken
        if taken == 0:
            empty += 1
    store_u64(block + c.NEXT_MARKS, load_u64(block + c.MARKS))
    store_u64(block + c.MARKS, marks)
    store_u64(block + c.CURSOR, 0)
    store_u64(block + c.LAST, used)
    store_u64(block + c.OVERFLOW_TOP, 0)
    store_u64(block + c.OVERFLOW_END, 0)
    store_u64(block + c.LIVE_LINES, live)
    store_u64(block + c.FREE_BLOCKS, empty)
    store_u64(block + c.DONE_EPOCH, epoch)
    area = load_u64(block + c.AREA)
    store_u64(area, 0)
    store_u64(area + 8, 0)
    return c.DONE


@Function
def take_blocks(block: u64, count: u64) -> u64:
    """The address of so many free blocks in a row, which are taken and not cleared; 0 if there are none.

    They come from the end, where holes in blocks are looked for last.
    """
    free = load_u64(block + c.FREE)
    at = load_u64(block + c.LAST) if count == 1 else load_u64(block + c.USED)
    row = u64(0)
    while at > 0 and row < count:
        at -= 1
        row = row + 1 if load_u64(free + 8 * at) == LINES else u64(0)
    if count == 1:
        store_u64(block + c.LAST, at)
    if row < count:
        return 0
    for i in range(at, at + count):
        store_u64(free + 8 * i, 0)
    handed = count << BLOCK_SHIFT
    store_u64(block + c.BUDGET, load_u64(block + c.BUDGET) - handed)
    store_u64(block + c.HANDED, load_u64(block + c.HANDED) + handed)
    return load_u64(block + c.BLOCKS) + (at << BLOCK_SHIFT)


@Function
def refill(block: u64, size: u64) -> u64:
    """Find a hole for an object of at most LARGEST bytes, and let it be the allocation area; the object's address.

    0 if there is none, or a collection is due. An object of more than a line that does not fit the next hole goes to a
    block that is free as a whole, so that small holes are not passed over for it.
    """
    if load_i64(block + c.BUDGET) <= 0:
        return 0
    if size > 1 << LINE_SHIFT:
        start = load_u64(block + c.OVERFLOW_TOP)
        if start + size > load_u64(block + c.OVERFLOW_END):
            start = take_blocks(block, 1)
            if start != 0:
                for p in range(start, start + (1 << BLOCK_SHIFT), 8):
                    store_u64(p, 0)
                store_u64(block + c.OVERFLOW_END, start + (1 << BLOCK_SHIFT))
        if start != 0:
            store_u64(block + c.OVERFLOW_TOP, start + size)
            return start
    blocks = load_u64(block + c.BLOCKS)
    free = load_u64(block + c.FREE)
    marks = load_u64(block + c.MARKS)
    line = load_u64(block + c.CURSOR)
    last = load_u64(block + c.USED) << BLOCK_SHIFT - LINE_SHIFT
    while line < last:
        room = free + (line >> BLOCK_SHIFT - LINE_SHIFT << 3)
        limit = line + LINES & ~u64(LINES - 1)
        if load_u64(room) == 0:
            line = limit
            continue
        while line < limit and load_u8(marks + line) != 0:
            line += 1
        first = line
        while line < limit and load_u8(marks + line) == 0:
            line += 1
        start = blocks + (first << LINE_SHIFT)
        end = blocks + (line << LINE_SHIFT)
        if start + size <= end:
            for p in range(start, end, 8):
                store_u64(p, 0)
            store_u64(room, load_u64(room) - (line - first))
            store_u64(block + c.CURSOR, line)
            store_u64(block + c.BUDGET, load_u64(block + c.BUDGET) - (end - start))
            store_u64(block + c.HANDED, load_u64(block + c.HANDED) + (end - start))
            area = load_u64(block + c.AREA)
            store_u64(area, start + size)
            store_u64(area + 8, end)
            return start
    store_u64(block + c.CURSOR, line)
    return 0
