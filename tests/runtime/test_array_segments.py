"""Arrays made of segments: by machine code, and by Python where the heap has to be looked after."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes import Engine, Trap
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.engine.stubs import callbacks
from seaofnodes.wasm.interpreter.link import instantiate as interpreted
from tests.support import wat

TIERS = pytest.mark.parametrize("tier", ["baseline", "optimized"])
WIDTHS = {"bytes": ("i8", 1), "shorts": ("i16", 2), "ints": ("i32", 4), "longs": ("i64", 8), "doubles": ("f64", 8)}
ESCAPED = "".join(rf"\{byte:02x}" for byte in range(1, 101))


def _of_data() -> str:
    parts = []
    for name, (storage, _) in WIDTHS.items():
        get = {"i8": "array.get_u", "i16": "array.get_u"}.get(storage, "array.get")
        word = {"i64": "i32.wrap_i64", "f64": "i32.wrap_i64 (i64.reinterpret_f64"}.get(storage, "")
        read = f"({get} ${name} (local.get $a) (local.get $i))"
        read = f"({word} {read})" + ")" * word.count("(") if word else read
        parts.append(f"""
  (type ${name} (array (mut {storage})))
  (func ${name} (param $a (ref ${name})) (result i32) (local $sum i32) (local $i i32)
    (block $end (loop $next
      (br_if $end (i32.ge_u (local.get $i) (array.len (local.get $a))))
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) {read}))
      (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $next)))
    (local.get $sum))
  (func (export "new {name}") (param i32 i32) (result i32)
    (call ${name} (array.new_data ${name} $d (local.get 0) (local.get 1))))
  (func (export "init {name}") (param i32 i32 i32) (result i32) (local $a (ref ${name}))
    (local.set $a (array.new_default ${name} (i32.const 9)))
    (array.init_data ${name} $d (local.get $a) (local.get 0) (local.get 1) (local.get 2))
    (call ${name} (local.get $a)))""")
    return "".join(parts)


TEXT = f"""(module {_of_data()}
  (type $box (struct (field i32))) (type $boxes (array (mut (ref null $box))))
  (data $d "{ESCAPED}")
  (data $empty "") (elem $none (ref null $box))
  (elem $e (ref null $box) (item (struct.new $box (i32.const 5))) (item (ref.null $box))
    (item (struct.new $box (i32.const 7))) (item (struct.new $box (i32.const 11))))
  (func $boxes (param $a (ref $boxes)) (result i32) (local $sum i32) (local $i i32) (local $b (ref null $box))
    (block $end (loop $next
      (br_if $end (i32.ge_u (local.get $i) (array.len (local.get $a))))
      (local.set $b (array.get $boxes (local.get $a) (local.get $i)))
      (local.set $sum (i32.mul (local.get $sum) (i32.const 31)))
      (if (i32.eqz (ref.is_null (local.get $b)))
        (then (local.set $sum (i32.add (local.get $sum) (struct.get $box 0 (local.get $b))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $next)))
    (local.get $sum))
  (func (export "new boxes") (param i32 i32) (result i32)
    (call $boxes (array.new_elem $boxes $e (local.get 0) (local.get 1))))
  (func (export "init boxes") (param i32 i32 i32) (result i32) (local $a (ref $boxes))
    (local.set $a (array.new_default $boxes (i32.const 9)))
    (array.init_elem $boxes $e (local.get $a) (local.get 0) (local.get 1) (local.get 2))
    (call $boxes (local.get $a)))
  (func (export "null") (array.init_data $bytes $d (ref.null $bytes) (i32.const 0) (i32.const 999) (i32.const 1)))
  (func (export "null boxes") (array.init_elem $boxes $e (ref.null $boxes) (i32.const 9) (i32.const 0) (i32.const 1)))
  (func (export "nothing") (result i32)
    (i32.add (array.len (array.new_data $longs $empty (i32.const 0) (i32.const 0)))
      (array.len (array.new_elem $boxes $none (i32.const 0) (i32.const 0)))))
  (func (export "many") (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.add
        (call $ints (array.new_data $ints $d (i32.and (local.get $n) (i32.const 3)) (i32.const 20)))
        (call $boxes (array.new_elem $boxes $e (i32.const 0) (i32.const 3))))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "drop") (data.drop $d) (elem.drop $e)))"""


def outcome(function: Callable[..., object], *arguments: int) -> object:
    try:
        return function(*arguments)
    except Trap as trap:
        return trap.reason


CALLS = [
    *[(f"new {name}", start, count) for name in (*WIDTHS, "boxes")
      for start, count in ((0, 0), (0, 3), (1, 2), (3, 9), (1, 100), (100, 0), (4, 0), (5, 0), (101, 0), (100, 1),
                           (-1, 0), (0, -1), (2, 1 << 30), (1 << 31, 1 << 29))],
    *[(f"init {name}", to, start, count) for name in (*WIDTHS, "boxes")
      for to, start, count in ((0, 0, 0), (0, 1, 3), (6, 0, 3), (7, 0, 3), (9, 0, 0), (10, 0, 0), (0, 100, 0),
                               (0, 4, 0), (0, 5, 0), (0, 101, 0), (2, 96, 1), (2, 97, 1), (-1, 0, 2),
                               (0, -1, 1), (0, 0, -1))],
    ("null",), ("null boxes",), ("nothing",),
]  # fmt: skip


@TIERS
def test_as_interpreted(tier: str) -> None:
    source = wat(TEXT)
    found = Engine(tier=tier, verify=True).instantiate(source).exports  # type: ignore[arg-type]
    expected = interpreted(decode_module(source)).exports
    for name, *arguments in [*CALLS, ("drop",), *CALLS]:
        assert outcome(found[name], *arguments) == outcome(expected[name], *arguments), (name, arguments)


@TIERS
def test_python_is_called_seldom(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    perform = callbacks.arrays.perform

    def counting(*arguments: object) -> int:
        calls.append(1)
        return perform(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(callbacks.arrays, "perform", counting)
    engine = Engine(tier=tier, verify=True)  # type: ignore[arg-type]
    exports = engine.instantiate(wat(TEXT)).exports
    for _ in range(3):
        exports["many"](20_000)  # 8 MB: a few hundred blocks
    assert len(calls) < 1000


@TIERS
def test_collections_meanwhile(tier: str) -> None:
    source = wat(TEXT)
    expected = interpreted(decode_module(source)).exports["many"](200)
    engine = Engine(tier=tier, stress_gc=True)  # type: ignore[arg-type]
    assert engine.instantiate(source).exports["many"](200) == expected
