"""Parameters of operators on objects: types, fields, elements. Types are told by numbers that the language gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from seaofnodes.ir.ops.memory import WIDTHS
from seaofnodes.ir.types import TYPES, Type

OBJECT_KINDS: Final = ("struct", "array")
#: What a reference may be that is tested: anything; null or an object; an object. Only an object has a header to read.
OPERANDS: Final = ("any", "object or null", "object")
#: How a reference is stored where null is never stored: in a field or element that is declared so.
NON_NULL: Final = "NonNullReference"


def _width(rep: str) -> int:
    """In bits; a reference has no other representation."""
    return WIDTHS.get(rep, 64)


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A type of objects.

    Attributes: kind: one of OBJECT_KINDS; number; supertypes: numbers of the types it is a subtype of, the one without
    a supertype first; final: has it no subtypes?
    """

    kind: str
    number: int
    supertypes: tuple[int, ...] = ()
    final: bool = True

    def is_subtype(self, other: ObjectType) -> bool:
        """Is it the other type, or a subtype of it?"""
        return self.number == other.number or other.number in self.supertypes

    def __str__(self) -> str:
        words = [self.kind, str(self.number), *map(str, self.supertypes), *["open"] * (not self.final)]
        return " ".join(words)

    @classmethod
    def of_text(cls, text: str) -> ObjectType:
        kind, number, *more = text.split()
        if kind not in OBJECT_KINDS:
            raise ValueError(f"no kind of objects: {kind}")
        supertypes = tuple(int(word) for word in more if word != "open")
        return cls(kind, int(number), supertypes, "open" not in more)


@dataclass(frozen=True, slots=True)
class FieldAccess:
    """A field of an object, as it is loaded or stored.

    Attributes: declared: number of the type that declares it, which all its subtypes inherit it from; field: its number
    there; rep: a key of WIDTHS, "Reference" or NON_NULL: Int*/Uint* extend, Word* are as wide as the type or are
    stored truncated; type: of the value; offset: in bytes from the start of the object.
    """

    declared: int
    field: int
    rep: str
    type: Type
    offset: int

    @property
    def width(self) -> int:
        """In bits."""
        return _width(self.rep)

    @property
    def alias(self) -> str:
        """The alias class: a field overlaps no other one."""
        return f"field {self.declared}.{self.field}"

    def as_loaded(self, rep: str) -> FieldAccess:
        return replace(self, rep=rep)

    def __str__(self) -> str:
        return f"{self.rep}, {self.type}, type {self.declared}, field {self.field} at {self.offset}"

    def texts(self) -> list[str]:
        return [self.rep, self.type.name, str(self.declared), str(self.field), str(self.offset)]

    @classmethod
    def of_texts(cls, rep: str, type: str, declared: str, field: str, offset: str) -> FieldAccess:
        return cls(int(declared), int(field), rep, TYPES[type], int(offset))


@dataclass(frozen=True, slots=True)
class ElementAccess:
    """An element of an array, as it is loaded or stored. Attributes: array: number of the array type without a
    supertype that the array's type is, or is a subtype of; rep, type: as of a FieldAccess.
    """

    array: int
    rep: str
    type: Type

    @property
    def width(self) -> int:
        """In bits."""
        return _width(self.rep)

    @property
    def alias(self) -> str:
        """The alias class: all elements of arrays of that type."""
        return f"elements {self.array}"

    def as_loaded(self, rep: str) -> ElementAccess:
        return replace(self, rep=rep)

    def __str__(self) -> str:
        return f"{self.rep}, {self.type}, type {self.array}"

    def texts(self) -> list[str]:
        return [self.rep, self.type.name, str(self.array)]

    @classmethod
    def of_texts(cls, rep: str, type: str, array: str) -> ElementAccess:
        return cls(int(array), rep, TYPES[type])


@dataclass(frozen=True, slots=True)
class StructShape:
    """A struct to be made. Attributes: type; size: in bytes, a multiple of 8; fields: as they are stored."""

    type: ObjectType
    size: int
    fields: tuple[FieldAccess, ...]

    def __str__(self) -> str:
        return f"{self.type}, {self.size} bytes"

    def texts(self) -> list[str]:
        return [str(self.type), str(self.size), *(" ".join(field.texts()) for field in self.fields)]

    @classmethod
    def of_texts(cls, type: str, size: str, *fields: str) -> StructShape:
        return cls(ObjectType.of_text(type), int(size), tuple(FieldAccess.of_texts(*text.split()) for text in fields))


@dataclass(frozen=True, slots=True)
class ArrayShape:
    """An array to be made. Attributes: type; element: as it is stored; count: of elements that are given, -1: the
    length is given, the elements are zero.
    """

    type: ObjectType
    element: ElementAccess
    count: int = -1

    def of_elements(self, count: int) -> ArrayShape:
        """The same with so many elements given."""
        return replace(self, count=count)

    def __str__(self) -> str:
        return f"{self.type}, {self.element}" + f", {self.count} elements" * (self.count >= 0)

    def texts(self) -> list[str]:
        return [str(self.type), str(self.count), *self.element.texts()]

    @classmethod
    def of_texts(cls, type: str, count: str, *element: str) -> ArrayShape:
        return cls(ObjectType.of_text(type), ElementAccess.of_texts(*element), int(count))


@dataclass(frozen=True, slots=True)
class VirtualObject:
    """An object that is not made where it is, but if execution leaves there.

    Attributes: number: tells it from all others of the same frame states; shape: an array's has a count.
    """

    number: int
    shape: StructShape | ArrayShape

    @property
    def types(self) -> tuple[Type, ...]:
        """Of the values of its fields or elements."""
        shape = self.shape
        if isinstance(shape, StructShape):
            return tuple([field.type for field in shape.fields])
        return (shape.element.type,) * shape.count

    def __str__(self) -> str:
        return f"{self.number}, {self.shape}"

    def texts(self) -> list[str]:
        return [str(self.number), *self.shape.texts()]

    @classmethod
    def of_texts(cls, number: str, type: str, *more: str) -> VirtualObject:
        kind = StructShape if type.split(maxsplit=1)[0] == "struct" else ArrayShape
        return cls(int(number), kind.of_texts(type, *more))


@dataclass(frozen=True, slots=True)
class TypeTest:
    """What a reference is tested for.

    Attributes: target: a type, or "struct", "array", "i31" or "eq" (an object or an i31); nullable: does null pass?;
    operand: one of OPERANDS: what the reference is known to be.
    """

    target: ObjectType | str
    nullable: bool = False
    operand: str = "any"

    def passes(self, type: ObjectType) -> bool:
        """Do objects of exactly that type pass?"""
        if isinstance(self.target, ObjectType):
            return type.is_subtype(self.target)
        return self.target in ("eq", type.kind)

    def __str__(self) -> str:
        return f"{self.target}{' or null' * self.nullable} of {self.operand}"

    def texts(self) -> list[str]:
        return [str(self.target), self.operand, *["nullable"] * self.nullable]

    @classmethod
    def of_texts(cls, target: str, operand: str, nullable: str = "") -> TypeTest:
        if operand not in OPERANDS:
            raise ValueError(f"no such operand of a test: {operand}")
        found = target if target in ("struct", "array", "i31", "eq") else ObjectType.of_text(target)
        return cls(found, nullable == "nullable", operand)
