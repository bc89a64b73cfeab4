"""What is known about state: locations, facts about their contents, and what overwrites them.

A location is a global, a table entry, a size, a field or an element of an object, or an access to a linear memory. A
field has the object as its root; an element the array and the index without a constant. Imported memories that may be
the same are of one alias class, and overlap as if they were. Two addresses are compared by root and
displacement: index = root + constant, displacement = constant + offset, modulo 2**32, since the addition may wrap
where the address computation does not. Of 64-bit memories the root is the whole address without the offset (lifting
gives them the index 0). Same root: disjoint displacements do not alias. Different roots may.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import EVERYTHING
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.ops.shapes import FieldAccess, StructShape

Key = tuple[object, ...]
_MASK = 0xFFFFFFFF
_NO_ROOT = -1  # of a constant index
Root = int | tuple[int, int]  # ids; of an element two: of the array and of the index


class Location:
    """Attributes: key: equal for accesses to what is certainly the same; alias: class of operators that may write it;
    root: id of the index without a constant, or -1; start: displacement from the root modulo 2**32; width: in bytes,
    0 if it is neither in a linear memory nor in an object.
    """

    __slots__ = ("alias", "key", "root", "start", "width")

    def __init__(self, key: Key, alias: str, root: Root = _NO_ROOT, start: int = 0, width: int = 0) -> None:
        self.key = key
        self.alias = alias
        self.root = root
        self.start = start
        self.width = width


class Fact(NamedTuple):
    """What a location holds: the lowest `width` bits of `value` (all, if 0). rep: if the value came by a load, how it
    was extended; else "".
    """

    value: Node
    width: int = 0
    rep: str = ""


def location(node: Node) -> Location:
    """Of a load, a store, a write of a cell, or any other read that floats."""
    op = node.op
    if op.is_load or op.is_store:
        access = op.parameters
        index = node.inputs[1]
        alias = op.reads or op.writes
        if not node.inputs[0].op.is_memory_start:  # of a 64-bit memory: the address is in the start
            root = node.inputs[0].id
            return Location((alias, root, index.id, access.offset), alias, root, access.offset, access.width >> 3)
        if index.op.is_int32_constant:
            address = (index.op.parameters & _MASK) + access.offset
            return Location((access.memory, _NO_ROOT, address), alias, _NO_ROOT, address & _MASK, access.width >> 3)
        key = (access.memory, index.id, access.offset)
        if index.op is m.INT32_ADD and index.inputs[1].op.is_int32_constant:
            start = (index.inputs[1].op.parameters + access.offset) & _MASK
            return Location(key, alias, index.inputs[0].id, start, access.width >> 3)
        return Location(key, alias, index.id, access.offset, access.width >> 3)
    if op.is_object_load or op.is_object_store:
        return _in_object(node)
    if op.cell is not None:
        return Location((op.cell, node.inputs[0].id), op.writes or op.reads)
    return Location((op, *(child.id for child in node.inputs[: op.value_in])), op.reads)


def _in_object(node: Node) -> Location:
    access = node.op.parameters
    alias: str = access.alias
    object, width = node.inputs[0].id, access.width >> 3
    if isinstance(access, FieldAccess):
        return Location((alias, object), alias, object, 0, width)
    index = node.inputs[1]
    if index.op.is_int32_constant:
        number = index.op.parameters & _MASK
        return Location((alias, object, _NO_ROOT, number), alias, (object, _NO_ROOT), number * width & _MASK, width)
    key = (alias, object, index.id)
    if index.op is m.INT32_ADD and index.inputs[1].op.is_int32_constant:
        start = index.inputs[1].op.parameters * width & _MASK
        return Location(key, alias, (object, index.inputs[0].id), start, width)
    return Location(key, alias, (object, index.id), 0, width)


def initial(made: Node) -> Iterator[tuple[Location, Node]]:
    """What the fields or elements of a new object are at first: locations as of their accesses, and values."""
    shape = made.op.parameters
    if isinstance(shape, StructShape):
        for field, value in zip(shape.fields, made.values, strict=True):
            yield Location((field.alias, made.id), field.alias, made.id, 0, field.width >> 3), value
        return
    alias, width = shape.element.alias, shape.element.width >> 3
    for index, value in enumerate(made.values):
        root = (made.id, _NO_ROOT)
        yield Location((alias, made.id, _NO_ROOT, index), alias, root, index * width & _MASK, width), value


Granules = dict[int, set[tuple[int, int]]]  # displacement // 8 -> (start, width) of stores that touch these bytes


class BlockState:
    """Facts that hold at one point of a block because of what stands before it in the block, and what has been
    overwritten since its start.

    Attributes: facts: by key of location; accessed: by key, the greatest width in bytes of an access so far,
    overwritten or not; everything_killed: was there a call?
    """

    __slots__ = ("_classes", "_live", "_stores", "accessed", "everything_killed", "facts")

    def __init__(self) -> None:
        self.facts: dict[Key, Fact] = {}
        self.accessed: dict[Key, int] = {}
        self.everything_killed = False
        self._classes: set[str] = set()  # alias classes of other state than memories, written
        self._stores: dict[str, dict[Root, Granules]] = {}  # alias class -> root -> stores
        # alias class -> root -> granule -> key -> (start, width) of facts; other state than memory is root -1,
        # granule 0
        self._live: dict[str, dict[Root, dict[int, dict[Key, tuple[int, int]]]]] = {}

    def learn(self, where: Location, fact: Fact) -> None:
        """From now on the location is known to hold this; less than what is known is ignored."""
        key = where.key
        self.accessed[key] = max(self.accessed.get(key, 0), where.width)
        known = self.facts.get(key)
        if known is not None and known.width > fact.width:
            return
        self.facts[key] = fact
        roots = self._live.setdefault(where.alias, {})
        granules = roots.setdefault(where.root, {})
        for granule in _granules(where):
            granules.setdefault(granule, {})[key] = (where.start, where.width)

    def forget_everything(self) -> None:
        """What a call may write."""
        self.everything_killed = True
        self.facts.clear()
        self._live.clear()

    def forget_class(self, alias: str) -> None:
        """All locations of an alias class may have been written."""
        if alias == EVERYTHING:
            self.forget_everything()
            return
        self._classes.add(alias)
        self._drop(self._live.pop(alias, {}))

    def overwrite(self, where: Location) -> None:
        """Forget what a write to the location may change."""
        alias = where.alias
        if not where.width:
            self.forget_class(alias)
            return
        stores = self._stores.setdefault(alias, {}).setdefault(where.root, {})
        live = self._live.get(alias)
        for granule in _granules(where):
            stores.setdefault(granule, set()).add((where.start, where.width))
        if not live:
            return
        same_root = live.pop(where.root, None)
        if live:
            self._drop(live)
            live.clear()
        if same_root is None:
            return
        live[where.root] = same_root
        for granule in _granules(where):
            keys = same_root.get(granule)
            if keys:
                for key in [key for key, span in keys.items() if _overlap(span, (where.start, where.width))]:
                    del keys[key]
                    self.facts.pop(key, None)

    def killed(self, where: Location) -> bool:
        """May the location have been written since the start of the block?"""
        if self.everything_killed or where.alias in self._classes:
            return True
        roots = self._stores.get(where.alias)
        if not roots:
            return False
        if len(roots) > 1 or where.root not in roots:
            return True
        stores, span = roots[where.root], (where.start, where.width)
        return any(_overlap(store, span) for granule in _granules(where) for store in stores.get(granule, ()))

    def _drop(self, roots: dict[Root, dict[int, dict[Key, tuple[int, int]]]]) -> None:
        for granules in roots.values():
            for keys in granules.values():
                for key in keys:
                    self.facts.pop(key, None)


def _granules(where: Location) -> tuple[int, ...]:
    first = where.start >> 3
    last = ((where.start + where.width - 1) & _MASK) >> 3 if where.width else first
    return (first,) if first == last else (first, last)


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Do two spans (start, width) share a byte, modulo 2**32?"""
    return (b[0] - a[0]) & _MASK < a[1] or (a[0] - b[0]) & _MASK < b[1]
