"""What typed arrays tell of themselves, and their iterators (ECMA-262, section 23.2.3)."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.javascript.builtins.arrays.iterators import ENTRIES, KEYS, VALUES, create_array_iterator
from seaofnodes.javascript.builtins.binary.typed.views import is_typed_array, length_of, of_typed_array
from seaofnodes.javascript.builtins.table import Builtin, Getter, Method
from seaofnodes.javascript.objects import layout
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.methods.typed import element_type
from seaofnodes.javascript.objects.words import smi
from seaofnodes.javascript.operations.errors import describe, type_error


def _getter(name: str, tell: Callable[[Isolate, int], int]) -> Getter:
    def code(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        if not is_typed_array(iso, this):
            type_error(
                iso,
                f"Method get %TypedArray%.prototype.{name} called on incompatible receiver {describe(iso, this)}",
            )
        return tell(iso, this)

    return Getter(name, code)


def _buffer(iso: Isolate, view: int) -> int:
    return iso.memory.load(view, layout.VIEW_BUFFER)


def _byte_length(iso: Isolate, view: int) -> int:
    return iso.number((length_of(iso, view) or 0) * element_type(iso, view).size)


def _byte_offset(iso: Isolate, view: int) -> int:
    return smi(0) if length_of(iso, view) is None else iso.memory.load(view, layout.VIEW_OFFSET)


def _length(iso: Isolate, view: int) -> int:
    return iso.number(length_of(iso, view) or 0)


def get_tag(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """get %TypedArray%.prototype [ %Symbol.toStringTag% ]"""
    return iso.name(f"{element_type(iso, this).name}Array") if is_typed_array(iso, this) else iso.undefined


def _iterating(name: str, what: int) -> Builtin:
    @of_typed_array(name)
    def code(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
        return create_array_iterator(iso, this, what)

    return code


GETTERS = (
    _getter("buffer", _buffer),
    _getter("byteLength", _byte_length),
    _getter("byteOffset", _byte_offset),
    _getter("length", _length),
)
ITERATORS = (
    Method("entries", 0, _iterating("entries", ENTRIES)),
    Method("keys", 0, _iterating("keys", KEYS)),
    Method("values", 0, _iterating("values", VALUES)),
)
