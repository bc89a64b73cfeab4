"""Shapes: shared by objects that grew alike, own ones, and how long they live."""

from __future__ import annotations

import itertools

import pytest

from seaofnodes.errors import Error
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.kinds import ElementsKind
from seaofnodes.javascript.objects.layout import DEFAULT, ENUMERABLE, WRITABLE
from seaofnodes.javascript.objects.methods.slots import MOST_FAST
from seaofnodes.javascript.objects.properties import Property
from seaofnodes.javascript.objects.words import smi
from seaofnodes.runtime.heap.memory import MOST_TYPES
from tests.javascript.objects.support import BareIsolate


def test_objects_that_grow_alike_share_a_shape(bare: BareIsolate) -> None:
    iso = bare.iso
    first, second = factory.new_object(iso), factory.new_object(iso)
    assert iso.shape(first) is iso.shape(second)
    for text in "abcdef":
        assert bare.set(first, text, smi(1))
    assert iso.shape(first) is not iso.shape(second)
    for text in "abcdef":
        assert bare.set(second, text, smi(2))
    shape = iso.shape(first)
    assert shape is iso.shape(second)
    assert not shape.own
    assert [shape.lookup(bare.key(text)) for text in "afz"] == [(0, DEFAULT), (5, DEFAULT), None]
    assert bare.set(second, "g", smi(3))
    assert shape.lookup(bare.key("g")) is None


def test_branches_do_not_mix(bare: BareIsolate) -> None:
    iso = bare.iso
    objects = [factory.new_object(iso) for _ in range(3)]
    for obj, text in zip(objects, ["xab", "xba", "xac"], strict=True):
        for name in text:
            bare.set(obj, name, iso.string(name))
    assert [bare.names(obj) for obj in objects] == [["x", "a", "b"], ["x", "b", "a"], ["x", "a", "c"]]
    for obj in objects:
        for name in bare.names(obj):
            assert iso.text(bare.get(obj, name)) == name


def test_attributes_and_prototypes_are_transitions(bare: BareIsolate) -> None:
    iso = bare.iso
    above = factory.new_object(iso)
    shapes = []
    for _ in range(2):
        obj = factory.new_object(iso)
        iso.held.append(obj)
        bare.set(obj, "a", smi(1))
        before = iso.shape(obj)
        assert properties.define_own(iso, obj, bare.key("a"), Property(configurable=False))
        assert properties.set_prototype(iso, obj, above)
        assert properties.prevent_extensions(iso, obj)
        assert iso.shape(obj).lookup(bare.key("a")) == (0, WRITABLE | ENUMERABLE)
        assert before.lookup(bare.key("a")) == (0, DEFAULT)
        shapes.append(iso.shape(obj))
    assert shapes[0] is shapes[1]
    assert shapes[0].prototype == above
    assert not shapes[0].extensible
    assert iso.shape(above).own


def test_a_deletion_gives_an_object_its_own_shape(bare: BareIsolate) -> None:
    iso = bare.iso
    first, second = factory.new_object(iso), factory.new_object(iso)
    for text in "abcdef":
        bare.set(first, text, iso.string(text))
        bare.set(second, text, iso.string(text))
    assert properties.delete(iso, first, bare.key("b"))
    assert iso.shape(first).own
    assert not iso.shape(second).own
    shape = iso.shape(first)
    bare.set(first, "b", iso.string("again"))
    bare.set(first, "g", iso.string("more"))
    assert iso.shape(first) is shape
    assert bare.names(first) == ["a", "c", "d", "e", "f", "b", "g"]
    assert iso.text(bare.get(first, "b")) == "again"
    assert iso.text(bare.get(first, "g")) == "more"
    assert bare.names(second) == list("abcdef")


def test_many_properties() -> None:
    bare = BareIsolate()
    iso = bare.iso
    obj = factory.new_object(iso)
    iso.pin(obj)
    for i in range(MOST_FAST + 200):
        bare.set(obj, f"p{i}", smi(i))
        del iso.held[:]
    assert iso.shape(obj).own
    iso.heap.verify()
    assert bare.names(obj) == [f"p{i}" for i in range(MOST_FAST + 200)]
    assert all(bare.get(obj, f"p{i}") == smi(i) for i in range(MOST_FAST + 200))


