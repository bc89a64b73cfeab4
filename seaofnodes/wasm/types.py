"""WebAssembly types: of values, functions, structs, arrays, tables, memories, globals and tags.

Number types, and references to abstract heap types, are interned: compare them with `is`. References to defined types
are not: they compare equal when their types are the same in the sense of the specification (iso-recursive: types are
equal if their recursion groups are, member by member), across modules too.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, ClassVar, Final, NamedTuple

from seaofnodes.ir.types import FLOAT32, FLOAT64, REFERENCE, WORD32, WORD64, Type


class ValType:
    """A value type, immutable and interned.

    Attributes: name: as in the text format; code: its (first) byte in the binary format; bits: width of a value in a
    slot; is_float: does it live in a float register?; is_reference: does a collector have to know it?
    """

    __slots__ = ("bits", "code", "is_float", "is_reference", "name")

    name: Final[str]
    code: Final[int]
    bits: Final[int]
    is_float: Final[bool]
    is_reference: Final[bool]

    def __init__(self, name: str, code: int, bits: int, *, is_float: bool = False, is_reference: bool = False) -> None:
        self.name = name
        self.code = code
        self.bits = bits
        self.is_float = is_float
        self.is_reference = is_reference

    def __repr__(self) -> str:
        return self.name

    def __copy__(self) -> ValType:
        return self

    def __deepcopy__(self, memo: object) -> ValType:
        return self

    def __reduce__(self) -> Any:
        return self.name.upper()  # pickle by reference to the module's constant


I32 = ValType("i32", 0x7F, 32)
I64 = ValType("i64", 0x7E, 64)
F32 = ValType("f32", 0x7D, 32, is_float=True)
F64 = ValType("f64", 0x7C, 64, is_float=True)

NUMERIC_TYPES: Final = {t.code: t for t in (I32, I64, F32, F64)}

I8 = ValType("i8", 0x78, 8)  # packed: of fields and elements in storage only
I16 = ValType("i16", 0x77, 16)
PACKED_TYPES: Final = {t.code: t for t in (I8, I16)}


class HeapType:
    """An abstract heap type, interned: what a reference may refer to.

    Attributes: name: as in the text format; code: its byte in the binary format; supertype: the next larger one, or
    None; top: the largest one of its hierarchy; is_bottom: is it the smallest one there, so that only null is left?
    """

    __slots__ = ("code", "is_bottom", "name", "supertype", "top")

    def __init__(self, name: str, code: int, supertype: HeapType | None = None, *, is_bottom: bool = False) -> None:
        self.name: Final = name
        self.code: Final = code
        self.supertype: Final = supertype
        self.top: Final[HeapType] = self if supertype is None else supertype.top
        self.is_bottom: Final = is_bottom

    def __repr__(self) -> str:
        return self.name

    def __copy__(self) -> HeapType:
        return self

    def __deepcopy__(self, memo: object) -> HeapType:
        return self

    def __reduce__(self) -> str:
        return self.name.upper()


FUNC = HeapType("func", 0x70)
NOFUNC = HeapType("nofunc", 0x73, FUNC, is_bottom=True)
EXTERN = HeapType("extern", 0x6F)
NOEXTERN = HeapType("noextern", 0x72, EXTERN, is_bottom=True)
EXN = HeapType("exn", 0x69)
NOEXN = HeapType("noexn", 0x74, EXN, is_bottom=True)
ANY = HeapType("any", 0x6E)
EQ = HeapType("eq", 0x6D, ANY)
I31 = HeapType("i31", 0x6C, EQ)
STRUCT = HeapType("struct", 0x6B, EQ)
ARRAY = HeapType("array", 0x6A, EQ)
NONE = HeapType("none", 0x71, ANY, is_bottom=True)
BOTTOM = HeapType("bottom", 0)  # of all hierarchies: only where code cannot be reached

HEAP_TYPES: Final = {t.code: t for t in (FUNC, NOFUNC, EXTERN, NOEXTERN, EXN, NOEXN, ANY, EQ, I31, STRUCT, ARRAY, NONE)}


class RefType(ValType):
    """A reference type: to an abstract heap type, or to a defined type; maybe null.

    Those to abstract heap types are interned; make others with `reference`.
    """

    __slots__ = ("heap", "nullable")

    heap: HeapType | DefinedType  # set once more when the types of a recursion group have been read
    nullable: Final[bool]

    def __init__(self, heap: HeapType | DefinedType, nullable: bool, name: str) -> None:
        code = 0x63 if nullable else 0x64
        if nullable and isinstance(heap, HeapType):
            code = heap.code
        super().__init__(name, code, 64, is_reference=True)
        self.heap = heap
        self.nullable = nullable

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, RefType) and self.nullable == other.nullable and self.heap == other.heap

    def __hash__(self) -> int:
        return hash((self.nullable, self.heap))

    def __reduce__(self) -> Any:
        if isinstance(self.heap, HeapType):
            return reference, (self.heap, self.nullable)
        state = {name: getattr(self, name) for name in ("name", "code", "bits", "is_float", "is_reference")}
        state |= {"heap": self.heap, "nullable": self.nullable}  # not an argument: it may lead back to this type
        return copyreg.__newobj__, (RefType,), (None, state)  # type: ignore[attr-defined]


_SHORT_NAMES: Final = {NOFUNC: "nullfuncref", NOEXTERN: "nullexternref", NOEXN: "nullexnref", NONE: "nullref"}
_NULLABLE: Final = {
    heap: RefType(heap, True, _SHORT_NAMES.get(heap, f"{heap.name}ref")) for heap in HEAP_TYPES.values()
}
_NON_NULL: Final = {heap: RefType(heap, False, f"(ref {heap.name})") for heap in (*HEAP_TYPES.values(), BOTTOM)}


def reference(heap: HeapType | DefinedType, nullable: bool, name: str = "") -> RefType:
    """A reference type. name: of a defined type; its index in the module that mentions it, if it has one."""
    if isinstance(heap, HeapType):
        return (_NULLABLE if nullable else _NON_NULL)[heap]
    return RefType(heap, nullable, f"(ref {'null ' if nullable else ''}{name or heap})")


def with_null(kind: RefType, nullable: bool) -> RefType:
    """The type of references to the same heap type that may or must not be null."""
    if kind.nullable == nullable:
        return kind
    if isinstance(kind.heap, HeapType):
        return REF_BOTTOM if kind.heap is BOTTOM else reference(kind.heap, nullable)
    return reference(kind.heap, nullable, kind.name[1:-1].removeprefix("ref ").removeprefix("null "))


FUNCREF: Final = reference(FUNC, True)
EXTERNREF: Final = reference(EXTERN, True)
EXNREF: Final = reference(EXN, True)
REF_FUNC: Final = reference(FUNC, False)
REF_EXN: Final = reference(EXN, False)
REF_BOTTOM: Final = reference(BOTTOM, False)

# By the byte that abbreviates (ref null ...).
REFERENCE_TYPES: Final = {heap.code: found for heap, found in _NULLABLE.items()}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DefinedType:
    """A type that a module defines: a FuncType, StructType or ArrayType; and what it may stand for.

    supertypes: the types that it was declared a subtype of, the one without a supertype first: a type at depth n, with
    n supertypes, is a subtype of another at depth m < n if that is `supertypes[m]`, and of no other one above it.
    final: may others not be declared subtypes of it?
    group: digest of the recursion group it belongs to, with its position there; empty for a type on its own that is
    final, has no supertype and refers to no other defined type: that is what it mentions.
    """

    supertypes: tuple[DefinedType, ...] = field(default=(), repr=False)
    final: bool = True
    group: bytes = field(default=b"", repr=False)
    above: ClassVar[HeapType]  # the abstract heap type right above all types of this kind

    @property
    def supertype(self) -> DefinedType | None:
        """The type it was declared a subtype of."""
        return self.supertypes[-1] if self.supertypes else None

    @property
    def form(self) -> bytes:
        """What is to be said of it beside the types that it mentions."""
        raise NotImplementedError

    @property
    def mentions(self) -> tuple[tuple[ValType, ...], ...]:
        """The types that it mentions."""
        raise NotImplementedError

    @property
    def identity(self) -> bytes:
        """Equal types have equal identities, and different types have different ones."""
        return self.group or digest(self)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, DefinedType):
            return NotImplemented
        if self.group or other.group:
            return self.group == other.group
        return self.form == other.form and self.mentions == other.mentions

    def __hash__(self) -> int:
        return hash(self.group or self.mentions)


@dataclass(frozen=True, slots=True, eq=False)
class FuncType(DefinedType):
    """A function type: types of parameters and results."""

    params: tuple[ValType, ...]
    results: tuple[ValType, ...]
    above: ClassVar[HeapType] = FUNC

    @property
    def form(self) -> bytes:
        """See DefinedType."""
        return b"\x60"

    @property
    def mentions(self) -> tuple[tuple[ValType, ...], ...]:
        """See DefinedType."""
        return self.params, self.results

    def __str__(self) -> str:
        params = " ".join(t.name for t in self.params)
        results = " ".join(t.name for t in self.results)
        return f"[{params}] -> [{results}]"


class FieldType(NamedTuple):
    """A field of a struct, or the elements of an array: the type in storage, maybe packed, and may it be set?"""

    type: ValType
    mutable: bool

    @property
    def unpacked(self) -> ValType:
        """The type of its values as operands: i32 for a packed one."""
        return I32 if self.is_packed else self.type

    @property
    def is_packed(self) -> bool:
        """Is it stored in less than an operand's width, so that reading it has to say how it is extended?"""
        return self.type is I8 or self.type is I16

    def __str__(self) -> str:
        return f"(mut {self.type})" if self.mutable else self.type.name


