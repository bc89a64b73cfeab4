"""The heap's memory as JavaScript's Python sees it: words at offsets of objects."""

from __future__ import annotations

from array import array
from typing import Final

from seaofnodes.javascript.objects.layout import ELEMENTS, LENGTH, OBJECT_KIND
from seaofnodes.runtime.heap.heap import Heap
from seaofnodes.runtime.heap.memory import LARGEST

_FEW: Final = 12  # words that are written one by one


class Memory:
    """Reads, writes and allocates objects. What it allocates, and references that `load` gives, are in `held`, so that
    a collection keeps them.

    Attributes: held: words that Python holds; headers: of objects, by type id; q, d, i, h, b: all the heap as u64,
    doubles, u32, u16, bytes; base: what to subtract from an object's word for an index into `b`; divide it for the
    others.
    """

    def __init__(self, heap: Heap) -> None:
        self.heap = heap
        self.held: list[int] = []
        self.headers: list[int] = [0]
        start, data = heap.objects()
        self.base = start + 1
        self.b = data
        self.q = data.cast("Q")
        self.d = data.cast("d")
        self.i = data.cast("I")
        self.h = data.cast("H")
        self._area = heap.allocation_area()
        self._slowly = heap.allocate_held

    def load(self, word: int, offset: int) -> int:
        """A tagged word of an object; a reference is held."""
        found = self.q[word - self.base + offset >> 3]
        if found & 1:
            self.held.append(found)
        return found

    def raw(self, word: int, offset: int) -> int:
        """Eight bytes of an object, as they are."""
        return self.q[word - self.base + offset >> 3]

    def raw_u32(self, word: int, offset: int) -> int:
        return self.i[word - self.base + offset >> 2]

    def store(self, word: int, offset: int, value: int) -> None:
        """Write eight bytes of an object: a tagged word, or raw bits where the layout has these."""
        self.q[word - self.base + offset >> 3] = value

    def type_id(self, word: int) -> int:
        """The id of an object's type."""
        return self.i[word - self.base >> 2]

    def change_type(self, word: int, type_id: int) -> None:
        """Give an object another type, whose objects are of the same size."""
        at = word - self.base
        self.i[at >> 2] = type_id
        self.b[at + OBJECT_KIND] = self.headers[type_id] >> 8 * OBJECT_KIND

    def allocate(self, type_id: int, size: int) -> int:
        """The word of a new object of less than LARGEST bytes, zeroed but for its header, and held. Raises
        HeapLimitError.
        """
        area = self._area
        at = area[0]
        end = at + size
        if end <= area[1]:
            area[0] = end  # no other Python can have come between: there is no call
        else:
            at = self._slowly(size)
        word = at + 1
        self.q[word - self.base >> 3] = self.headers[type_id]
        self.held.append(word)
        return word

    def allocate_array(self, type_id: int, length: int, width: int) -> int:
        """The same for an array of any size, with elements of some bytes."""
        size = ELEMENTS + length * width + 7 & -8
        area = self._area
        at = area[0]
        end = at + size
        if end <= area[1] and size <= LARGEST:
            area[0] = end
        else:
            at = self._slowly(size)
        word = at + 1
        self.q[word - self.base >> 3] = self.headers[type_id]
        self.i[word - self.base + LENGTH >> 2] = length
        self.held.append(word)
        return word

    def array_length(self, word: int) -> int:
        """Elements of an array object."""
        return self.i[word - self.base + LENGTH >> 2]

    def words(self, word: int) -> list[int]:
        """The elements of an array of words; they are held only by it."""
        at = word - self.base + ELEMENTS >> 3
        return self.q[at : at + self.i[word - self.base + LENGTH >> 2]].tolist()

    def fill(self, word: int, start: int, values: list[int]) -> None:
        """Write elements of an array of words from an index on."""
        at = (word - self.base + ELEMENTS >> 3) + start
        if len(values) > _FEW:
            self.q[at : at + len(values)] = memoryview(array("Q", values))
            return
        q = self.q
        for value in values:
            q[at] = value
            at += 1
