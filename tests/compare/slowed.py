"""Kernels with a known slow-down built in: a loop that does nothing runs before, as long as a pass says."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seaofnodes import Engine
from seaofnodes.compare.portion import Call
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.wasm.engine.function import Function
from seaofnodes.wasm.module import FUNCTION, Module
from seaofnodes.wasm.text import load
from tests.compare.slow_pass import MARK, NAME

PASS: Final = str(Path(__file__).with_name("slow_pass.py"))
SPIN: Final = "spin"  # only the loop
_SECONDS: Final = 0.003  # of processor time that one call should take
_STEP: Final = 64  # turns: what an unrolled loop may want to divide


@dataclass(frozen=True)
class Slowed:
    """Attributes: module; call: of the kernel with its loop; turns: how many of them make a tenth of the time; seconds:
    of a call without them.
    """

    name: str
    module: Module
    call: Call
    turns: int
    seconds: float

    def pipeline(self, label: str, percent: float) -> str:
        """The default pipeline under that label, slowed by so many percent."""
        return f"{label}: default,slow{{turns={max(round(self.turns * percent / 10 / _STEP), 1) * _STEP}}}"


def slowed(path: Path) -> Slowed:
    """A kernel, one exported `run` that takes an i32, with its loop. Raises UnsupportedError, Error."""
    text = path.read_text(encoding="utf-8")
    plain = load(text.encode())
    run = next(export.index for export in plain.exports if export.kind == FUNCTION and export.name == "run")
    results = " ".join(kind.name for kind in plain.functions[run].results)
    loop = "(loop $next (br_if $next (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))"
    added = f"""
      (func (export "{SPIN}") (param $turns i32) {loop})
      (func (export "{NAME}") (param i32) (result {results}) (local $turns i32)
        (local.set $turns (i32.const {MARK})) {loop} (call {run} (local.get 0)))"""
    end = text.rindex(")")
    module = load((text[:end] + added + text[end:]).encode())
    small = re.search(r"^;; small: run\((\d+)\)", text, re.MULTILINE)
    assert small is not None, f"{path} has no small call"
    argument, seconds = _argument(module, int(small[1]))
    spin = _seconds(module, SPIN, 1 << 20) / (1 << 20)
    turns = round(0.1 * seconds / spin)
    return Slowed(path.stem, module, Call(NAME, (int(small[1]),), (argument,)), turns, seconds)


def _argument(module: Module, small: int) -> tuple[int, float]:
    """For which a call takes about as long as it should, and how long it does."""
    argument, seconds = small, _seconds(module, "run", small)
    while seconds < _SECONDS / 1.5:
        argument = int(argument * (1.5 if seconds < _SECONDS / 50 else 1.1)) + 1  # time may be exponential in it
        seconds = _seconds(module, "run", argument)
    return argument, seconds


def _seconds(module: Module, export: str, argument: int) -> float:
    """Of one call, when its functions are optimized: the least of some."""
    registry = PassRegistry()
    engine = Engine(Pipeline.parse("default", registry), background=False, strict=True)
    function = engine.instantiate(module).exports[export]
    assert isinstance(function, Function)
    found = []
    for _ in range(7):
        start = time.thread_time()
        function.call_bits(argument)
        found.append(time.thread_time() - start)
    return min(found)
