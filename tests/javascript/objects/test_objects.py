"""Functions, lazy values, exotic objects, contexts, exceptions."""

from __future__ import annotations

from typing import Any

import pytest

from seaofnodes.errors import Error
from seaofnodes.javascript.objects import contexts, factory, properties
from seaofnodes.javascript.objects.functions import SharedFunctionInfo
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import BOUND_ARGUMENTS, ENUMERABLE, OBJECT_FIELDS
from seaofnodes.javascript.objects.properties import Property
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.objects.words import smi
from tests.javascript.objects.support import BareIsolate


def _sum(iso: Any, this: int, arguments: list[int], new_target: int) -> int:
    found: int = iso.number(sum(iso.float_of(word) for word in [this, *arguments]))
    return found


def test_functions_are_called(bare: BareIsolate) -> None:
    iso = bare.iso
    function = factory.new_builtin(iso, "sum", 2, _sum)
    assert iso.call(function, smi(1), [smi(2), iso.number(0.5)]) == iso.held[-1]
    assert iso.float_of(iso.call(function, smi(1), [smi(2), iso.number(0.5)])) == 3.5
    assert bare.names(function) == ["length", "name"]
    assert (bare.get(function, "length"), iso.text(bare.get(function, "name"))) == (smi(2), "sum")
    assert iso.is_callable(function)
    assert not iso.is_constructor(function)
    bound = factory.new_of_kind(
        iso, Kind.JS_BOUND_FUNCTION, iso.null, function, smi(10), factory.fixed_array(iso, [smi(20)])
    )
    assert iso.memory.words(iso.memory.load(bound, BOUND_ARGUMENTS)) == [smi(20)]
    assert iso.call(bound, smi(1), [smi(5)]) == smi(35)
    with pytest.raises(Throw) as thrown:
        iso.call(smi(5), iso.undefined, [])
    assert iso.text(bare.get(thrown.value.word, "message")) == "5 is not a function"
    with pytest.raises(Throw):
        iso.construct(bound, [])


def test_constructors_get_the_new_target(bare: BareIsolate) -> None:
    iso = bare.iso

    def construct(iso: Any, this: int, arguments: list[int], new_target: int) -> int:
        found: int = factory.new_array(iso, [new_target, *arguments])
        return found

    function = factory.new_builtin(iso, "C", 0, construct, constructor=True)
    other = factory.new_builtin(iso, "D", 0, construct, constructor=True)
    assert properties.get(iso, iso.construct(function, [smi(4)]), ~0) == function
    assert properties.get(iso, iso.construct(function, [], other), ~0) == other
    bound = factory.new_of_kind(
        iso, Kind.JS_BOUND_FUNCTION, iso.null, function, smi(10), factory.fixed_array(iso, [smi(20)])
    )
    made = iso.construct(bound, [smi(21)])
    assert [properties.get(iso, made, ~i) for i in range(3)] == [function, smi(20), smi(21)]


def test_what_is_held_goes_with_a_call(bare: BareIsolate) -> None:
    iso = bare.iso

    def many(iso: Any, this: int, arguments: list[int], new_target: int) -> int:
        for i in range(5):
            iso.string(f"text {i}")
        found: int = iso.string("result")
        return found

    function = factory.new_builtin(iso, "many", 0, many)
    mark = len(iso.held)
    found = iso.call(function, iso.undefined, [])
    assert iso.held[mark:] == [found]
    assert iso.text(found) == "result"


def test_a_prototype_is_made_when_it_is_looked_at(bare: BareIsolate) -> None:
    iso = bare.iso
    function = factory.new_function(iso, SharedFunctionInfo("f", 1, "normal", constructor=True), 0)
    shape = iso.shape(function)
    assert bare.names(function) == ["length", "name", "prototype"]
    assert iso.shape(function) is shape
    found = properties.get_own(iso, function, bare.key("prototype"))
    assert found is not None
    assert (found.writable, found.enumerable, found.configurable) == (True, False, False)
    assert found.value == bare.get(function, "prototype")
    assert bare.get(found.value or 0, "constructor") == function
    other = factory.new_function(iso, SharedFunctionInfo("g", 1, "normal", constructor=True), 0)
    assert bare.set(other, "prototype", smi(1))
    assert bare.get(other, "prototype") == smi(1)
    assert bare.names(factory.new_function(iso, SharedFunctionInfo("a", 0, "arrow"), 0)) == ["length", "name"]


