"""What a project says in its `pyproject.toml`: pipelines with names, and files that are always loaded.

    [tool.seaofnodes]
    load = ["passes/mine.py"]
    pipelines = { quick = "default{rules=mine}-loop-unrolling" }
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seaofnodes.errors import PassError
from seaofnodes.files import read_file, shown_path

FILE: Final = "pyproject.toml"
TABLE: Final = "tool.seaofnodes"
_MOST: Final = 16 << 20  # bytes
_KEYS: Final = ("load", "pipelines")


@dataclass(frozen=True, slots=True)
class Project:
    """Attributes: path: of the file; load: Python files; pipelines: name -> text."""

    path: Path
    load: tuple[Path, ...]
    pipelines: dict[str, str]

    def place(self, key: str) -> str:
        """`pyproject.toml: tool.seaofnodes.load`, for messages."""
        return f"{shown_path(self.path)}: {TABLE}.{key}"


def find_project(folder: Path) -> Path | None:
    """The nearest pyproject.toml with a table for seaofnodes, in a folder or above it. Raises OSError."""
    for one in (folder, *folder.parents):
        path = one / FILE
        if path.is_file() and TABLE.encode() in read_file(path, _MOST):
            return path
    return None


def read_project(path: str | Path) -> Project:
    """Raises OSError; PassError, with file and key, for what is wrong in it."""
    import tomllib  # slow to import

    path = Path(path).resolve()
    try:
        table: Any = tomllib.loads(read_file(path, _MOST).decode("utf-8"))
        for name in TABLE.split("."):
            table = table.get(name, {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError) as error:
        raise PassError(f"{shown_path(path)}: {error}") from None
    if not isinstance(table, dict):
        raise PassError(f"{shown_path(path)}: {TABLE} is a table, with {' and '.join(_KEYS)}")
    empty = Project(path, (), {})
    for key in table:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(_KEYS)}"
            raise PassError(f"{empty.place(key)}: there is no such key; {hint}")
    load, pipelines = table.get("load", []), table.get("pipelines", {})
    if not isinstance(load, list) or not all(isinstance(one, str) for one in load):
        raise PassError(f"{empty.place('load')} is a list of Python files, as [\"passes/mine.py\"]")
    if not isinstance(pipelines, dict) or not all(isinstance(one, str) for one in pipelines.values()):
        wanted = "is a table from names to texts, as { quick = \"default-inline\" }"
        raise PassError(f"{empty.place('pipelines')} {wanted}")
    files = tuple(path.parent / one for one in load)
    for file, text in zip(files, load, strict=True):
        if not file.is_file():
            raise PassError(f"{empty.place('load')}: there is no file {text!r} in {shown_path(path.parent)}")
    return Project(path, files, pipelines)


def is_project(path: str | Path) -> bool:
    """Is it a project's file, and not one of Python?"""
    return Path(path).suffix == ".toml"


def python_files(paths: Iterable[str | Path]) -> list[Path]:
    """The Python files that are loaded when these paths are, once each: in place of a project's file what it names.

    Raises OSError, PassError.
    """
    found: dict[Path, None] = {}
    for path in paths:
        files = read_project(path).load if is_project(path) else (Path(path),)
        found.update(dict.fromkeys(files))
    return list(found)
