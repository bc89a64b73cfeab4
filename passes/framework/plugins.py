"""Python files of users: what they define for the compiler."""

from __future__ import annotations

import inspect
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

from seaofnodes.errors import PassError
from seaofnodes.files import read_file
from seaofnodes.passes.base import Pass
from seaofnodes.passes.rules.declare import RuleSet

_SOURCE_BYTES: Final = 16 << 20


@dataclass(frozen=True)
class LoadedFile:
    """What a file defines, in order: passes, rule sets, all classes, where imported ones do not count; pipelines, name
    -> text, from its dictionary PIPELINES.
    """

    path: Path
    passes: list[type[Pass]]
    rule_sets: list[RuleSet]
    classes: list[type]
    pipelines: dict[str, str]


def load_file(path: str | Path) -> LoadedFile:
    """Run a Python file and see what it defines.

    Raises OSError; PassError, with file and line, when it fails; Error for what is too large or no file.
    """
    path = Path(path)
    module = _run(path)
    passes: dict[type[Pass], None] = {}
    rule_sets: dict[RuleSet, None] = {}
    classes = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Pass):
            if value.__module__ == module.__name__ and not inspect.isabstract(value) and hasattr(value, "name"):
                passes[value] = None
        elif isinstance(value, RuleSet) and any(rule.location[0] == module.__file__ for rule in value.rules):
            rule_sets[value] = None
    return LoadedFile(path, list(passes), list(rule_sets), classes, _pipelines(path, vars(module).get("PIPELINES", {})))


def _pipelines(path: Path, found: object) -> dict[str, str]:
    if isinstance(found, dict) and all(isinstance(text, str) for text in (*found, *found.values())):
        return found
    raise PassError(f"{path}: PIPELINES is a dictionary from names to texts, as {{'fast': 'default-inline'}}")


def _run(path: Path) -> ModuleType:
    source = read_file(path, _SOURCE_BYTES)
    file = str(path.resolve())
    name = f"loaded_{path.stem}"
    module = ModuleType(name)
    module.__file__ = file
    before = sys.modules.get(name)
    if (folder := str(path.resolve().parent)) not in sys.path:
        sys.path.append(folder)  # it may import its neighbours
    sys.modules[name] = module  # dataclasses look their module up
    try:
        exec(compile(source, file, "exec"), vars(module))
    except (Exception, SystemExit) as error:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise PassError(f"{path}:{_line(error, file)}: {_text(error)}") from error
    return module


def _line(error: BaseException, file: str) -> int:
    """The innermost line of the file that took part."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno or 0
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return lines[-1] if lines and lines[-1] is not None else 0


def _text(error: BaseException) -> str:
    if isinstance(error, PassError):
        return str(error)
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
