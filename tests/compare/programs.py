"""Modules and passes that the tests of comparing use."""

from __future__ import annotations

from pathlib import Path

LOOP = """\
;; The sum of the numbers below n, tripled by a function worth inlining.
;; result: i32
;; small: run(10) = 135
;; timed: run(2000) = 5997000
(module
  (func $triple (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "run") (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (local.set $sum (i32.add (local.get $sum) (call $triple (local.get $n))))
      (br_if $next (local.get $n)))
    (local.get $sum)))
"""

STRAIGHT = """\
(module
  (func $one (export "one") (param i32) (result i32) (i32.add (i32.const 0) (local.get 0)))
  (func $two (export "two") (param i32) (result i32) (i32.add (i32.const 1) (i32.const 2)))
  (func $three (export "three") (result f64) (f64.const nan)))
"""

NEW_FEATURE = "(module (func (export \"run\") (drop (v128.const i64x2 0 0))))"

# Passes that go wrong, each in its way.
PASSES = '''\
"""Passes that go wrong."""

import os
import signal
import time
from dataclasses import dataclass

from seaofnodes.ir.ops.machine import INT32_SUB
from seaofnodes.passes.base import Pass, PassResult


@dataclass(frozen=True)
class Wrong(Pass):
    """Subtracts where it should add."""

    name = "wrong"

    def run(self, graph, context):
        changes = 0
        for node in graph.reachable():
            if node.op.name == "Int32Add":
                graph.replace(node, graph.node(INT32_SUB, *node.inputs))
                changes += 1
        return PassResult(changes > 0)


@dataclass(frozen=True)
class Crash(Pass):
    """Ends the process, in functions of that name."""

    name = "crash"
    function: str = "two"

    def run(self, graph, context):
        if graph.name == self.function:
            os.kill(os.getpid(), signal.SIGSEGV)
        return PassResult(False)


@dataclass(frozen=True)
class Sleep(Pass):
    """Never ends."""

    name = "sleep"

    def run(self, graph, context):
        time.sleep(600)
        return PassResult(False)


@dataclass(frozen=True)
class Raise(Pass):
    """Does not work."""

    name = "raise"

    def run(self, graph, context):
        print("this goes to standard output")
        raise ValueError(f"no good: {graph.name}")
'''


def write(folder: Path, **contents: str) -> Path:
    """Write `name=text` as `folder/name.wat`; returns the folder."""
    for name, text in contents.items():
        (folder / f"{name}.wat").write_text(text)
    return folder