def test_shapes_die_with_their_objects() -> None:
    bare = BareIsolate()
    iso = bare.iso

    def alive() -> int:
        return sum(shape is not None for shape in iso.shapes.by_id)

    obj = iso.pin(factory.new_object(iso))
    bare.set(obj, "a", smi(1))
    del iso.held[:]
    iso.heap.collect()
    before = alive()
    for i in range(50):
        other = factory.new_object(iso)
        bare.set(other, "a", smi(1))
        bare.set(other, f"only{i}", smi(1))
        above = factory.new_object(iso, other)
        bare.set(above, "x", smi(2))
    assert alive() > before + 100
    ids = len(iso.shapes.by_id)
    del iso.held[:]
    iso.heap.collect()
    assert alive() == before
    for i in range(50):
        bare.set(factory.new_object(iso), f"other{i}", smi(1))
    assert len(iso.shapes.by_id) == ids
    assert bare.names(obj) == ["a"]
    bare.set(obj, "only7", smi(5))
    assert bare.get(obj, "only7") == smi(5)


def test_keys_of_own_shapes_live_as_long() -> None:
    bare = BareIsolate()
    iso = bare.iso
    obj = iso.pin(factory.new_object(iso))
    keys = []
    for i in range(100):
        keys.append(iso.symbol(f"s{i}"))
        properties.set_(iso, obj, keys[-1], smi(i))
        if i == 20:
            assert properties.delete(iso, obj, keys[3])
    del iso.held[:]
    iso.heap.verify()
    assert properties.own_keys(iso, obj) == [key for i, key in enumerate(keys) if i != 3]
    assert bare.names(obj)[4] == "@s5"
    iso.shapes.own(obj)


def test_elements_kinds(bare: BareIsolate) -> None:
    iso = bare.iso
    array = factory.new_array(iso, [smi(1), smi(2)])
    kinds = [iso.shape(array).elements_kind]
    for index, value in [(2, 1.5), (3, 4), (6, 0.5)]:
        properties.set_(iso, array, ~index, iso.number(value))
        kinds.append(iso.shape(array).elements_kind)
    properties.set_(iso, array, ~0, iso.undefined)
    kinds.append(iso.shape(array).elements_kind)
    properties.set_(iso, array, ~100_000, smi(1))
    kinds.append(iso.shape(array).elements_kind)
    kind = ElementsKind
    assert kinds == [
        kind.PACKED_SMI, kind.PACKED_DOUBLE, kind.PACKED_DOUBLE, kind.HOLEY_DOUBLE, kind.HOLEY, kind.DICTIONARY,
    ]  # fmt: skip
    assert bare.names(array) == ["0", "1", "2", "3", "6", "100000", "length"]
    assert [iso.float_of(bare.get(array, name)) for name in "1236"] == [2, 1.5, 4, 0.5]
    assert bare.get(array, "length") == smi(100_001)


def test_without_the_last_property_an_object_has_its_shape_before(bare: BareIsolate) -> None:
    iso = bare.iso
    obj, other = factory.new_object(iso), factory.new_object(iso)
    for text in "abcde":
        bare.set(obj, text, iso.string(text))
    before = iso.shape(obj)
    for _ in range(3):
        bare.set(obj, "f", smi(1))
        assert properties.delete(iso, obj, bare.key("f"))
        assert iso.shape(obj) is before
    assert bare.names(obj) == list("abcde")
    assert bare.get(obj, "f") == iso.undefined
    assert properties.delete(iso, obj, bare.key("a"))
    assert iso.shape(obj).own
    bare.set(other, "a", smi(1))
    properties.define_own(iso, other, bare.key("a"), Property(writable=False))
    assert properties.delete(iso, other, bare.key("a"))
    assert bare.names(other) == []
    assert bare.set(other, "a", smi(2))


def test_ids_that_have_run_out_are_looked_for() -> None:
    bare = BareIsolate()
    iso = bare.iso
    for i in range(20):
        bare.set(factory.new_object(iso), f"p{i}", smi(i))
    del iso.held[:]
    iso.heap.types._numbers = itertools.count(MOST_TYPES)
    for i in range(10):
        obj = factory.new_object(iso)
        bare.set(obj, f"q{i}", smi(i))
        assert bare.get(obj, f"q{i}") == smi(i)
    kept = []
    with pytest.raises(Error, match="types of objects at most"):
        for i in range(100):
            kept.append(iso.pin(factory.new_object(iso)))
            bare.set(kept[-1], f"r{i}", smi(i))
    iso.heap.verify()
    assert bare.names(kept[0]) == ["r0"]
