"""Runs real programs in all tiers and in wasmtime, and prints a table: `python -m tests.programs.run [NAME...]`.

A NAME is one of this project's recipes (shelf, sqlite, lua, quickjs, libsodium; without any, all of them), which are
compiled here from sources in package registries; or a module for WASI, or a folder with some, of one's own: such as the
benchmarks of sightglass. What a module prints has to be what wasmtime has it print, and what `NAME.stdout.expected` and
`NAME.stderr.expected` beside it hold. Exit code 1 if something is not as it has to be.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from tests.programs.recipes import PROGRAMS, Program
from tests.programs.toolchain import ROOT, Unavailable
from tests.programs.worker import WASMTIME

ENGINES: Final = (WASMTIME, "baseline", "auto", "optimized")
_OUTPUTS: Final = ("status", "stdout", "stderr", "files")
_SHOWN: Final = 60
Outcome = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Run what is named on the command line; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.programs.run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument(
        "--engines", default=",".join(ENGINES), help="with commas; default: %(default)s; also auto+stress_deopt"
    )
    parser.add_argument("--time-limit", type=float, default=120, metavar="SECONDS", help="for one run")
    options = parser.parse_args(arguments)
    engines = options.engines.split(",")
    print(f"{'seconds, of these ready and running':36}" + "".join(f"{name:>26}" for name in engines))
    failed = False
    for program in chosen(options.names):
        try:
            module = program.build()
        except Unavailable as reason:
            print(f"{program.name[-35:]:36}skipped: {reason}", flush=True)
            continue
        found = {engine: run(program, module, engine, options.time_limit) for engine in engines}
        print(f"{program.name[-35:]:36}" + "".join(f"{times(found[engine]):>26}" for engine in engines), flush=True)
        for line in differences(program, found):
            failed = True
            print(f"    {line}", flush=True)
    return int(failed)


def chosen(names: Sequence[str]) -> Iterator[Program]:
    """The programs that are meant; names that mean none end with a message."""
    recipes = {program.name: program for program in PROGRAMS}
    for name in names or recipes:
        path = Path(name)
        if name in recipes:
            yield recipes[name]
        elif path.is_dir():
            yield from map(of_module, sorted(path.rglob("*.wasm")))
        elif path.is_file():
            yield of_module(path)
        else:
            sys.exit(f"no recipe, file or folder: {name}")


def of_module(path: Path) -> Program:
    """A module that is there already; it gets the files beside it, but for modules and what is expected."""
    files = {
        file.name: file.read_bytes()
        for file in path.parent.iterdir()
        if file.is_file() and file.suffix not in (".wasm", ".wat", ".expected")
    }
    wanted = {}
    for stream in ("stdout", "stderr"):
        names = [f"{stem}.{stream}.expected" for stem in (path.stem, "default")]
        texts = [file.read_text("latin-1") for name in names if (file := path.parent / name).exists()]
        wanted[stream] = texts[0] if texts else None
    return Program(str(path), path.resolve, files=files, status=None, **wanted)


def run(program: Program, module: Path, engine: str, time_limit: float) -> Outcome:
    """What a program does in an engine, as the worker tells, with the files it leaves; or only what went wrong, as its
    "status".
    """
    folder = Path(tempfile.mkdtemp(prefix="seaofnodes-"))
    try:
        if program.folder is not None:
            shutil.copytree(program.folder(), folder, dirs_exist_ok=True)
        for name, data in program.files.items():
            (folder / name).write_bytes(data)
        done = subprocess.run(
            [sys.executable, "-m", "tests.programs.worker", engine, str(module), *program.arguments],
            input=program.stdin, capture_output=True, check=False, timeout=time_limit,
            cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        files = tree(folder)
    except subprocess.TimeoutExpired:
        return {"status": f"more than {time_limit:g} s"}
    finally:
        shutil.rmtree(folder)
    if done.returncode:
        return {"status": done.stderr.decode(errors="replace").strip().splitlines()[-1]}
    found: Outcome = json.loads(done.stdout)
    return {**found, "files": files}


def tree(folder: Path) -> dict[str, str]:
    """A folder's files by path, with hashes of their contents."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def times(outcome: Outcome) -> str:
    """Seconds until it was ready, and until it had ended; of benchmarks only what they measure."""
    if "seconds" not in outcome:
        return "-"
    seconds = outcome["seconds"]
    measured = f"[{seconds['measured']:.3f}] " if seconds["measured"] is not None else ""
    return f"{measured}{seconds['ready']:.2f} + {seconds['run']:.2f}"


def differences(program: Program, found: dict[str, Outcome]) -> Iterator[str]:
    """What is not as it has to be."""
    wanted = {"status": program.status, "stdout": program.stdout, "stderr": program.stderr, "files": None}
    peer = found.get(WASMTIME, {})
    known = {"expected": wanted, WASMTIME: peer if "seconds" in peer else {}}
    for engine, outcome in found.items():
        if "stdout" not in outcome:
            if engine != WASMTIME:
                yield f"{engine}: {outcome['status']}"
            continue
        for what in _OUTPUTS:
            for origin, values in known.items():
                value = values.get(what)
                if value is not None and not _same(outcome[what], value):
                    yield f"{engine}: {what} is not as {origin}: {_part(outcome[what], value)}"
                    break


def _same(found: object, wanted: object) -> bool:
    if isinstance(found, str) and isinstance(wanted, str) and found.startswith("Trap: "):
        return wanted.startswith("Trap: ")  # engines have their own words
    if isinstance(found, str) and isinstance(wanted, str):
        return found.rstrip() == wanted.rstrip()  # sightglass's files lack the last line's end
    return found == wanted


def _part(found: object, wanted: object) -> str:
    """Where two values differ first."""
    if not isinstance(found, str) or not isinstance(wanted, str):
        return f"{found!r}, not {wanted!r}"
    at = next((i for i, (a, b) in enumerate(zip(found, wanted, strict=False)) if a != b), min(len(found), len(wanted)))
    at = max(0, at - 10)
    return f"{found[at:at + _SHOWN]!r}, not {wanted[at:at + _SHOWN]!r}"


if __name__ == "__main__":
    sys.exit(main())
