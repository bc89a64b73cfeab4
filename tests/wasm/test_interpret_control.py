"""The reference interpreter: control, calls, traps, limits, linking."""

from __future__ import annotations

import pytest

from seaofnodes.errors import LinkError, Trap
from seaofnodes.ir.evaluator.evaluate import OutOfSteps
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.interpreter.interpreter import InterpretedInstance, Limits
from seaofnodes.wasm.interpreter.link import Imports, instantiate
from tests.support import wat


def make(text: str, imports: Imports | None = None, limits: Limits | None = None) -> InterpretedInstance:
    return instantiate(decode_module(wat(f"(module {text})"), SUPPORTED), imports, limits=limits)


def test_numbers_in_and_out() -> None:
    exports = make("""
        (func (export "swap") (param i32 f64 i64) (result i64 f64 i32) local.get 2 local.get 1 local.get 0)
        (func (export "f32") (param f32) (result f32) local.get 0) (func (export "nothing"))
    """).exports
    assert exports["swap"](-1, 2.5, 1 << 63) == (-(1 << 63), 2.5, -1)
    assert exports["swap"].call_bits(1, 2, 3) == [3, 2, 1]
    assert exports["f32"](0.1) == 0.10000000149011612
    assert exports["nothing"]() is None
    with pytest.raises(TypeError, match="takes 1"):
        exports["f32"]()
    with pytest.raises(TypeError, match="f32 wanted"):
        exports["f32"]("1")


@pytest.mark.parametrize(("selector", "expected"), [(0, 22), (1, 17), (2, 1), (3, 1), (0xFFFFFFFF, 1)])
def test_br_table_carries_values(selector: int, expected: int) -> None:
    instance = make("""(func (export "f") (param i32) (result i32)
        (i32.add (i32.const 1)
          (block $c (result i32)
            (return
              (block $a (result i32)
                (i32.sub
                  (block $b (result i32)
                    (br_table $a $b $c
                      (select (i32.const 22) (i32.const 0) (i32.lt_u (local.get 0) (i32.const 2))) (local.get 0)))
                  (i32.const 5)))))))""")
    assert instance.exports["f"].call_bits(selector) == [expected]


def test_loops_with_parameters() -> None:
    instance = make("""(func (export "power") (param i64 i32) (result i64) (local $x i64)
        (i64.const 1)
        (loop (param i64) (result i64)
          (local.get 0) (i64.mul)
          (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))""")
    assert instance.exports["power"](3, 5) == 243


def test_branches_drop_what_is_below() -> None:
    instance = make("""(func (export "f") (param i32) (result i32)
        (i32.const 100)
        (block (result i32)
          (i32.const 1) (i32.const 2) (i32.const 3)
          (br_if 0 (local.get 0))
          (i32.add) (i32.add))
        (i32.add))""")
    assert instance.exports["f"](1) == 103
    assert instance.exports["f"](0) == 106


@pytest.mark.parametrize(("name", "reason"), [
    ("unreachable", "unreachable"),
    ("divide", "integer divide by zero"),
    ("overflow", "integer overflow"),
    ("truncate", "invalid conversion to integer"),
    ("load", "out of bounds memory access"),
    ("store", "out of bounds memory access"),
    ("outside", "undefined element"),
    ("null", "uninitialized element"),
    ("type", "indirect call type mismatch"),
    ("recursion", "call stack exhausted"),
    ("copy", "out of bounds memory access"),
])  # fmt: skip
def test_traps(name: str, reason: str) -> None:
    instance = make(
        """(memory 1) (table 3 funcref) (elem (i32.const 1) $v) (type $i (func (result i32))) (func $v)
        (func (export "unreachable") unreachable)
        (func (export "divide") (drop (i32.rem_s (i32.const 1) (i32.const 0))))
        (func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
        (func (export "truncate") (drop (i32.trunc_f32_s (f32.const nan))))
        (func (export "load") (drop (i32.load offset=4294967295 (i32.const -1))))
        (func (export "store") (i64.store (i32.const 65529) (i64.const 0)))
        (func (export "outside") (call_indirect (i32.const 3)))
        (func (export "null") (call_indirect (i32.const 0)))
        (func (export "type") (drop (call_indirect (type $i) (i32.const 1))))
        (func $recursion (export "recursion") (call $recursion))
        (func (export "copy") (memory.copy (i32.const 0) (i32.const 65535) (i32.const 2)))""",
        limits=Limits(depth=500),
    )
    with pytest.raises(Trap) as found:
        instance.exports[name]()
    assert found.value.reason == reason
    assert str(found.value.frames[0]).startswith(name)
    assert instance.limits.frames == 0


