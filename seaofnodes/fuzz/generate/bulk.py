"""Random statements about memories and tables as a whole: growing, filling, copying, segments."""

from __future__ import annotations

from seaofnodes.fuzz.generate.objects.code import Objects
from seaofnodes.fuzz.generate.values import AND
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.module import PASSIVE
from seaofnodes.wasm.types import FUNC, I32, ValType


class Bulk(Objects):
    """Statements."""

    def grow(self, depth: int) -> None:
        memories = self.world.memories
        if not memories:
            self.assign(depth)
            return
        memory = self.memory()
        kind = memories[memory].address
        self.constant(kind, self.rng.choice((0, 0, 1, 1, 2, 0xFFFF, (1 << kind.bits) - 1)))
        self.emit(w.MEMORY_GROW, memory)
        self.keep((kind,))

    def _range(self, most: int) -> int:
        return self.rng.randint(0, max(most, 0)) if not self.chance(self.profile.wild) else self.rng.getrandbits(17)

    def bulk_memory(self, depth: int) -> None:
        memories, segments = self.world.memories, self.world.draft.data
        if not memories:
            self.assign(depth)
            return
        way = self.rng.choice(("fill", "copy", "init", "init", "drop")[: 5 if segments else 2])
        if way == "drop" and not self.chance(0.3):
            way = "init"
        number = self.rng.randrange(len(segments)) if segments else 0
        if way == "drop":
            self.emit(w.DATA_DROP, number)
            return
        memory = self.memory()
        kind = memories[memory].address
        self._masked(kind, 0xFFF)
        if way == "fill":
            self.value(I32, 1)
            self._length(kind, 64)
            self.emit(w.MEMORY_FILL, memory)
        elif way == "copy":
            source = self.memory()
            other = memories[source].address
            self._masked(other, 0xFFF)
            self._length(_narrower(kind, other), 256)
            self.emit(w.MEMORY_COPY, (memory, source))
        else:
            size = len(segments[number].data) if segments[number].mode == PASSIVE else 0
            at = self._range(size)
            self.constant(I32, at)
            self._length(I32, size - at)
            self.emit(w.MEMORY_INIT, (number, memory))

    def _masked(self, kind: ValType, mask: int) -> None:
        self.value(kind, 2)
        self.constant(kind, mask)
        self.emit(AND[kind])

    def _length(self, kind: ValType, most: int) -> None:
        if most > 0 and self.chance(0.3):
            self.value(kind, 1)
            self.constant(kind, (1 << most.bit_length() - 1) - 1)
            self.emit(AND[kind])
        else:
            self.constant(kind, self._range(most))

    def bulk_table(self, depth: int) -> None:
        """Segments and copies in the first table."""
        size = self.world.table_size
        segments = [i for i, segment in enumerate(self.world.draft.elements) if segment.type.heap is FUNC]
        if not size:
            self.assign(depth)
            return
        number = self.rng.choice(segments) if segments else 0
        way = self.rng.choice(("copy", "init", "drop")) if segments else "copy"
        if way == "drop":
            self.emit(w.ELEM_DROP, number)
            return
        to, at = self._range(size - 1), self._range(size - 1)
        self.constant(I32, to)
        if way == "copy":
            self.constant(I32, at)
            self.constant(I32, self._range(size - max(to, at)))
            self.emit(w.TABLE_COPY, (0, 0))
        else:
            segment = self.world.draft.elements[number]
            length = len(segment) if segment.mode == PASSIVE else 0
            start = self._range(length)
            self.constant(I32, start)
            self.constant(I32, self._range(min(length - start, size - to)))
            self.emit(w.TABLE_INIT, (number, 0))

    def change_table(self, depth: int) -> None:
        """Anything about one of the other tables."""
        tables, rng = self.world.tables, self.rng
        if len(tables) < 2:
            self.assign(depth)
            return
        table = rng.randrange(1, len(tables))
        element, kind = tables[table].element, tables[table].address
        way = rng.choice(("set", "set", "fill", "grow", "copy", "init"))
        if way == "set":
            self.table_index(table)
            self.reference(element, 2)
            self.emit(w.TABLE_SET, table)
        elif way == "fill":
            self.constant(kind, self._range(3))
            self.reference(element, 2)
            self.constant(kind, self._range(1))
            self.emit(w.TABLE_FILL, table)
        elif way == "grow":
            self.reference(element, 1)
            self.constant(kind, rng.choice((0, 1, 1, 2, (1 << kind.bits) - 1)))
            self.emit(w.TABLE_GROW, table)
            self.keep((kind,))
        elif way == "copy":
            source = rng.choice([i for i, other in enumerate(tables) if other.element == element])
            other = tables[source].address
            self.constant(kind, self._range(2))
            self.constant(other, self._range(2))
            self.constant(_narrower(kind, other), self._range(2))
            self.emit(w.TABLE_COPY, (table, source))
        else:
            self._init(table)

    def _init(self, table: int) -> None:
        """Entries out of a segment of the table's type."""
        kind = self.world.tables[table]
        elements = self.world.draft.elements
        fitting = [i for i, segment in enumerate(elements) if segment.type.heap == kind.element.heap]
        if not fitting:
            return
        number = self.rng.choice(fitting)
        if self.chance(0.1):
            self.emit(w.ELEM_DROP, number)
            return
        length = len(elements[number]) if elements[number].mode == PASSIVE else 0
        self.constant(kind.address, self._range(2))
        start = self._range(length)
        self.constant(I32, start)
        self.constant(I32, self._range(min(length - start, 2)))
        self.emit(w.TABLE_INIT, (number, table))


def _narrower(one: ValType, two: ValType) -> ValType:
    """The type of a length for both."""
    return I32 if I32 in (one, two) else one
