"""Symbol (ECMA-262, section 20.4)."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import (
    Constant,
    Function,
    Getter,
    Group,
    Intrinsic,
    Method,
    prototype_property,
    symbol_attribute_to_name,
    tag,
)
from seaofnodes.javascript.objects.factory import wrapped
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.conversions import to_text
from seaofnodes.javascript.operations.errors import describe, type_error

_WELL_KNOWN = (
    *("async_iterator", "has_instance", "is_concat_spreadable", "iterator", "match", "match_all", "replace", "search"),
    *("species", "split", "to_primitive", "to_string_tag", "unscopables"),
)


def symbol_constructor(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.4.1.1."""
    if new_target != iso.undefined:
        type_error(iso, "Symbol is not a constructor")
    description = argument(iso, arguments, 0)
    return iso.symbol(None if description == iso.undefined else to_text(iso, description))


def symbol_for(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.4.2.2."""
    text = to_text(iso, argument(iso, arguments, 0))
    found = iso.symbol_registry.get(text)
    if found is None:
        found = iso.symbol_registry[text] = iso.pin(iso.symbol(text))
    return found


def key_for(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.4.2.6."""
    symbol = argument(iso, arguments, 0)
    if not iso.is_symbol(symbol):
        type_error(iso, f"{describe(iso, symbol)} is not a symbol")
    text = iso.symbol_description(symbol)
    return iso.string(text) if text is not None and iso.symbol_registry.get(text) == symbol else iso.undefined


def _this_symbol_value(iso: Isolate, this: int, method: str) -> int:
    value = this
    if iso.is_object(this) and iso.kind(this) == Kind.JS_WRAPPER:
        value = wrapped(iso, this)
    if not iso.is_symbol(value):
        type_error(iso, f"{method} requires that 'this' be a Symbol")
    return value


def get_description(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.4.3.2."""
    text = iso.symbol_description(_this_symbol_value(iso, this, "Symbol.prototype.description"))
    return iso.undefined if text is None else iso.string(text)


def to_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.4.3.3."""
    text = iso.symbol_description(_this_symbol_value(iso, this, "Symbol.prototype.toString"))
    return iso.string(f"Symbol({text or ''})")


def value_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.4.3.4."""
    return _this_symbol_value(iso, this, "Symbol.prototype.valueOf")


def to_primitive(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.4.3.5."""
    return _this_symbol_value(iso, this, "Symbol.prototype [ @@toPrimitive ]")


def _well_known(attribute: str) -> Constant:
    def value(iso: Isolate) -> int:
        word: int = getattr(iso.symbols, attribute)
        return word

    found: Callable[[Isolate], int] = value
    return Constant(symbol_attribute_to_name(attribute), found)


GROUPS = (
    Group(
        "Symbol",
        constructor=Function(0, symbol_constructor),
        entries=[
            prototype_property("SymbolPrototype"),
            Method("for", 1, symbol_for),
            Method("keyFor", 1, key_for),
            *(_well_known(attribute) for attribute in _WELL_KNOWN),
        ],
    ),
    Group(
        "SymbolPrototype",
        entries=[
            Intrinsic("constructor", "Symbol"),
            Method("toString", 0, to_string),
            Method("valueOf", 0, value_of),
            Getter("description", get_description),
            tag("Symbol"),
            Method("@@to_primitive", 1, to_primitive, writable=False),
        ],
    ),
)
