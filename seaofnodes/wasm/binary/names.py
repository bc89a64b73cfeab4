"""The name section: names of the module, of functions, locals, types and fields, for people.

It never makes a module invalid: what is malformed ends the reading, and the names before it are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seaofnodes.errors import DecodeError

if TYPE_CHECKING:
    from seaofnodes.wasm.binary.reader import Reader


@dataclass(slots=True)
class Names:
    """What the name section says; empty where it says nothing or is malformed."""

    module: str | None = None
    functions: dict[int, str] = field(default_factory=dict)
    locals: dict[int, dict[int, str]] = field(default_factory=dict)
    types: dict[int, str] = field(default_factory=dict)
    fields: dict[int, dict[int, str]] = field(default_factory=dict)  # of structs, by the type's index


def decode_names(reader: Reader) -> Names:
    """Read the contents of a name section."""
    names = Names()
    end = reader.end
    try:
        while reader.at < end:
            kind = reader.byte()
            size = reader.u32()
            reader.end = min(reader.at + size, end)
            if kind == 0:
                names.module = reader.name()
            elif kind == 1:
                _name_map(reader, names.functions)
            elif kind == 4:
                _name_map(reader, names.types)
            elif kind in (2, 10):
                found = names.locals if kind == 2 else names.fields
                for _ in range(reader.u32()):
                    _name_map(reader, found.setdefault(reader.u32(), {}))
            reader.at, reader.end = reader.end, end
    except DecodeError:
        pass  # keep what was read
    return names


def _name_map(reader: Reader, names: dict[int, str]) -> None:
    for _ in range(reader.u32()):
        index = reader.u32()
        names.setdefault(index, reader.name())
