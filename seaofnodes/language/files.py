"""Source files of users' languages: which language is it?"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from seaofnodes.errors import Error
from seaofnodes.files import read_file
from seaofnodes.language.graphs import GraphProgram
from seaofnodes.language.language import Language
from seaofnodes.passes.framework.plugins import load_file
from seaofnodes.passes.framework.project import python_files

_MOST: Final = 64 << 20  # bytes of a source file


def languages(load: Iterable[str | Path] = ()) -> Iterator[type[Language]]:
    """Those that the files define, that installed packages bring (entry points of the group `seaofnodes.languages`),
    graphs in text form, and typed functions of Python. Raises PassError, with file and line, OSError.
    """
    for path in python_files(load):
        for found in load_file(path).classes:
            if issubclass(found, Language) and not inspect.isabstract(found):
                yield found
    yield GraphProgram
    from seaofnodes.language.typed import TypedProgram  # not before it may be wanted

    yield TypedProgram
    from importlib.metadata import entry_points  # slow to import

    for point in entry_points(group="seaofnodes.languages"):
        try:
            found = point.load()
        except Exception as error:  # foreign code may fail in any way
            raise Error(f"{point.name} ({point.value}) cannot be loaded: {type(error).__name__}: {error}") from error
        if not (isinstance(found, type) and issubclass(found, Language)):
            raise Error(f"{point.name} ({point.value}) is {found!r}, which is not a language")
        yield found


def language_of(path: str | Path, load: Iterable[str | Path] = ()) -> type[Language] | None:
    """The language of a source file, told by its suffix; None if no language has that. Raises what `languages` does."""
    suffix = Path(path).suffix
    if suffix in ("", ".wasm", ".wat"):
        return None
    return next((found for found in languages(load) if found.suffix == suffix), None)


def read_program(path: str | Path, load: Iterable[str | Path] = ()) -> Language | None:
    """The program in a file, None if its suffix is no language's. Raises OSError, and Error for what is no program."""
    found = language_of(path, load)
    if found is None:
        return None
    try:
        text = read_file(path, _MOST).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Error(f"{path}: not a text: {error}") from None
    return found.read_file(text, str(path))
