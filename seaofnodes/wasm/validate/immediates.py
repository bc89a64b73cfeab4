"""Immediates of any form, read in full: validation of a body reads the usual short ones in passing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.errors import DecodeError
from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.binary.reader import read_unsigned
from seaofnodes.wasm.binary.type_reader import TypeReader
from seaofnodes.wasm.features import MULTI_MEMORY, MULTI_VALUE, require
from seaofnodes.wasm.subtyping import matches
from seaofnodes.wasm.types import FUNCREF, NUMERIC_TYPES, FuncType, ValType
from seaofnodes.wasm.validate.cursor import must_be_function
from seaofnodes.wasm.validate.stack import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaofnodes.wasm.module import Module

Label = tuple[ValType, ...]  # the types of the values that a branch to it carries

BLOCK_TYPES: Final = {
    0x40: FuncType((), ()),
    **{code: FuncType((), (kind,)) for code, kind in NUMERIC_TYPES.items()},
}  # the others need a feature


class Immediates:
    """Reads immediates of one module's bodies. All methods raise DecodeError, UnsupportedFeatureError, Invalid."""

    def __init__(self, module: Module, data: bytes, types: TypeReader, features: frozenset[str]) -> None:
        self.module = module
        self.data = data
        self.types = types
        self.features = features

    def block_type(self, at: int, end: int) -> tuple[FuncType, int]:
        """Read a block type in full: (its type, offset after it)."""
        reader = self.types.reader
        reader.at, reader.end = at, end
        if 0x40 < self.data[at] < 0x80:
            return FuncType((), (self.types.value_type(),)), reader.at
        index = reader.signed(33)
        if index < 0:
            raise DecodeError("malformed block type", at)
        require(MULTI_VALUE, self.features, "a block with a type index", at)
        if index >= len(self.module.types):
            raise Invalid(f"unknown type {index}")
        return must_be_function(index, self.module.types[index]), reader.at

    def memory_access(self, at: int, end: int, alignment: int) -> tuple[ValType, int]:
        """Check the immediates of a load or store in full: (type of the address, offset after them)."""
        flags, behind = read_unsigned(self.data, at, end)
        if flags >= 0x80:
            raise DecodeError("malformed memop flags", at)
        memory = 0
        if flags & 0x40:
            require(MULTI_MEMORY, self.features, "a memory index in a load or store", at)
            memory, behind = read_unsigned(self.data, behind, end)
            flags ^= 0x40
        if flags > alignment:
            raise Invalid("alignment must not be larger than natural")
        offset, behind = read_unsigned(self.data, behind, end, 64)
        if memory >= len(self.module.memories):
            raise Invalid(f"unknown memory {memory}")
        address = self.module.memories[memory].address
        if offset >> address.bits:
            raise Invalid("offset out of range: above 32 bits")
        return address, behind

    def delegate(self, at: int, end: int, block: int, outside: int) -> int:
        """Check the label of a delegate that ends `block`, `outside` blocks deep; gives the offset after it."""
        if block != o.TRY:
            raise DecodeError("delegate without try", at)
        depth, at = read_unsigned(self.data, at, end)
        if depth >= outside:
            raise Invalid(f"unknown label {depth}")
        return at

    def indirect_call(self, at: int, end: int) -> tuple[FuncType, ValType, int]:
        """Read type and table of a call_indirect: (the callee's type, type of the index, offset after them)."""
        types, tables = self.module.types, self.module.tables
        index, at = read_unsigned(self.data, at, end)
        table, at = read_unsigned(self.data, at, end)
        if table >= len(tables):
            raise Invalid(f"unknown table {table}")
        if index >= len(types):
            raise Invalid(f"unknown type {index}")
        if not matches(tables[table].element, FUNCREF):
            raise Invalid(f"type mismatch: a call through a table of {tables[table].element}")
        return must_be_function(index, types[index]), tables[table].address, at

    def branch_table(self, at: int, end: int, labels: Sequence[Label]) -> tuple[list[Label], int]:
        """Read the targets of a br_table: (the distinct labels, offset after them)."""
        count, behind = read_unsigned(self.data, at, end)
        limits.check(count, limits.BRANCH_TABLE, "targets in br_table", at)
        targets = set()
        for _ in range(count + 1):
            depth, behind = read_unsigned(self.data, behind, end)
            targets.add(depth)
        if max(targets) >= len(labels):
            raise Invalid(f"unknown label {max(targets)}")
        found = {id(label): label for label in (labels[-1 - depth] for depth in targets)}
        if len({len(label) for label in found.values()}) > 1:
            raise Invalid("type mismatch: the targets of br_table take different numbers of values")
        return list(found.values()), behind
