"""Objects of wasm's heap as Python objects: structs, arrays, and the small integers of type i31."""

from __future__ import annotations

import ctypes
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple, overload

from seaofnodes.backend.layout import (
    ARRAY_ELEMENTS,
    ARRAY_LENGTH,
    I31_SHIFT,
    OBJECT_TAG,
    OBJECT_TYPE,
)
from seaofnodes.wasm.engine.references import Pins
from seaofnodes.wasm.object_layout import element_size, struct_layout
from seaofnodes.wasm.types import ArrayType, FieldType, StructType

if TYPE_CHECKING:
    from seaofnodes.wasm.engine.store import Store

_CELLS: Final[dict[int, Any]] = {8: ctypes.c_uint8, 16: ctypes.c_uint16, 32: ctypes.c_uint32, 64: ctypes.c_uint64}
_MASK32: Final = 0xFFFF_FFFF


class I31Reference(int):
    """A value of type i31, which is an int, too: from -2**30 up to 2**30 - 1.

    It can be made of an unsigned one, up to 2**31 - 1. Raises OverflowError for others.
    """

    __slots__ = ()

    def __new__(cls, value: int) -> I31Reference:
        if not -(1 << 30) <= value < 1 << 31:
            raise OverflowError(f"{value} does not fit in i31")
        return super().__new__(cls, value - (value >> 30 << 31) if value >= 0 else value)

    def __repr__(self) -> str:
        return f"I31Reference({self})"

    def __str__(self) -> str:
        return int.__repr__(self)


def i31_word(value: int) -> int:
    """The word of an i31, of whose value the lowest 31 bits count."""
    return (2 * value + 1 & _MASK32) << I31_SHIFT - 1


def i31_of(word: int) -> I31Reference:
    """The i31 with that word."""
    return I31Reference(word >> I31_SHIFT)


class Conversion(NamedTuple):
    """How cells become Python values and the other way round; see conversion.py."""

    to_bits: Callable[..., int]
    from_bits: Callable[..., Any]


def header_type(word: int) -> int:
    """The id of the type of the object that a word refers to."""
    found: int = ctypes.c_uint32.from_address(word - OBJECT_TAG + OBJECT_TYPE).value
    return found


