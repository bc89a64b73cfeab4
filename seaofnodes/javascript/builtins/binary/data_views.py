"""DataView (ECMA-262, section 25.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.binary.buffers import byte_length, is_buffer, is_detached, is_resizable
from seaofnodes.javascript.builtins.table import (
    Builtin,
    Function,
    Getter,
    Group,
    Intrinsic,
    Method,
    prototype_property,
    tag,
)
from seaofnodes.javascript.objects import layout
from seaofnodes.javascript.objects.factory import new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.methods.typed import (
    TYPES,
    ElementType,
    from_raw,
    to_element,
    to_raw,
    view_length,
)
from seaofnodes.javascript.operations.conversions import to_boolean, to_index
from seaofnodes.javascript.operations.errors import describe, range_error, type_error
from seaofnodes.javascript.operations.objects import get_prototype_from_constructor

Code = Callable[[Isolate, int, list[int]], int]

_NAMES: Final = (  # in V8's order
    "Int8", "Uint8", "Int16", "Uint16", "Int32", "Uint32", "Float16", "Float32", "Float64", "BigInt64", "BigUint64",
)  # fmt: skip
_BY_NAME: Final = {kind.name: kind for kind in TYPES}
_OUTSIDE: Final = "Offset is outside the bounds of the DataView"


def construct_data_view(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """DataView ( buffer [ , byteOffset [ , byteLength ] ] )"""
    if new_target == iso.undefined:
        type_error(iso, "Constructor DataView requires 'new'")
    buffer, start, given = (argument(iso, arguments, i) for i in range(3))
    if not is_buffer(iso, buffer):
        type_error(iso, "First argument to DataView constructor must be an ArrayBuffer")
    outside = f"Start offset {describe(iso, start)} is outside the bounds of the buffer"
    offset = to_index(iso, start, outside)
    _check_attached(iso, buffer)
    if offset > byte_length(iso, buffer):
        range_error(iso, outside)
    wrong = f"Invalid DataView length {describe(iso, given)}"
    length: int | None = None
    if given != iso.undefined:
        length = to_index(iso, given, wrong)
        if offset + length > byte_length(iso, buffer):
            range_error(iso, wrong)
    elif not is_resizable(iso, buffer):
        length = byte_length(iso, buffer) - offset
    prototype = get_prototype_from_constructor(iso, new_target, "DataViewPrototype")
    _check_attached(iso, buffer)
    if offset > byte_length(iso, buffer):
        range_error(iso, outside)
    if given != iso.undefined and length is not None and offset + length > byte_length(iso, buffer):
        range_error(iso, wrong)
    size = iso.undefined if length is None else iso.number(length)
    return new_of_kind(iso, Kind.JS_DATA_VIEW, prototype, buffer, iso.number(offset), size)


def _check_attached(iso: Isolate, buffer: int) -> None:
    if is_detached(iso, buffer):
        type_error(iso, "Cannot perform DataView constructor on a detached ArrayBuffer")


def _of_view(name: str) -> Callable[[Code], Builtin]:
    """Makes a function a builtin that throws TypeError for what is no data view."""

    def decorate(code: Code) -> Builtin:
        def builtin(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
            if not iso.is_object(this) or iso.kind(this) != Kind.JS_DATA_VIEW:
                type_error(iso, f"Method {name} called on incompatible receiver {describe(iso, this)}")
            return code(iso, this, arguments)

        return builtin

    return decorate


def _length(iso: Isolate, view: int, name: str) -> int:
    """Bytes of a data view. Throws TypeError if it is out of bounds."""
    length = view_length(iso, view, 1)
    if length is None:
        type_error(iso, f"Cannot perform {name} on a detached or out-of-bounds ArrayBuffer")
    return length


@_of_view("get DataView.prototype.buffer")
def get_buffer(iso: Isolate, this: int, arguments: list[int]) -> int:
    """get DataView.prototype.buffer"""
    return iso.memory.load(this, layout.VIEW_BUFFER)


@_of_view("get DataView.prototype.byteLength")
def get_byte_length(iso: Isolate, this: int, arguments: list[int]) -> int:
    """get DataView.prototype.byteLength"""
    return iso.number(_length(iso, this, "get DataView.prototype.byteLength"))


@_of_view("get DataView.prototype.byteOffset")
def get_byte_offset(iso: Isolate, this: int, arguments: list[int]) -> int:
    """get DataView.prototype.byteOffset"""
    _length(iso, this, "get DataView.prototype.byteOffset")
    return iso.memory.load(this, layout.VIEW_OFFSET)


def _place(iso: Isolate, view: int, index: int, size: int, name: str) -> int:
    """Where in `memory.b` an element is. Throws TypeError or RangeError."""
    if index + size > _length(iso, view, name):
        range_error(iso, _OUTSIDE)
    memory = iso.memory
    data = memory.raw(memory.raw(view, layout.VIEW_BUFFER), layout.BUFFER_BYTES)
    return data - memory.base + layout.ELEMENTS + int(iso.float_of(memory.raw(view, layout.VIEW_OFFSET))) + index


def _getter(kind: ElementType) -> Method:
    name = f"DataView.prototype.get{kind.name}"

    @_of_view(name)
    def code(iso: Isolate, this: int, arguments: list[int]) -> int:
        index = to_index(iso, argument(iso, arguments, 0), _OUTSIDE)
        little = to_boolean(iso, argument(iso, arguments, 1))
        at = _place(iso, this, index, kind.size, name)
        return from_raw(iso, kind, iso.memory.b[at : at + kind.size], little=little)

    return Method(f"get{kind.name}", 1, code)


def _setter(kind: ElementType) -> Method:
    name = f"DataView.prototype.set{kind.name}"

    @_of_view(name)
    def code(iso: Isolate, this: int, arguments: list[int]) -> int:
        index = to_index(iso, argument(iso, arguments, 0), _OUTSIDE)
        value = to_element(iso, kind, argument(iso, arguments, 1))
        little = to_boolean(iso, argument(iso, arguments, 2))
        at = _place(iso, this, index, kind.size, name)
        iso.memory.b[at : at + kind.size] = to_raw(kind, value, little=little)
        return iso.undefined

    return Method(f"set{kind.name}", 2, code)


GROUPS = (
    Group(
        "DataView",
        constructor=Function(1, construct_data_view),
        entries=(prototype_property("DataViewPrototype"),),
    ),
    Group(
        "DataViewPrototype",
        entries=(
            Intrinsic("constructor", "DataView"),
            Getter("buffer", get_buffer),
            Getter("byteLength", get_byte_length),
            Getter("byteOffset", get_byte_offset),
            *(make(_BY_NAME[name]) for name in _NAMES for make in (_getter, _setter)),
            tag("DataView"),
        ),
    ),
)
