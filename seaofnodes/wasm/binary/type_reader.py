"""Reads types of the binary format: of values, tables, memories, globals, tags. Definitions: type_section.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.errors import DecodeError, ValidationError
from seaofnodes.wasm import features as f
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.types import (
    FUNCREF,
    HEAP_TYPES,
    I32,
    I64,
    NUMERIC_TYPES,
    PACKED_TYPES,
    REFERENCE_TYPES,
    DefinedType,
    FieldType,
    FuncType,
    GlobalType,
    HeapType,
    Limits,
    MemoryType,
    RefType,
    TableType,
    TagType,
    ValType,
    reference,
)

if TYPE_CHECKING:
    from seaofnodes.wasm.binary.reader import Reader

NULL, NON_NULL = 0x63, 0x64  # (ref null ...), (ref ...)
_VECTOR: Final = 0x7B
_MAXIMUM, _SHARED, _WIDE = 1, 2, 4  # flags of limits
_LARGEST_TABLE: Final = {I32: 0xFFFFFFFF, I64: 0xFFFFFFFFFFFFFFFF}
_LARGEST_MEMORY: Final = {I32: limits.MEMORY_PAGES, I64: 1 << 48}


class TypeReader:
    """Reads types at a reader's position; each method raises DecodeError, UnsupportedFeatureError, ValidationError.

    Attributes: reader; types: the module's types so far; features: those that may be used; references: to types of the
    module, by index and whether they may be null, each made once; fields: of struct types by index, types of their
    values and whether all have a default, each found once.
    """

    __slots__ = ("features", "fields", "reader", "references", "types")

    def __init__(self, reader: Reader, types: list[DefinedType], features: frozenset[str]) -> None:
        self.reader = reader
        self.types = types
        self.features = features
        self.references: dict[tuple[int, bool], RefType] = {}
        self.fields: dict[int, tuple[tuple[ValType, ...], bool]] = {}

    def over(self, reader: Reader) -> TypeReader:
        """One that reads elsewhere in the same module."""
        found = TypeReader(reader, self.types, self.features)
        found.references, found.fields = self.references, self.fields
        return found

    def value_type(self) -> ValType:
        """Read a number's or a reference's type."""
        start = self.reader.at
        code = self.reader.byte()
        return NUMERIC_TYPES.get(code) or self._reference(code, start)

    def reference_type(self) -> RefType:
        """Read a reference's type."""
        start = self.reader.at
        code = self.reader.byte()
        if code in NUMERIC_TYPES or code == _VECTOR:
            raise DecodeError("malformed reference type", start)
        return FUNCREF if code == FUNCREF.code else self._reference(code, start)  # of tables, always there

    def _reference(self, code: int, start: int) -> RefType:
        feature = f.VALUE_TYPE_FEATURES.get(code)
        if feature is None:
            raise DecodeError(f"malformed value type {code:#04x}", start)
        f.require(feature, self.features, f"value type {code:#04x}", start)
        short = REFERENCE_TYPES.get(code)
        return self.heap_type(code == NULL) if short is None else short

    def heap_type(self, nullable: bool) -> RefType:
        """Read a heap type, and give the type of references to it."""
        start = self.reader.at
        index = self.reader.signed(33)
        if index >= 0:
            f.require(f.FUNCTION_REFERENCES, self.features, "a reference to a type", start)
            self._type(index, start)
            return self.reference_to(index, nullable)
        return reference(self._abstract(index & 0x7F, start), nullable)

    def reference_to(self, index: int, nullable: bool) -> RefType:
        """The type of references to the type with that index."""
        found = self.references.get((index, nullable))
        if found is None:
            found = self.references[index, nullable] = reference(self.types[index], nullable, str(index))
        return found

    def _abstract(self, code: int, start: int) -> HeapType:
        feature = f.VALUE_TYPE_FEATURES.get(code)
        if self.reader.at != start + 1 or feature is None or code in (NULL, NON_NULL, _VECTOR):
            raise DecodeError("malformed heap type", start)
        f.require(feature, self.features, f"heap type {code:#04x}", start)
        return HEAP_TYPES[code]

    def _type(self, index: int, start: int) -> DefinedType:
        if index >= len(self.types):
            raise ValidationError(f"unknown type {index}", start)
        return self.types[index]

    def function_type(self) -> FuncType:
        """Read the index of a function type."""
        start = self.reader.at
        index = self.reader.u32()
        found = self._type(index, start)
        if not isinstance(found, FuncType):
            raise ValidationError(f"type mismatch: type {index} is not of functions, but {found}", start)
        return found

    def field_type(self) -> FieldType:
        """Read the type of a field or of an array's elements."""
        reader = self.reader
        packed = PACKED_TYPES.get(reader.data[reader.at]) if reader.at < reader.end else None
        if packed is None:
            return FieldType(self.value_type(), self._mutability())
        reader.at += 1
        return FieldType(packed, self._mutability())

    def _mutability(self) -> bool:
        at = self.reader.at
        mutable = self.reader.byte()
        if mutable > 1:
            raise DecodeError("malformed mutability", at)
        return mutable == 1

    def table_type(self) -> TableType:
        """Read the type of a table's elements and its limits."""
        element = self.reference_type()
        at = self.reader.at
        size, address = self._limits(_LARGEST_TABLE, "table size must be at most 2^32-1 entries")
        limits.check(size.min, limits.TABLE_ENTRIES, "entries in a table", at)
        return TableType(element, size, address)

    def memory_type(self) -> MemoryType:
        """Read the limits of a memory."""
        return MemoryType(*self._limits(_LARGEST_MEMORY, "memory size must be at most 65536 pages (4GiB)"))

    def _limits(self, largest: dict[ValType, int], message: str) -> tuple[Limits, ValType]:
        """Read limits, and the type of addresses; a size above the largest for that type is invalid."""
        reader = self.reader
        start = reader.at
        flags = reader.byte()
        if flags & ~(_MAXIMUM | _WIDE):
            hint = " (shared memories are not supported)" if flags < 8 and flags & _SHARED else ""
            raise DecodeError(f"malformed limits flags {flags:#04x}{hint}", start)
        address = I32
        if flags & _WIDE:
            f.require(f.MEMORY64, self.features, "a 64-bit size", start)
            address = I64
        found = Limits(reader.u64(), reader.u64() if flags & _MAXIMUM else None)
        if max(found.min, found.max or 0) > largest[address]:
            raise ValidationError(message if address is I32 else "memory size must be at most 2^48 pages", start)
        if found.max is not None and found.min > found.max:
            raise ValidationError("size minimum must not be greater than maximum", start)
        return found, address

    def global_type(self) -> GlobalType:
        """Read a global's type."""
        return GlobalType(self.value_type(), self._mutability())

    def tag_type(self) -> TagType:
        """Read a tag's type."""
        start = self.reader.at
        if self.reader.byte() != 0:
            raise DecodeError("malformed tag attribute", start)
        found = self.function_type()
        if found.results:
            raise ValidationError(f"non-empty tag result type: {found}", start)
        return TagType(found)
