"""Segments as machine code reads them, which makes arrays of their contents."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from seaofnodes.backend.layout import SEGMENT_ADDRESS, SEGMENT_LENGTH, SEGMENT_RECORD
from seaofnodes.runtime.process.native import NativeBuffer


class NativeSegments:
    """Records of an instance's data segments and element segments, and what they point to.

    Objects never move, so references are copied once; the instance keeps what they refer to alive. Attributes: data,
    elements: addresses of the records.
    """

    __slots__ = ("_data", "_elements", "_held", "data", "elements")

    def __init__(self, data: Sequence[bytes], elements: Sequence[Sequence[int]]) -> None:
        """data: contents of the data segments; elements: words of the element segments."""
        self._held: list[Any] = [*data, *((ctypes.c_uint64 * len(words))(*words) for words in elements)]
        self._data = NativeBuffer(SEGMENT_RECORD * len(data))
        self._elements = NativeBuffer(SEGMENT_RECORD * len(elements))
        self.data, self.elements = self._data.address, self._elements.address
        for number, contents in enumerate(data):
            _fill(self._data, number, ctypes.cast(ctypes.c_char_p(contents), ctypes.c_void_p).value or 0, len(contents))
        for number, words in enumerate(self._held[len(data) :]):
            _fill(self._elements, number, ctypes.addressof(words), len(words))

    def drop_data(self, number: int) -> None:
        """A data segment has nothing any more."""
        _fill(self._data, number, 0, 0)

    def drop_elements(self, number: int) -> None:
        """The same of an element segment."""
        _fill(self._elements, number, 0, 0)


def _fill(records: NativeBuffer, number: int, address: int, length: int) -> None:
    at = number * SEGMENT_RECORD
    records.words[at + SEGMENT_LENGTH >> 3] = length
    records.words[at + SEGMENT_ADDRESS >> 3] = address
