"""Map, Set, their iterators, and binary data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from seaofnodes.javascript.builtins.binary.buffers import byte_length, data_of, is_detached
from seaofnodes.javascript.builtins.collections.iterators import ENTRIES, KEYS
from seaofnodes.javascript.builtins.collections.ordered_table import MAP_WIDTH, SET_WIDTH, next_entry
from seaofnodes.javascript.engine.inspect import naming
from seaofnodes.javascript.engine.inspect.layout import MOST_ELEMENTS
from seaofnodes.javascript.engine.inspect.shower import Form, Parts, Shower
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import (
    COLLECTION_ITERATOR_INDEX,
    COLLECTION_ITERATOR_KIND,
    COLLECTION_ITERATOR_TABLE,
    COLLECTION_TABLE,
    VIEW_BUFFER,
)
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.words import smi_value

_MOST_BYTES: Final = 50

Maker = Callable[[Shower, int, "str | None", str], Form]


def limited(texts: list[str], left: int, columns: bool = False, numbers: bool = False) -> Parts:
    """Parts, with a note on what is left out."""
    if left > 0:
        texts.append(f"... {left} more item{'s' * (left > 1)}")
    return Parts(texts, columns, numbers, left > 0)


def inside(shower: Shower, word: int, level: int) -> str:
    """A value on lines that are indented."""
    shower.indentation += 2
    text = shower.value(word, level)
    shower.indentation -= 2
    return text


def _entries(iso: Isolate, table: int, index: int, width: int) -> Iterator[list[int]]:
    while (found := next_entry(iso, table, index, width)) is not None:
        table, index, words = found
        yield words


def _collection(fallback: str, width: int) -> Maker:
    def make(shower: Shower, word: int, name: str | None, tag: str) -> Form:
        iso = shower.iso
        found = list(_entries(iso, iso.memory.load(word, COLLECTION_TABLE), 0, width))
        before = naming.prefix(name, tag, fallback, f"({len(found)})")

        def parts(level: int) -> Parts:
            texts = []
            for words in found[:MOST_ELEMENTS]:
                texts.append(" => ".join(inside(shower, inner, level) for inner in words))
            return limited(texts, len(found) - MOST_ELEMENTS)

        empty = None if found else f"{before}{{}}"
        return Form(braces=(f"{before}{{", "}"), parts=parts, empty=empty)

    return make


def _iterator(width: int) -> Maker:
    def make(shower: Shower, word: int, name: str | None, tag: str) -> Form:
        iso = shower.iso
        table = iso.memory.load(word, COLLECTION_ITERATOR_TABLE)
        index = smi_value(iso.memory.raw(word, COLLECTION_ITERATOR_INDEX))
        what = smi_value(iso.memory.raw(word, COLLECTION_ITERATOR_KIND))
        found = [] if table == iso.undefined else list(_entries(iso, table, index, width))

        def parts(level: int) -> Parts:
            texts = []
            for words in found[:MOST_ELEMENTS]:
                if what == ENTRIES:
                    texts.append("[ " + ", ".join(inside(shower, w, level) for w in (words[0], words[-1])) + " ]")
                else:
                    texts.append(inside(shower, words[0] if what == KEYS else words[-1], level))
            return limited(texts, len(found) - MOST_ELEMENTS)

        shown = tag.replace("Iterator", "Entries") if what == ENTRIES else tag
        return Form(braces=(f"[{shown}] {{", "}"), parts=parts)

    return make


def _typed_array(shower: Shower, word: int, name: str | None, tag: str) -> Form:
    iso = shower.iso
    length = int(iso.float_of(properties.get(iso, word, iso.length_key)))
    fallback = tag or name or "TypedArray"
    before = naming.prefix(name, tag, fallback, f"({length})")

    def parts(level: int) -> Parts:
        texts = []
        for index in range(min(length, MOST_ELEMENTS)):
            texts.append(inside(shower, properties.get(iso, word, ~index), level))
        return limited(texts, length - MOST_ELEMENTS, columns=True, numbers=True)

    return Form(
        braces=(f"{before}[", "]"), parts=parts, array=True, empty=f"{before}[]" if not length else None, indices=False
    )


def _buffer(shower: Shower, word: int, name: str | None, tag: str) -> Form:
    iso = shower.iso
    before = naming.prefix(name, tag, "ArrayBuffer")

    def parts(level: int) -> Parts:
        if is_detached(iso, word):
            return Parts(["(detached)", f"[byteLength]: {shower.styled('0', 'number')}"])
        size = byte_length(iso, word)
        shown = bytes(data_of(iso, word)[: min(size, _MOST_BYTES)]).hex(" ")
        more = size - _MOST_BYTES
        note = f" ... {more} more byte{'s' * (more > 1)}" if more > 0 else ""
        label = shower.styled("[Uint8Contents]", "special")
        return Parts([f"{label}: <{shown}{note}>", f"[byteLength]: {shower.styled(str(size), 'number')}"])

    return Form(braces=(f"{before}{{", "}"), parts=parts)


def _data_view(shower: Shower, word: int, name: str | None, tag: str) -> Form:
    iso = shower.iso
    prototype = iso.realm.intrinsic("DataViewPrototype")
    names = ("byteLength", "byteOffset")
    extra = [(text, properties.get(iso, prototype, key_of_text(iso, text), word)) for text in names]
    extra.append(("buffer", iso.memory.load(word, VIEW_BUFFER)))
    return Form(braces=(f"{naming.prefix(name, tag, 'DataView')}{{", "}"), extra=extra)


FORMS: Final[dict[Kind, Maker]] = {
    Kind.JS_MAP: _collection("Map", MAP_WIDTH),
    Kind.JS_SET: _collection("Set", SET_WIDTH),
    Kind.JS_MAP_ITERATOR: _iterator(MAP_WIDTH),
    Kind.JS_SET_ITERATOR: _iterator(SET_WIDTH),
    Kind.JS_TYPED_ARRAY: _typed_array,
    Kind.JS_ARRAY_BUFFER: _buffer,
    Kind.JS_DATA_VIEW: _data_view,
}
