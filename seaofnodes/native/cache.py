"""Machine code kept on disk between runs.

A file's name is a hash of all that the code follows from: the graphs of the unit as they are written (and so sources
and constants), the pipeline, the processor's features, and the compiler's own files. So an entry is right or not found.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import MachineCode, Relocation
from seaofnodes.backend.positions import Positions
from seaofnodes.errors import Error
from seaofnodes.ir.graph import Inlining
from seaofnodes.native.unit import Unit
from seaofnodes.plain import json_text, read_json

_PARTS: Final = ("ir", "passes", "backend", "native")  # what code follows from
_MOST_BYTES: Final = 16 << 20  # of a file
_MOST_VERSIONS: Final = 4  # of the compiler that have files
_FORMAT: Final = 1


class CodeCache:
    """A folder, which nobody else may write to. What cannot be read or written is no error: it is compiled.

    Attributes: folder: of this version of the compiler.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """folder: default: `seaofnodes/native` among the user's caches."""
        self._top = _default_folder() if folder is None else folder

    @cached_property
    def folder(self) -> Path:
        """Names the compiler by what its files are."""
        found = hashlib.sha256(f"{_FORMAT}".encode())
        top = Path(__file__).parent.parent
        for part in _PARTS:
            for path in sorted(_files(top / part)):
                about = path.stat()
                found.update(f"{path.relative_to(top)} {about.st_size} {about.st_mtime_ns}\n".encode())
        return self._top / found.hexdigest()[:32]

    def key(self, unit: Unit, index: int, pipeline: str, features: CpuFeatures) -> str:
        """What names the code of a function."""
        text = "\n".join([str(index), pipeline, repr(features), unit.text])
        return hashlib.sha256(text.encode()).hexdigest()

    def get(self, key: str) -> MachineCode | None:
        """The code of that name, or None."""
        path = self.folder / f"{key}.json"
        try:
            about = path.stat()
            if about.st_uid != os.getuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return None  # it would be run
            found = read_json(path, _MOST_BYTES)
            if found["digest"] != _digest(found["code"]):
                return None
            return _from_json(found["code"])
        except (OSError, Error, KeyError, TypeError, ValueError):
            return None

    def put(self, key: str, code: MachineCode) -> None:
        """Keep code, if it can be kept: it is there in full or not at all."""
        if code.deopts or code.lazy_exits or code.assumptions:
            return
        made = _to_json(code)
        text = json_text({"digest": _digest(made), "code": made})
        with contextlib.suppress(OSError):
            if not self.folder.is_dir():
                self.folder.mkdir(mode=0o700, parents=True)
                self._forget_versions()
            partial = self.folder / f"{key}.{os.getpid()}.tmp"
            try:
                with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                    file.write(text)
                partial.replace(self.folder / f"{key}.json")
            finally:
                partial.unlink(missing_ok=True)

    def _forget_versions(self) -> None:
        """Of the compiler, but for the newest ones."""
        found = sorted(self._top.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for path in found[:-_MOST_VERSIONS]:
            shutil.rmtree(path, ignore_errors=True)


def _default_folder() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    top = Path(given) if os.path.isabs(given) else Path(os.path.expanduser("~")) / ".cache"
    return top / "seaofnodes" / "native"


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place, name) for name in names if name.endswith((".py", ".txt")))


def _digest(code: Any) -> str:
    return hashlib.sha256(json_text(code).encode()).hexdigest()


def _to_json(code: MachineCode) -> dict[str, Any]:
    return {
        "function_index": code.function_index,
        "tier": code.tier,
        "data": code.data.hex(),
        "code_size": code.code_size,
        "relocations": [[one.offset, one.kind, one.target, one.addend] for one in code.relocations],
        "traps": list(code.traps.items()),
        "positions": [list(position) for position in code.positions],
        "frame_size": code.frame_size,
        "inlinings": [list(inlined) for inlined in code.inlinings],
        "blocks": code.blocks,
        "safepoints": list(code.safepoints.items()),
        "handlers": list(code.handlers.items()),
    }


def _from_json(found: dict[str, Any]) -> MachineCode:
    columns = zip(*found["positions"], strict=True) if found["positions"] else ((), (), (), ())
    return MachineCode(
        function_index=found["function_index"],
        tier=found["tier"],
        data=bytes.fromhex(found["data"]),
        code_size=found["code_size"],
        relocations=[Relocation(*one) for one in found["relocations"]],
        traps=dict(found["traps"]),
        positions=Positions(*columns),
        frame_size=found["frame_size"],
        inlinings=[Inlining(*one) for one in found["inlinings"]],
        blocks=[(pc, block) for pc, block in found["blocks"]],
        safepoints={pc: tuple(places) for pc, places in found["safepoints"]},
        handlers=dict(found["handlers"]),
    )
