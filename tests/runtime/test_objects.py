"""Objects in machine code: what the reference interpreter does, in every tier."""

from __future__ import annotations

from typing import Any

import pytest

from seaofnodes import Engine
from seaofnodes.errors import Trap
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.engine.objects.handles import ArrayReference, I31Reference, ObjectReference, StructReference
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.interpreter.values import I31, Array, Struct
from tests.support import wat
from tests.wasm.test_objects import NUMBERS, TRAP_PARTS, TRAPS, TYPES

TIERS = ("baseline", "optimized", "auto", "baseline, collecting", "auto, collecting")


def engine(tier: str) -> Engine:
    """collecting: at every allocation."""
    name: Any = tier.removesuffix(", collecting")
    return Engine(tier=name, tier_up_budget=1, background=False, strict=True, stress_gc=name != tier)


def make(tier: Any, text: str, imports: Any = None) -> Any:
    return engine(tier).instantiate(wat(f"(module {TYPES} {text})"), imports)


def plain(value: Any, bits: bool = False) -> Any:
    """A value of either side as numbers, texts and tuples; packed and 32-bit integers without a sign."""
    if isinstance(value, I31 | I31Reference):
        return "i31", value.signed if isinstance(value, I31) else int(value)
    if isinstance(value, Struct):
        return "struct", tuple(map(plain, value.fields))
    if isinstance(value, Array):
        return "array", tuple(map(plain, value.elements))
    if isinstance(value, StructReference | ArrayReference):
        kinds = value.type.fields if isinstance(value, StructReference) else [value.type.element] * len(value)
        found = []
        for kind, one in zip(kinds, value, strict=True):
            assert not kind.type.is_float  # not needed
            found.append(plain(one) if kind.type.is_reference else one & (1 << kind.type.bits) - 1)
        return "struct" if isinstance(value, StructReference) else "array", tuple(found)
    return "function" if hasattr(value, "invoke") or hasattr(value, "record") else value


def outcome(call: Any) -> Any:
    try:
        return plain(call())
    except Trap as trap:
        return trap.reason


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(("code", "expected"), NUMBERS)
def test_numbers(tier: str, code: str, expected: int) -> None:
    f = make(tier, f'(func (export "f") (result i32) {code})').exports["f"]
    assert [f(), f()] == [expected, expected]


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(("code", "reason"), TRAPS)
def test_traps(tier: str, code: str, reason: str) -> None:
    module = decode_module(wat(f'(module {TYPES} {TRAP_PARTS} (func (export "f") {code}))'))
    places = []
    for start in (instantiate, engine(tier).instantiate):
        instance: Any = start(module)
        for _ in range(2):
            with pytest.raises(Trap) as caught:
                instance.exports["f"]()
            assert caught.value.reason.startswith(reason)
            places.append(str(caught.value.frames[0]).replace(", offset", ") at").rstrip(")"))
    assert places[0].startswith("f (function 2) at 0x") and len({*places}) == 1


# Parts of types that test everything that a field can be; what is around them is in memory, registers and constants.
FIELDS = """
  (type $all (struct (field $b (mut i8)) (field $s (mut i16)) (field $i (mut i32)) (field $l (mut i64))
    (field $r (mut eqref)) (field $c (mut i8))))
  (func $some (param i32) (result (ref $all))
    (struct.new $all (local.get 0) (i32.mul (local.get 0) (i32.const 3)) (i32.const -7) (i64.extend_i32_s (local.get 0))
      (ref.i31 (local.get 0)) (i32.const 0x181)))"""
