"""ArrayBuffer (ECMA-262, section 25.1)."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.binary.buffers import (
    byte_length,
    data_of,
    detach,
    is_buffer,
    is_detached,
    is_resizable,
    most_bytes,
    new_buffer,
    set_byte_length,
)
from seaofnodes.javascript.builtins.binary.ranges import relative_range
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
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.conversions import to_index
from seaofnodes.javascript.operations.errors import describe, range_error, type_error
from seaofnodes.javascript.operations.objects import get_prototype_from_constructor, species_constructor

Code = Callable[[Isolate, int, list[int]], int]


def construct_array_buffer(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """ArrayBuffer ( length [ , options ] )"""
    if new_target == iso.undefined:
        type_error(iso, "Constructor ArrayBuffer requires 'new'")
    length = to_index(iso, argument(iso, arguments, 0), "Invalid array buffer length")
    most = _most_option(iso, argument(iso, arguments, 1))
    if most is not None and length > most:
        range_error(iso, "Invalid array buffer max length")
    prototype = get_prototype_from_constructor(iso, new_target, "ArrayBufferPrototype")
    return new_buffer(iso, prototype, length, most)


def _most_option(iso: Isolate, options: int) -> int | None:
    """GetArrayBufferMaxByteLengthOption."""
    if not iso.is_object(options):
        return None
    most = properties.get(iso, options, iso.name("maxByteLength"))
    return None if most == iso.undefined else to_index(iso, most, "Invalid array buffer max length")


def is_view(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """ArrayBuffer.isView ( arg )"""
    value = argument(iso, arguments, 0)
    return iso.boolean(iso.is_object(value) and iso.kind(value) in (Kind.JS_TYPED_ARRAY, Kind.JS_DATA_VIEW))


def return_this(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """get ArrayBuffer [ %Symbol.species% ]"""
    return this


def _of_buffer(name: str) -> Callable[[Code], Builtin]:
    """Makes a function a builtin that throws TypeError for what is no buffer."""

    def decorate(code: Code) -> Builtin:
        def builtin(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
            if not is_buffer(iso, this):
                type_error(iso, f"Method {name} called on incompatible receiver {describe(iso, this)}")
            return code(iso, this, arguments)

        return builtin

    return decorate


def _check_attached(iso: Isolate, buffer: int, method: str) -> None:
    if is_detached(iso, buffer):
        type_error(iso, f"Cannot perform ArrayBuffer.prototype.{method} on a detached ArrayBuffer")


@_of_buffer("get ArrayBuffer.prototype.byteLength")
def get_byte_length(iso: Isolate, this: int, arguments: list[int]) -> int:
    """get ArrayBuffer.prototype.byteLength"""
    return iso.number(byte_length(iso, this))


@_of_buffer("get ArrayBuffer.prototype.detached")
def get_detached(iso: Isolate, this: int, arguments: list[int]) -> int:
    """get ArrayBuffer.prototype.detached"""
    return iso.boolean(is_detached(iso, this))


@_of_buffer("get ArrayBuffer.prototype.maxByteLength")
def get_most_bytes(iso: Isolate, this: int, arguments: list[int]) -> int:
    """get ArrayBuffer.prototype.maxByteLength"""
    return iso.number(most_bytes(iso, this))


@_of_buffer("get ArrayBuffer.prototype.resizable")
def get_resizable(iso: Isolate, this: int, arguments: list[int]) -> int:
    """get ArrayBuffer.prototype.resizable"""
    return iso.boolean(is_resizable(iso, this))


@_of_buffer("ArrayBuffer.prototype.resize")
def resize(iso: Isolate, this: int, arguments: list[int]) -> int:
    """ArrayBuffer.prototype.resize ( newLength )"""
    message = "ArrayBuffer.prototype.resize: Invalid length parameter"
    if not is_resizable(iso, this):
        type_error(iso, f"Method ArrayBuffer.prototype.resize called on incompatible receiver {describe(iso, this)}")
    length = to_index(iso, argument(iso, arguments, 0), message)
    _check_attached(iso, this, "resize")
    if length > most_bytes(iso, this):
        range_error(iso, message)
    set_byte_length(iso, this, length)
    return iso.undefined


@_of_buffer("ArrayBuffer.prototype.slice")
def slice_buffer(iso: Isolate, this: int, arguments: list[int]) -> int:
    """ArrayBuffer.prototype.slice ( start, end )"""
    _check_attached(iso, this, "slice")
    start, end = relative_range(iso, arguments, 0, byte_length(iso, this))
    count = max(end - start, 0)
    made = iso.construct(species_constructor(iso, this, "ArrayBuffer"), [iso.number(count)])
    if not is_buffer(iso, made):
        type_error(
            iso,
            f"Method ArrayBuffer.prototype.slice called on incompatible receiver {describe(iso, made)}",
        )
    _check_attached(iso, made, "slice")
    if made == this:
        type_error(iso, "ArrayBuffer subclass returned this from species constructor")
    if byte_length(iso, made) < count:
        type_error(iso, "Species constructor returned a too small ArrayBuffer")
    _check_attached(iso, this, "slice")
    count = min(count, byte_length(iso, this) - start)
    if count > 0:
        data_of(iso, made)[:count] = data_of(iso, this)[start : start + count]
    return made


@_of_buffer("ArrayBuffer.prototype.transfer")
def transfer(iso: Isolate, this: int, arguments: list[int]) -> int:
    """ArrayBuffer.prototype.transfer ( [ newLength ] )"""
    return _transfer(iso, this, arguments, "transfer", keep=True)


@_of_buffer("ArrayBuffer.prototype.transferToFixedLength")
def transfer_to_fixed_length(iso: Isolate, this: int, arguments: list[int]) -> int:
    """ArrayBuffer.prototype.transferToFixedLength ( [ newLength ] )"""
    return _transfer(iso, this, arguments, "transferToFixedLength", keep=False)


def _transfer(iso: Isolate, this: int, arguments: list[int], method: str, *, keep: bool) -> int:
    """ArrayBufferCopyAndDetach. keep: shall the new one be resizable if the old one is?"""
    given = argument(iso, arguments, 0)
    length = byte_length(iso, this) if given == iso.undefined else to_index(iso, given, "Invalid array buffer length")
    _check_attached(iso, this, method)
    most = most_bytes(iso, this) if keep and is_resizable(iso, this) else None
    if most is not None and length > most:
        range_error(iso, "Invalid array buffer length")
    made = new_buffer(iso, iso.realm.intrinsic("ArrayBufferPrototype"), length, most)
    count = min(length, byte_length(iso, this))
    data_of(iso, made)[:count] = data_of(iso, this)[:count]
    detach(iso, this)
    return made


GROUPS = (
    Group(
        "ArrayBuffer",
        constructor=Function(1, construct_array_buffer),
        entries=(
            Method("isView", 1, is_view),
            prototype_property("ArrayBufferPrototype"),
            Getter("@@species", return_this),
        ),
    ),
    Group(
        "ArrayBufferPrototype",
        entries=(
            Intrinsic("constructor", "ArrayBuffer"),
            Getter("byteLength", get_byte_length),
            Method("slice", 2, slice_buffer),
            Getter("maxByteLength", get_most_bytes),
            Getter("resizable", get_resizable),
            Method("resize", 1, resize),
            Method("transfer", 0, transfer),
            Method("transferToFixedLength", 0, transfer_to_fixed_length),
            Getter("detached", get_detached),
            tag("ArrayBuffer"),
        ),
    ),
)