def test_lazy_values_are_made_once(bare: BareIsolate) -> None:
    iso = bare.iso
    made = []

    def make() -> int:
        made.append(1)
        return iso.string("a lazy value")

    obj = factory.new_object(iso)
    for i in range(6):
        properties.define_lazy(iso, obj, bare.key(f"p{i}"), iso.lazy_value(make), ENUMERABLE)
    assert not made
    assert bare.names(obj) == [f"p{i}" for i in range(6)]
    assert not made
    assert iso.text(bare.get(obj, "p5")) == "a lazy value"
    assert iso.text(bare.get(obj, "p5")) == "a lazy value"
    assert len(made) == 1
    assert not bare.set(obj, "p0", smi(1))
    found = properties.get_own(iso, obj, bare.key("p0"))
    assert found is not None
    assert iso.text(found.value or 0) == "a lazy value"
    below = factory.new_object(iso, obj)
    assert iso.text(bare.get(below, "p1")) == "a lazy value"
    assert properties.has(iso, below, bare.key("p2"))
    assert len(made) == 3


def test_string_objects(bare: BareIsolate) -> None:
    iso = bare.iso
    obj = factory.new_wrapper(iso, iso.string("héllo"))
    bare.set(obj, "x", smi(1))
    properties.set_(iso, obj, ~7, smi(7))
    assert bare.names(obj) == ["0", "1", "2", "3", "4", "7", "length", "x"]
    assert iso.text(bare.get(obj, "1")) == "é"
    assert bare.get(obj, "length") == smi(5)
    assert bare.get(obj, "7") == smi(7)
    assert bare.get(obj, "5") == iso.undefined
    assert not bare.set(obj, "length", smi(1))
    assert not bare.set(obj, "0", smi(1))
    assert not properties.delete(iso, obj, ~0)
    assert properties.delete(iso, obj, ~7)
    assert properties.has(iso, obj, ~4)
    assert not properties.has(iso, obj, ~5)
    assert not properties.define_own(iso, obj, ~0, Property(iso.string("j")))
    assert properties.define_own(iso, obj, ~0, Property(iso.string("h")))
    below = factory.new_object(iso, obj)
    assert not bare.set(below, "0", smi(1))
    assert iso.text(bare.get(below, "4")) == "o"


@pytest.mark.parametrize("value", ["number", "double", "boolean", "symbol", "bigint"])
def test_other_wrappers(bare: BareIsolate, value: str) -> None:
    iso = bare.iso
    word = {
        "number": lambda: smi(3), "double": lambda: iso.number(0.5), "boolean": lambda: iso.true,
        "symbol": lambda: iso.symbol("s"), "bigint": lambda: iso.bigint(5),
    }[value]()  # fmt: skip
    obj = factory.new_wrapper(iso, word)
    assert iso.kind(obj) == Kind.JS_WRAPPER
    assert iso.wrapped_value(obj) == word
    names = {"number": "Number", "double": "Number", "boolean": "Boolean", "symbol": "Symbol", "bigint": "BigInt"}
    assert properties.get_prototype(iso, obj) == iso.realm.intrinsic(f"{names[value]}Prototype")


def test_mapped_arguments(bare: BareIsolate) -> None:
    iso = bare.iso
    context = contexts.new_context(iso, 5, 0, 0, iso.undefined)
    contexts.set_slot(iso, context, 2, smi(10))
    contexts.set_slot(iso, context, 4, smi(11))
    function = factory.new_builtin(iso, "f", 0, _sum)
    arguments = factory.new_mapped_arguments(iso, [smi(10), smi(11), smi(12)], function, context, [2, 4, -1])
    assert bare.names(arguments) == ["0", "1", "2", "length", "callee", "@Symbol.iterator"]
    contexts.set_slot(iso, context, 2, smi(20))
    assert [bare.get(arguments, name) for name in "012"] == [smi(20), smi(11), smi(12)]
    assert bare.set(arguments, "1", smi(21))
    assert contexts.slot(iso, context, 4) == smi(21)
    assert properties.delete(iso, arguments, ~1)
    assert bare.set(arguments, "1", smi(31))
    assert contexts.slot(iso, context, 4) == smi(21)
    assert properties.define_own(iso, arguments, ~0, Property(writable=False))
    contexts.set_slot(iso, context, 2, smi(40))
    assert bare.get(arguments, "0") == smi(20)
    assert not bare.set(arguments, "0", smi(1))


