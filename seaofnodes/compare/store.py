"""Finished rows in a folder, so that a comparison that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import seaofnodes
from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.portion import Portion, Settings
from seaofnodes.compare.row import ERROR, OK, UNSUPPORTED, Row
from seaofnodes.errors import Error
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.project import python_files
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.plain import json_text, read_json

_ROWS_BYTES: Final = 256 << 20
_KEY: Final = 32  # letters
_PACKAGES: Final = ("site-packages", "dist-packages")


_SUFFIX: Final = ".v2.json"  # the second format: times by placement


class Store:
    """A file for each portion, `<key>.v2.json`. It is there in full or not at all, however the process ends."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, portion: Portion) -> list[Row] | None:
        """The portion's rows from an earlier time; None when there are none, or others than its own."""
        try:
            rows = [Row.from_json(value) for value in read_json(self._path(portion), _ROWS_BYTES)]
        except FileNotFoundError:
            return None
        except (Error, TypeError, KeyError):
            return None  # not ours, or of another version: measured anew, and written over
        found = sorted((row.index, row.kind, row.name, row.pipeline) for row in rows)
        if found != portion.subjects() or any(row.status not in (OK, UNSUPPORTED) for row in rows):
            return None
        for row in rows:
            row.source = portion.source  # the same module may have another name now
        return rows

    def outdated(self) -> str:
        """What to say about files of an earlier format, "" if there are none."""
        found = sum(path.suffixes == [".json"] and len(path.stem) == _KEY for path in self._folder.glob("*.json"))
        what = "1 file is" if found == 1 else f"{found:,} files are"
        return f"{what} of an earlier version, without placements: not used, measured anew" if found else ""

    def put(self, portion: Portion, rows: Sequence[Row]) -> None:
        """Keep the rows; those with an error are not kept, to be tried again."""
        if any(row.status == ERROR for row in rows):
            return
        path = self._path(portion)
        partial = path.with_suffix(f".{os.getpid()}.tmp")
        partial.write_text(json_text([row.to_json() for row in rows]), encoding="utf-8")
        partial.replace(path)

    def _path(self, portion: Portion) -> Path:
        return self._folder / f"{portion.key(self._fingerprint)}{_SUFFIX}"


def fingerprint(configurations: Sequence[Configuration], settings: Settings) -> str:
    """A hash of the compiler's sources, passes and rules from elsewhere included, with what they import from beside
    them: changed ones give other rows.
    """
    found = hashlib.sha256()
    for file in sorted({*_package_files(), *_files_of_users(configurations, settings)}):
        found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()


def _files_of_users(configurations: Sequence[Configuration], settings: Settings) -> set[Path]:
    registry = settings.registry()
    loaded = [path.resolve() for path in python_files(settings.load)]
    files = {*loaded, *(Path(path).resolve() for path in (*settings.load, *filter(None, [settings.host])))}
    for configuration in configurations:
        pipeline = Pipeline.parse(configuration.pipeline, registry)
        sets = [*pipeline.rule_sets, *(rules for one in pipeline.passes if (rules := getattr(one, "rules", None)))]
        names = [rule.location[0] for rules in sets if isinstance(rules, RuleSet) for rule in rules.rules]
        names += [str(getattr(sys.modules.get(type(one).__module__), "__file__", "")) for one in pipeline.passes]
        files |= {Path(name).resolve() for name in names if os.path.isfile(name)}
    modules = {name: Path(path).resolve() for name, one in list(sys.modules.items()) if (path := _file_of(one))}
    packages = {name.partition(".")[0] for name, file in modules.items() if file in files}
    folders = {path.parent for path in loaded}
    for name, file in modules.items():
        beside = not folders.isdisjoint(file.parents) and not any(part in file.parts for part in _PACKAGES)
        if beside or name.partition(".")[0] in packages:
            files.add(file)
    return files


def _file_of(module: object) -> str:
    file = getattr(module, "__file__", None)
    return file if isinstance(file, str) and os.path.isfile(file) else ""


def _package_files() -> list[Path]:
    """All modules of the package; three of its folders are links."""
    top = Path(seaofnodes.__file__).parent
    folders = os.walk(top, followlinks=True)
    return [Path(folder, name).resolve() for folder, _, names in folders for name in names if name.endswith(".py")]

