"""Structs and arrays that Python makes."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from seaofnodes import ArrayReference, Engine, Error, HeapLimitError, I31Reference, Instance, StructReference
from tests.support import wat

TEXT = """
  (type $point (sub (struct (field $x (mut i32)) (field $y (mut f64)))))
  (type $named (sub $point (struct (field $x (mut i32)) (field $y (mut f64)) (field $name (mut externref)))))
  (type $all (struct (field (mut i8)) (field (mut i16)) (field (mut i64)) (field (mut f32)) (field (mut anyref))))
  (type $pair (struct (field $first (ref $point)) (field $second (ref null $point))))
  (type $bytes (array (mut i8))) (type $anys (array (mut anyref))) (type $fixed (array f32))
  (type $points (array (ref $point)))
  (type $call (func (result i32))) (type $code (struct (field (ref $call))))
  (type (array i64))
  (func (export "x") (param (ref $point)) (result i32) (struct.get $point $x (local.get 0)))
  (func (export "run") (param (ref $code)) (result i32) (call_ref $call (struct.get $code 0 (local.get 0))))
  (func (export "f") (result i32) (i32.const 42))"""


def make(engine: Engine | None = None, text: str = "", imports: Any = None) -> Instance:
    return (engine or Engine(tier="baseline")).instantiate(wat(f"(module {text} {TEXT})"), imports)


def test_structs() -> None:
    instance = make()
    point = instance.types["point"]
    made = point(3, y=2)
    assert isinstance(made, StructReference) and list(made) == [3, 2.0] and made["y"] == 2.0
    assert instance.exports["x"](made) == 3
    assert [list(one) for one in (point(), point(-1), point(y=1.5), point(1, 2))] == [
        [0, 0.0], [-1, 0.0], [0, 1.5], [1, 2.0],
    ]  # fmt: skip
    assert made != point(3, 2) and len({made, point(3, 2)}) == 2
    named = instance.types["named"](1, name="text")
    assert list(named) == [1, 0.0, "text"] and instance.exports["x"](named) == 1
    every = instance.types[2](-1, -2, -3, 1.5, 7)
    assert list(every) == [255, 65534, -3, 1.5, 7] and isinstance(every[4], I31Reference)
    pair = instance.types["pair"](first=made)
    assert list(pair) == [made, None]
    assert list(instance.types["pair"](named, made)) == [named, made]
    assert str(point.type) in repr(point) and point.name == "point"


def test_arrays() -> None:
    types = make().types
    text = types["bytes"](b"abc")
    assert isinstance(text, ArrayReference) and bytes(text) == b"abc"
    assert bytes(types["bytes"](bytearray(b"xy"))) == b"xy" and bytes(types["bytes"]([1, -1])) == b"\1\xff"
    assert len(types["bytes"]()) == 0 and list(types["fixed"](i / 2 for i in range(3))) == [0, 0.5, 1]
    anys = types["anys"]([text, None, 5, "s", types["point"](1)])
    assert anys[0] == text and list(anys)[1:4] == [None, 5, "s"] and anys[4]["x"] == 1
    assert list(types["points"]([anys[4]])) == [anys[4]]
    assert bytes(types["bytes"].filled(3, 65)) == b"AAA" and bytes(types["bytes"].filled(2)) == b"\0\0"
    assert list(types["anys"].filled(2, text)) == [text, text]
    assert list(types[10]([1 << 63, -1])) == [-(1 << 63), -1]


def test_slices() -> None:
    types = make().types
    text = types["bytes"](b"abcdef")
    assert text[1:3] == [98, 99] and text[::-2] == [102, 100, 98] and text[-2:] == [101, 102] and text[7:] == []
    text[1:3] = b"BC"
    text[-1:] = [-1]
    assert bytes(text) == b"aBCde\xff" and 66 in text and 98 not in text
    with pytest.raises(ValueError, match="3 values for 2 elements"):
        text[:2] = b"xyz"
    with pytest.raises(TypeError, match="element 1 is immutable"):
        types["fixed"]([1, 2])[1:] = [1]
    assert bytes(types[10]([5, 255])) == b"\5\xff"
    with pytest.raises(ValueError, match="range"):
        bytes(types[10]([256]))


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (lambda t: t["point"](1, 2, 3), TypeError, "point has 2 fields, not 3"),
        (lambda t: t["point"](1, x=1), TypeError, "field x of point is given twice"),
        (lambda t: t["point"](z=1), TypeError, "point has no field that is named 'z'"),
        (lambda t: t["point"]("a"), TypeError, "field x of point is 'a'; i32 takes an int"),
        (lambda t: t["point"](1 << 32), OverflowError, "field x of point is 4294967296"),
        (lambda t: t["all"](256), OverflowError, "field 0 of all is 256, which does not fit in i8"),
        (lambda t: t["pair"](), TypeError, r"field first of pair needs a value: \(ref 0\) is never null"),
        (lambda t: t["pair"](None), TypeError, "field first of pair is None"),
        (lambda t: t["pair"](t["bytes"]()), TypeError, "field first of pair is <array"),
        (lambda t: t["pair"](make().types["point"]()), TypeError, "field first of pair is an object of another engine"),
        (lambda t: t["bytes"]([0, 300]), OverflowError, "element 1 of bytes is 300, which does not fit in i8"),
        (lambda t: t["bytes"]("text"), TypeError, "element 0 of bytes is 't'; i8 takes an int"),
        (lambda t: t["fixed"](5), TypeError, "not iterable"),
        (lambda t: t["points"]([None]), TypeError, "element 0 of points is None"),
        (lambda t: t["points"].filled(3), TypeError, "the element of points is None"),
        (lambda t: t["bytes"].filled(-1), ValueError, "not -1"),
        (lambda t: t["bytes"].filled(1 << 40), HeapLimitError, "an array of 1,099,511,627,776 elements"),
        (lambda t: t["anys"].filled(1 << 30, 5), HeapLimitError, "elements needs more than the heap's"),
        (lambda t: t["call"], KeyError, "no type of structs or arrays is 'call'"),
        (lambda t: t[99], KeyError, "no type of structs or arrays is 99"),
        (lambda t: t[-1], KeyError, "is -1"),
    ],
)  # fmt: skip
def test_mistakes(given: Any, error: type[Exception], message: str) -> None:
    engine = Engine(tier="baseline")
    with pytest.raises(error, match=message):
        given(make(engine).types)


def test_all_types_are_there() -> None:
    types = make().types
    assert list(types) == ["point", "named", "all", "pair", "bytes", "anys", "fixed", "points", "code", 10]
    assert len(types) == 10 and "call" not in types and 0 in types
    assert {types[key].type for key in types} >= {types[0].type, types[10].type}


def count(engine: Engine) -> int:
    assert engine.heap.collect()
    return sum(one.count for one in engine.heap.survivors)


def test_they_live_as_long_as_their_handles() -> None:
    engine = Engine(tier="baseline")
    instance = make(engine)
    made = [instance.types["point"](i) for i in range(100)]
    chain = None
    for _ in range(50):
        chain = instance.types["anys"]([chain])
    assert count(engine) == 150
    del made[1:], chain
    assert count(engine) == 1 and made[0]["x"] == 0
    made.clear()
    assert count(engine) == 0


def test_functions_and_python_objects_in_them_live_as_long() -> None:
    class Thing:
        pass

    engine = Engine(tier="baseline")
    instance, user = make(engine), make(engine)
    thing = Thing()
    code = instance.types["code"](instance.exports["f"])
    named = instance.types["named"](name=thing)
    gone, lost = weakref.ref(instance.data), weakref.ref(thing)
    del instance, thing
    gc.collect()
    engine.heap.collect()
    assert user.exports["run"](code) == 42 and named["name"] is lost()
    del code, named, user
    gc.collect()
    engine.heap.collect()
    assert gone() is None and lost() is None


@pytest.mark.parametrize("tier", ["baseline", "auto"])
def test_under_stress_from_host_functions(tier: Any) -> None:
    """Every allocation collects: what is made, and what it is made of, is held all the time."""
    made: dict[str, Any] = {}

    def host(depth: int) -> Any:
        inner = [made["anys"]([depth, made["point"](i, i / 2), made["bytes"](bytes([i] * i))]) for i in range(4)]
        if depth:
            inner.append(exports["g"](depth - 1))
        return made["anys"]([*inner, ["python", depth]])

    engine = Engine(tier=tier, stress_gc=True, tier_up_budget=1, background=False)
    instance = make(engine, """(import "m" "host" (func $host (param i32) (result (ref 5))))
      (func (export "g") (param i32) (result (ref 5)) (local (ref 4) (ref 5))
        (local.set 1 (array.new 4 (i32.const 7) (i32.const 3))) (local.set 2 (call $host (local.get 0)))
        (array.new_fixed 5 3 (local.get 1) (local.get 2) (struct.new 0 (i32.const 5) (f64.const 6))))""",
        {"m": {"host": host}})  # fmt: skip
    exports = instance.exports
    made.update((name, instance.types[name]) for name in ("anys", "point", "bytes"))

    def check(found: Any, depth: int) -> None:
        text, inner, point = found
        assert bytes(text) == b"\7\7\7" and list(point) == [5, 6.0]
        parts = list(inner)
        assert parts.pop() == ["python", depth]
        if depth:
            check(parts.pop(), depth - 1)
        for i, (number, other, data) in enumerate(parts):
            assert number == depth and list(other) == [i, i / 2] and bytes(data) == bytes([i] * i)

    for _ in range(3):
        check(exports["g"](3), 3)
    engine.heap.verify()


def test_a_finalizer_inside_of_an_allocation_collects_nothing() -> None:
    """Python's collector may run at any time: its finalizers may allocate until the heap wants a collection."""
    engine = Engine(tier="baseline", heap_limit=256 << 20)
    types = make(engine).types
    heap = engine.runtime.heap
    seen = []

    class Late:
        def __del__(self) -> None:
            if heap._making.is_inside():
                seen.append(heap.collect())
                with pytest.raises(Error, match="inside of an allocation"):
                    engine.heap.verify()
                for _ in range(10):
                    types["bytes"].filled(1 << 20)

    hold = types["point"]._hold

    def slowly(word: int) -> StructReference:
        Late()
        return hold(word)

    point = types["point"]
    point._hold = slowly  # type: ignore[method-assign]
    kept = [point(i, i) for i in range(10)]
    assert seen == [False] * 10
    assert [one["x"] for one in kept] == list(range(10))
    engine.heap.verify()


def test_a_full_heap() -> None:
    engine = Engine(tier="baseline", heap_limit=4 << 20)
    types = make(engine).types
    kept = []
    with pytest.raises(HeapLimitError):
        for _ in range(1000):
            kept.append(types["bytes"].filled(8000))
    assert 300 < len(kept) < 600
    kept.clear()
    assert len(types["bytes"].filled(8000)) == 8000