def test_private_names(bare: BareIsolate) -> None:
    iso = bare.iso
    name = iso.symbol("#x", private=True)
    obj = factory.new_object(iso)
    properties.prevent_extensions(iso, obj)
    assert not bare.set(obj, "a", smi(1))
    assert properties.define_own(iso, obj, name, Property(smi(5), None, None, True, False, False))
    assert properties.get(iso, obj, name) == smi(5)
    assert bare.names(obj) == []


def test_contexts(bare: BareIsolate) -> None:
    iso = bare.iso
    outermost = contexts.new_context(iso, 3, 7, 0, iso.hole)
    inner = contexts.new_context(iso, 4, 8, outermost, iso.undefined)
    contexts.set_slot(iso, outermost, 2, smi(1))
    assert contexts.outer(iso, inner, 1) == outermost
    assert contexts.slot(iso, contexts.outer(iso, inner, 1), 2) == smi(1)
    assert contexts.slot(iso, inner, 3) == iso.undefined


def test_what_is_thrown_is_kept(bare: BareIsolate) -> None:
    iso = bare.iso
    mark = len(iso.held)
    with pytest.raises(Throw) as thrown:
        iso.throw("TypeError", "no way")
    del iso.held[mark:]
    iso.heap.verify()
    assert iso.text(bare.get(thrown.value.word, "message")) == "no way"
    assert properties.get_prototype(iso, thrown.value.word) == iso.realm.intrinsic("TypeErrorPrototype")


def test_fields(bare: BareIsolate) -> None:
    iso = bare.iso
    obj = factory.new_of_kind(iso, Kind.JS_OBJECT, iso.null, *(iso.string(f"field {i}") for i in range(5)))
    for i in range(9):
        bare.set(obj, f"p{i}", iso.string(f"property {i}"))
    assert [iso.text(iso.memory.load(obj, OBJECT_FIELDS + 8 * i)) for i in range(5)] == [f"field {i}" for i in range(5)]
    assert [iso.text(bare.get(obj, f"p{i}")) for i in range(9)] == [f"property {i}" for i in range(9)]


def test_pins(bare: BareIsolate) -> None:
    iso = bare.iso
    word = iso.pin(iso.pin(iso.string("some text")))
    del iso.held[:]
    iso.unpin(word)
    iso.heap.verify()
    assert iso.text(word) == "some text"
    iso.unpin(word)
    with pytest.raises(KeyError):
        iso.unpin(word)


def test_what_has_not_been_given(bare: BareIsolate) -> None:
    iso = bare.iso
    function = factory.new_function(iso, SharedFunctionInfo("f", 0, "normal", constructor=True), 0)
    with pytest.raises(Error, match="has not been given"):
        iso.call(function, iso.undefined, [])
    array = factory.new_array(iso, [])
    with pytest.raises(Error, match="has not been given"):
        bare.set(array, "length", iso.string("5"))


@pytest.mark.parametrize("length", [-1, 1.5, 2.0**32])
def test_lengths_that_cannot_be(bare: BareIsolate, length: float) -> None:
    iso = bare.iso
    array = factory.new_array(iso, [])
    with pytest.raises(Throw) as thrown:
        bare.set(array, "length", iso.number(length))
    assert iso.text(bare.get(thrown.value.word, "message")) == "Invalid array length"
    assert bare.set(array, "length", iso.number(2**32 - 1))
    assert iso.float_of(bare.get(array, "length")) == 2**32 - 1
    assert bare.set(array, "length", smi(0))
    assert bare.names(array) == ["length"]
