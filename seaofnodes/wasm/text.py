"""Loads modules from files: binary, or text through wasmtime's assembler."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from seaofnodes.errors import DecodeError, Error
from seaofnodes.files import HEAD, read_file
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.module import Module

_MAGIC: Final = b"\0asm"
_NEITHER: Final = "neither a binary module (magic header not detected) nor text"


class TextError(Error):
    """The text is not a WebAssembly module; the message has line and column."""


def assemble(text: str) -> bytes:
    """Turn the text format into the binary format, with names; the module is not validated. Raises TextError."""
    import wasmtime  # slow to import, and only text needs it

    try:
        return bytes(wasmtime.wat2wasm(text))
    except wasmtime.WasmtimeError as problem:
        raise TextError(str(problem).strip()) from None


def read(source: str | Path | bytes) -> bytes:
    """Give the binary of a module from a path or from contents, either of them binary or text.

    Raises OSError, TextError, DecodeError for what is neither, and Error for what is too large or no file: that is seen
    before it is read.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        size = memoryview(source).nbytes
        most = _most_bytes(bytes(memoryview(source).cast("B")[:HEAD]))
        limits.check(size, most, "bytes in a module", most)
        data = bytes(source)
    else:
        data = read_file(source, _most_bytes)
    if data.startswith(_MAGIC) or not data:
        return data
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise DecodeError(_NEITHER, 0) from None
    return assemble(text)


def _most_bytes(head: bytes) -> int:
    """How large a module may be that starts like this. Raises DecodeError for what cannot be one."""
    if head.startswith(_MAGIC):
        return limits.MODULE_BYTES
    if b"\0" in head:
        raise DecodeError(_NEITHER, 0)
    return limits.TEXT_BYTES


def load(source: str | Path | bytes, features: frozenset[str] = SUPPORTED) -> Module:
    """Decode and validate the module in a .wasm or .wat file, or in bytes with the contents of one.

    Raises what `read` and `decode_module` raise.
    """
    return decode_module(read(source), features)
