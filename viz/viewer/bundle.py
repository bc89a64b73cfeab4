"""The modules of `app/` as one script: a page from disk may not import others.

Modules import by name only (`import { a, b } from "./c.js";`), and no two of them have a top-level name in common: then
putting them in order, without their imports and the word `export`, is all there is to do.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from seaofnodes.errors import Error

APP: Final = Path(__file__).parent / "app"
_IMPORT: Final = re.compile(r'^import \{(?:(?! as )[^}])*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:const|let|function|async function|class) )", re.MULTILINE)
_SEVERAL: Final = re.compile(r"^(?:const|let) \w+ = [^({\[\n]*, \w+ = .*", re.MULTILINE)
_DECLARED: Final = re.compile(r"^(?:const|let|async function|function|class) (\w+)", re.MULTILINE)


def bundle(entry: str, folder: Path = APP) -> str:
    """The module `entry` with all that it imports, dependencies first. Raises Error where two declare one name, and for
    an import or export of another form.
    """
    texts: dict[str, str] = {}
    _visit(entry, folder, texts, [])
    owners: dict[str, str] = {}
    for name, text in texts.items():
        for declared in _DECLARED.findall(text):
            if owners.setdefault(declared, name) != name:
                raise Error(f"{declared} is declared in {owners[declared]} and in {name}")
    return "".join(f"// {name}\n{text}" for name, text in texts.items())


def _visit(name: str, folder: Path, texts: dict[str, str], above: list[str]) -> None:
    if name in texts:
        return
    if name in above:
        raise Error(f"modules import each other: {' -> '.join([*above, name])}")
    text = (folder / name).read_text(encoding="utf-8")
    for other in _IMPORT.findall(text):
        _visit(other, folder, texts, [*above, name])
    text = _EXPORT.sub("", _IMPORT.sub("", text))
    left = re.search(r"^(?:import|export)\b.*", text, re.MULTILINE)
    if left is not None:
        raise Error(f"{name}: cannot bundle {left[0]!r}")
    several = _SEVERAL.search(text)
    if several is not None:
        raise Error(f"{name}: declare one name at a time: {several[0]!r}")
    texts[name] = text
