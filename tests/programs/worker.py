"""Runs one program in one engine, and tells what came out: `python -m tests.programs.worker ENGINE FILE [ARGS...]`.

The engines are seaofnodes' tiers and wasmtime; behind a tier may stand options: `auto+stress_deopt`. The program gets
the current directory (as "/" and ".") and this
process's input; its output is in the JSON object that this prints, as is the time it took. What sightglass's programs
call to say when the measured part starts and ends is there too.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WASMTIME = "wasmtime"
DIRECTORIES = (".", "/")


class Clock:
    """Seconds, and what a program measures of itself with `bench.start` and `bench.end`."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.measured: float | None = None
        self._begin = 0.0

    def start(self) -> None:
        self._begin = time.perf_counter()

    def end(self) -> None:
        self.measured = time.perf_counter() - self._begin

    def lap(self) -> float:
        now = time.perf_counter()
        found, self.started = now - self.started, now
        return found


def run_seaofnodes(tier: Any, options: list[str], file: str, arguments: list[str]) -> dict[str, Any]:
    """options: of the engine, to be switched on. Raises Error, whatever the engine raises by mistake."""
    from seaofnodes import Engine, Error
    from seaofnodes.wasi import Wasi

    clock = Clock()
    out, err = bytearray(), bytearray()
    wasi = Wasi([Path(file).name, *arguments], directories=dict.fromkeys(DIRECTORIES, "."),
                stdin=0, stdout=out.extend, stderr=err.extend)  # fmt: skip
    engine = Engine(tier=tier, **dict.fromkeys(options, True))  # type: ignore[arg-type]
    module = engine.load(file)
    loaded = clock.lap()
    imports = {**wasi.imports, "bench": {"start": clock.start, "end": clock.end}}
    instance = engine.instantiate(module, imports)
    linked = clock.lap()
    status: int | str
    try:
        status = wasi.run(instance)
    except Error as error:
        status = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    ran = clock.lap()
    seconds = instance.data.code.compile_seconds
    return _report(status, bytes(out), bytes(err), loaded + linked, ran, clock.measured, dict(seconds))


def run_wasmtime(file: str, arguments: list[str]) -> dict[str, Any]:
    """Raises WasmtimeError, ImportError."""
    import wasmtime

    clock = Clock()
    engine = wasmtime.Engine()
    module = wasmtime.Module.from_file(engine, file)
    store = wasmtime.Store(engine)
    config = wasmtime.WasiConfig()
    config.argv = [Path(file).name, *arguments]
    config.inherit_stdin()
    for name in DIRECTORIES:
        config.preopen_dir(".", name)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    nothing = wasmtime.FuncType([], [])
    linker.define_func("bench", "start", nothing, clock.start)
    linker.define_func("bench", "end", nothing, clock.end)
    status: int | str = 0
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        config.stdout_file, config.stderr_file = out.name, err.name
        store.set_wasi(config)
        instance = linker.instantiate(store, module)
        loaded = clock.lap()
        try:
            instance.exports(store)["_start"](store)  # type: ignore[operator]
        except wasmtime.ExitTrap as end:
            status = end.code
        except wasmtime.Trap as trap:
            status = f"Trap: {trap.message.splitlines()[-1]}"
        ran = clock.lap()
        return _report(status, out.read(), err.read(), loaded, ran, clock.measured, {})


def _report(
    status: int | str, out: bytes, err: bytes, ready: float, ran: float, measured: float | None,
    compiled: dict[str, float],
) -> dict[str, Any]:  # fmt: skip
    return {
        "status": status,
        "stdout": out.decode("latin-1"),
        "stderr": err.decode("latin-1"),
        "seconds": {"ready": ready, "run": ran, "measured": measured, "compiled": compiled},
    }


if __name__ == "__main__":
    engine, file, *rest = sys.argv[1:]
    tier, *options = engine.split("+")
    found = run_wasmtime(file, rest) if tier == WASMTIME else run_seaofnodes(tier, options, file, rest)
    json.dump(found, sys.stdout)