def test_backtrace() -> None:
    instance = make('(func $inner unreachable) (func $outer (export "f") nop (call $inner))')
    with pytest.raises(Trap) as found:
        instance.exports["f"]()
    body = instance.module.body(1)
    frames = [(frame.name, frame.offset) for frame in found.value.frames]  # type: ignore[attr-defined]
    assert frames == [("inner", instance.module.body(0).offsets[0]), ("outer", body.offsets[1])]


def test_deep_recursion_is_no_python_recursion() -> None:
    instance = make("""(func $sum (export "sum") (param i64) (result i64)
        (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 0))
          (else (i64.add (local.get 0) (call $sum (i64.sub (local.get 0) (i64.const 1)))))))""")
    assert instance.exports["sum"](9000) == 9000 * 9001 // 2


def test_host_functions_and_nesting() -> None:
    log: list[tuple[int, float]] = []
    inner: dict[str, InterpretedInstance] = {}

    def host(number: int, value: float) -> tuple[float, int]:
        log.append((number, value))
        if number > 0:
            inner["it"].exports["f"](number - 1)
        return value + 1, number

    inner["it"] = make(
        """(import "env" "host" (func $host (param i32 f32) (result f32 i64)))
        (func (export "f") (param i32) (result f32 i64) (call $host (local.get 0) (f32.const 1.5)))""",
        {"env": {"host": host}},
    )
    assert inner["it"].exports["f"](2) == (2.5, 2)
    assert log == [(2, 1.5), (1, 1.5), (0, 1.5)]
    with pytest.raises(Trap, match="call stack exhausted"):
        inner["it"].exports["f"](1000)
    assert inner["it"].exports["f"](1) == (2.5, 1)


def test_host_exceptions_pass_through() -> None:
    def host() -> None:
        raise KeyError("mine")

    instance = make('(import "env" "h" (func $h)) (func (export "f") (call $h))', {"env": {"h": host}})
    with pytest.raises(KeyError, match="mine"):
        instance.exports["f"]()
    with pytest.raises(TypeError, match="must return 0 values"):
        make('(import "e" "h" (func $h)) (func (export "f") (call $h))', {"e": {"h": lambda: 3}}).exports["f"]()


def test_step_limit() -> None:
    limits = Limits(steps=1000)
    instance = make('(func (export "f") (loop (br 0)))', limits=limits)
    with pytest.raises(OutOfSteps):
        instance.exports["f"]()
    assert limits.steps == 0


def test_sharing_between_instances() -> None:
    owner = make("""(memory (export "m") 1 3) (table (export "t") 2 funcref)
        (global (export "g") (mut i32) (i32.const 7))
        (func $f (export "f") (result i32) (global.get 0)) (elem (i32.const 1) $f)""")
    user = make(
        """(import "o" "m" (memory 1 3)) (import "o" "t" (table 1 funcref)) (import "o" "g" (global (mut i32)))
        (import "o" "f" (func $f (result i32)))
        (func (export "run") (result i32) (drop (memory.grow (i32.const 1)))
          (i32.store8 (i32.const 65536) (i32.const 42)) (global.set 0 (i32.const 9))
          (i32.add (call_indirect (result i32) (i32.const 1)) (call $f)))""",
        {"o": owner.exports},
    )
    assert user.exports["run"]() == 18
    assert owner.exports["m"].data[65536] == 42


@pytest.mark.parametrize("imports", [
    {}, {"o": {"m": 3}}, {"o": {"m": make("(memory (export \"m\") 1)").exports["m"]}},
])  # fmt: skip
def test_links_that_fail(imports: Imports) -> None:
    with pytest.raises(LinkError, match='import "o" "m"'):
        make('(import "o" "m" (memory 2))', imports)


def test_segments_apply_in_order_until_one_does_not_fit() -> None:
    owner = make('(memory (export "m") 1)')
    with pytest.raises(Trap, match="out of bounds memory access"):
        make(
            '(import "o" "m" (memory 1)) (data (i32.const 0) "ab") (data (i32.const 65535) "cd")', {"o": owner.exports}
        )
    assert owner.exports["m"].data[:2] == b"ab"


def test_bulk_memory_and_dropped_segments() -> None:
    exports = make("""(memory (export "m") 1) (data $d "hello")
        (func (export "init") (param i32 i32 i32) (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
        (func (export "drop") (data.drop $d))
        (func (export "move") (memory.copy (i32.const 1) (i32.const 0) (i32.const 5)))
        (func (export "fill") (memory.fill (i32.const 8) (i32.const 0x141) (i32.const 3)))""").exports
    exports["init"](0, 0, 5)
    exports["move"]()
    exports["fill"]()
    assert exports["m"].data[:11] == b"hhello\0\0AAA"
    exports["drop"]()
    exports["init"](0, 0, 0)
    with pytest.raises(Trap, match="out of bounds memory access"):
        exports["init"](0, 0, 1)
