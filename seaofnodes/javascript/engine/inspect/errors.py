"""Errors: their stack, then properties that it does not show."""

from __future__ import annotations

import re

from seaofnodes.javascript.engine.inspect.shower import Form, Shower
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.errors import data_of, error_text

_LEAST_COMMON = 4  # lines that an error and its cause have in common, to be left out


def show(shower: Shower, word: int, level: int, name: str | None, keys: list[Key]) -> str:
    """An error of a level."""
    iso = shower.iso
    stack = _stack(shower, word)
    kept = [key for key in keys if not _is_told(shower, word, key, stack)]
    for text in ("cause", "errors"):
        key = key_of_text(iso, text)
        if key not in kept and properties.get_own(iso, word, key) is not None:
            kept.append(key)
    stack = _named(shower, word, name, stack)
    cause = data_of(iso, word, key_of_text(iso, "cause"))
    if cause is not None and iso.kind(cause) == Kind.JS_ERROR:
        stack = _without_common(stack, _stack(shower, cause))
    message = data_of(iso, word, key_of_text(iso, "message"))
    begin = stack.find(iso.text(message)) if message is not None and iso.is_string(message) else 0
    if stack.find("\n    at", max(begin, 0)) < 0:
        stack = f"[{stack}]"
    if shower.indentation:
        stack = stack.replace("\n", "\n" + " " * shower.indentation)
    if not kept:
        return stack
    return shower.listed(word, level, kept, Form(stack))


def _stack(shower: Shower, word: int) -> str:
    iso = shower.iso
    try:
        found = properties.get(iso, word, key_of_text(iso, "stack"))
    except Throw:
        found = iso.undefined
    return iso.text(found) if iso.is_string(found) and iso.text(found) else error_text(iso, word)


def _is_told(shower: Shower, word: int, key: Key, stack: str) -> bool:
    """Does the stack show what one of the three usual properties says?"""
    iso = shower.iso
    for text in ("name", "message", "stack"):
        if key == key_of_text(iso, text):
            found = data_of(iso, word, key)
            return found is not None and iso.is_string(found) and iso.text(found) in stack
    return False


def _named(shower: Shower, word: int, constructor: str | None, stack: str) -> str:
    """With the name of the class where the first line says only "Error"."""
    iso = shower.iso
    found = data_of(iso, word, key_of_text(iso, "name"))
    name = iso.text(found) if found is not None and iso.is_string(found) else "Error"
    if not name.endswith("Error") or not re.match(re.escape(name) + r"(\Z|:|\n)", stack):
        return stack
    if constructor is None:
        return f"[{name}: null prototype]{stack[len(name) :]}"
    if constructor == name:
        return stack
    return f"{constructor if name in constructor else f'{constructor} [{name}]'}{stack[len(name) :]}"


def _without_common(stack: str, other: str) -> str:
    """Without most of the lines at the end that are those of the cause, too."""
    lines, others = stack.split("\n"), other.split("\n")
    common = 0
    while common < min(len(lines), len(others)) - 1 and lines[-1 - common] == others[-1 - common]:
        common += 1
    if common < _LEAST_COMMON or not lines[-common].startswith("    at"):
        return stack
    begin = len(lines) - common + 1
    note = f"    ... {common - 2} lines matching cause stack trace ..."
    return "\n".join([*lines[:begin], note, lines[-1]])
