"""Exports and the start function."""

from __future__ import annotations

from collections.abc import Sequence

from seaofnodes.errors import DecodeError, ValidationError
from seaofnodes.names import printable
from seaofnodes.wasm import features as f
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.module import FUNCTION, Export
from seaofnodes.wasm.sections.decoding import KINDS, Decoding


def decode_exports(d: Decoding) -> None:
    reader, module = d.reader, d.module
    spaces: tuple[Sequence[object], ...] = (
        module.functions, module.tables, module.memories, module.globals, module.tags,
    )  # fmt: skip
    seen: set[str] = set()
    for _ in range(reader.count(limits.EXPORTS, "exports")):
        start = reader.at
        name = reader.name()
        if name in seen:
            raise ValidationError(f'duplicate export name "{printable(name)}"', start)
        seen.add(name)
        at = reader.at
        code = reader.byte()
        if code >= len(KINDS):
            raise DecodeError(f"malformed export kind {code:#04x}", at)
        if code == 4:
            f.require(f.EXCEPTIONS, d.features, "exporting a tag", at)
        index = d.index(spaces[code], KINDS[code])
        if code == 3 and module.globals[index].type.mutable:
            f.require(f.MUTABLE_GLOBALS, d.features, "exporting a mutable global", at)
        if code == 0:
            module.declared_functions.add(index)
        module.exports.append(Export(name, KINDS[code], index))


def decode_start(d: Decoding) -> None:
    module, at = d.module, d.reader.at
    index = d.index(module.functions, FUNCTION)
    if module.functions[index].params or module.functions[index].results:
        raise ValidationError(f"start function must be [] -> [], but it is {module.functions[index]}", at)
    module.start = index
