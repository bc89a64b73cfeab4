"""Values to texts of JSON (SerializeJSONProperty and what it needs)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from seaofnodes.javascript.builtins.json.circles import refuse_circle
from seaofnodes.javascript.builtins.json.own_keys import enumerable_own_keys
from seaofnodes.javascript.builtins.json.quoting import quote
from seaofnodes.javascript.numbers import number_to_text
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.factory import wrapped
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.strings import key_word
from seaofnodes.javascript.objects.words import Key, is_smi, smi_value
from seaofnodes.javascript.operations.access import get_v
from seaofnodes.javascript.operations.conversions import to_number, to_string
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.objects import is_array, length_of_array_like


@dataclass(slots=True)
class Serializer:
    """Attributes: replacer: a function's word, or None; keys: of properties that objects show, None for all; gap: what
    one level is indented by; path: key and word of the objects whose texts are being made; around: these words;
    pieces: of the text.
    """

    iso: Isolate
    replacer: int | None = None
    keys: list[Key] | None = None
    gap: str = ""
    path: list[tuple[Key, int]] = field(default_factory=list)
    around: set[int] = field(default_factory=set)
    pieces: list[str] = field(default_factory=list)

    def serialize(self, holder: int, key: Key, value: int) -> bool:
        """Write the value of a holder's property; False, and nothing is written, if it has no text."""
        iso = self.iso
        value = self._replaced(holder, key, value)
        if is_smi(value):
            self.pieces.append(str(smi_value(value)))
            return True
        if iso.is_string(value):
            self.pieces.append(quote(iso.text(value)))
            return True
        if iso.is_object(value):
            return self._object(key, value)
        return self._primitive(value)

    def _replaced(self, holder: int, key: Key, value: int) -> int:
        iso = self.iso
        if iso.is_object(value) or (not is_smi(value) and iso.kind(value) == Kind.BIGINT):
            method = get_v(iso, value, iso.name("toJSON"))
            if iso.is_callable(method):
                value = iso.call(method, value, [key_word(iso, key)])
        if self.replacer is not None:
            value = iso.call(self.replacer, holder, [key_word(iso, key), value])
        return _unwrapped(iso, value)

    def _primitive(self, value: int) -> bool:
        iso = self.iso
        if iso.is_number(value):
            number = iso.float_of(value)
            self.pieces.append(number_to_text(number) if math.isfinite(number) else "null")
            return True
        for word, text in ((iso.null, "null"), (iso.true, "true"), (iso.false, "false")):
            if value == word:
                self.pieces.append(text)
                return True
        if iso.kind(value) == Kind.BIGINT:
            type_error(iso, "Do not know how to serialize a BigInt")
        return False

    def _object(self, key: Key, value: int) -> bool:
        iso = self.iso
        if iso.kind(value) == Kind.JS_RAW_JSON:
            self.pieces.append(iso.text(properties.get(iso, value, iso.name("rawJSON"))))
            return True
        if iso.is_callable(value):
            return False
        if value in self.around:
            start = next(i for i, (_, outer) in enumerate(self.path) if outer == value)
            refuse_circle(iso, self.path[start:], key)
        self.path.append((key, value))
        self.around.add(value)
        if is_array(iso, value):
            self._array(value)
        else:
            self._properties(value)
        self.path.pop()
        self.around.remove(value)
        return True

    def _array(self, value: int) -> None:
        iso, pieces, held = self.iso, self.pieces, self.iso.held
        count = length_of_array_like(iso, value)
        separator = self._begin("[")
        mark = len(held)
        for i in range(count):
            if i:
                pieces.append(separator)
            if not self.serialize(value, ~i, properties.get(iso, value, ~i)):
                pieces.append("null")
            del held[mark:]
        self._end("]", count > 0)

    def _properties(self, value: int) -> None:
        iso, pieces, held = self.iso, self.pieces, self.iso.held
        keys = enumerable_own_keys(iso, value) if self.keys is None else self.keys
        separator = self._begin("{")
        colon = ": " if self.gap else ":"
        mark = len(held)
        some = False
        for key in keys:
            before = len(pieces)
            if some:
                pieces.append(separator)
            pieces += [quote(iso.text(key_word(iso, key))), colon]
            if self.serialize(value, key, properties.get(iso, value, key)):
                some = True
            else:
                del pieces[before:]
            del held[mark:]
        self._end("}", some)

    def _begin(self, bracket: str) -> str:
        """Open an array or object; what separates what is in it."""
        self.pieces.append(bracket)
        if not self.gap:
            return ","
        line = "\n" + self.gap * len(self.path)
        self.pieces.append(line)
        return f",{line}"

    def _end(self, bracket: str, some: bool) -> None:
        if self.gap:
            if some:
                self.pieces.append("\n" + self.gap * (len(self.path) - 1))
            else:
                self.pieces.pop()
        self.pieces.append(bracket)


def _unwrapped(iso: Isolate, value: int) -> int:
    """The primitive value of what wraps a number, string, boolean or BigInt."""
    if not iso.is_object(value):
        return value
    kind = iso.kind(value)
    if kind == Kind.JS_STRING_WRAPPER:
        return to_string(iso, value)
    if kind != Kind.JS_WRAPPER:
        return value
    inner = wrapped(iso, value)
    if iso.is_number(inner):
        return to_number(iso, value)
    return value if iso.kind(inner) == Kind.SYMBOL else inner