_SHOWN_FIELDS: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class StructType(DefinedType):
    """A struct type: its fields. A subtype has those of its supertype first."""

    fields: tuple[FieldType, ...]
    above: ClassVar[HeapType] = STRUCT

    @property
    def form(self) -> bytes:
        """See DefinedType."""
        return bytes((0x5F, *(field.mutable for field in self.fields)))

    @property
    def mentions(self) -> tuple[tuple[ValType, ...], ...]:
        """See DefinedType."""
        return (tuple([field.type for field in self.fields]),)

    def __str__(self) -> str:
        more = ["..."] * (len(self.fields) > _SHOWN_FIELDS)
        return f"struct {{{', '.join([*map(str, self.fields[:_SHOWN_FIELDS]), *more])}}}"


@dataclass(frozen=True, slots=True, eq=False)
class ArrayType(DefinedType):
    """An array type: what its elements are."""

    element: FieldType
    above: ClassVar[HeapType] = ARRAY

    @property
    def form(self) -> bytes:
        """See DefinedType."""
        return bytes((0x5E, self.element.mutable))

    @property
    def mentions(self) -> tuple[tuple[ValType, ...], ...]:
        """See DefinedType."""
        return ((self.element.type,),)

    def __str__(self) -> str:
        return f"array [{self.element}]"


