"""Calls of WASI as a program makes them."""

from __future__ import annotations

import os
from collections.abc import Callable

from seaofnodes import Engine
from seaofnodes.wasi import Wasi

Wat = Callable[[str], bytes]


class Program:
    """Calls of WASI as a program makes them, with a memory to point into."""

    def __init__(self, wat: Wat, wasi: Wasi, pages: int = 2) -> None:
        self.wasi = wasi
        instance = Engine(tier="baseline").instantiate(wat(f'(module (memory (export "memory") {pages}))'))
        wasi.bind(instance)
        self.memory = instance.exports["memory"]
        self.calls = wasi.imports["wasi_snapshot_preview1"]

    def __call__(self, name: str, *values: int) -> int | None:
        return self.calls[name](*values)

    def text(self, text: str, at: int = 1024) -> tuple[int, int]:
        data = os.fsencode(text)
        self.memory.write(at, data)
        return at, len(data)

    def word(self, at: int, size: int = 4) -> int:
        return int.from_bytes(self.memory.read(at, size), "little")

    def open(self, path: str, flags: int = 0, rights: int = 2, follow: int = 1) -> int | None:
        """The error, or -fd."""
        error = self("path_open", 3, follow, *self.text(path), flags, rights, 0, 0, 0)
        return error or -self.word(0)

    def write(self, fd: int, data: bytes) -> int | None:
        self.memory.write(2048, data)
        self.memory.write(0, (2048).to_bytes(4, "little") + len(data).to_bytes(4, "little"))
        return self("fd_write", fd, 0, 1, 16)

    def read(self, fd: int, count: int = 100) -> bytes:
        self.memory.write(0, (2048).to_bytes(4, "little") + count.to_bytes(4, "little"))
        assert self("fd_read", fd, 0, 1, 16) == 0
        return bytes(self.memory.read(2048, self.word(16)))
