"""Finds intrinsic objects in the rooms of the library; files are imported when something of them is asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from seaofnodes.javascript.builtins.table import Contents, Entry, Group

_PACKAGE = "seaofnodes.javascript.builtins"


@cache
def _rooms() -> tuple[tuple[str, Contents], ...]:
    found = sorted(module.name for module in iter_modules([str(Path(__file__).parent)]) if module.ispkg)
    return tuple((room, import_module(f"{_PACKAGE}.{room}.contents").CONTENTS) for room in found)


@cache
def _files() -> dict[str, str]:
    return {
        name: f"{_PACKAGE}.{room}.{file}"
        for room, contents in _rooms()
        for file, names in contents.files.items()
        for name in names
    }


def intrinsic_names() -> tuple[str, ...]:
    """All intrinsic objects."""
    return tuple(_files())


@cache
def find(name: str) -> Group:
    """The table of an intrinsic object. Raises KeyError if there is none of that name."""
    groups: tuple[Group, ...] = import_module(_files()[name]).GROUPS
    return next(group for group in groups if group.name == name)


def global_entries() -> tuple[Entry, ...]:
    """The properties of the global object."""
    return tuple(entry for _, contents in _rooms() for entry in contents.globals)
