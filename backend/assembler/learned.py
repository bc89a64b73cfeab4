"""What is known of the encodings of instruction forms: learned from PeachPy once, and shipped as data.

encodings.txt has a line for each encoding of each form; tools/encodings.py writes it. Forms that are declared but not
in it yet (while forms are being added) are learned from PeachPy in memory. Nothing is kept outside the package.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import Final

from seaofnodes.backend.assembler.encoding import Encoding

FILE: Final = os.path.join(os.path.dirname(__file__), "encodings.txt")
_NOTHING: Final = "."  # an empty field, or -1
_HEAD: Final = (
    "# How instruction forms are encoded, learned from PeachPy by tools/encodings.py; numbers are hexadecimal.\n"
    "# form, which encoding, " + " ".join(Encoding._fields) + "\n"
)


def _format(encoding: Encoding) -> str:
    fields = (
        encoding.prefix.hex(),
        f"{encoding.rex:x}",
        f"{encoding.vex:x}" if encoding.vex >= 0 else "",
        f"{encoding.short_vex:d}",
        encoding.opcode.hex(),
        f"{encoding.modrm:x}" if encoding.modrm >= 0 else "",
        encoding.roles,
        ",".join(map(str, encoding.byte_registers)),
        f"{encoding.immediate:x}",
    )
    return " ".join(field or _NOTHING for field in fields)


def _parse(line: str) -> Encoding:
    fields = ["" if field == _NOTHING else field for field in line.split(" ")]
    prefix, rex, vex, short_vex, opcode, modrm, roles, byte_registers, immediate = fields
    return Encoding(
        bytes.fromhex(prefix),
        int(rex, 16),
        int(vex, 16) if vex else -1,
        short_vex == "1",
        bytes.fromhex(opcode),
        int(modrm, 16) if modrm else -1,
        roles,
        tuple(map(int, byte_registers.split(","))) if byte_registers else (),
        int(immediate, 16),
    )


def format_table(table: Mapping[str, Mapping[str, Encoding]]) -> str:
    """The text of encodings.txt for a table: form name -> which encoding -> encoding, see extraction.extract."""
    rows = [f"{name} {which} {_format(found)}\n" for name, row in table.items() for which, found in row.items()]
    return _HEAD + "".join(rows)


class Encodings(dict[str, dict[str, Encoding]]):
    """Form name -> which encoding -> encoding, for every declared form; parsed, or learned, when it is first used."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._lines: dict[str, list[tuple[str, str]]] = {}
        for line in text.splitlines():
            if line[0] != "#":
                name, which, fields = line.split(" ", 2)
                self._lines.setdefault(name, []).append((which, fields))

    @property
    def shipped(self) -> frozenset[str]:
        """The names of the forms that need no learning."""
        return frozenset(self._lines)

    def __missing__(self, name: str) -> dict[str, Encoding]:
        """Raises KeyError for a name that is not declared, Error when PeachPy is needed and missing."""
        if name in self._lines:
            found = {which: _parse(fields) for which, fields in self._lines[name]}
        else:
            from seaofnodes.backend.assembler.extraction import learn

            found = learn(name)
        self[name] = found
        return found


@functools.cache
def encodings() -> Encodings:
    """The shipped encodings, read once in a process."""
    with open(FILE, encoding="ascii") as stream:
        return Encodings(stream.read())
