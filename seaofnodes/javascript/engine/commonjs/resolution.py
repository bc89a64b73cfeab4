"""Which file `require` means, after node's documentation of its CommonJS modules ("All together")."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

_SUFFIXES: Final = ("", ".js", ".json")


def resolve(request: str, folder: Path) -> Path | None:
    """The file that a module in a folder means; None: there is none. Links are followed."""
    if request in (".", "..") or request.startswith(("./", "../", "/")):
        return _file_or_folder(folder / request, only_folder=request.endswith(("/", ".")) and _is_folder_name(request))
    for outer in (folder, *folder.parents):
        if outer.name != "node_modules":
            found = _file_or_folder(outer / "node_modules" / request)
            if found is not None:
                return found
    return None


def _is_folder_name(request: str) -> bool:
    """Does a request end in `/`, `.` or `..` as a whole?"""
    return request.rpartition("/")[2] in ("", ".", "..")


def _file_or_folder(path: Path, *, only_folder: bool = False) -> Path | None:
    if not only_folder:
        found = _file(path)
        if found is not None:
            return found
    return _folder(path)


def _file(path: Path) -> Path | None:
    for suffix in _SUFFIXES:
        candidate = path.with_name(path.name + suffix) if path.name else path
        if candidate.is_file():
            return candidate.resolve()
    return None


def _folder(path: Path) -> Path | None:
    if not path.is_dir():
        return None
    main = _main(path / "package.json")
    if main is not None:
        found = _file(path / main) or _index(path / main)
        if found is not None:
            return found
    return _index(path)


def _index(path: Path) -> Path | None:
    for suffix in _SUFFIXES[1:]:
        if (path / f"index{suffix}").is_file():
            return (path / f"index{suffix}").resolve()
    return None


def _main(package: Path) -> str | None:
    """The "main" of a package.json, if it is there and says so."""
    try:
        found = json.loads(package.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    main = found.get("main") if isinstance(found, dict) else None
    return main if isinstance(main, str) and main else None
