"""Methods that take a regular expression or a string: match, replace, search, split."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from seaofnodes.errors import UnsupportedError
from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Builtin
from seaofnodes.javascript.builtins.text.coercion import is_regexp, require_object_coercible
from seaofnodes.javascript.builtins.text.substitution import get_substitution
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import smi
from seaofnodes.javascript.operations.conversions import to_string, to_text, to_uint32
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.objects import get_method


def _delegated(
    iso: Isolate, method: str, symbol: int, this: int, arguments: list[int], others: list[int]
) -> int | None:
    """What the method of the first argument gives that a symbol names; None: it has none.

    Section 22.1.3.13, steps 1 and 2, which others do, too. others: arguments behind `this`.
    """
    require_object_coercible(iso, this, method)
    pattern = argument(iso, arguments, 0)
    if not iso.is_object(pattern):
        return None
    if method in ("matchAll", "replaceAll") and is_regexp(iso, pattern):
        flags = properties.get(iso, pattern, iso.name("flags"))
        if flags == iso.undefined or flags == iso.null:
            type_error(iso, f"String.prototype.{method} called with a non-global RegExp argument")
        if "g" not in to_text(iso, flags):
            type_error(iso, f"String.prototype.{method} called with a non-global RegExp argument")
    found = get_method(iso, pattern, symbol)
    return None if found is None else iso.call(found, pattern, [this, *others])


def _create_regexp(method: str) -> NoReturn:
    raise UnsupportedError(f"String.prototype.{method} would have to make a RegExp: regular expressions are missing")


def match(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.13."""
    found = _delegated(iso, "match", iso.symbols.match, this, arguments, [])
    return _create_regexp("match") if found is None else found


def match_all(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.14."""
    found = _delegated(iso, "matchAll", iso.symbols.match_all, this, arguments, [])
    return _create_regexp("matchAll") if found is None else found


def search(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.21."""
    found = _delegated(iso, "search", iso.symbols.search, this, arguments, [])
    return _create_regexp("search") if found is None else found


def _replacing(method: str, positions: Callable[[str, str], list[int]]) -> Builtin:
    """positions: where a string is in a string."""

    def builtin(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        replacement = argument(iso, arguments, 1)
        found = _delegated(iso, method, iso.symbols.replace, this, arguments, [replacement])
        if found is not None:
            return found
        string = to_string(iso, this)
        iso.held.append(string)
        text = iso.text(string)
        searched_string = to_string(iso, argument(iso, arguments, 0))
        iso.held.append(searched_string)
        searched = iso.text(searched_string)
        functional = iso.is_callable(replacement)
        template = "" if functional else to_text(iso, replacement)
        pieces = []
        end = 0
        mark = len(iso.held)
        for position in positions(text, searched):
            pieces.append(text[end:position])
            if functional:
                word = iso.call(replacement, iso.undefined, [searched_string, smi(position), string])
                pieces.append(to_text(iso, word))
                del iso.held[mark:]
            else:
                pieces.append(get_substitution(searched, text, position, template))
            end = position + len(searched)
        return iso.string("".join(pieces) + text[end:]) if pieces else string

    return builtin


def _first(text: str, searched: str) -> list[int]:
    position = text.find(searched)
    return [position] if position >= 0 else []


def _all(text: str, searched: str) -> list[int]:
    found = []
    position = text.find(searched)
    while position >= 0:
        found.append(position)
        position = text.find(searched, position + max(len(searched), 1))
    return found


replace = _replacing("replace", _first)  # section 22.1.3.19
replace_all = _replacing("replaceAll", _all)  # section 22.1.3.20


def split(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.23."""
    wanted = argument(iso, arguments, 1)
    found = _delegated(iso, "split", iso.symbols.split, this, arguments, [wanted])
    if found is not None:
        return found
    string = to_string(iso, this)
    iso.held.append(string)
    limit = 0xFFFFFFFF if wanted == iso.undefined else to_uint32(iso, wanted)
    separator = argument(iso, arguments, 0)
    separating = to_text(iso, separator)
    if limit == 0:
        return factory.new_array(iso, [])
    if separator == iso.undefined:
        return factory.new_array(iso, [string])
    text = iso.text(string)
    if not separating:
        pieces = list(text[:limit])
    else:
        pieces = text.split(separating, limit)[:limit]
    return factory.new_array(iso, [iso.string(piece) for piece in pieces])
