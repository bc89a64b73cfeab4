"""The table of encodings, kept in the user's cache: PeachPy takes over a second to import, the kept table milliseconds.

The file is a memo and nothing more: when it is absent, corrupt, outdated or unwritable, PeachPy is asked again.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import zlib
from typing import Any, Final

from seaofnodes.backend.assembler.encoding import Encoding

_FILES_KEPT: Final = 8

Table = dict[str, dict[str, Encoding]]  # form name -> which encoding -> encoding; see extraction.extract


def cache_file(key: str) -> str:
    """Where the table for a key is kept: below $XDG_CACHE_HOME, or ~/.cache. Versions side by side have one each."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # the specification says to ignore relative ones
        base = os.path.expanduser("~/.cache")
    return os.path.join(base, "seaofnodes", f"encodings-{zlib.crc32(key.encode()):08x}.json")


def fingerprint() -> str:
    """Of all that the table depends on: our modules by their contents, wherever they are, and PeachPy's (found, but not
    imported) by path, size and time.

    Raises ImportError when PeachPy is not installed.
    """
    spec = importlib.util.find_spec("peachpy")
    if spec is None or spec.origin is None:
        raise ImportError("PeachPy is not installed", name="peachpy")
    here, peachpy = os.path.dirname(__file__), os.path.join(os.path.dirname(spec.origin), "x86_64")
    ours = [_checksum(os.path.join(here, name + ".py")) for name in ("cache", "encoding", "extraction", "forms")]
    files = [os.path.join(peachpy, name + ".py") for name in ("avx", "encoding", "generic", "mmxsse")]
    status = [(file, os.stat(file)) for file in files]
    return json.dumps([ours, [[file, found.st_size, found.st_mtime_ns] for file, found in status]])


def _checksum(file: str) -> int:
    with open(file, "rb") as stream:
        return zlib.crc32(stream.read())


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


def read(file: str, key: str) -> Table | None:
    """The table in that file, or None when there is none, or it is damaged, or kept for another key."""
    try:
        with open(file, "rb") as stream:
            head, _, body = stream.read().partition(b"\n")
    except OSError:
        return None
    if head != f"{zlib.crc32(body):08x} {key}".encode():
        return None
    return _unpack(json.loads(body))


def write(file: str, key: str, table: Table) -> bool:
    """Keep the table, atomically; False when the file system will not have it."""
    import tempfile

    body = json.dumps(_pack(table), separators=(",", ":")).encode()
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        handle, name = tempfile.mkstemp(dir=os.path.dirname(file))
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(f"{zlib.crc32(body):08x} {key}\n".encode() + body)
            os.replace(name, file)
        except OSError:
            os.unlink(name)
            raise
    except OSError:
        return False
    return True


def forget_old(folder: str) -> None:
    """Remove all but the newest files: each other version that was used here has left one."""
    try:
        files = [entry for entry in os.scandir(folder) if entry.name.startswith("encodings") and entry.is_file()]
        for entry in sorted(files, key=lambda entry: -entry.stat().st_mtime_ns)[_FILES_KEPT:]:
            os.unlink(entry)
    except OSError:
        return  # another process did the same


def load() -> Table:
    """The kept table; if there is none that is good, PeachPy's answers, which are then kept."""
    key = fingerprint()
    file = cache_file(key)
    table = read(file, key)
    if table is None:
        from seaofnodes.backend.assembler.extraction import extract_all

        table = extract_all()
        if write(file, key, table):
            forget_old(os.path.dirname(file))
    return table


@functools.cache
def encodings() -> Table:
    """Every declared form's encodings, loaded once in a process."""
    return load()
