"""Objects that optimized code has not made, because only frame states have them, are made when it leaves."""

from __future__ import annotations

import ctypes
import functools
from typing import Any, Final

from seaofnodes.backend.code import DeoptExit, DeoptObject
from seaofnodes.backend.layout import ARRAY_LENGTH, OBJECT_TAG, OBJECT_TYPE
from seaofnodes.runtime.heap.handles import Handle
from seaofnodes.runtime.heap.heap import Heap, IsFree
from seaofnodes.runtime.leaving.deopt_frames import read_place

_CELLS: Final[dict[int, Any]] = {8: ctypes.c_uint8, 16: ctypes.c_uint16, 32: ctypes.c_uint32, 64: ctypes.c_uint64}


def make_objects(exit: DeoptExit, frame: int, stub_frame: int, heap: Heap) -> list[Handle]:
    """The exit's objects, with what is in them. frame, stub_frame: see `read_values`. Raises HeapLimitError.

    Handles hold them until they are in frames. Each allocation may collect: what the optimized frame refers to is held
    by its safepoint, and read when all objects are there.
    """
    handles = [heap.make(functools.partial(_make, heap, made)) for made in exit.objects]
    words = [handle.word for handle in handles]
    for made, word in zip(exit.objects, words, strict=True):
        for offset, width, type, place in made.fields:
            bits = read_place(place, type, frame, stub_frame, words)
            _CELLS[width].from_address(word - OBJECT_TAG + offset).value = bits & (1 << width) - 1
    return handles


def _make(heap: Heap, made: DeoptObject, is_free: IsFree) -> Handle:
    address = heap.allocate(made.size, is_free)
    _CELLS[64].from_address(address + OBJECT_TYPE).value = made.type_id
    if made.length >= 0:
        _CELLS[32].from_address(address + ARRAY_LENGTH).value = made.length
    return heap.handle(address | OBJECT_TAG)
