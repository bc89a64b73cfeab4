"""Iterators over arrays (ECMA-262, section 23.1.5)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arrays import fast
from seaofnodes.javascript.builtins.arrays.access import get_element
from seaofnodes.javascript.builtins.refusals import incompatible
from seaofnodes.javascript.builtins.stepping import next_method
from seaofnodes.javascript.builtins.table import Builtin, Function, Group, Method, tag
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.factory import new_array, new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import ITERATOR_INDEX, ITERATOR_KIND, ITERATOR_OBJECT
from seaofnodes.javascript.objects.methods.typed import element_type, view_length
from seaofnodes.javascript.objects.words import smi, smi_value
from seaofnodes.javascript.operations.conversions import to_object
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.objects import length_of_array_like

KEYS, VALUES, ENTRIES = range(3)


def create_array_iterator(iso: Isolate, object: int, kind: int) -> int:
    """Section 23.1.5.1: an iterator over KEYS, VALUES or ENTRIES of an array-like object."""
    prototype = iso.realm.intrinsic("ArrayIteratorPrototype")
    return new_of_kind(iso, Kind.JS_ARRAY_ITERATOR, prototype, object, smi(0), smi(kind))


def iterator_method(kind: int) -> Builtin:
    """A method of arrays that returns an iterator."""

    def method(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        return create_array_iterator(iso, to_object(iso, this), kind)

    return method


def _length(iso: Isolate, source: int) -> int:
    """Of what is iterated now. Throws TypeError for a typed array that is out of bounds."""
    if iso.kind(source) != Kind.JS_TYPED_ARRAY:
        return length_of_array_like(iso, source)
    length = view_length(iso, source, element_type(iso, source).size)
    if length is None:
        type_error(iso, "Cannot perform %ArrayIteratorPrototype%.next on a detached or out-of-bounds ArrayBuffer")
    return length


def next_element(iso: Isolate, this: int) -> int | None:
    """Section 23.1.5.2.1. An iterator that has come to the end forgets its object."""
    if not iso.is_object(this) or iso.kind(this) != Kind.JS_ARRAY_ITERATOR:
        incompatible(iso, "Array Iterator.prototype.next", this)
    memory = iso.memory
    source = memory.load(this, ITERATOR_OBJECT)
    if source == iso.undefined:
        return None
    index = int(iso.float_of(memory.load(this, ITERATOR_INDEX)))
    if index >= _length(iso, source):
        memory.store(this, ITERATOR_OBJECT, iso.undefined)
        return None
    memory.store(this, ITERATOR_INDEX, iso.number(index + 1))
    kind = smi_value(memory.load(this, ITERATOR_KIND))
    value = iso.number(index) if kind == KEYS else get_element(iso, source, index)
    return new_array(iso, [iso.number(index), value]) if kind == ENTRIES else value


def plain_values(iso: Isolate, source: int, method: int) -> list[int] | None:
    """What the iterator would give that a method (Symbol.iterator) makes for an object, where no code of the program
    could see it at work: of an array without holes. The words are held.
    """
    if method != iso.realm.intrinsic("ArrayPrototypeValues"):
        return None
    own = properties.get_own(iso, iso.realm.intrinsic("ArrayIteratorPrototype"), iso.name("next"))
    if own is None or own.value is None or iso.kind(own.value) != Kind.JS_FUNCTION:
        return None
    return fast.packed(iso, source) if iso.shared_of(own.value).step is next_element else None


METHODS = (
    Method("entries", 0, iterator_method(ENTRIES)),
    Method("keys", 0, iterator_method(KEYS)),
)

GROUPS = (
    Group(
        "ArrayPrototypeValues",
        constructor=Function(0, iterator_method(VALUES), constructs=False, name="values"),
    ),
    Group(
        "ArrayIteratorPrototype",
        prototype="IteratorPrototype",
        entries=[next_method(next_element), tag("Array Iterator")],
    ),
)
