"""String.prototype (ECMA-262, sections 22.1.3 and B.2.2)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.table import Alias, Group, Intrinsic, Method
from seaofnodes.javascript.builtins.text import (
    building,
    characters,
    html,
    patterns,
    searching,
    string_iterator,
    unicode,
)
from seaofnodes.javascript.objects import factory
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.errors import type_error


def _this_value(iso: Isolate, this: int, method: str) -> int:
    if iso.is_string(this):
        return this
    if iso.kind(this) == Kind.JS_STRING_WRAPPER:
        return factory.wrapped(iso, this)
    type_error(iso, f"String.prototype.{method} requires that 'this' be a String")


def to_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.29."""
    return _this_value(iso, this, "toString")


def value_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.35."""
    return _this_value(iso, this, "valueOf")


def _make_prototype(iso: Isolate, prototype: int) -> int:
    return factory.new_wrapper(iso, iso.name(""), prototype)


GROUPS = (
    Group(
        "StringPrototype",
        make=_make_prototype,
        entries=(
            Method("at", 1, characters.at),
            Method("charAt", 1, characters.char_at),
            Method("charCodeAt", 1, characters.char_code_at),
            Method("codePointAt", 1, characters.code_point_at_),
            Method("concat", 1, building.concat),
            Intrinsic("constructor", "String"),
            Method("endsWith", 1, searching.ends_with),
            Method("includes", 1, searching.includes),
            Method("indexOf", 1, searching.index_of),
            Method("isWellFormed", 0, unicode.is_well_formed_),
            Method("lastIndexOf", 1, searching.last_index_of),
            Method("localeCompare", 1, unicode.locale_compare),
            Method("match", 1, patterns.match),
            Method("matchAll", 1, patterns.match_all),
            Method("normalize", 0, unicode.normalize_),
            Method("padEnd", 1, building.pad_end),
            Method("padStart", 1, building.pad_start),
            Method("repeat", 1, building.repeat),
            Method("replace", 2, patterns.replace),
            Method("replaceAll", 2, patterns.replace_all),
            Method("search", 1, patterns.search),
            Method("slice", 2, characters.slice_),
            Method("split", 2, patterns.split),
            Method("startsWith", 1, searching.starts_with),
            Method("substring", 2, characters.substring),
            Method("toLocaleLowerCase", 0, unicode.to_locale_lower_case),
            Method("toLocaleUpperCase", 0, unicode.to_locale_upper_case),
            Method("toLowerCase", 0, unicode.to_lower_case),
            Method("toString", 0, to_string),
            Method("toUpperCase", 0, unicode.to_upper_case),
            Method("toWellFormed", 0, unicode.to_well_formed_),
            Method("trim", 0, building.trim),
            Method("trimEnd", 0, building.trim_end),
            Method("trimStart", 0, building.trim_start),
            Method("valueOf", 0, value_of),
            Method("@@iterator", 0, string_iterator.iterator),
            Method("substr", 2, characters.substr),
            *html.METHODS,
            Alias("trimLeft", of="trimStart"),
            Alias("trimRight", of="trimEnd"),
        ),
    ),
)
