"""Objects, arrays, closures, templates."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Final

from seaofnodes.javascript.bytecode.constants import ArrayBoilerplate, Hole, ObjectBoilerplate, TemplateObject
from seaofnodes.javascript.interpreter.frames import CONTEXT_INDEX, Operation
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.interpreter.refusals import not_iterable
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.shapes import Shape
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.iterators import Iteration, get_iterator_from_method
from seaofnodes.javascript.operations.objects import copy_data_properties, get_v

_SLOTS: Final = 4  # in an object of a literal, at least

Build = Callable[[], int]
"""Makes a new value of a boilerplate."""


def builder(p: Preparation, value: object) -> Build:
    """What makes the value of a literal, again and again."""
    if isinstance(value, ObjectBoilerplate):
        return _object_builder(p, value)
    if isinstance(value, ArrayBoilerplate):
        return _array_builder(p, value)
    word = p.iso.pin(p.word(value))
    return lambda: word


def _object_builder(p: Preparation, boilerplate: ObjectBoilerplate) -> Build:
    iso = p.iso
    prototype = iso.null if boilerplate.null_prototype else None
    parts: list[tuple[Key, Build]] = []
    for name, value in boilerplate.properties:
        key = ~name if isinstance(name, int) else p.key_of(name)
        parts.append((key, builder(p, value)))

    makers = [make for _, make in parts]
    slots = max(len(parts), _SLOTS)
    known: list[tuple[object, Shape]] = []  # the realm in which the literal was made last, and its shape there, pinned

    def build() -> int:
        if known and known[0][0] is iso.realm:
            shape = known[0][1]
            words = [make() for make in makers]
            found = factory.allocate_object(iso, shape)
            at = (found - iso.base >> 3) + shape.first
            iso.q[at : at + len(words)] = array("Q", words)
            return found
        found = factory.new_object(iso, prototype, slots)
        for key, make in parts:
            properties.create_data(iso, found, key, make())
        shape = iso.shape(found)
        if not shape.own and shape.count == len(parts):  # all are names, and each is there once
            if known:
                iso.unpin(known.pop()[1].map)
            iso.pin(shape.map)
            known.append((iso.realm, shape))
        return found

    return build


def _array_builder(p: Preparation, boilerplate: ArrayBoilerplate) -> Build:
    iso = p.iso
    if any(isinstance(value, ObjectBoilerplate | ArrayBoilerplate) for value in boilerplate.elements):
        makers = [builder(p, value) for value in boilerplate.elements]
        return lambda: factory.new_array(iso, [make() for make in makers])
    words = [iso.hole if isinstance(value, Hole) else iso.pin(p.word(value)) for value in boilerplate.elements]
    return lambda: factory.new_array(iso, words)


def _literal(p: Preparation, next: int, index: int, slot: int, flags: int) -> Operation:
    build = builder(p, p.raw(index))

    def run(r: list[int]) -> int:
        r[0] = build()
        return next

    return run


def _empty_array(p: Preparation, next: int, slot: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        r[0] = factory.new_array(iso, [])
        return next

    return run


def _empty_object(p: Preparation, next: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        r[0] = factory.new_object(iso)
        return next

    return run


def _array_from_iterable(p: Preparation, next: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        r[0] = factory.new_array(iso, iterable_values(iso, r[0]))
        return next

    return run


def iterable_values(iso: Isolate, value: int) -> list[int]:
    """All values of what is spread into an array."""
    method = get_iterator_method(iso, value)
    return list(Iteration(iso, get_iterator_from_method(iso, value, method)))


def get_iterator_method(iso: Isolate, value: int) -> int:
    """The method that gives the iterator of a value. Throws a TypeError that shows the source."""
    if value == iso.undefined or value == iso.null:
        not_iterable(iso, value)
    method = get_v(iso, value, iso.symbols.iterator)
    if not iso.is_callable(method):
        not_iterable(iso, value)
    return method


def _clone(p: Preparation, next: int, source: int, flags: int, slot: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        found = factory.new_object(iso)
        copy_data_properties(iso, found, r[source])
        r[0] = found
        return next

    return run


def _closure(p: Preparation, next: int, index: int, cell: int, flags: int) -> Operation:
    iso, shared = p.iso, p.iso.shared[p.shared(index)]

    def run(r: list[int]) -> int:
        r[0] = factory.new_function(iso, shared, r[CONTEXT_INDEX])
        return next

    return run


def _template(p: Preparation, next: int, index: int, slot: int) -> Operation:
    iso, found, made = p.iso, p.raw(index), p.code.words
    assert isinstance(found, TemplateObject)

    def run(r: list[int]) -> int:
        word = made.get(index)
        if word is None:
            word = made[index] = iso.pin(_template_object(iso, found))
        r[0] = word
        return next

    return run


def _template_object(iso: Isolate, found: TemplateObject) -> int:
    """The strings of a template, which are the same array each time (GetTemplateObject)."""
    cooked = factory.new_array(iso, [iso.undefined if text is None else iso.name(text) for text in found.cooked])
    raw = factory.new_array(iso, [iso.name(text) for text in found.raw])
    freeze(iso, raw)
    properties.define(iso, cooked, iso.name("raw"), raw, writable=False, configurable=False)
    freeze(iso, cooked)
    return cooked


def freeze(iso: Isolate, array: int) -> None:
    """Make an array that no program has seen immutable."""
    for key in properties.own_keys(iso, array):
        found = properties.get_own(iso, array, key)
        assert found is not None
        found.writable = found.configurable = False
        properties.define_own(iso, array, key, found)
    properties.prevent_extensions(iso, array)


MAKERS: dict[str, Maker] = {
    "CreateArrayLiteral": _literal,
    "CreateObjectLiteral": _literal,
    "CreateEmptyArrayLiteral": _empty_array,
    "CreateEmptyObjectLiteral": _empty_object,
    "CreateArrayFromIterable": _array_from_iterable,
    "CloneObject": _clone,
    "CreateClosure": _closure,
    "GetTemplateObject": _template,
}
