"""Instances for the reference interpreter: imports, initial values, segments, start function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seaofnodes.errors import LinkError
from seaofnodes.wasm import constexpr
from seaofnodes.wasm.interpret import InterpretedInstance, Limits
from seaofnodes.wasm.interpret_builtins import data_drop, elem_drop, memory_init, table_init
from seaofnodes.wasm.interpret_store import Function, Global, Memory, Table
from seaofnodes.wasm.module import FUNCTION, GLOBAL, MEMORY, PASSIVE, TABLE, Import, Module
from seaofnodes.wasm.types import FuncType, GlobalType, MemoryType, TableType
from seaofnodes.wasm.types import Limits as Size

Imports = Mapping[str, Mapping[str, Any]]


def instantiate(module: Module, imports: Imports | None = None, *, limits: Limits | None = None) -> InterpretedInstance:
    """An instance of a module. imports: by module and name, Python callables or another instance's exports.

    Raises LinkError, and Trap if a segment does not fit or the start function traps.
    """
    instance = InterpretedInstance(module, limits or Limits())
    for found in module.imports:
        _link(instance, found, (imports or {}).get(found.module, {}).get(found.name))
    for index in range(module.imported_functions, len(module.functions)):
        instance.functions.append(Function(module.functions[index], module.function_name(index), instance, index))
    instance.tables += [Table(type) for type in module.tables[module.imported_tables :]]
    instance.memories += [Memory(type, instance.limits.pages) for type in module.memories[module.imported_memories :]]

    def global_value(index: int) -> int:
        return instance.globals[index].bits

    for declared in module.globals[module.imported_globals :]:
        assert declared.init is not None
        instance.globals.append(Global(declared.type, constexpr.evaluate(declared.init, global_value)))
    spaces: dict[str, Any] = {
        FUNCTION: instance.functions,
        TABLE: instance.tables,
        MEMORY: instance.memories,
        GLOBAL: instance.globals,
    }
    instance.exports = {export.name: spaces[export.kind][export.index] for export in module.exports}
    _apply_segments(instance, global_value)
    if module.start is not None:
        instance.call(module.start)
    return instance


def _apply_segments(instance: InterpretedInstance, global_value: Callable[[int], int]) -> None:
    """In order; what was written before one that does not fit stays."""
    module = instance.module
    instance.elements = [[instance.functions[index] for index in element.functions] for element in module.elements]
    instance.data = [segment.data for segment in module.data_segments]
    for index, element in enumerate(module.elements):
        if element.offset is not None:
            at = constexpr.evaluate(element.offset, global_value)
            table_init(instance, index, element.table, at, 0, len(element.functions))
        if element.mode != PASSIVE:
            elem_drop(instance, index)
    for index, segment in enumerate(module.data_segments):
        if segment.offset is not None:
            at = constexpr.evaluate(segment.offset, global_value)
            memory_init(instance, index, segment.memory, at, 0, len(segment.data))
            data_drop(instance, index)


def _link(instance: InterpretedInstance, wanted: Import, given: Any) -> None:
    where = f'import "{wanted.module}" "{wanted.name}"'
    if given is None:
        raise LinkError(f"{where} is missing")
    desc = wanted.desc
    if isinstance(desc, FuncType):
        if not isinstance(given, Function):
            if not callable(given):
                raise LinkError(f"{where} must be a function")
            given = Function(desc, f"{wanted.module}.{wanted.name}", host=given)
        elif given.type != desc:
            raise LinkError(f"{where} must have type {desc}, not {given.type}")
        instance.functions.append(given)
    elif isinstance(desc, TableType):
        if not isinstance(given, Table) or not _fits(len(given.entries), given.type.limits, desc.limits):
            raise LinkError(f"{where} must be a table of {desc.limits}")
        instance.tables.append(given)
    elif isinstance(desc, MemoryType):
        if not isinstance(given, Memory) or not _fits(given.pages, given.type.limits, desc.limits):
            raise LinkError(f"{where} must be a memory of {desc.limits}")
        instance.memories.append(given)
    else:
        instance.globals.append(_linked_global(where, desc, given))


def _linked_global(where: str, wanted: GlobalType, given: Any) -> Global:
    from seaofnodes.wasm.interpret_numeric import to_bits

    if isinstance(given, int | float) and not wanted.mutable:
        return Global(wanted, to_bits(wanted.type, given))
    if not isinstance(given, Global) or given.type != wanted:
        raise LinkError(f"{where} must be a global of type {wanted}")
    return given


def _fits(size: int, given: Size, wanted: Size) -> bool:
    return size >= wanted.min and (wanted.max is None or (given.max is not None and given.max <= wanted.max))
