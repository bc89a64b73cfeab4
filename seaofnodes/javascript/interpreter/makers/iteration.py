"""Iterators, and `for` over the names of properties (ECMA-262, 14.7.5.9)."""

from __future__ import annotations

from seaofnodes.javascript.interpreter.frames import Operation
from seaofnodes.javascript.interpreter.makers.literals import get_iterator_method
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import ELEMENTS, OBJECT_ELEMENTS
from seaofnodes.javascript.objects.strings import key_word
from seaofnodes.javascript.objects.words import Key, smi, smi_value
from seaofnodes.javascript.operations.conversions import to_property_key
from seaofnodes.javascript.operations.errors import type_error


def enumerable_names(iso: Isolate, object: int) -> list[Key]:
    """Names of enumerable properties of an object and its prototypes; one that is not enumerable hides others."""
    found: dict[Key, bool] = {}
    walk = object
    while walk != iso.null:
        for key in properties.own_keys(iso, walk):
            if key not in found and not (key >= 0 and iso.is_symbol(key)):
                own = properties.get_own(iso, walk, key)
                if own is not None:
                    found[key] = bool(own.enumerable)
        walk = properties.get_prototype(iso, walk)
    return [key for key, enumerable in found.items() if enumerable]


def is_still_there(iso: Isolate, object: int, name: int) -> bool:
    """Has an object, or a prototype, a property that is enumerable?"""
    key = to_property_key(iso, name)
    walk = object
    while walk != iso.null:
        own = properties.get_own(iso, walk, key)
        if own is not None:
            return bool(own.enumerable)
        walk = properties.get_prototype(iso, walk)
    return False


def _enumerate(p: Preparation, next: int, receiver: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        words = [key_word(iso, key) for key in enumerable_names(iso, r[receiver])]
        r[0] = factory.new_array(iso, words)
        return next

    return run


def _prepare(p: Preparation, next: int, triple: int, slot: int) -> Operation:
    """The array of names, the array of their elements, and how many they are."""
    iso, memory = p.iso, p.iso.memory

    def run(r: list[int]) -> int:
        elements = memory.load(r[0], OBJECT_ELEMENTS)
        length = properties.get(iso, r[0], iso.name("length"))
        r[triple], r[triple + 1], r[triple + 2] = r[0], elements, length
        return next

    return run


def _next(p: Preparation, next: int, receiver: int, index: int, pair: int, slot: int) -> Operation:
    iso, memory = p.iso, p.iso.memory

    def run(r: list[int]) -> int:
        name = memory.load(r[pair + 1], ELEMENTS + 8 * smi_value(r[index]))
        r[0] = name if is_still_there(iso, r[receiver], name) else iso.undefined
        return next

    return run


def _step(p: Preparation, next: int, index: int) -> Operation:
    one = smi(1)

    def run(r: list[int]) -> int:
        r[index] += one
        return next

    return run


def _jump_if_done(p: Preparation, next: int, target: int, index: int, length: int) -> Operation:
    return lambda r: target if r[index] == r[length] else next


def _get_keyed(p: Preparation, next: int, object: int, index: int, cache: int, slot: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        r[0] = properties.get(iso, r[object], to_property_key(iso, r[0]))
        return next

    return run


def _get_iterator(p: Preparation, next: int, source: int, load: int, call: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        value = r[source]
        iterator = iso.call(get_iterator_method(iso, value), value, [])
        if not iso.is_object(iterator):
            type_error(iso, "Result of the Symbol.iterator method is not an object")
        r[0] = iterator
        return next

    return run


MAKERS: dict[str, Maker] = {
    "ForInEnumerate": _enumerate,
    "ForInPrepare": _prepare,
    "ForInNext": _next,
    "ForInStep": _step,
    "JumpIfForInDone": _jump_if_done,
    "GetEnumeratedKeyedProperty": _get_keyed,
    "GetIterator": _get_iterator,
}
