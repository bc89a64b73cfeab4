"""Imports, and what a module defines: functions' types, tables, memories, tags, globals."""

from __future__ import annotations

from typing import Final

from seaofnodes.errors import DecodeError, ValidationError
from seaofnodes.wasm import features as f
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.module import Global, Import
from seaofnodes.wasm.sections.decoding import KINDS, Decoding
from seaofnodes.wasm.types import FuncType, GlobalType, MemoryType, TableType, TagType

_WITH_VALUE: Final = 0x40  # the first byte of a table with an initial value


def decode_imports(d: Decoding) -> None:
    reader, module = d.reader, d.module
    for _ in range(reader.count(limits.IMPORTS, "imports")):
        module_name, name = reader.name(), reader.name()
        at = reader.at
        code = reader.byte()
        if code >= len(KINDS):
            raise DecodeError(f"malformed import kind {code:#04x}", at)
        desc: FuncType | TableType | MemoryType | GlobalType | TagType
        if code == 0:
            desc = d.types.function_type()
            module.functions.append(desc)
            module.imported_functions += 1
        elif code == 1:
            desc = d.types.table_type()
            _add_table(d, desc, at)
            module.imported_tables += 1
        elif code == 2:
            desc = d.types.memory_type()
            _add_memory(d, desc, at)
            module.imported_memories += 1
        elif code == 3:
            desc = d.types.global_type()
            if desc.mutable:
                f.require(f.MUTABLE_GLOBALS, d.features, "importing a mutable global", at)
            module.globals.append(Global(desc, None))
            module.imported_globals += 1
        else:
            f.require(f.EXCEPTIONS, d.features, "importing a tag", at)
            desc = d.types.tag_type()
            module.tags.append(desc)
            module.imported_tags += 1
        module.imports.append(Import(module_name, name, KINDS[code], desc))


def _add_table(d: Decoding, kind: TableType, at: int) -> None:
    if d.module.tables:
        f.require(f.REFERENCE_TYPES, d.features, "more than one table", at)
    d.module.tables.append(kind)
    limits.check(len(d.module.tables), limits.TABLES, "tables", at)


def _add_memory(d: Decoding, kind: MemoryType, at: int) -> None:
    if d.module.memories:
        f.require(f.MULTI_MEMORY, d.features, "more than one memory", at)
    d.module.memories.append(kind)
    limits.check(len(d.module.memories), limits.MEMORIES, "memories", at)


def decode_functions(d: Decoding) -> None:
    at = d.reader.at
    count = d.reader.count(limits.FUNCTIONS, "functions")
    limits.check(count + d.module.imported_functions, limits.FUNCTIONS, "functions", at)
    d.module.functions += [d.types.function_type() for _ in range(count)]


def decode_tables(d: Decoding) -> None:
    reader = d.reader
    for _ in range(reader.u32()):
        at = reader.at
        with_value = reader.at < reader.end and reader.data[at] == _WITH_VALUE
        if with_value:
            f.require(f.FUNCTION_REFERENCES, d.features, "a table with an initial value", at)
            reader.at += 1
            if reader.byte() != 0:
                raise DecodeError("malformed table", at)
        kind = d.types.table_type()
        _add_table(d, kind, at)
        if with_value:
            d.module.table_values[len(d.module.tables) - 1] = d.constant(kind.element)
        elif not kind.element.nullable:
            raise ValidationError(f"type mismatch: a table of {kind.element} must have an initial value", at)


def decode_memories(d: Decoding) -> None:
    for _ in range(d.reader.u32()):
        at = d.reader.at
        _add_memory(d, d.types.memory_type(), at)


def decode_tags(d: Decoding) -> None:
    for _ in range(d.reader.count(limits.TAGS, "tags")):
        d.module.tags.append(d.types.tag_type())


def decode_globals(d: Decoding) -> None:
    for _ in range(d.reader.count(limits.GLOBALS, "globals")):
        kind = d.types.global_type()
        d.module.globals.append(Global(kind, d.constant(kind.type)))
