"""What JSON.stringify says of a value that contains itself."""

from __future__ import annotations

from typing import Final, NoReturn

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_word
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.errors import data_of, type_error
from seaofnodes.javascript.operations.objects import is_array

_FIRST: Final = 2  # lines that are shown
_LAST: Final = 1


def refuse_circle(iso: Isolate, path: list[tuple[Key, int]], key: Key) -> NoReturn:
    """Throw the TypeError. path: from the object on that contains itself: the key of each object in the one before, and
    its word; key: under which the last one has the first.
    """
    lines = [f"{_key_text(iso, key)} -> {_describe(iso, object)}" for key, object in path[1:]]
    if len(lines) > _FIRST + _LAST:
        lines[_FIRST:-_LAST] = ["..."]
    shown = "".join(f"\n    |     {line}" for line in lines)
    type_error(
        iso,
        f"Converting circular structure to JSON\n    --> starting at {_describe(iso, path[0][1])}{shown}"
        f"\n    --- {_key_text(iso, key)} closes the circle",
    )


def _key_text(iso: Isolate, key: Key) -> str:
    return f"index {~key}" if key < 0 else f"property '{iso.text(key_word(iso, key))}'"


def _describe(iso: Isolate, object: int) -> str:
    name = "Array" if is_array(iso, object) else "Object"
    constructor = data_of(iso, object, iso.name("constructor"))
    if constructor is not None and iso.is_callable(constructor):
        found = data_of(iso, constructor, iso.name("name"))
        if found is not None and iso.is_string(found) and iso.text(found):
            name = iso.text(found)
    return f"object with constructor '{name}'"
