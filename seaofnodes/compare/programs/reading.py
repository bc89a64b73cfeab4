"""Which kind of program is it?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from seaofnodes.compare.programs.module import ModuleProgram
from seaofnodes.compare.programs.program import Program
from seaofnodes.compare.programs.source import SourceProgram
from seaofnodes.errors import Error
from seaofnodes.files import read_file
from seaofnodes.language.files import language_of
from seaofnodes.wasm.binary.limits import TEXT_BYTES
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.text import load as load_module

SUFFIXES: Final = (".wasm", ".wat")  # what is looked for in a folder


def load_program(source: str | Path | bytes | Module, load: Sequence[str] = (), host: str = "") -> Program:
    """From a path, from contents, or as it is; load: files that bring languages; host: one that has what modules
    import. Raises Error, OSError.
    """
    if not isinstance(source, str | Path):
        return ModuleProgram(load_module(source) if isinstance(source, bytes) else source, host=host)
    suffix = Path(source).suffix
    language = language_of(source, load)
    text = read_file(source, TEXT_BYTES).decode("utf-8", "replace") if language or suffix == ".wat" else ""
    if language is None:
        return ModuleProgram(load_module(source), text, host=host)
    found = SourceProgram(suffix, text, language)
    found.read()
    return found


@lru_cache(maxsize=2)
def program_of(data: bytes, suffix: str, load: tuple[str, ...], host: str = "") -> Program:
    """The program in a portion of work; those of one program mostly come one after the other. Raises Error."""
    if not suffix:
        return ModuleProgram(decode_module(data), host=host)
    language = language_of(f"program{suffix}", load)
    if language is None:
        raise Error(f"no language has the suffix {suffix}")
    return SourceProgram(suffix, data.decode(), language)
