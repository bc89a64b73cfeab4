"""JSON.parse with a reviver (InternalizeJSONProperty)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.json.own_keys import enumerable_own_keys
from seaofnodes.javascript.builtins.json.parser import Source
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.factory import new_object
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_word
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.comparison import same_value
from seaofnodes.javascript.operations.objects import is_array, length_of_array_like


def revive(iso: Isolate, holder: int, key: Key, reviver: int, source: Source | None) -> int:
    """What a reviver makes of the value that a property has now. source: where the value comes from, if it has not been
    replaced meanwhile.
    """
    held = iso.held
    value = properties.get(iso, holder, key)
    if source is not None and not same_value(iso, source.value, value):
        source = None
    context = new_object(iso)
    if iso.is_object(value):
        mark = len(held)
        elements, entries = ([], {}) if source is None else (source.elements, source.entries)
        if is_array(iso, value):
            for i in range(length_of_array_like(iso, value)):
                _revive_in(iso, value, ~i, reviver, elements[i] if i < len(elements) else None)
                del held[mark:]
        else:
            for inner in enumerable_own_keys(iso, value):
                _revive_in(iso, value, inner, reviver, entries.get(inner))
    elif source is not None and source.text is not None:
        properties.create_data(iso, context, iso.name("source"), iso.string(source.text))
    return iso.call(reviver, holder, [key_word(iso, key), value, context])


def _revive_in(iso: Isolate, object: int, key: Key, reviver: int, source: Source | None) -> None:
    value = revive(iso, object, key, reviver, source)
    if value == iso.undefined:
        properties.delete(iso, object, key)
    else:
        properties.create_data(iso, object, key, value)
