"""Python files of users: what they define for the compiler."""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

from seaofnodes.errors import PassError
from seaofnodes.files import read_file, shown_path
from seaofnodes.passes.base import Pass
from seaofnodes.passes.framework.failures import author_place
from seaofnodes.passes.framework.pass_class import check_pass, class_line
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

    Raises OSError; PassError, with file and line, when it fails or a pass cannot be one; Error for what is too large or
    no file.
    """
    path = Path(path)
    module = _run(path)
    passes: dict[type[Pass], None] = {}
    rule_sets: dict[RuleSet, None] = {}
    classes = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Pass):
            if value in classes and not _is_base(value, classes):
                _check(value, str(module.__file__))
                passes[value] = None
        elif isinstance(value, RuleSet) and any(rule.location[0] == module.__file__ for rule in value.rules):
            rule_sets[value] = None
    return LoadedFile(path, list(passes), list(rule_sets), classes, _pipelines(path, vars(module).get("PIPELINES", {})))


def _is_base(found: type[Pass], classes: Iterable[type]) -> bool:
    """Is it no pass, but what others of the file have in common?"""
    incomplete = inspect.isabstract(found) or not hasattr(found, "name")
    return incomplete and any(other is not found and issubclass(other, found) for other in classes)


def _check(found: type[Pass], file: str) -> None:
    try:
        check_pass(found)
    except PassError as error:
        raise PassError(f"{shown_path(file)}:{class_line(found)}: {error}") from None


def _pipelines(path: Path, found: object) -> dict[str, str]:
    if isinstance(found, dict) and all(isinstance(text, str) for text in (*found, *found.values())):
        return found
    shown = shown_path(path)
    raise PassError(f"{shown}: PIPELINES is a dictionary from names to texts, as {{'fast': 'default-inline'}}")


def _run(path: Path) -> ModuleType:
    source = read_file(path, _SOURCE_BYTES)
    file = str(path.resolve())
    name = f"loaded_{path.stem}"
    module = ModuleType(name)
    module.__file__ = file
    before = sys.modules.get(name)
    folder = str(path.resolve().parent)
    _forget_namesakes(folder)
    sys.modules[name] = module  # dataclasses look their module up
    sys.path.insert(0, folder)  # its neighbours come first, as for a script
    try:
        exec(compile(source, file, "exec"), vars(module))
    except (Exception, SystemExit) as error:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise PassError(_message(error, file)) from error
    finally:
        sys.path.remove(folder)
        if folder not in sys.path:
            sys.path.append(folder)  # it may import them when it runs, too
    return module


def _forget_namesakes(folder: str) -> None:
    """Modules beside other loaded files that are called as one in this folder are not those that its files mean."""
    others = {
        os.path.dirname(str(module.__file__))
        for name, module in list(sys.modules.items())
        if name.startswith("loaded_") and getattr(module, "__file__", None)
    } - {folder}
    for name in [name for name in os.listdir(folder) if name.endswith(".py")]:
        found = sys.modules.get(name[:-3])
        if found is not None and os.path.dirname(getattr(found, "__file__", None) or "") in others:
            del sys.modules[name[:-3]]


def _message(error: BaseException, file: str) -> str:
    """What went wrong and where: at the innermost line of the file's author, which may be in another file."""
    places = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    own = [place for place in places if place[0] == file]
    if isinstance(error, SyntaxError) and error.filename:
        where = (error.filename, error.lineno or 0)
    else:
        where = author_place(places, file) or (file, 0)
    text = f"{shown_path(where[0])}:{where[1]}: {_text(error)}"
    return text if where[0] == file or not own else f"{text}\n  from {shown_path(file)}:{own[-1][1]}"


def _text(error: BaseException) -> str:
    if isinstance(error, PassError):
        return str(error)
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    if isinstance(error, ImportError) and "relative import" in str(text):
        text = f"{text}: a loaded file imports its neighbours as a script does, without a dot"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
