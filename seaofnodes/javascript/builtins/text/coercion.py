"""What the methods of String.prototype do first with `this` and with their arguments."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.conversions import to_boolean, to_integer_or_infinity, to_string
from seaofnodes.javascript.operations.errors import type_error


def require_object_coercible(iso: Isolate, this: int, method: str) -> None:
    """Throws TypeError if a method is called on undefined or null."""
    if this == iso.undefined or this == iso.null:
        type_error(iso, f"String.prototype.{method} called on null or undefined")


def this_string(iso: Isolate, this: int, method: str) -> int:
    """What a method is called on, as a string (word)."""
    if iso.is_string(this):
        return this
    require_object_coercible(iso, this, method)
    return to_string(iso, this)


def this_text(iso: Isolate, this: int, method: str) -> str:
    """What a method is called on, as Python's string of code units."""
    return iso.text(this_string(iso, this, method))


def integer_argument(iso: Isolate, arguments: list[int], index: int) -> int | float:
    """An argument as an integer; 0 if it was not passed."""
    return to_integer_or_infinity(iso, argument(iso, arguments, index))


def clamp(number: int | float, length: int) -> int:
    """The nearest of 0 to length."""
    return int(min(max(number, 0), length))


def relative(number: int | float, length: int) -> int:
    """A position that counts from the end if it is negative, clamped."""
    return clamp(number + length if number < 0 else number, length)


def is_regexp(iso: Isolate, value: int) -> bool:
    """IsRegExp, section 7.2.6."""
    if not iso.is_object(value):
        return False
    matcher = properties.get(iso, value, iso.symbols.match)
    return to_boolean(iso, matcher) if matcher != iso.undefined else iso.kind(value) == Kind.JS_REGEXP
