"""String (ECMA-262, sections 22.1.1 and 22.1.2)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Function, Group, Method, prototype_property
from seaofnodes.javascript.builtins.text.units import pair
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.strings import key_of_index
from seaofnodes.javascript.objects.words import is_smi, smi_value
from seaofnodes.javascript.operations.conversions import to_float, to_object, to_string, to_text, to_uint32
from seaofnodes.javascript.operations.errors import range_error
from seaofnodes.javascript.operations.numbers import number_to_text
from seaofnodes.javascript.operations.objects import get_prototype_from_constructor, length_of_array_like


def string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.1.1. `String(value)`, which also takes a symbol, and `new String(value)`."""
    called = new_target == iso.undefined
    if not arguments:
        text = iso.name("")
    elif called and iso.kind(arguments[0]) == Kind.SYMBOL:
        return iso.string(f"Symbol({iso.symbol_description(arguments[0]) or ''})")
    else:
        text = to_string(iso, arguments[0])
    if called:
        return text
    iso.held.append(text)
    return factory.new_wrapper(iso, text, get_prototype_from_constructor(iso, new_target, "StringPrototype"))


def from_char_code(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.2.1."""
    if len(arguments) == 1 and is_smi(arguments[0]):
        return iso.string(chr(smi_value(arguments[0]) & 0xFFFF))
    return iso.string("".join([chr(to_uint32(iso, value) & 0xFFFF) for value in arguments]))


def from_code_point(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.2.2."""
    found = []
    for value in arguments:
        number = to_float(iso, value)
        if not 0 <= number <= 0x10FFFF or number != int(number):
            range_error(iso, f"Invalid code point {number_to_text(number)}")
        found.append(pair(int(number)))
    return iso.string("".join(found))


def raw(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.2.4."""
    cooked = to_object(iso, argument(iso, arguments, 0))
    iso.held.append(cooked)
    literals = to_object(iso, properties.get(iso, cooked, iso.name("raw")))
    iso.held.append(literals)
    count = length_of_array_like(iso, literals)
    found = []
    mark = len(iso.held)
    for index in range(count):
        found.append(to_text(iso, properties.get(iso, literals, key_of_index(iso, index))))
        if index + 1 < count and index + 1 < len(arguments):
            found.append(to_text(iso, arguments[index + 1]))
        del iso.held[mark:]
    return iso.string("".join(found))


GROUPS = (
    Group(
        "String",
        constructor=Function(1, string),
        entries=(
            Method("fromCharCode", 1, from_char_code),
            Method("fromCodePoint", 1, from_code_point),
            prototype_property("StringPrototype"),
            Method("raw", 1, raw),
        ),
    ),
)
