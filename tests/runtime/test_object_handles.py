"""Objects in Python: fields and elements, types, identity, how long they live."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from seaofnodes import EXTERNREF, Engine, Global, Table
from seaofnodes.errors import HeapLimitError, Trap, WasmException
from seaofnodes.wasm.engine.objects.handles import ArrayReference, I31Reference, StructReference
from seaofnodes.wasm.types import ANY, EQ, I31, STRUCT, reference
from tests.support import wat

TYPES = """
  (type $point (sub (struct (field $x (mut i32)) (field $y (mut f64)))))
  (type $named (sub $point (struct (field $x (mut i32)) (field $y (mut f64)) (field $name (mut externref)))))
  (type $all (struct (field (mut i8)) (field (mut i16)) (field (mut i64)) (field (mut f32)) (field (mut anyref))
    (field i32)))
  (type $bytes (array (mut i8))) (type $anys (array (mut anyref))) (type $fixed (array i64))
  (type $call (func (result i32))) (type $calls (array (mut funcref)))
  (type $code (struct (field (mut (ref null $call)))))"""
FUNCTIONS = """
  (func (export "point") (param i32 f64) (result (ref $point)) (struct.new $point (local.get 0) (local.get 1)))
  (func (export "named") (result (ref $point)) (struct.new_default $named))
  (func (export "all") (result (ref $all)) (struct.new_default $all))
  (func (export "bytes") (param i32) (result (ref $bytes)) (array.new $bytes (i32.const -1) (local.get 0)))
  (func (export "anys") (param i32) (result (ref $anys)) (array.new_default $anys (local.get 0)))
  (func (export "fixed") (result arrayref) (array.new_fixed $fixed 1 (i64.const -3)))
  (func (export "calls") (result (ref $calls)) (array.new_default $calls (i32.const 2)))
  (func (export "code") (result (ref $code)) (struct.new_default $code))
  (func (export "run") (param (ref $code)) (result i32) (call_ref $call (struct.get $code 0 (local.get 0))))"""


def make(text: str = "", engine: Engine | None = None, imports: Any = None) -> Any:
    return (engine or Engine(tier="baseline")).instantiate(wat(f"(module {TYPES} {text} {FUNCTIONS})"), imports).exports


def test_fields() -> None:
    exports = make()
    point = exports["point"](3, 2.5)
    assert isinstance(point, StructReference)
    assert (point[0], point[1], point["x"], point["y"]) == (3, 2.5, 3, 2.5)
    assert len(point) == 2 and list(point) == [3, 2.5] and point.names == {"x": 0, "y": 1}
    point["x"] -= 4
    point[1] = 7
    assert list(point) == [-1, 7.0]
    point[0] = 0xFFFF_FFFE
    assert point[0] == -2
    for wrong in (2, -1, 1 << 70):
        with pytest.raises(IndexError, match="of a struct of 2"):
            point[wrong]
    with pytest.raises(KeyError, match="is named 'z'"):
        point["z"] = 1
    with pytest.raises(TypeError, match="field 0 is 'a'; i32 takes an int"):
        point[0] = "a"
    with pytest.raises(OverflowError, match="field 0 is 4294967296, which does not fit in i32"):
        point[0] = 1 << 32
    assert repr(point).startswith("<struct {(mut i32), (mut f64)} at 0x")


def test_all_kinds_of_fields() -> None:
    exports = make()
    every = exports["all"]()
    assert list(every) == [0, 0, 0, 0.0, None, 0] and every.names == {}
    every[0], every[1], every[2], every[3] = -1, -2, -3, 1.1
    assert [every[0], every[1], every[2]] == [255, 65534, -3]
    assert every[3] == pytest.approx(1.1, rel=1e-6) and every[3] != 1.1
    for value in (every, exports["point"](1, 1), I31Reference(4), 4, None, "text", [1], exports["all"]):
        every[4] = value
        assert every[4] == value
    assert every[4] is not None
    every[4] = 4
    assert isinstance(every[4], I31Reference)
    for at, wrong in ((0, 256), (0, -129), (1, 65536), (2, 1 << 64), (4, 1 << 31), (4, -(1 << 30) - 1)):
        with pytest.raises(OverflowError, match=f"field {at}"):
            every[at] = wrong
    with pytest.raises(TypeError, match=r"field 1 is 1\.5; i16 takes an int"):
        every[1] = 1.5
    with pytest.raises(TypeError, match="field 5 is immutable"):
        every[5] = 1


def test_elements() -> None:
    exports = make()
    text = exports["bytes"](5)
    assert isinstance(text, ArrayReference) and len(text) == 5 and bytes(text) == b"\xff" * 5
    text[0], text[4] = 65, -2
    assert bytes(text) == b"A\xff\xff\xff\xfe" and [*text][4] == 254
    for wrong in (5, -1):
        with pytest.raises(IndexError, match="of an array of 5"):
            text[wrong] = 0
    anys = exports["anys"](2)
    anys[0] = anys
    assert anys[0] == anys and anys[1] is None and anys[0][0][0] == anys
    fixed = exports["fixed"]()
    assert list(fixed) == [-3]
    with pytest.raises(TypeError, match="element 0 is immutable"):
        fixed[0] = 1
    assert len(exports["bytes"](0)) == 0 and list(exports["bytes"](0)) == []


def test_identity() -> None:
    exports = make('(func (export "same") (param anyref) (result anyref) (local.get 0))')
    point, other = exports["point"](1, 2), exports["point"](1, 2)
    again = exports["same"](point)
    assert point == again and hash(point) == hash(again) and point != other
    assert point != 5 and {point, again, other} == {point, other}


def test_i31_values() -> None:
    assert I31Reference(0x7FFF_FFFF) == -1 and I31Reference(-(1 << 30)) == I31Reference(1 << 30) == -(1 << 30)
    assert (str(I31Reference(5)), repr(I31Reference(-5)), I31Reference(5) + 1) == ("5", "I31Reference(-5)", 6)
    for wrong in (1 << 31, -(1 << 30) - 1):
        with pytest.raises(OverflowError, match="does not fit in i31"):
            I31Reference(wrong)


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        ("(ref $point)", None, r"is None; \(ref 0\) is never null"),
        ("(ref null $point)", 5, r"is 5; \(ref null 0\) takes an object of type struct .* or None"),
        ("(ref null $named)", "point", r"takes an object of type struct"),
        ("structref", "bytes", "structref takes a struct or None"),
        ("arrayref", "point", "arrayref takes an array or None"),
        ("eqref", "text", "eqref takes an object or an int or None"),
        ("i31ref", "text", "i31ref takes an int or None"),
        ("(ref i31)", "point", r"\(ref i31\) takes an int"),
        ("i31ref", 1 << 31, "argument 1 of f: 2147483648 does not fit in i31"),
        ("anyref", -(1 << 40), "does not fit in i31"),
        ("nullref", "point", "nullref takes None"),
        ("(ref none)", "point", r"is .*; \(ref none\) takes"),
        ("funcref", "point", "funcref takes a function"),
        ("exnref", "point", "exnref takes an exception"),
        ("anyref", "foreign", "is an object of another engine"),
    ],
)
def test_wrong_types(kind: str, wrong: Any, message: str) -> None:
    exports = make(f'(func (export "f") (param {kind}))')
    made = {
        "point": lambda: exports["point"](1, 1), "bytes": lambda: exports["bytes"](1),
        "foreign": lambda: make()["point"](1, 1),
    }  # fmt: skip
    given = made[wrong]() if isinstance(wrong, str) and wrong in made else wrong
    expected = OverflowError if "fit" in message else TypeError
    with pytest.raises(expected, match=message):
        exports["f"](given)


def test_host_functions_take_and_give_objects() -> None:
    seen: list[Any] = []

    def host(point: Any, small: Any, anything: Any) -> tuple[Any, Any]:
        seen.extend((point, small, anything))
        point["x"] += 1
        return point, [small + 1]

    exports = make(
        """(import "m" "give" (func $give (result (ref $point))))
      (import "m" "host" (func $host (param (ref $point) i31ref anyref) (result structref anyref)))
      (func (export "f") (param (ref $point) externref) (result structref anyref)
        (call $host (local.get 0) (ref.i31 (i32.const -9)) (any.convert_extern (local.get 1))))
      (func (export "g") (result (ref $named)) (ref.cast (ref $named) (call $give)))""",
        imports={"m": {"host": host, "give": lambda: seen[0]}},
    )
    point, thing = exports["point"](5, 0), ["thing"]
    assert exports["f"](point, thing) == (point, [-8])
    assert seen == [point, -9, thing] and seen[2] is thing and isinstance(seen[1], I31Reference) and point["x"] == 6
    seen[0] = exports["named"]()
    assert exports["g"]() == seen[0]
    seen[0] = exports["bytes"](1)
    with pytest.raises(TypeError, match=r"result 1 of host function m.give is <array"):
        exports["g"]()


def test_globals_and_tables_of_the_host_hold_objects() -> None:
    engine = Engine(tier="baseline")
    cell = Global(reference(EQ, True), mutable=True, engine=engine)
    table = Table(2, element=reference(ANY, True), engine=engine)
    exports = make(
        """(import "m" "g" (global $g (mut eqref))) (import "m" "t" (table $t 2 anyref))
      (func (export "f") (table.set $t (i32.const 1) (global.get $g)))""",
        engine,
        {"m": {"g": cell, "t": table}},
    )
    point = exports["point"](1, 1)
    cell.value = point
    exports["f"]()
    assert cell.value == table[1] == point
    table[0] = 7
    cell.value = I31Reference(-1)
    exports["f"]()
    assert [table[0], table[1]] == [7, -1]
    with pytest.raises(TypeError, match="structref takes a struct"):
        Global(reference(STRUCT, True), mutable=True, engine=engine).value = exports["bytes"](1)
    with pytest.raises(TypeError, match="i31"):
        Global(reference(I31, True), mutable=True, engine=engine).value = point


def test_an_object_holds_python_objects() -> None:
    """A Python object lives as long as a struct has it in a field."""

    class Thing:
        pass

    exports = make('(func (export "nothing") (param externref))')
    named, thing = exports["named"](), Thing()
    named["name"] = thing
    gone = weakref.ref(thing)
    for _ in range(3):
        exports["nothing"](object())
    del thing
    gc.collect()
    assert named["name"] is gone() is not None


def test_an_object_in_an_externref_is_itself_again() -> None:
    exports = make()
    named, point = exports["named"](), exports["point"](1, 1)
    for value in (point, named, I31Reference(-3), 3, "text"):
        named["name"] = value
        assert named["name"] == value
    named["name"] = 3
    assert not isinstance(named["name"], I31Reference)


def test_functions_in_objects_live_as_long_as_those() -> None:
    engine = Engine(tier="baseline")
    keeper, user = make(engine=engine), make(engine=engine)
    calls, code = keeper["calls"](), keeper["code"]()
    owner = make('(func (export "f") (result i32) (i32.const 42))', engine)
    gone = weakref.ref(owner["f"].owner)
    calls[0] = code[0] = owner["f"]
    assert code[0] == owner["f"]
    with pytest.raises(TypeError, match=r"field 0 is .*takes a function of an instance, of that type"):
        code[0] = owner["point"]
    del owner
    gc.collect()
    assert calls[0]() == 42 == user["run"](code)
    del keeper, user
    gc.collect()
    assert code[0]() == 42
    assert gone() is not None
    del calls, code
    gc.collect()
    assert gone() is None


def test_what_may_hold_objects_keeps_their_functions_alive() -> None:
    engine = Engine(tier="baseline")
    table = Table(1, element=EXTERNREF, engine=engine)
    cell = Global(EXTERNREF, mutable=True, engine=engine)
    maker = make('(func (export "f") (result i32) (i32.const 42))', engine)
    gone = weakref.ref(maker["f"].owner)
    code = maker["code"]()
    code[0] = maker["f"]
    table[0] = cell.value = code
    other = engine.instantiate(
        wat("""(module (type $call (func (result i32)))
      (type $code (struct (field (mut (ref null $call))))) (func (export "run") (param externref) (result i32)
        (call_ref $call (struct.get $code 0 (ref.cast (ref $code) (any.convert_extern (local.get 0)))))))""")
    )
    del code, maker
    gc.collect()
    assert other.exports["run"](table[0]) == other.exports["run"](cell.value) == 42
    del other
    gc.collect()
    assert gone() is not None
    del table, cell
    gc.collect()
    assert gone() is None


def test_instances_are_freed_with_their_objects() -> None:
    engine = Engine(tier="baseline")
    exports = make('(global (export "g") (mut anyref) (ref.i31 (i32.const 1)))', engine)
    gone = weakref.ref(exports["point"].owner)
    exports["g"].value = point = exports["point"](1, 1)
    del exports
    gc.collect()
    assert list(point) == [1, 1.0]
    del point
    gc.collect()
    assert gone() is None


def count(engine: Engine, word: str) -> int:
    """How many objects of the types whose names have a word are alive after a collection."""
    heap = engine.runtime.heap
    assert heap.collect()
    return sum(found.count for found in heap.statistics.survivors.values() if word in found.name)


def test_objects_live_as_long_as_their_handles() -> None:
    engine = Engine(tier="baseline")
    exports = make(engine=engine)
    points = [exports["point"](number, number) for number in range(100)]
    assert count(engine, "f64") == 100
    assert [list(point) for point in points] == [[number, float(number)] for number in range(100)]
    kept, again = points[3], exports["anys"](1)
    again[0] = points[4]
    inner = again[0]
    del points
    assert count(engine, "f64") == 2
    again[0] = None
    assert count(engine, "f64") == 2 and list(inner) == [4, 4.0]
    del inner
    assert count(engine, "f64") == 1 and list(kept) == [3, 3.0]
    del kept, again
    assert count(engine, "") == 0


def test_globals_tables_segments_and_exceptions_hold_objects() -> None:
    engine = Engine(tier="baseline")
    exports = make(
        """(tag $t (export "t") (param (ref null $point) i31ref))
      (global (export "g") (ref $point) (struct.new $point (i32.const 1) (f64.const 1)))
      (table (export "table") 2 anyref) (elem $e (ref $point) (item (struct.new $point (i32.const 2) (f64.const 2))))
      (func (export "from_segment") (result anyref)
        (array.get $anys (array.new_elem $anys $e (i32.const 0) (i32.const 1)) (i32.const 0)))
      (func (export "drop") (elem.drop $e))
      (func (export "throw") (param (ref $point)) (throw $t (local.get 0) (ref.i31 (i32.const -4))))""",
        engine,
    )
    assert count(engine, "f64") == 2
    assert list(exports["from_segment"]()) == [2, 2.0] and list(exports["g"].value) == [1, 1.0]
    exports["drop"]()
    assert count(engine, "f64") == 1
    exports["table"][1] = exports["point"](3, 3)
    assert count(engine, "f64") == 2 and list(exports["table"][1]) == [3, 3.0]
    with pytest.raises(WasmException) as caught:
        exports["throw"](exports["point"](4, 4))
    exports["table"][1] = None
    assert count(engine, "f64") == 2
    values: Any = caught.value.values
    point, small = values
    assert list(point) == [4, 4.0] and small == -4 and isinstance(small, I31Reference)


@pytest.mark.parametrize("tier", ["baseline", "auto"])
def test_numbers_beside_references_are_no_references(tier: Any) -> None:
    """What a call takes and gives is looked at while it runs: odd numbers look like objects."""
    engine = Engine(tier=tier, stress_gc=True, tier_up_budget=1, background=False)
    exports = make(
        """(func (export "f") (param i64 (ref $point) i32 f64) (result i64 (ref $point) i32 f64 (ref $bytes))
        (local.get 0) (local.get 1) (local.get 2) (local.get 3) (array.new_default $bytes (local.get 2)))""",
        engine,
    )
    point = exports["point"](1, 1)
    for odd in (1, 0x7FFF_FFFF_FFFF_FFFF, 12345678901):
        assert exports["f"](odd, point, 3, 0.1)[:4] == (odd, point, 3, 0.1)


def test_bits_leave_references_alone() -> None:
    exports = make('(func (export "f") (param f64 anyref) (result f64 anyref) (local.get 0) (local.get 1))')
    point = exports["point"](1, 1)
    assert exports["f"].call_bits(0x7FF4 << 48, point) == (0x7FF4 << 48, point)
    assert exports["f"].call_bits(1, 5) == (1, I31Reference(5))


def test_a_full_heap() -> None:
    engine = Engine(tier="baseline", heap_limit=4 << 20)
    exports = make(
        '(func (export "long") (param i32) (result (ref $fixed)) (array.new_default $fixed (local.get 0)))', engine
    )
    kept: list[Any] = []
    with pytest.raises(HeapLimitError):
        for _ in range(1000):
            kept.append(exports["long"](1000))
    assert 300 < len(kept) < 600
    with pytest.raises(Trap, match="array too large"):
        exports["long"](1 << 20)
    kept.clear()
    assert len(exports["long"](1000)) == 1000


@pytest.mark.parametrize("tier", ["baseline", "auto"])
def test_callers_keep_their_objects_while_the_host_calls_back(tier: Any) -> None:
    """References in frames, registers and arguments survive collections further in."""
    made: list[Any] = []

    def host(point: Any, depth: int) -> Any:
        if depth:
            made.append(exports["f"](point, depth - 1))
        return exports["point"](depth, 0.5)

    engine = Engine(tier=tier, stress_gc=True, tier_up_budget=1, background=False)
    exports = make(
        """(import "m" "host" (func $host (param (ref $point) i32) (result (ref $point))))
      (func (export "f") (param $p (ref $point)) (param $depth i32) (result (ref $anys)) (local $here (ref $point))
        (local.set $here (struct.new $point (local.get $depth) (f64.const 1)))
        (array.new_fixed $anys 5 (local.get $here) (struct.new $point (i32.const -1) (f64.const 2))
          (call $host (local.get $p) (local.get $depth)) (array.new $bytes (local.get $depth) (i32.const 2))
          (local.get $p)))""",
        engine,
        {"m": {"host": host}},
    )
    for _ in range(2):
        made.clear()
        given = exports["point"](77, 7.5)
        made.append(exports["f"](given, 3))
        assert len(made) == 4
        for depth, array in enumerate(made):
            here, other, gotten, text, point = array
            assert [list(one) for one in (here, other, gotten)] == [[depth, 1.0], [-1, 2.0], [depth, 0.5]]
            assert bytes(text) == bytes([depth] * 2) and point == given and list(given) == [77, 7.5]
