"""What the scripts of scripts.py begin with: they import everything from here."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import seaofnodes
from tests.support import wat

TEXT: Final = """(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "endless") (param $stop i32) (loop $l (br_if $l (i32.eqz (local.get $stop)))))
  (func (export "host_then_endless") (drop (call $host (i32.const 1))) (loop $l (br $l)))
  (func (export "calling") (loop $l (drop (call $host (i32.const 2))) (br $l)))
  (func (export "host_then_load") (param i32) (result i32)
    (drop (call $host (i32.const 1))) (i32.load (local.get 0)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "count") (param $n i32) (result i32) (local $i i32)
    (loop $l
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (i32.store (i32.const 0) (local.get $i))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (i32.load (i32.const 0)))
  (func $id (export "id") (param i32) (result i32) (local.get 0))
  (func (export "many") (param $n i32) (result i32) (local $i i32)
    (loop $l
      (local.set $i (call $id (i32.add (local.get $i) (i32.const 1))))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $i)))"""

DATA: Final = wat(TEXT)
PATIENCE: Final = 2.0  # seconds of the processor's after a signal in which it must have been heard
SENT: Final[list[float]] = []  # when signals were sent, as time.process_time(): wasm spins, others may be busy

__all__ = [
    "DATA", "SENT", "asyncio", "each", "faulthandler", "gc", "later", "make", "os", "resource", "seaofnodes", "signal",
    "sys", "threading", "time", "wat",
]  # fmt: skip


def make(host: Callable[[int], int] = abs, **options: Any) -> Mapping[str, Any]:
    """Exports of a new instance in a new engine."""
    exports = seaofnodes.Engine(**options).instantiate(DATA, {"env": {"host": host}}).exports
    exports["endless"](1)  # compiled
    return exports


def later(seconds: float, *signals: int) -> None:
    """Send signals to this process, with a pause before each; end it if it does not end soon afterwards."""
    asked = len(SENT) + len(signals)

    def send() -> None:
        for number in signals:
            time.sleep(seconds)
            SENT.append(time.process_time())
            os.kill(os.getpid(), number)
        last = SENT[-1] if SENT else time.process_time()
        while time.process_time() < last + PATIENCE:
            time.sleep(0.05)
        if len(SENT) <= asked + (not signals):  # nobody has asked for more
            os.write(2, b"not heard\n")
            os._exit(99)

    threading.Thread(target=send, daemon=True).start()


def each(function: Callable[..., object], *cases: tuple[Any, ...]) -> None:
    """Call with each case in a forked child; those that end otherwise than with 0 are printed."""
    for case in cases:
        child = os.fork()
        if not child:
            try:
                function(*case)
                os._exit(0)
            except BaseException as error:
                os.write(1, f"{case}: {type(error).__name__}: {error}\n".encode())
                os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code:
            print(case, "ended with", code)
    sys.stdout.flush()
