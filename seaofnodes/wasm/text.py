"""Loads modules from files: binary, or text through wasmtime's assembler."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from seaofnodes.errors import DecodeError, Error
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.module import Module

_MAGIC: Final = b"\0asm"


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
    """Give the binary of a module from a path or from contents, either of them binary or text."""
    data = bytes(source) if isinstance(source, bytes | bytearray | memoryview) else Path(source).read_bytes()
    if data.startswith(_MAGIC) or not data:
        return data
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise DecodeError("neither a binary module (magic header not detected) nor text", 0) from None
    return assemble(text)


def load(source: str | Path | bytes, features: frozenset[str] = SUPPORTED) -> Module:
    """Decode and validate the module in a .wasm or .wat file, or in bytes with the contents of one.

    Raises OSError, TextError, and what decode_module raises.
    """
    return decode_module(read(source), features)
