"""The modules to compare on, and what is known about running them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.portion import Call, Number, Portion, Settings
from seaofnodes.compare.programs.program import Program
from seaofnodes.compare.programs.reading import SUFFIXES, load_program
from seaofnodes.errors import Error, UnsupportedError
from seaofnodes.wasm.module import Module

_HEADER: Final = re.compile(r"^(?:;;|#) (small|timed): ([^\s(]+)\(([^()\n]*)\) = (\S+)[ \t]*$", re.MULTILINE)
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
    program: Program
    call: Call | None


def find_sources(sources: Sequence[Source]) -> list[tuple[str, Source]]:
    """Files, contents and modules with names; a folder stands for the modules in and below it.

    Raises Error for a path that is not there, or a folder without modules.
    """
    paths: dict[Path, None] = {}
    others: list[tuple[str, Source]] = []
    for source in sources:
        if not isinstance(source, str | Path):
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
    name: str,
    source: Source,
    invoke: tuple[str, Sequence[Number]] | None,
    run: bool,
    load: Sequence[str] = (),
    host: str = "",
) -> tuple[Loaded | None, list[Problem]]:
    """The module and what to call in it, or what is wrong. invoke: what to call instead of what the header says."""
    try:
        program = load_program(source, load, host)
    except UnsupportedError as error:
        return None, [Problem(name, f"not supported: {error}", False)]
    except (Error, OSError) as error:
        return None, [Problem(name, str(error), True)]
    if not any(True for _ in program.functions()):
        return None, [Problem(name, "has no functions of its own", False)]
    call = _call(program, invoke) if run else None
    if call is not None and (missing := program.missing_import()):
        problem = Problem(name, f"not run: needs the import {missing}", False)
        return Loaded(name, program, None), [problem]
    return Loaded(name, program, call), []


def _call(program: Program, invoke: tuple[str, Sequence[Number]] | None) -> Call | None:
    if invoke is not None:
        function, arguments = invoke
        call = Call(function, tuple(arguments), tuple(arguments))
    else:
        found = header_call(program.text)
        if found is None:
            return None
        call = found
    return call if call.function in program.exports() else None


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


def portions(loaded: Loaded, configurations: Sequence[Configuration], settings: Settings) -> Iterator[Portion]:
    """The work on a module: its call, and its functions in handy portions."""
    every = tuple(configurations)
    if loaded.call is not None:
        yield _portion(loaded, every, {}, settings)
    portion: dict[int, str] = {}
    size = 0
    for index, name, length in loaded.program.functions():
        if portion and (len(portion) == _UNIT_FUNCTIONS or size + length > _UNIT_BYTES):
            yield _portion(loaded, every, portion, settings)
            portion, size = {}, 0
        portion[index] = name
        size += length
    yield _portion(loaded, every, portion, settings)


def _portion(
    loaded: Loaded, configurations: tuple[Configuration, ...], names: dict[int, str], settings: Settings
) -> Portion:
    functions, texts = tuple(names), tuple(names.values())
    data, suffix = loaded.program.data, loaded.program.suffix
    return Portion(loaded.name, data, suffix, configurations, functions, texts, loaded.call, settings)
