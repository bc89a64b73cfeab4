"""Arrays, and objects with more in them than properties."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.engine.inspect import naming
from seaofnodes.javascript.engine.inspect.collections import FORMS, Maker, inside, limited
from seaofnodes.javascript.engine.inspect.layout import MOST_ELEMENTS
from seaofnodes.javascript.engine.inspect.primitives import plain
from seaofnodes.javascript.engine.inspect.shower import Form, Parts, Shower
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import WRAPPER_VALUE
from seaofnodes.javascript.objects.strings import key_of_text


def array_form(shower: Shower, word: int, name: str | None, tag: str) -> Form:
    """An array, with its elements."""
    iso = shower.iso
    length = int(iso.float_of(properties.get(iso, word, key_of_text(iso, "length"))))
    before = "" if name == "Array" and not tag else naming.prefix(name, tag, "Array", f"({length})")
    return Form(
        braces=(f"{before}[", "]"),
        parts=lambda level: _elements(shower, word, length, level),
        array=True,
        empty=f"{before}[]" if length == 0 else None,
        indices=False,
    )


def _elements(shower: Shower, array: int, length: int, level: int) -> Parts:
    """Elements, and runs of holes."""
    iso = shower.iso
    texts: list[str] = []
    index, numbers = 0, True
    mark = len(iso.held)
    while index < length and len(texts) < MOST_ELEMENTS:
        found = properties.get_own(iso, array, ~index)
        begin = index
        index += 1
        if found is None:
            while index < length and properties.get_own(iso, array, ~index) is None:
                index += 1
            texts.append(shower.styled(f"<{index - begin} empty item{'s' * (index - begin > 1)}>", "undefined"))
            numbers = False
        elif found.value is None:
            getter = found.set is None or found.set == iso.undefined
            texts.append(shower.styled("[Getter]" if getter else "[Getter/Setter]", "special"))
            numbers = False
        else:
            numbers = numbers and (iso.is_number(found.value) or iso.kind(found.value) == Kind.BIGINT)
            texts.append(inside(shower, found.value, level))
        del iso.held[mark:]
    return limited(texts, length - index, columns=True, numbers=numbers)


def form_of(shower: Shower, word: int, kind: Kind, name: str | None, tag: str) -> Form | None:
    """How an object of such a kind is shown; None: as an ordinary one."""
    found = _FORMS.get(kind) or FORMS.get(kind)
    return None if found is None else found(shower, word, name, tag)


def _wrapper(shower: Shower, word: int, name: str | None, tag: str) -> Form:
    iso = shower.iso
    value = iso.memory.load(word, WRAPPER_VALUE)
    type_name = "Number"
    if iso.is_string(value):
        type_name = "String"
    elif value in (iso.true, iso.false):
        type_name = "Boolean"
    elif not iso.is_number(value):
        type_name = "BigInt" if iso.kind(value) == Kind.BIGINT else "Symbol"
    text = f"[{type_name}"
    if name != type_name:
        text += " (null prototype)" if name is None else f" ({name})"
    text += f": {plain(iso, value)}]"
    if tag and tag not in (name, type_name):
        text += f" [{tag}]"
    return Form(shower.styled(text, {"String": "string", "Symbol": "symbol"}.get(type_name, "number")), indices=False)


def _date(shower: Shower, word: int, name: str | None, tag: str) -> Form:
    iso = shower.iso
    prototype = iso.realm.intrinsic("DatePrototype")

    def call(method: str) -> int:
        return iso.call(properties.get(iso, prototype, key_of_text(iso, method)), word, [])

    time = iso.float_of(call("getTime"))
    text = "Invalid Date" if time != time else iso.text(call("toISOString"))
    before = naming.prefix(name, tag, "Date")
    return Form(shower.styled(text if before == "Date " else before + text, "date"))


def _weak(fallback: str) -> Maker:
    def make(shower: Shower, word: int, name: str | None, tag: str) -> Form:
        note = shower.styled("<items unknown>", "special")
        return Form(braces=(f"{naming.prefix(name, tag, fallback)}{{", "}"), parts=lambda level: Parts([note]))

    return make


_FORMS: Final[dict[Kind, Maker]] = {
    Kind.JS_WRAPPER: _wrapper,
    Kind.JS_STRING_WRAPPER: _wrapper,
    Kind.JS_DATE: _date,
    Kind.JS_WEAK_MAP: _weak("WeakMap"),
    Kind.JS_WEAK_SET: _weak("WeakSet"),
}
