"""The modules to compare on, and what is known about running them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.unit import Call, Number, Settings, Unit
from seaofnodes.errors import Error, UnsupportedError
from seaofnodes.wasm.module import FUNCTION, Module
from seaofnodes.wasm.text import load

SUFFIXES: Final = (".wasm", ".wat")
_HEADER: Final = re.compile(r"^;; (small|timed): ([^\s(]+)\(([^()\n]*)\) = (\S+)[ \t]*$", re.MULTILINE)
_UNIT_FUNCTIONS: Final = 32
_UNIT_BYTES: Final = 16_000  # of bytecode: seconds of compilation

Source = str | Path | bytes | Module


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a module is not compared, or not run. fatal: is something broken, or just not supported?"""

    source: str
    reason: str
    fatal: bool


@dataclass(frozen=True, slots=True)
class Loaded:
    """A module, its name for people, and what to call in it."""

    name: str
    module: Module
    call: Call | None


def find_sources(sources: Sequence[Source]) -> list[tuple[str, Source]]:
    """Files, contents and modules with names; a folder stands for the modules in and below it.

    Raises Error for a path that is not there, or a folder without modules.
    """
    paths: dict[Path, None] = {}
    others: list[tuple[str, Source]] = []
    for source in sources:
        if isinstance(source, bytes | Module):
            others.append((f"module {len(others)}", source))
            continue
        path = Path(source)
        found = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES) if path.is_dir() else [path]
        if not found:
            raise Error(f"{path}: no .wasm or .wat files in this folder")
        if not path.exists():
            raise Error(f"{path}: no such file")
        paths.update(dict.fromkeys(found))
    parent = os.path.commonpath([path.parent for path in paths]) if paths else ""
    return [*((os.path.relpath(path, parent), path) for path in paths), *others]


def load_source(
    name: str, source: Source, invoke: tuple[str, Sequence[Number]] | None, run: bool
) -> tuple[Loaded | None, list[Problem]]:
    """The module and what to call in it, or what is wrong. invoke: what to call instead of what the header says."""
    try:
        module = source if isinstance(source, Module) else load(source)
    except UnsupportedError as error:
        return None, [Problem(name, f"not supported: {error}", False)]
    except (Error, OSError) as error:
        return None, [Problem(name, str(error), True)]
    if not module.code:
        return None, [Problem(name, "has no functions of its own", False)]
    call = _call(module, source, invoke) if run else None
    if call is not None and module.imports:
        missing = module.imports[0]
        problem = Problem(name, f"not run: needs the import {missing.module}.{missing.name}", False)
        return Loaded(name, module, None), [problem]
    return Loaded(name, module, call), []


def _call(module: Module, source: Source, invoke: tuple[str, Sequence[Number]] | None) -> Call | None:
    if invoke is not None:
        function, arguments = invoke
        call = Call(function, tuple(arguments), tuple(arguments))
    elif isinstance(source, str | Path) and Path(source).suffix == ".wat":
        found = header_call(Path(source).read_text(encoding="utf-8", errors="replace"))
        if found is None:
            return None
        call = found
    else:
        return None
    exported = any(export.kind == FUNCTION and export.name == call.function for export in module.exports)
    return call if exported else None


def header_call(text: str) -> Call | None:
    """The call that the comments of a module in text form declare; None when they declare none.

        ;; small: run(8) = 922
        ;; timed: run(1800) = 39866172

    Without `timed`, the small call is timed; a result of `?` is not known.
    """
    found = {which: (name, _numbers(given), result) for which, name, given, result in _HEADER.findall(text)}
    if not found:
        return None
    timed = found.get("timed") or found["small"]
    small = found.get("small") or timed
    if small[0] != timed[0]:
        raise Error(f"the header calls {small[0]} and {timed[0]}; it may call one function")
    return Call(timed[0], small[1], timed[1], _known(small[2]), _known(timed[2]))


def _known(text: str) -> Number | None:
    return None if text == "?" else number(text)


def _numbers(text: str) -> tuple[Number, ...]:
    return tuple(number(part.strip()) for part in text.split(",") if part.strip())


def number(text: str) -> Number:
    """An int where the text is one, else a float. Raises Error."""
    try:
        return int(text, 0)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise Error(f"{text!r} is not a number") from None


def units(loaded: Loaded, configurations: Sequence[Configuration], settings: Settings) -> Iterator[Unit]:
    """The work on a module: its call, and its functions in handy portions."""
    module = loaded.module
    every = tuple(configurations)
    if loaded.call is not None:
        yield Unit(loaded.name, module.data, every, (), (), loaded.call, settings)
    portion: list[int] = []
    size = 0
    for index, code in enumerate(module.code, module.imported_functions):
        length = code.end - code.start
        if portion and (len(portion) == _UNIT_FUNCTIONS or size + length > _UNIT_BYTES):
            yield _functions(loaded, every, portion, settings)
            portion, size = [], 0
        portion.append(index)
        size += length
    yield _functions(loaded, every, portion, settings)


def _functions(
    loaded: Loaded, configurations: tuple[Configuration, ...], indices: list[int], settings: Settings
) -> Unit:
    names = tuple(loaded.module.function_name(index) for index in indices)
    return Unit(loaded.name, loaded.module.data, configurations, tuple(indices), names, loaded.call, settings)
