"""The types of an instance, as what makes structs and arrays of them in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.errors import HeapLimitError
from seaofnodes.wasm.engine.objects.construct import element_bytes, make_array, make_struct
from seaofnodes.wasm.engine.objects.handles import ArrayReference, Conversion, StructReference, packed_bits
from seaofnodes.wasm.engine.references import Pins
from seaofnodes.wasm.object_layout import array_bytes
from seaofnodes.wasm.subtyping import has_default
from seaofnodes.wasm.types import ArrayType, FieldType, StructType

if TYPE_CHECKING:
    from seaofnodes.wasm.engine.store import Store
    from seaofnodes.wasm.module import Module

_MOST_ELEMENTS: Final = (1 << 32) - 1


class _Constructor:
    def __init__(self, store: Store, type_id: int, name: str, convert: Conversion) -> None:
        self._store = store
        self._id = type_id
        self._convert = convert
        self._sharing = store.sharing()  # whose functions its objects may hold
        self.name = name

    def _bits(self, value: object, field: FieldType, what: str, pins: Pins) -> int:
        if field.is_packed:
            return packed_bits(value, field.type.bits, what)
        return self._convert.to_bits(self._store, value, field.type, what, self._sharing, pins)

    def _exclusively(self, make: Callable[[], Any]) -> Any:
        return self._store.runtime.entry.exclusively(make)


class StructConstructor(_Constructor):
    """A type of structs, which makes them.

        Point = instance.types["point"]
        Point(3, 4); Point(3, y=4); Point()

    Attributes: type; name: what the module calls it.
    """

    type: StructType

    def __init__(self, store: Store, type_id: int, kind: StructType, name: str, convert: Conversion) -> None:
        super().__init__(store, type_id, name, convert)
        self.type = kind

    def __call__(self, *values: object, **named: object) -> StructReference:
        """A new struct: the values of the first fields, and of others by name; all others are zero or null.

        Raises TypeError for a value of another type, a field that is not there or given twice, or one without a value
        that has no default; OverflowError; HeapLimitError.
        """
        fields = self.type.fields
        if len(values) > len(fields):
            raise TypeError(f"{self.name} has {len(fields)} fields, not {len(values)}")
        given = dict(enumerate(values))
        names = self._store.field_names.get(self._id, {})
        for name, value in named.items():
            if name not in names:
                raise TypeError(f"{self.name} has no field that is named {name!r}")
            if names[name] in given:
                raise TypeError(f"field {name} of {self.name} is given twice")
            given[names[name]] = value
        called = {index: name for name, index in names.items()}
        pins = Pins()
        bits = []
        for index, field in enumerate(fields):
            what = f"field {called.get(index, index)} of {self.name}"
            if index in given:
                bits.append(self._bits(given[index], field, what, pins))
            elif has_default(field.type):
                bits.append(0)
            else:
                raise TypeError(f"{what} needs a value: {field.type} is never null")
        made: StructReference = self._exclusively(lambda: make_struct(self._store, self._id, bits, self._hold))
        return made

    def _hold(self, word: int) -> StructReference:
        return StructReference(self._store, word, self._convert)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.type}>"


class ArrayConstructor(_Constructor):
    """A type of arrays, which makes them.

        Text = instance.types["text"]
        Text(b"abc"); Text([97, 98, 99]); Text.filled(3, 97)

    Attributes: type; name: what the module calls it.
    """

    type: ArrayType

    def __init__(self, store: Store, type_id: int, kind: ArrayType, name: str, convert: Conversion) -> None:
        super().__init__(store, type_id, name, convert)
        self.type = kind

    def __call__(self, values: Iterable[object] = ()) -> ArrayReference:
        """A new array of these elements. Raises TypeError for one of another type, OverflowError, HeapLimitError."""
        element = self.type.element
        pins = Pins()
        if element.type.bits == 8 and isinstance(values, bytes | bytearray):
            count, data = len(values), bytes(values)
        else:
            bits = [self._bits(value, element, f"element {index} of {self.name}", pins)
                    for index, value in enumerate(values)]  # fmt: skip
            count, data = len(bits), element_bytes(self._store, self._id, bits)
        return self._make(count, data)

    def filled(self, length: int, value: object = None) -> ArrayReference:
        """A new array of so many elements, all the same; without a value, zero or null. Raises what calling it does,
        ValueError for a negative length.
        """
        if length < 0:
            raise ValueError(f"the length of an array is at least 0, not {length}")
        element = self.type.element
        pins = Pins()
        if value is None and has_default(element.type):
            return self._make(length, b"")
        bits = self._bits(value, element, f"the element of {self.name}", pins)
        self._check(length)
        return self._make(length, element_bytes(self._store, self._id, [bits]) * length)

    def _check(self, length: int) -> None:
        limit = self._store.runtime.heap.limit
        if length > _MOST_ELEMENTS or array_bytes(self.type, length) > limit:
            raise HeapLimitError(f"an array of {length:,} elements needs more than the heap's {limit:,} bytes")

    def _make(self, length: int, data: bytes) -> ArrayReference:
        self._check(length)
        made: ArrayReference = self._exclusively(
            lambda: make_array(self._store, self._id, length, data, self._hold)
        )
        return made

    def _hold(self, word: int) -> ArrayReference:
        return ArrayReference(self._store, word, self._convert)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.type}>"


class ObjectTypes(Mapping["int | str", "StructConstructor | ArrayConstructor"]):
    """The types of structs and arrays of an instance's module: by index, or by name where the name section has it."""

    def __init__(self, store: Store, module: Module, type_ids: Sequence[int], convert: Conversion) -> None:
        """convert: see conversion.py."""
        self._store = store
        self._module = module
        self._type_ids = type_ids
        self._convert = convert
        self._sharing = store.sharing()

    def __getitem__(self, key: int | str) -> StructConstructor | ArrayConstructor:
        """What makes objects of a type. Raises KeyError for what is no type of structs or arrays."""
        module = self._module
        names = module.names.types
        index = key
        if isinstance(key, str):
            index = next((at for at, name in names.items() if name == key), -1)
        kind = module.types[index] if isinstance(index, int) and 0 <= index < len(module.types) else None
        if not isinstance(index, int) or not isinstance(kind, StructType | ArrayType):
            raise KeyError(f"no type of structs or arrays is {key!r}")
        type_id, name = self._type_ids[index], names.get(index, f"type {index}")
        if isinstance(kind, StructType):
            return StructConstructor(self._store, type_id, kind, name, self._convert)
        return ArrayConstructor(self._store, type_id, kind, name, self._convert)

    def __iter__(self) -> Iterator[int | str]:
        """Each once: its name, or its index if it has none of its own."""
        module = self._module
        seen: set[str] = set()
        for index, kind in enumerate(module.types):
            if not isinstance(kind, StructType | ArrayType):
                continue
            name = module.names.types.get(index)
            if name is None or name in seen:
                yield index
            else:
                seen.add(name)
                yield name

    def __len__(self) -> int:
        """How many there are."""
        return sum(1 for _ in self)