WHOLE = [
    "(call $some (local.get 0))",
    "(struct.new_default $all)",
    """(struct.new $all (local.get 0) (local.get 0) (local.get 0) (i64.const -1) (call $some (i32.const 4))
       (local.get 0))""",
    """(local.set $all (call $some (i32.const 70000)))
       (struct.set $all $b (local.get $all) (local.get 0)) (struct.set $all $s (local.get $all) (i32.const 0x12345))
       (struct.set $all $l (local.get $all) (i64.const 0x123456789abcdef0))
       (struct.set $all $r (local.get $all) (local.get $all)) (struct.set $all $r (local.get $all) (ref.null eq))
       (struct.set $all $i (local.get $all) (struct.get_s $all $c (local.get $all))) (local.get $all)""",
    "(array.new $bytes (local.get 0) (i32.const 9))",
    "(array.new $shorts (i32.const 0x12345) (i32.and (local.get 0) (i32.const 7)))",
    "(array.new $longs (i64.const 0x123456789abcdef0) (i32.const 3))",
    "(array.new $longs (i64.const -5) (i32.const 3))",
    "(array.new $anys (call $some (local.get 0)) (i32.const 2))",
    "(array.new $anys (ref.null any) (i32.const 2))",
    "(array.new $anys (ref.i31 (i32.const -3)) (i32.const 0))",
    "(array.new_fixed $shorts 3 (local.get 0) (i32.const 0) (i32.const 65539))",
    "(array.new_fixed $anys 3 (call $some (i32.const 1)) (ref.null none) (ref.i31 (local.get 0)))",
    """(local.set $longs (array.new_default $longs (i32.const 5)))
       (array.set $longs (local.get $longs) (i32.and (local.get 0) (i32.const 3)) (i64.const 77))
       (array.set $longs (local.get $longs) (i32.const 4)
         (i64.add (array.get $longs (local.get $longs) (i32.const 1)) (i64.const 1)))
       (local.get $longs)""",
    """(local.set $bytes (array.new $bytes (i32.const 7) (i32.const 12)))
       (array.fill $bytes (local.get $bytes) (i32.const 2) (local.get 0) (i32.const 5))
       (array.copy $bytes $bytes (local.get $bytes) (i32.const 4) (local.get $bytes) (i32.const 0) (i32.const 8))
       (local.get $bytes)""",
    """(local.set $shorts (array.new_data $shorts $d (i32.const 1) (i32.const 3)))
       (array.init_data $shorts $d (local.get $shorts) (i32.const 1) (i32.const 0) (i32.const 1))
       (array.fill $shorts (local.get $shorts) (i32.const 2) (local.get 0) (i32.const 1)) (local.get $shorts)""",
    """(local.set $anys (array.new_elem $anys $e (i32.const 0) (i32.const 3)))
       (array.init_elem $anys $e (local.get $anys) (i32.const 2) (i32.const 0) (i32.const 1))
       (array.fill $anys (local.get $anys) (i32.const 1) (call $some (local.get 0)) (i32.const 1)) (local.get $anys)""",
    "(array.new_data $bytes $d (local.get 0) (i32.const 4))",
    "(array.new_elem $anys $e (local.get 0) (i32.const 2))",
    "(array.new_default $longs (local.get 0))",
    "(ref.i31 (local.get 0))",
    "(array.get $anys (array.new_fixed $anys 2 (ref.i31 (i32.const 5)) (ref.null none)) (local.get 0))",
]


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("code", WHOLE)
def test_whole_objects(tier: str, code: str) -> None:
    text = f"""(module {TYPES} {FIELDS} (data $d "\\01\\02\\83\\04\\05\\06\\07\\08")
      (elem $e anyref (item (ref.i31 (i32.const 1))) (item (struct.new_default $small)) (item (ref.null any)))
      (func (export "f") (param i32) (result anyref)
        (local $all (ref null $all)) (local $longs (ref null $longs)) (local $bytes (ref null $bytes))
        (local $shorts (ref null $shorts)) (local $anys (ref null $anys))
        {code}))"""
    module = decode_module(wat(text))
    wanted = instantiate(module).exports["f"]
    found = engine(tier).instantiate(module).exports["f"]
    for given in (0, 1, 2, 3, 7, 0x7FFF_FFFF, -1, -129, 1 << 30):
        expected = outcome(lambda given=given: wanted(given))
        assert outcome(lambda given=given: found(given)) == expected


@pytest.mark.parametrize("tier", TIERS)
def test_floats_in_objects(tier: str) -> None:
    instance = make(
        tier,
        """(type $f (struct (field (mut f32)) (field (mut f64)))) (type $fs (array (mut f32)))
      (type $ds (array (mut f64)))
      (func (export "f") (param f32 f64) (result f32 f64) (local $f (ref $f))
        (local.set $f (struct.new $f (local.get 0) (f64.const 2)))
        (struct.set $f 1 (local.get $f) (local.get 1))
        (struct.get $f 0 (local.get $f)) (struct.get $f 1 (local.get $f)))
      (func (export "fs") (param f32 i32) (result (ref $fs)) (local $fs (ref $fs))
        (local.set $fs (array.new $fs (local.get 0) (i32.const 6)))
        (array.fill $fs (local.get $fs) (i32.const 1) (f32.add (local.get 0) (f32.const 1)) (i32.const 2))
        (array.fill $fs (local.get $fs) (i32.const 4) (f32.const 1.5) (local.get 1))
        (array.set $fs (local.get $fs) (i32.const 3) (f32.const 0.25)) (local.get $fs))
      (func (export "ds") (param f64) (result (ref $ds)) (local $ds (ref $ds))
        (local.set $ds (array.new $ds (f64.const 1.5) (i32.const 4)))
        (array.fill $ds (local.get $ds) (i32.const 0) (local.get 0) (i32.const 2))
        (array.set $ds (local.get $ds) (i32.const 3)
          (f64.neg (array.get $ds (local.get $ds) (i32.const 1)))) (local.get $ds))""",
    )
    exports = instance.exports
    for _ in range(2):
        assert exports["f"](0.5, -3.25) == (0.5, -3.25)
        assert list(exports["fs"](2.0, 1)) == [2.0, 3.0, 3.0, 0.25, 1.5, 2.0]
        assert list(exports["ds"](4.0)) == [4.0, 4.0, 1.5, -4.0]


