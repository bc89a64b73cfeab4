"""Methods of Uint8Array for base64 and hexadecimal digits (ECMA-262, sections 23.3.1 and 23.3.2)."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.binary.typed.encodings import Decoded, decode_base64, decode_hex, encode_base64
from seaofnodes.javascript.builtins.binary.typed.views import bytes_of, is_typed_array, new_of_length, valid_length
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.factory import new_with
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.methods.typed import TYPES, element_type
from seaofnodes.javascript.operations.conversions import to_boolean
from seaofnodes.javascript.operations.errors import describe, syntax_error, type_error

_UINT8: Final = next(kind for kind in TYPES if kind.name == "Uint8")
_ALPHABETS: Final = ("base64", "base64url")
_LAST: Final = ("loose", "strict", "stop-before-partial")
_UNLIMITED: Final = (1 << 53) - 1


def _check_receiver(iso: Isolate, this: int, method: str) -> None:
    """ValidateUint8Array."""
    if not is_typed_array(iso, this) or element_type(iso, this) is not _UINT8:
        type_error(iso, f"Method {method} called on incompatible receiver {describe(iso, this)}")


def _input(iso: Isolate, arguments: list[int]) -> str:
    word = argument(iso, arguments, 0)
    if not iso.is_string(word):
        type_error(iso, "input argument must be a string")
    return iso.text(word)


def _options(iso: Isolate, word: int) -> int | None:
    """GetOptionsObject; None: there are none."""
    if word == iso.undefined:
        return None
    if not iso.is_object(word):
        type_error(iso, "invalid_argument")
    return word


def _choice(iso: Isolate, options: int | None, name: str, choices: tuple[str, ...]) -> str:
    """An option that is one of some strings, the first if it is absent."""
    found = iso.undefined if options is None else properties.get(iso, options, iso.name(name))
    if found == iso.undefined:
        return choices[0]
    if not iso.is_string(found) or iso.text(found) not in choices:
        type_error(iso, f"invalid option {describe(iso, found)}")
    return iso.text(found)


def _decode(iso: Isolate, arguments: list[int], view: int | None) -> Decoded:
    """Of base64, as options say. view: where it goes to; it may be out of bounds once the options have been read."""
    text = _input(iso, arguments)
    options = _options(iso, argument(iso, arguments, 1))
    url = _choice(iso, options, "alphabet", _ALPHABETS) == "base64url"
    last = _choice(iso, options, "lastChunkHandling", _LAST)
    most = _UNLIMITED if view is None else valid_length(iso, view, "Uint8Array.prototype.setFromBase64")
    return decode_base64(text, url, last, most)


def _new(iso: Isolate, found: Decoded) -> int:
    if found.error is not None:
        syntax_error(iso, found.error)
    made = new_of_length(iso, _UINT8, len(found.data))
    bytes_of(iso, made, len(found.data))[:] = found.data
    return made


def _write(iso: Isolate, view: int, found: Decoded) -> int:
    """Write the bytes, also those before an error; `{read, written}`."""
    bytes_of(iso, view, len(found.data))[:] = found.data
    if found.error is not None:
        syntax_error(iso, found.error)
    return new_with(iso, (("read", iso.number(found.read)), ("written", iso.number(len(found.data)))))


def from_base64(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Uint8Array.fromBase64 ( string [ , options ] )"""
    return _new(iso, _decode(iso, arguments, None))


def from_hex(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Uint8Array.fromHex ( string )"""
    return _new(iso, decode_hex(_input(iso, arguments), _UNLIMITED))


def set_from_base64(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Uint8Array.prototype.setFromBase64 ( string [ , options ] )"""
    _check_receiver(iso, this, "Uint8Array.prototype.setFromBase64")
    return _write(iso, this, _decode(iso, arguments, this))


def set_from_hex(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Uint8Array.prototype.setFromHex ( string )"""
    _check_receiver(iso, this, "Uint8Array.prototype.setFromHex")
    text = _input(iso, arguments)
    return _write(iso, this, decode_hex(text, valid_length(iso, this, "Uint8Array.prototype.setFromHex")))


def to_base64(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Uint8Array.prototype.toBase64 ( [ options ] )"""
    _check_receiver(iso, this, "Uint8Array.prototype.toBase64")
    options = _options(iso, argument(iso, arguments, 0))
    url = _choice(iso, options, "alphabet", _ALPHABETS) == "base64url"
    padded = options is None or not to_boolean(iso, properties.get(iso, options, iso.name("omitPadding")))
    length = valid_length(iso, this, "Uint8Array.prototype.toBase64")
    return iso.string(encode_base64(bytes(bytes_of(iso, this, length)), url, padded))


def to_hex(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Uint8Array.prototype.toHex ( )"""
    _check_receiver(iso, this, "Uint8Array.prototype.toHex")
    length = valid_length(iso, this, "Uint8Array.prototype.toHex")
    return iso.string(bytes(bytes_of(iso, this, length)).hex())


CONSTRUCTOR_METHODS = (Method("fromBase64", 1, from_base64), Method("fromHex", 1, from_hex))
METHODS = (
    Method("toBase64", 0, to_base64),
    Method("setFromBase64", 1, set_from_base64),
    Method("toHex", 0, to_hex),
    Method("setFromHex", 1, set_from_hex),
)
