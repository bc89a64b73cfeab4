"""The module that drawn programs instantiate, and a Python model of what its functions compute."""

from __future__ import annotations

import functools
from typing import Final

from seaofnodes.wasm.module import Module
from seaofnodes.wasm.text import load
from tests.support import wat

SIGN: Final = 77  # the byte at MARK of every memory, never changed
MARK: Final = 64
FIXED: Final = ("add", "mul", "xor", "op")  # what the first entries of every table hold, never changed
ENTRIES: Final = 8

_OWN: Final = {
    "memory": f'(memory $m (export "memory") 1 60000) (data (memory $m) (i32.const {MARK}) "{chr(SIGN)}")',
    "table": '(table $t (export "table") 8 64 funcref) (elem (table $t) (i32.const 0) func $add $mul $xor $op)',
    "objects": '(table $o (export "objects") 8 64 externref)',
    "global": '(global $g (export "global") (mut externref) (ref.null extern))',
}
_IMPORTED: Final = {
    "memory": '(import "env" "memory" (memory $m 1)) (export "memory" (memory $m))',
    "table": '(import "env" "table" (table $t 8 funcref)) (export "table" (table $t))',
    "objects": '(import "env" "objects" (table $o 8 externref)) (export "objects" (table $o))',
    "global": '(import "env" "global" (global $g (mut externref))) (export "global" (global $g))',
}
PARTS: Final = tuple(_OWN)

_TEXT: Final = """(module
  (type $b (func (param i32 i32) (result i32)))
  (import "env" "host" (func $host (param i32) (result i32)))
  (import "env" "op" (func $op (type $b)))
  (import "env" "see" (func $see (param externref) (result externref)))
  {imports}
  (tag $x (export "tag") (param externref i32))
  {own}
  (export "op" (func $op)) (export "host" (func $host))
  (func $add (export "add") (type $b) (i32.add (i32.xor (local.get 0) (local.get 1)) (i32.const 37)))
  (func $mul (export "mul") (type $b) (i32.mul (local.get 0) (local.get 1)))
  (func $xor (export "xor") (type $b) (i32.xor (local.get 0) (local.get 1)))
  (func (export "run") (param $n i32) (param $which i32) (result i32) (local $i i32) (local $sum i32)
    (local.set $sum (i32.const 1))
    (loop $l
      (local.set $sum (call_indirect $t (type $b) (local.get $i) (local.get $sum) (local.get $which)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum))
  (func (export "ticking") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (local.set $sum (i32.const 1))
    (loop $l
      (local.set $sum (call_indirect $t (type $b) (local.get $i) (local.get $sum) (i32.const 4)))
      (local.set $sum (i32.add (local.get $sum) (call $host (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum))
  (func (export "peek") (param i32) (result i32) (i32.load $m (local.get 0)))
  (func (export "poke") (param i32 i32) (i32.store $m (local.get 0) (local.get 1)))
  (func (export "fill") (param $n i32) (param $v i32) (result i32) (local $i i32)
    (loop $l
      (i32.store $m offset=4096 (i32.and (i32.shl (local.get $i) (i32.const 2)) (i32.const 0xfff)) (local.get $v))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (i32.load $m offset=4096 (i32.const 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow $m (local.get 0)))
  (func (export "more") (param i32) (result i32) (table.grow $o (ref.null extern) (local.get 0)))
  (func (export "trap") unreachable)
  (func (export "fault") (param i32) (result i32) (i32.load $m (i32.or (local.get 0) (i32.const 0x7fff0000))))
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))) (else (i32.const 0))))
  (func (export "set") (param i32 externref) (table.set $o (local.get 0) (local.get 1)))
  (func (export "get") (param i32) (result externref) (table.get $o (local.get 0)))
  (func (export "keep") (param externref) (global.set $g (local.get 0)))
  (func (export "kept") (result externref) (global.get $g))
  (func (export "pass") (param externref) (result externref) (call $see (local.get 0)))
  (func (export "throw") (param externref i32) (throw $x (local.get 0) (local.get 1))))"""


@functools.cache
def binary(imported: tuple[str, ...] = ()) -> bytes:
    """The module that imports those of PARTS, and owns the others."""
    imports = " ".join(_IMPORTED[part] for part in imported)
    own = " ".join(_OWN[part] for part in PARTS if part not in imported)
    return wat(_TEXT.format(imports=imports, own=own))


@functools.cache
def shared_module(imported: tuple[str, ...] = ()) -> Module:
    """The same, decoded once for all engines of the process."""
    return load(binary(imported))


def signed(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (value >> 31 << 32)


def op(a: int, b: int) -> int:
    return signed((a + 3 * b) ^ 5)


COMPUTE: Final = {
    "add": lambda a, b: signed((a ^ b) + 37),
    "mul": lambda a, b: signed(a * b),
    "xor": lambda a, b: signed(a ^ b),
    "op": op,
}


def run_model(count: int, name: str) -> int:
    """What `run` gives when the table's entry is the function of that name."""
    total, compute = 1, COMPUTE[name]
    for i in range(count):
        total = compute(i, total)
    return total