@pytest.mark.parametrize("tier", TIERS)
def test_casts(tier: str) -> None:
    """Every kind of reference against every type, in the forms that test, trap and branch."""
    funcs = """(type $sig (sub (func (result i32)))) (type $more (sub $sig (func (result i32))))
      (type $last (sub final $more (func (result i32)))) (elem declare func $s $m $l)
      (func $s (type $sig) (i32.const 1)) (func $m (type $more) (i32.const 2)) (func $l (type $last) (i32.const 3))"""
    givens = [
        "(ref.null none)", "(ref.i31 (i32.const 5))", "(struct.new_default $pair)", "(struct.new_default $triple)",
        "(struct.new_default $small)", "(array.new_default $bytes (i32.const 1))", "(array.new_fixed $fixed 0)",
        "(any.convert_extern (local.get 0))",
    ]  # fmt: skip
    functions = ["(ref.null nofunc)", "(ref.func $s)", "(ref.func $m)", "(ref.func $l)"]
    kinds = ["any", "eq", "i31", "struct", "array", "none", "$pair", "$triple", "$small", "$bytes", "$fixed"]
    tests = [(given, kind, "anyref") for given in givens for kind in kinds]
    tests += [(f, kind, "funcref") for f in functions for kind in ("func", "nofunc", "$sig", "$more", "$last")]
    tests += [(e, kind, "externref") for e in ("(ref.null extern)", "(local.get 0)") for kind in ("extern", "noextern")]
    bodies = []
    for at, (given, kind, top) in enumerate(tests):
        for null in ("", "null "):
            target = f"(ref {null}{kind})"
            bodies.append(f"""(func (export "t{at}{null}") (param externref) (result i32) (ref.test {target} {given}))
              (func (export "i{at}{null}") (param externref) (result i32)
                (if (result i32) (i32.eqz (ref.test {target} {given})) (then (i32.const 7)) (else (i32.const 8))))
              (func (export "c{at}{null}") (param externref) (result i32)
                (ref.is_null (ref.cast {target} {given})))
              (func (export "b{at}{null}") (param externref) (result i32)
                (block $l (result {target}) (drop (br_on_cast $l {top} {target} {given})) (return (i32.const 10)))
                (ref.is_null))
              (func (export "n{at}{null}") (param externref) (result i32)
                (block $l (result {top}) (drop (br_on_cast_fail $l {top} {target} {given})) (return (i32.const 11)))
                (ref.is_null))""")
    module = decode_module(wat(f"(module {TYPES} {funcs} {''.join(bodies)})"))
    wanted, found = instantiate(module).exports, engine(tier).instantiate(module).exports
    host = object()
    assert len(wanted) == 10 * len(tests)
    for name in wanted:
        assert outcome(lambda name=name: found[name](host)) == outcome(lambda name=name: wanted[name](host)), name


@pytest.mark.parametrize("tier", TIERS)
def test_casts_from_types_of_objects(tier: str) -> None:
    """What a br_on_cast is told of its operand leaves checks out."""
    bodies: list[str] = []
    for source, kinds in (("(ref null $pair)", ("$triple", "none")), ("structref", ("$pair", "$small", "none"))):
        for target in [f"(ref {null}{kind})" for kind in kinds for null in ("", "null ")]:
            for name, code in (("br_on_cast", target), ("br_on_cast_fail", source)):
                bodies.append(f"""(func (export "{len(bodies)}") (param i32) (result i32)
                  (block $l (result {code}) (drop ({name} $l {source} {target}
                    (if (result {source}) (i32.eqz (local.get 0)) (then (ref.null none))
                      (else (if (result {source}) (i32.eq (local.get 0) (i32.const 1))
                        (then (struct.new_default $pair)) (else (struct.new_default $triple)))))))
                    (return (i32.const 10)))
                  (ref.is_null))""")
    module = decode_module(wat(f"(module {TYPES} {''.join(bodies)})"))
    wanted, found = instantiate(module).exports, engine(tier).instantiate(module).exports
    for name in wanted:
        assert [found[name](at) for at in range(3)] == [wanted[name](at) for at in range(3)]


