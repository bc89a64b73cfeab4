"""What a benchmark of sightglass imports: WASI, and two functions that tell where the measured part begins and ends.

    python examples/objects/sightglass.py benchmarks/kotlin-richards/kotlin-richards.wasm /tmp/richards.wasm
    cd benchmarks/kotlin-richards    # where default.input is
    seaofnodes compare /tmp/richards.wasm --host .../sightglass.py --invoke _start -p default --speculation

The first line takes the module out of a component.
"""

from __future__ import annotations

import sys
from pathlib import Path

from seaofnodes.wasi import Directory, Wasi

MODULE = 1  # kind of a section of components


class Benchmark:
    """Attributes: imports, of one instance."""

    def __init__(self) -> None:
        self._wasi = Wasi(["benchmark"], directories={".": Directory(".", writable=False)})
        self.imports = {**self._wasi.imports, "bench": {"start": lambda: None, "end": lambda: None}}
        self.bind = self._wasi.bind


host = Benchmark


def first_module(component: bytes) -> bytes:
    """The first module of a component: sections are a kind, a length as LEB128, and contents. Raises ValueError."""
    at = 8
    while at < len(component):
        kind, size, shift = component[at], 0, 0
        while True:
            at += 1
            size |= (component[at] & 0x7F) << shift
            shift += 7
            if component[at] < 0x80:
                break
        if kind == MODULE:
            return component[at + 1 : at + 1 + size]
        at += 1 + size
    raise ValueError("there is no module in this component")


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(first_module(Path(sys.argv[1]).read_bytes()))
