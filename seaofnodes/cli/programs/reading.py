"""A program from a file: the file's name says which language it is in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seaofnodes.cli.programs.program import Program
from seaofnodes.engine import Engine
from seaofnodes.errors import Error

if TYPE_CHECKING:
    from seaofnodes.language import Language

LANGUAGES: Final = ("wasm", "javascript")
_SCRIPTS: Final = (".js", ".cjs")
_MODULES: Final = ("", ".wasm", ".wat")
_MODULE_BYTES: Final = 1 << 30
_MODULE: Final = re.compile(rb"\0asm|(?:\s|;;[^\n]*\n)*\(")


def read_program(
    engine: Engine, file: str, load: Sequence[str], language_name: str | None = None, *, module: bool = False
) -> Program:
    """A WebAssembly module, a program in JavaScript (`.js`), a graph as text (`.graph`), or one in a language that
    a package or a file to load defines. language_name: one of LANGUAGES, whatever the file's name says; standard input
    ("-") is JavaScript unless that says otherwise; module: is a file in JavaScript run as a module of node? Raises
    OSError, PassError, and Error for a file that is no program.
    """
    if language_name == "javascript" or language_name is None and (file == "-" or Path(file).suffix in _SCRIPTS):
        from seaofnodes.cli.programs.script import ScriptProgram

        return ScriptProgram(engine, file, module)
    language = None if language_name == "wasm" else _language(file, load)
    if language is None:
        from seaofnodes.cli.programs.module import ModuleProgram

        return ModuleProgram(engine, "/dev/stdin" if file == "-" else file)
    from seaofnodes.cli.programs.source import SourceProgram

    return SourceProgram(engine, language)


def _language(file: str, load: Sequence[str]) -> Language | None:
    if Path(file).suffix in _MODULES:  # which need not import what follows
        return None
    from seaofnodes.files import read_file
    from seaofnodes.language.files import read_program as read_source

    found = read_source(file, load)
    if found is None and not _MODULE.match(read_file(file, _MODULE_BYTES)):
        suffix = Path(file).suffix
        raise Error(f"{file}: no language has the suffix {suffix!r}; --load FILE.py brings one")
    return found