ORDER = [
    "(struct.set $pair $a (ref.null $pair) (call $log (i32.const 1)))",
    "(array.set $ints (ref.null $ints) (call $log (i32.const 1)) (call $log (i32.const 2)))",
    "(array.set $ints (call $make) (call $log (i32.const 9)) (call $log (i32.const 2)))",
    "(array.fill $ints (ref.null $ints) (call $log (i32.const 9)) (call $log (i32.const 2)) (call $log (i32.const 3)))",
    "(array.copy $ints $ints (call $make) (i32.const 9) (ref.null $ints) (i32.const 0) (call $log (i32.const 1)))",
    "(array.copy $ints $ints (call $make) (i32.const 9) (call $make) (i32.const 9) (call $log (i32.const 1)))",
    "(array.init_data $ints $d (ref.null $ints) (i32.const 9) (i32.const 99) (call $log (i32.const 3)))",
    "(array.init_data $ints $d (call $make) (i32.const 2) (i32.const 99) (call $log (i32.const 3)))",
    "(array.init_data $ints $d (call $make) (i32.const 0) (i32.const 99) (call $log (i32.const 0)))",
    "(array.init_elem $refs $e (ref.null $refs) (i32.const 9) (i32.const 99) (call $log (i32.const 3)))",
    "(array.init_elem $refs $e (array.new_fixed $refs 0) (i32.const 1) (i32.const 99) (call $log (i32.const 0)))",
    "(drop (array.new $ints (call $log (i32.const 1)) (i32.div_u (call $log (i32.const 2)) (i32.const 0))))",
    "(drop (struct.new $pair (call $log (i32.const 1)) (f64.convert_i32_s (call $log (i32.const 2)))))",
    "(drop (array.new_fixed $ints 3 (call $log (i32.const 1)) (unreachable) (call $log (i32.const 2))))",
    "(drop (ref.cast (ref i31) (struct.new $pair (call $log (i32.const 1)) (f64.const 0))))",
    "(drop (array.get $ints (call $make) (call $log (i32.const -1))))",
    "(drop (i32.add (i31.get_s (ref.null i31)) (call $log (i32.const 1))))",
    "(array.set $ints (call $make) (i32.const 0x7fffffff) (i32.const 0))",
    "(drop (array.get $ints (call $make) (i32.const 0x80000000)))",
]


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("code", ORDER)
def test_order_of_evaluation_and_traps(tier: str, code: str) -> None:
    module = decode_module(
        wat(f"""(module {TYPES} (type $ints (array (mut i32))) (type $refs (array (mut anyref)))
      (import "host" "log" (func $log (param i32) (result i32))) (data $d "abcd") (elem $e anyref (item (ref.null any)))
      (func $make (result (ref $ints)) (array.new_default $ints (i32.const 3)))
      (func (export "f") {code}))""")
    )
    results = []
    for start in (instantiate, engine(tier).instantiate):
        log: list[int] = []

        def note(value: int, log: list[int] = log) -> int:
            log.append(value)
            return value

        instance: Any = start(module, {"host": {"log": note}})
        results.append([(outcome(instance.exports["f"]), list(log)) for _ in range(2)])
    assert results[0] == results[1]


def test_a_field_far_from_the_start_of_a_null_struct_traps() -> None:
    for count in (509, 510, 511, 512, 600):
        text = f"""(type $wide (struct {"(field (mut i64))" * count} (field $last (mut i8))))
          (func (export "get") (param (ref null $wide)) (result i32) (struct.get_s $wide $last (local.get 0)))
          (func (export "set") (param (ref null $wide)) (struct.set $wide $last (local.get 0) (i32.const -5)))
          (func (export "new") (result (ref $wide)) (struct.new_default $wide))"""
        exports = make("baseline", text).exports
        wide = exports["new"]()
        exports["set"](wide)
        assert exports["get"](wide) == -5
        for f in (exports["get"], exports["set"]):
            with pytest.raises(Trap, match="null structure reference"):
                f(None)


