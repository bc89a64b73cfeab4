"""The table of encodings, kept in the user's cache: PeachPy takes over a second to import, the cached table two milliseconds.

The file is a memo and nothing more: absent, corrupt, outdated or unwritable, the table is extracted from PeachPy again.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from seaofnodes.backend.assembler.encoding import Encoding
from seaofnodes.backend.assembler.forms import FORMS

Table = dict[str, dict[str, Encoding]]

_LAYOUT = 1  # of the file


def cache_file() -> Path:
    """Where the table is kept: $XDG_CACHE_HOME/seaofnodes, or ~/.cache/seaofnodes."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path(os.path.expanduser("~/.cache"))) / "seaofnodes" / "encodings.json"


def _fingerprint() -> str:
    """Of all the table depends on: the declared forms, the extraction, the installed PeachPy (without importing it)."""
    spec = importlib.util.find_spec("peachpy")
    if spec is None or spec.origin is None:
        raise ImportError("PeachPy is not installed")
    digest = hashlib.sha256(f"{_LAYOUT} {spec.origin} {' '.join(FORMS)}".encode())
    here, peachpy = Path(__file__).parent, Path(spec.origin).parent / "x86_64"
    for file in (here / "extraction.py", here / "encoding.py", peachpy / "generic.py", peachpy / "mmxsse.py", peachpy / "avx.py"):
        status = file.stat()
        digest.update(f" {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()


def _pack(table: Table) -> Any:
    return {
        name: {key: [e.prefix.hex(), e.rex, e.vex, e.short_vex, e.opcode.hex(), *e[5:]] for key, e in found.items()}
        for name, found in table.items()
    }


def _unpack(packed: Any) -> Table:
    unhex = bytes.fromhex
    return {
        name: {
            key: Encoding(unhex(row[0]), row[1], row[2], row[3], unhex(row[4]), row[5], row[6], tuple(row[7]), row[8])
            for key, row in found.items()
        }
        for name, found in packed.items()
    }


def read(file: Path, fingerprint: str) -> Table | None:
    """The table in that file, or None when there is none that is whole and up to date."""
    try:
        head, _, body = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    # the checksum makes json safe to trust below
    if head.decode("latin-1") != f"{fingerprint} {hashlib.sha256(body).hexdigest()}":
        return None
    return _unpack(json.loads(body))


def write(file: Path, fingerprint: str, table: Table) -> bool:
    """Write the table, atomically; False when the file system will not have it."""
    body = json.dumps(_pack(table), separators=(",", ":")).encode()
    head = f"{fingerprint} {hashlib.sha256(body).hexdigest()}\n".encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(head + body)
            os.replace(name, file)
        except OSError:
            os.unlink(name)
            raise
    except OSError:
        return False
    return True


@functools.cache
def encodings() -> Table:
    """Every form's encodings, from the cache or from PeachPy."""
    file, fingerprint = cache_file(), _fingerprint()
    table = read(file, fingerprint)
    if table is None:
        from seaofnodes.backend.assembler.extraction import extract_all

        table = extract_all()
        write(file, fingerprint, table)
    return table
