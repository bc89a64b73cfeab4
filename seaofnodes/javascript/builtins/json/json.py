"""The object JSON (ECMA-262, section 25.5)."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.json.parser import Parser
from seaofnodes.javascript.builtins.json.reviving import revive
from seaofnodes.javascript.builtins.json.scanner import JsonError
from seaofnodes.javascript.builtins.json.serializer import Serializer
from seaofnodes.javascript.builtins.table import Group, Method, tag
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.factory import new_object, new_of_kind, wrapped
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.storage.string_table import MOST_UNITS
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.conversions import to_integer_or_infinity, to_number, to_string, to_text
from seaofnodes.javascript.operations.errors import range_error, syntax_error
from seaofnodes.javascript.operations.objects import is_array, length_of_array_like

_LONGEST_GAP: Final = 10
_TOO_DEEP: Final = "Maximum call stack size exceeded"
_NOT_AROUND_RAW: Final = "\t\n\r "


def parse(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """JSON.parse ( text [ , reviver ] )"""
    text = to_text(iso, argument(iso, arguments, 0))
    reviver = argument(iso, arguments, 1)
    revives = iso.is_callable(reviver)
    try:
        found = Parser(iso, text, with_sources=revives).parse()
    except JsonError as error:
        syntax_error(iso, str(error))
    if not revives:
        return found.value
    root = new_object(iso)
    name = key_of_text(iso, "")
    properties.create_data(iso, root, name, found.value)
    try:
        return revive(iso, root, name, reviver, found)
    except RecursionError:
        range_error(iso, _TOO_DEEP)


def stringify(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """JSON.stringify ( value [ , replacer [ , space ] ] )"""
    value = argument(iso, arguments, 0)
    replacer = argument(iso, arguments, 1)
    serializer = Serializer(iso)
    if iso.is_callable(replacer):
        serializer.replacer = replacer
    elif is_array(iso, replacer):
        serializer.keys = _property_list(iso, replacer)
    serializer.gap = _gap(iso, argument(iso, arguments, 2))
    name = key_of_text(iso, "")
    holder = iso.undefined
    if serializer.replacer is not None:
        holder = new_object(iso)
        properties.create_data(iso, holder, name, value)
    try:
        if not serializer.serialize(holder, name, value):
            return iso.undefined
    except RecursionError:
        range_error(iso, _TOO_DEEP)
    if sum(map(len, serializer.pieces)) > MOST_UNITS:
        range_error(iso, "Invalid string length")
    return iso.string("".join(serializer.pieces))


def _property_list(iso: Isolate, replacer: int) -> list[Key]:
    """The keys in an array; names stay in `held`."""
    held = iso.held
    found: dict[Key, None] = {}
    for i in range(length_of_array_like(iso, replacer)):
        mark = len(held)
        item = properties.get(iso, replacer, ~i)
        key: Key | None = None
        if iso.is_string(item) or iso.is_number(item) or _wraps_text_or_number(iso, item):
            key = key_of_text(iso, to_text(iso, item))
            found[key] = None
        del held[mark:]
        if key is not None and key >= 0:
            held.append(key)
    return list(found)


def _wraps_text_or_number(iso: Isolate, value: int) -> bool:
    if not iso.is_object(value):
        return False
    kind = iso.kind(value)
    return kind == Kind.JS_STRING_WRAPPER or (kind == Kind.JS_WRAPPER and iso.is_number(wrapped(iso, value)))


def _gap(iso: Isolate, space: int) -> str:
    if _wraps_text_or_number(iso, space):
        space = to_string(iso, space) if iso.kind(space) == Kind.JS_STRING_WRAPPER else to_number(iso, space)
    if iso.is_number(space):
        return " " * int(max(0, min(_LONGEST_GAP, to_integer_or_infinity(iso, space))))
    return iso.text(space)[:_LONGEST_GAP] if iso.is_string(space) else ""


def raw_json(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """JSON.rawJSON ( text )"""
    text = to_text(iso, argument(iso, arguments, 0))
    if not text:
        syntax_error(iso, "Invalid value for JSON.rawJSON")
    if text[0] in _NOT_AROUND_RAW or text[0] in "[{":
        syntax_error(iso, f"Unexpected token '{text[0]}', \"{text}\" is not valid JSON")
    if text[-1] in _NOT_AROUND_RAW:
        syntax_error(iso, "Invalid value for JSON.rawJSON")
    try:
        Parser(iso, text).parse()
    except JsonError:
        syntax_error(iso, "Invalid value for JSON.rawJSON")
    found = new_of_kind(iso, Kind.JS_RAW_JSON, iso.null)
    name = key_of_text(iso, "rawJSON")
    properties.define(iso, found, name, iso.string(text), writable=False, enumerable=True, configurable=False)
    properties.prevent_extensions(iso, found)
    return found


def is_raw_json(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """JSON.isRawJSON ( O )"""
    value = argument(iso, arguments, 0)
    return iso.boolean(iso.is_object(value) and iso.kind(value) == Kind.JS_RAW_JSON)


GROUPS = (
    Group(
        "JSON",
        entries=(
            Method("parse", 2, parse),
            Method("stringify", 3, stringify),
            Method("rawJSON", 1, raw_json),
            Method("isRawJSON", 1, is_raw_json),
            tag("JSON"),
        ),
    ),
)