@pytest.mark.parametrize("tier", TIERS)
def test_conversions_keep_identity(tier: str) -> None:
    exports = make(
        tier,
        """(func (export "out") (param anyref) (result externref) (extern.convert_any (local.get 0)))
      (func (export "in") (param externref) (result anyref) (any.convert_extern (local.get 0)))
      (func (export "make") (result anyref) (struct.new_default $pair))
      (func (export "same") (param anyref anyref) (result i32)
        (ref.eq (ref.cast eqref (local.get 0)) (ref.cast eqref (local.get 1))))""",
    ).exports
    made, again = exports["make"](), exports["make"]()
    values: list[Any] = [made, "text", [], I31Reference(-7), None, exports["make"]]
    for given in values:
        assert exports["in"](exports["out"](given)) == given == exports["out"](exports["in"](given))
    for given in (["kept"], 2.5, 1 << 80):  # a converted external is the same Python object
        assert exports["in"](given) is given
    assert (
        isinstance(exports["in"](made), ObjectReference) and made != again and hash(made) == hash(exports["out"](made))
    )
    assert [exports["same"](made, other) for other in (made, again, None, I31Reference(0))] == [1, 0, 0, 0]
    assert exports["same"](5, I31Reference(5)) == 1


@pytest.mark.parametrize("tier", TIERS)
def test_constant_expressions(tier: str) -> None:
    text = f"""(module {TYPES} (import "m" "x" (global $x externref))
      (global $p (ref $triple) (struct.new $triple (i32.const 1) (f64.const 2) (i64.add (i64.const 1) (i64.const 2))))
      (global $q (export "q") anyref (array.new_fixed $anys 3 (global.get $p) (ref.i31 (i32.const 5)) (ref.null none)))
      (global (export "d") (ref $bytes) (array.new $bytes (i32.const 0x1ff) (i32.const 2)))
      (global (export "e") (ref struct) (struct.new_default $small))
      (global (export "l") (ref $longs) (array.new_default $longs (i32.const 3)))
      (global (export "x") externref (extern.convert_any (global.get $p)))
      (global (export "y") anyref (any.convert_extern (global.get $x)))
      (global (export "z") (mut anyref) (ref.i31 (i32.const -1)))
      (table (export "t") 2 i31ref (ref.i31 (i32.const 9)))
      (table (export "s") 3 (ref struct) (struct.new_default $pair))
      (elem (table 0) (i32.const 1) i31ref (item (ref.i31 (i32.const 4)))))"""
    given: Any = ["an object"]
    instance = engine(tier).instantiate(wat(text), {"m": {"x": given}})
    exports = instance.exports
    triple, small, null = exports["q"].value
    assert list(triple) == [1, 2.0, 3] and small == I31Reference(5) and null is None
    assert bytes(exports["d"].value) == b"\xff\xff" and list(exports["e"].value) == [0, 0]
    assert list(exports["l"].value) == [0, 0, 0]
    assert exports["x"].value == triple and exports["y"].value is given
    assert list(exports["t"]) == [9, 4] and isinstance(exports["t"][0], I31Reference)
    assert exports["s"][0] == exports["s"][2] and list(exports["s"][1]) == [0, 0.0]
    exports["z"].value = triple
    exports["s"][1] = small_struct = exports["e"].value
    assert exports["z"].value == triple and exports["s"][1] == small_struct != exports["s"][0]
    with pytest.raises(TypeError, match="never null"):
        exports["s"][0] = None


def test_a_constant_expression_may_trap() -> None:
    with pytest.raises(Trap, match="array too large"):
        make("baseline", "(global (ref $longs) (array.new_default $longs (i32.const -1)))")


@pytest.mark.parametrize("tier", TIERS)
def test_instances_share_objects(tier: str) -> None:
    used = engine(tier)
    first = used.instantiate(
        wat(f"""(module {TYPES} (func (export "new") (result (ref $pair)) (struct.new_default $triple))
      (global (export "g") (mut (ref null $pair)) (ref.null none)) (table (export "t") 1 anyref))""")
    )
    second = used.instantiate(
        wat(f"""(module {TYPES} (import "m" "new" (func $new (result (ref $pair))))
      (import "m" "g" (global $g (mut (ref null $pair)))) (import "m" "t" (table $t 1 anyref))
      (func (export "f") (result i32 i32) (global.set $g (call $new)) (table.set $t (i32.const 0) (global.get $g))
        (ref.test (ref $triple) (global.get $g)) (ref.test (ref $small) (call $new))))"""),
        {"m": first},
    )
    for _ in range(2):
        assert second.exports["f"]() == (1, 0)
    assert first.exports["t"][0] == first.exports["g"].value
