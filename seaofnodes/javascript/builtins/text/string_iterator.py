"""Iterators over the code points of a string (ECMA-262, sections 22.1.3.36 and 22.1.5)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.stepping import next_method
from seaofnodes.javascript.builtins.table import Group, tag
from seaofnodes.javascript.builtins.text.coercion import this_string
from seaofnodes.javascript.objects import factory, strings
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import OBJECT_FIELDS
from seaofnodes.javascript.objects.words import smi, smi_value
from seaofnodes.javascript.operations.errors import describe, type_error

_STRING = OBJECT_FIELDS  # undefined once there is nothing more
_INDEX = OBJECT_FIELDS + 8


def iterator(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """String.prototype[Symbol.iterator]."""
    text = this_string(iso, this, "[Symbol.iterator]")
    iso.held.append(text)
    prototype = iso.realm.intrinsic("StringIteratorPrototype")
    return factory.new_of_kind(iso, Kind.JS_STRING_ITERATOR, prototype, text, smi(0))


def next_(iso: Isolate, this: int) -> int | None:
    """Section 22.1.5.1.1."""
    if iso.kind(this) != Kind.JS_STRING_ITERATOR:
        type_error(iso, f"Method String Iterator.prototype.next called on incompatible receiver {describe(iso, this)}")
    memory = iso.memory
    text = memory.load(this, _STRING)
    if text == iso.undefined:
        return None
    index = smi_value(memory.load(this, _INDEX))
    length = strings.length(iso, text)
    if index >= length:
        memory.store(this, _STRING, iso.undefined)
        return None
    end = index + 1
    if (
        end < length
        and 0xD800 <= strings.unit_at(iso, text, index) < 0xDC00
        and 0xDC00 <= strings.unit_at(iso, text, end) < 0xE000
    ):
        end += 1
    memory.store(this, _INDEX, smi(end))
    return strings.substring(iso, text, index, end)


GROUPS = (
    Group(
        "StringIteratorPrototype",
        prototype="IteratorPrototype",
        entries=(next_method(next_), tag("String Iterator")),
    ),
)
