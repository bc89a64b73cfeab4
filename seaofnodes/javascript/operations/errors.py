"""Errors that operations throw, and how their messages show values (V8's, without side effects)."""

from __future__ import annotations

from typing import NoReturn

from seaofnodes.javascript.numbers import integer_text, number_to_text
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import PROXIES, Kind
from seaofnodes.javascript.objects.strings import key_of_text, key_word
from seaofnodes.javascript.objects.words import Key

_LONGEST_SOURCE = 128
_KEPT = (111, 17)  # of a longer one: characters at the beginning and the end


def type_error(iso: Isolate, message: str) -> NoReturn:
    iso.throw("TypeError", message)


def range_error(iso: Isolate, message: str) -> NoReturn:
    iso.throw("RangeError", message)


def reference_error(iso: Isolate, message: str) -> NoReturn:
    iso.throw("ReferenceError", message)


def syntax_error(iso: Isolate, message: str) -> NoReturn:
    iso.throw("SyntaxError", message)


def describe(iso: Isolate, value: int) -> str:
    """A value in a message: `1`, `abc`, `Symbol(a)`, `#<Object>`, `[object Array]`; no code of the program runs."""
    if iso.is_number(value):
        return number_to_text(iso.float_of(value))
    if iso.is_string(value):
        return iso.text(value)
    for word, text in ((iso.undefined, "undefined"), (iso.null, "null"), (iso.true, "true"), (iso.false, "false")):
        if value == word:
            return text
    kind = iso.kind(value)
    if kind == Kind.SYMBOL:
        return f"Symbol({iso.symbol_description(value) or ''})"
    if kind == Kind.BIGINT:
        return integer_text(iso.bigint_of(value))
    if not iso.is_object(value):
        return "the hole"
    if iso.is_callable(value):
        return _function_text(iso, value)
    return _object_text(iso, value)


def describe_key(iso: Isolate, key: Key) -> str:
    """A property's key in a message."""
    return describe(iso, key_word(iso, key))


def describe_call_site(iso: Isolate, value: int) -> str:
    """What was called, or iterated, where no source is known: `number 5`, `string "abc"`, `object null`, `object`."""
    if value == iso.undefined:
        return "undefined"
    if iso.is_number(value):
        return f"number {describe(iso, value)}"
    if iso.is_string(value):
        return f'string "{iso.text(value)}"'
    if value == iso.null:
        return "object null"
    if value == iso.true or value == iso.false:
        return f"boolean {describe(iso, value)}"
    kind = iso.kind(value)
    if kind == Kind.SYMBOL or kind == Kind.BIGINT:
        return "symbol" if kind == Kind.SYMBOL else "bigint"
    return "function" if iso.is_callable(value) else "object"


def _function_text(iso: Isolate, function: int) -> str:
    text = iso.source_text(function)
    if len(text) > _LONGEST_SOURCE:
        text = f"{text[: _KEPT[0]]}...<omitted>...{text[-_KEPT[1] :]}"
    return text


def _object_text(iso: Isolate, value: int) -> str:
    to_string = data_of(iso, value, key_of_text(iso, "toString"))
    if iso.kind(value) == Kind.JS_ERROR:
        return error_text(iso, value)
    default = data_of(iso, iso.realm.intrinsic("ObjectPrototype"), key_of_text(iso, "toString"))
    if to_string is not None and to_string == default:
        constructor = data_of(iso, value, key_of_text(iso, "constructor"))
        if constructor is not None and iso.is_callable(constructor):
            name = data_of(iso, constructor, key_of_text(iso, "name"))
            if name is not None and iso.is_string(name) and iso.text(name):
                return f"#<{iso.text(name)}>"
    tag = data_of(iso, value, iso.symbols.to_string_tag)
    if tag is not None and iso.is_string(tag):
        return f"[object {iso.text(tag)}]"
    return f"[object {'Array' if iso.kind(value) == Kind.JS_ARRAY else 'Object'}]"


def error_text(iso: Isolate, error: int) -> str:
    """`Error.prototype.toString`, without side effects."""
    texts = []
    for key, default in (("name", "Error"), ("message", "")):
        found = data_of(iso, error, key_of_text(iso, key))
        texts.append(default if found is None or found == iso.undefined else describe(iso, found))
    return ": ".join(text for text in texts if text)


def data_of(iso: Isolate, value: int, key: Key) -> int | None:
    """The value of a data property of an object or its prototypes, without calling anything; None: there is none."""
    while value != iso.null and iso.kind(value) not in PROXIES:
        found = properties.get_own(iso, value, key)
        if found is not None:
            return found.value
        value = properties.get_prototype(iso, value)
    return None
