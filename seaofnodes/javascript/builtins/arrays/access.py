"""Elements and lengths of array-like objects, and what methods of arrays create."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays.fast import is_absent, own_element
from seaofnodes.javascript.builtins.refusals import not_callable
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.factory import new_array
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.words import MOST_LENGTH, Key
from seaofnodes.javascript.operations.conversions import to_integer_or_infinity
from seaofnodes.javascript.operations.errors import range_error, type_error
from seaofnodes.javascript.operations.objects import is_array, set_or_throw

LARGEST_SAFE = (1 << 53) - 1


def index_key(iso: Isolate, index: int) -> Key:
    """The key of an element; from 2**32 - 1 on it is a name."""
    return ~index if index < MOST_LENGTH else key_of_text(iso, str(index))


def get_element(iso: Isolate, target: int, index: int) -> int:
    """An element; undefined if there is none."""
    found = own_element(iso, target, index)
    return properties.get(iso, target, index_key(iso, index)) if found is None else found


def element_or_none(iso: Isolate, target: int, index: int) -> int | None:
    """An element; None if there is none, not even in the prototypes (HasProperty, then Get)."""
    found = own_element(iso, target, index)
    if found is not None:
        return found
    if is_absent(iso, target, index):
        return None
    key = index_key(iso, index)
    return properties.get(iso, target, key) if properties.has(iso, target, key) else None


def set_element(iso: Isolate, target: int, index: int, value: int) -> None:
    """Assign an element. Throws a TypeError if it is refused."""
    set_or_throw(iso, target, index_key(iso, index), value)


def set_length(iso: Isolate, target: int, length: int) -> None:
    """Assign `length`. Throws a TypeError if it is refused."""
    set_or_throw(iso, target, iso.name("length"), iso.number(length))


def relative_index(iso: Isolate, word: int, length: int, default: int = 0) -> int:
    """An index that a program gives, from 0 to length; a negative one counts from the end; undefined is the default."""
    if word == iso.undefined:
        return default
    index = to_integer_or_infinity(iso, word)
    return int(max(length + index, 0)) if index < 0 else int(min(index, length))


def callback_argument(iso: Isolate, arguments: list[int]) -> int:
    """The first argument. Throws a TypeError if it cannot be called."""
    callback = argument(iso, arguments, 0)
    if not iso.is_callable(callback):
        not_callable(iso, callback)
    return callback


def species(iso: Isolate, original: int) -> int | None:
    """Section 23.1.3.1.1, ArraySpeciesCreate: the constructor for arrays made of another; None: an ordinary array."""
    if not is_array(iso, original):
        return None
    constructor = properties.get(iso, original, iso.name("constructor"))
    array = iso.realm.intrinsic("Array")
    if iso.is_object(constructor):
        constructor = properties.get(iso, constructor, iso.symbols.species)
        if constructor == iso.null:
            return None
    if constructor == iso.undefined or constructor == array:
        return None
    if not iso.is_constructor(constructor):
        type_error(iso, "object.constructor[Symbol.species] is not a constructor")
    return constructor


def check_length(iso: Isolate, length: int) -> None:
    """Throws a RangeError if no array can be so long."""
    if length > MOST_LENGTH:
        range_error(iso, "Invalid array length")


def create_with(iso: Isolate, constructor: int | None, length: int) -> int:
    """A new object that elements are defined in; constructor None: an array of that length, without elements."""
    if constructor is not None:
        return iso.construct(constructor, [iso.number(length)])
    check_length(iso, length)
    result = new_array(iso, [])
    if length:
        set_length(iso, result, length)
    return result