class ObjectReference:
    """A struct or an array; equal to another if both are the same object, which lives as long as this does.

    Attributes: store: of its engine; type.
    """

    __slots__ = ("__weakref__", "_convert", "_handle", "_sharing", "store", "type")

    type: StructType | ArrayType

    def __init__(self, store: Store, word: int, convert: Conversion) -> None:
        """For words that something holds."""
        self.store = store
        self._convert = convert
        self._handle = store.runtime.heap.handle(word)
        self._sharing = store.sharing()  # whose functions it may hold
        self.type = store.types[header_type(word)]  # type: ignore[assignment]

    @property
    def word(self) -> int:
        """The reference in machine code."""
        return self._handle.word

    @abstractmethod
    def __len__(self) -> int:
        """Number of fields or elements."""

    @abstractmethod
    def _place(self, index: int) -> tuple[FieldType, int]:
        """What is there, and its offset. Raises IndexError."""

    def __getitem__(self, index: int) -> Any:
        """The value there; integers of fewer than 32 bits without a sign. Raises IndexError."""
        field, offset = self._place(index)
        cell = _CELLS[field.type.bits].from_address(self.word - OBJECT_TAG + offset)
        if field.is_packed:
            return cell.value
        if not field.type.is_reference:
            return self._convert.from_bits(self.store, cell.value, field.type)
        return self.store.references.while_kept(lambda: self._convert.from_bits(self.store, cell.value, field.type))

    def __setitem__(self, index: int, value: Any) -> None:
        """Raises IndexError, TypeError if it is immutable or the value is of another type, OverflowError."""
        field, offset = self._place(index)
        what = self._what(index)
        if not field.mutable:
            raise TypeError(f"{what} is immutable")
        cell = _CELLS[field.type.bits].from_address(self.word - OBJECT_TAG + offset)
        if field.is_packed:
            cell.value = packed_bits(value, field.type.bits, what)
            return
        pins = Pins()
        cell.value = self._convert.to_bits(self.store, value, field.type, what, self._sharing, pins)

    def __iter__(self) -> Iterator[Any]:
        """The values in order."""
        return (self[index] for index in range(len(self)))

    @abstractmethod
    def _what(self, index: int) -> str:
        """A name for messages."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectReference) and self.word == other.word and self.store is other.store

    def __hash__(self) -> int:
        return hash(self.word)

    def __repr__(self) -> str:
        return f"<{self.type} at {self.word - OBJECT_TAG:#x}>"


def packed_bits(value: object, bits: int, what: str) -> int:
    """An int as a packed value of so many bits, with or without a sign. Raises TypeError, OverflowError."""
    if not isinstance(value, int):
        raise TypeError(f"{what} is {value!r}; i{bits} takes an int")
    if not -(1 << bits - 1) <= value < 1 << bits:
        raise OverflowError(f"{what} is {value}, which does not fit in i{bits}")
    return value


class StructReference(ObjectReference):
    """A struct: its fields, by index, or by name where a module's name section has them.

        point = instance.exports["make"](1, 2)
        point[0] += 1; point["y"]; len(point); list(point)

    Equal to another if both are the same object, which lives as long as this does. Attributes: type.
    """

    __slots__ = ()

    type: StructType

    @property
    def names(self) -> dict[str, int]:
        """Index of each field that has a name."""
        return dict(self.store.field_names.get(header_type(self.word), ()))

    def __len__(self) -> int:
        return len(self.type.fields)

    def __getitem__(self, index: int | str) -> Any:
        """The field's value; integers of fewer than 32 bits without a sign. Raises IndexError, KeyError for a name."""
        return super().__getitem__(self._number(index))

    def __setitem__(self, index: int | str, value: Any) -> None:
        """Raises IndexError, KeyError for a name, TypeError if it is immutable or the value is of another type,
        OverflowError.
        """
        super().__setitem__(self._number(index), value)

    def _number(self, index: int | str) -> int:
        if not isinstance(index, str):
            return index
        try:
            return self.names[index]
        except KeyError:
            raise KeyError(f"no field of {self.type} is named {index!r}") from None

    def _place(self, index: int) -> tuple[FieldType, int]:
        fields = self.type.fields
        if not 0 <= index < len(fields):
            raise IndexError(f"field {index} of a struct of {len(fields)}")
        return fields[index], struct_layout(self.type)[0][index]

    def _what(self, index: int) -> str:
        return f"field {index}"


class ArrayReference(ObjectReference):
    """An array: its elements, by index from 0.

        text = instance.exports["greet"]()
        text[0], len(text), bytes(text)

    Equal to another if both are the same object, which lives as long as this does. Attributes: type.
    """

    __slots__ = ()

    type: ArrayType

    def __len__(self) -> int:
        found: int = ctypes.c_uint32.from_address(self.word - OBJECT_TAG + ARRAY_LENGTH).value
        return found

    def _place(self, index: int) -> tuple[FieldType, int]:
        if not 0 <= index < len(self):
            raise IndexError(f"element {index} of an array of {len(self)}")
        return self.type.element, ARRAY_ELEMENTS + index * element_size(self.type)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        """The element there, of a slice a list; integers of fewer than 32 bits without a sign. Raises IndexError."""
        if isinstance(index, slice):
            return [super(ArrayReference, self).__getitem__(at) for at in range(*index.indices(len(self)))]
        return super().__getitem__(index)

    @overload
    def __setitem__(self, index: int, value: Any) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[Any]) -> None: ...
    def __setitem__(self, index: int | slice, value: Any) -> None:
        """A slice takes as many values as it has elements. Raises IndexError, TypeError if it is immutable or a value
        is of another type, OverflowError, ValueError for another number of values.
        """
        if not isinstance(index, slice):
            super().__setitem__(index, value)
            return
        places, values = range(*index.indices(len(self))), list(value)
        if len(places) != len(values):
            raise ValueError(f"{len(values)} values for {len(places)} elements; an array keeps its length")
        for place, one in zip(places, values, strict=True):
            super().__setitem__(place, one)

    def __bytes__(self) -> bytes:
        """The elements, if all are integers of 8 bits or such as fit in 8 without a sign. Raises what bytes() does."""
        if self.type.element.type.bits == 8:
            return ctypes.string_at(self.word - OBJECT_TAG + ARRAY_ELEMENTS, len(self))
        return bytes(list(self))

    def _what(self, index: int) -> str:
        return f"element {index}"
