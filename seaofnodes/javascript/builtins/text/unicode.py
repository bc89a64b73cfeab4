"""Methods that know Unicode: cases, normalization, comparison, well-formedness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from unicodedata import normalize

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Builtin
from seaofnodes.javascript.builtins.text.coercion import this_text
from seaofnodes.javascript.builtins.text.units import is_well_formed, to_well_formed
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import smi
from seaofnodes.javascript.operations.conversions import to_text
from seaofnodes.javascript.operations.errors import range_error
from seaofnodes.javascript.parse.words import from_units, to_units

_FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")


def _mapping(method: str, change: Callable[[str], str]) -> Builtin:
    """A method without arguments, of a function from code points to code points."""

    def builtin(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        return iso.string(to_units(change(from_units(this_text(iso, this, method)))))

    return builtin


# Sections 22.1.3.26 to 22.1.3.28 and 22.1.3.30. The locale is none of those with mappings of their own.
to_lower_case = _mapping("toLowerCase", str.lower)
to_locale_lower_case = _mapping("toLocaleLowerCase", str.lower)
to_upper_case = _mapping("toUpperCase", str.upper)
to_locale_upper_case = _mapping("toLocaleUpperCase", str.upper)


def is_well_formed_(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.10."""
    return iso.boolean(is_well_formed(this_text(iso, this, "isWellFormed")))


def to_well_formed_(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.31."""
    return iso.string(to_well_formed(this_text(iso, this, "toWellFormed")))


def locale_compare(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.12. The order is that of code points of the normalized strings, not of a language."""
    first = normalize("NFC", from_units(this_text(iso, this, "localeCompare")))
    second = normalize("NFC", from_units(to_text(iso, argument(iso, arguments, 0))))
    return smi((first > second) - (first < second))


def normalize_(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.15."""
    text = this_text(iso, this, "normalize")
    value = argument(iso, arguments, 0)
    form = "NFC" if value == iso.undefined else to_text(iso, value)
    for known in _FORMS:
        if form == known:
            return iso.string(to_units(normalize(known, from_units(text))))
    range_error(iso, f"The normalization form should be one of {', '.join(_FORMS)}.")
