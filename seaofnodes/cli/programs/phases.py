"""What a run spent its time on, for `seaofnodes run --time`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from seaofnodes.engine import Engine
from seaofnodes.wasm.module import Module


class Phases:
    """Wall times of a process's phases, each of which ends with `end`; all before this is made is the start."""

    def __init__(self) -> None:
        self._seconds = {"start": _age()}
        self._last = time.perf_counter()

    def end(self, name: str) -> None:
        now = time.perf_counter()
        self._seconds[name] = now - self._last
        self._last = now

    def report(self, engine: Engine, module: Module) -> str:
        """A table. What was compiled while the module ran, at first calls, is no part of "execute"; what was optimized
        on the compiler's thread took none of its time.
        """
        return "\n".join(f"{seconds:8.3f} s  {what}" for seconds, what in self._rows(engine, module))

    def _rows(self, engine: Engine, module: Module) -> Iterator[tuple[float, str]]:
        code = engine.module_code(module)
        baseline, optimized = code.compile_seconds["baseline"], code.compile_seconds["optimized"]
        beside = engine.options.background and engine.options.tier == "auto"
        yield self._seconds["start"], "start"
        yield self._seconds["load"], f"decode and validate: {len(module.data):,} bytes, {_functions(len(module.code))}"
        yield self._seconds["instantiate"], "instantiate"
        size = sum(found.size for found in code.baseline.values())
        yield baseline, f"baseline compiler: {_functions(len(code.baseline))}, {size:,} bytes of code"
        made = [*code.optimized.values(), *(found.code for found in code.osr.values())]
        what = f"optimizing compiler: {_functions(len(code.optimized))}, {len(code.osr)} of their loops alone, "
        what += f"{sum(found.size for found in made):,} bytes of code"
        yield optimized, what + (" (on its own thread)" if beside else "")
        yield self._seconds["run"] - baseline - (0 if beside else optimized), "execute"
        yield sum(self._seconds.values()), "in all"


def _functions(count: int) -> str:
    return f"{count:,} function{'' if count == 1 else 's'}"


def _age() -> float:
    """Seconds since this process began, to a hundredth."""
    fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