def digest(kind: DefinedType, place: Callable[[DefinedType], bytes] = lambda found: found.identity) -> bytes:
    """A digest of a type without its supertypes. place: what stands for a defined type that it mentions."""
    form = kind.form
    found = blake2b(len(form).to_bytes(4, "little") + form, digest_size=32)
    for kinds in kind.mentions:
        found.update(len(kinds).to_bytes(4, "little"))
        for mentioned in kinds:
            found.update(mentioned.code.to_bytes(1, "little"))
            if isinstance(mentioned, RefType):
                heap = mentioned.heap
                found.update(bytes((heap.code,)) if isinstance(heap, HeapType) else b"\0" + place(heap))
    return found.digest()


@dataclass(frozen=True, slots=True)
class Limits:
    """Size limits: entries of a table, or 64 KiB pages of a memory; max None means no declared maximum."""

    min: int
    max: int | None = None


@dataclass(frozen=True, slots=True)
class TableType:
    """Element type and limits (in entries) of a table; address: type of its indices, i32 or i64."""

    element: RefType
    limits: Limits
    address: ValType = I32


@dataclass(frozen=True, slots=True)
class MemoryType:
    """Limits of a memory in pages of 64 KiB; address: type of its addresses, i32 or i64."""

    limits: Limits
    address: ValType = I32


@dataclass(frozen=True, slots=True)
class GlobalType:
    """Value type of a global, and whether it may be set."""

    type: ValType
    mutable: bool


@dataclass(frozen=True, slots=True)
class TagType:
    """Type of a tag: the parameters are what its exceptions carry."""

    type: FuncType


_MACHINE: Final = {I32: WORD32, I64: WORD64, F32: FLOAT32, F64: FLOAT64, I8: WORD32, I16: WORD32}


def type_of(kind: ValType) -> Type:
    """The machine type of values of a type."""
    return _MACHINE.get(kind, REFERENCE)
