"""Instances for the reference interpreter: imports, initial values, segments, start function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from seaofnodes.errors import LinkError
from seaofnodes.wasm import constexpr
from seaofnodes.wasm.interpreter.builtins import data_drop, elem_drop, memory_init, table_init
from seaofnodes.wasm.interpreter.interpreter import InterpretedFunction
from seaofnodes.wasm.interpreter.objects import construct
from seaofnodes.wasm.interpreter.state import InterpretedInstance, Limits
from seaofnodes.wasm.interpreter.store import Global, Memory, Table
from seaofnodes.wasm.interpreter.values import Function, HostFunction, Tag, to_bits
from seaofnodes.wasm.module import FUNCTION, GLOBAL, MEMORY, PASSIVE, TABLE, TAG, Import, Module
from seaofnodes.wasm.subtyping import global_matches, is_subtype
from seaofnodes.wasm.types import FuncType, GlobalType, Limits as Size, MemoryType, TableType

Imports = Mapping[str, Mapping[str, Any]]
_MISSING: Final = object()


def instantiate(module: Module, imports: Imports | None = None, *, limits: Limits | None = None) -> InterpretedInstance:
    """An instance of a module. imports: by module and name, Python callables, values for constant globals, or another
    instance's exports.

    Raises LinkError, and Trap if a segment does not fit or the start function traps.
    """
    instance = InterpretedInstance(module, limits or Limits())
    for found in module.imports:
        _link(instance, found, (imports or {}).get(found.module, {}).get(found.name, _MISSING))
    for index in range(module.imported_functions, len(module.functions)):
        kind, name = module.functions[index], module.function_name(index)
        instance.functions.append(InterpretedFunction(kind, name, instance, index))
    instance.memories += [Memory(type, instance.limits.pages) for type in module.memories[module.imported_memories :]]
    instance.tags += [
        Tag(module.tags[index], f"tag[{index}]") for index in range(module.imported_tags, len(module.tags))
    ]
    value_of = _Evaluator(instance)
    for index in range(module.imported_tables, len(module.tables)):
        value = module.table_values.get(index)
        instance.tables.append(Table(module.tables[index], None if value is None else value_of(value)))
    for declared in module.globals[module.imported_globals :]:
        assert declared.init is not None
        instance.globals.append(Global(declared.type, value_of(declared.init)))
    spaces: dict[str, Any] = {
        FUNCTION: instance.functions,
        TABLE: instance.tables,
        MEMORY: instance.memories,
        GLOBAL: instance.globals,
        TAG: instance.tags,
    }
    instance.exports = {export.name: spaces[export.kind][export.index] for export in module.exports}
    _apply_segments(instance, value_of)
    if module.start is not None:
        instance.call(module.start)
    return instance


class _Evaluator:
    """Evaluates constant expressions of an instance."""

    def __init__(self, instance: InterpretedInstance) -> None:
        self.instance = instance

    def __call__(self, expression: constexpr.ConstExpr) -> Any:
        instance = self.instance
        return constexpr.evaluate(
            expression,
            lambda index: instance.globals[index].bits,
            lambda index: instance.functions[index],
            construct=lambda opcode, immediate, stack: construct(instance, opcode, immediate, stack),
        )


def _apply_segments(instance: InterpretedInstance, value_of: _Evaluator) -> None:
    """In order; what was written before one that does not fit stays."""
    module = instance.module
    instance.elements = [
        [instance.functions[index] for index in element.functions]
        if element.expressions is None
        else [value_of(expression) for expression in element.expressions]
        for element in module.elements
    ]
    instance.data = [segment.data for segment in module.data_segments]
    for index, element in enumerate(module.elements):
        if element.offset is not None:
            table_init(instance, index, element.table, value_of(element.offset), 0, len(element))
        if element.mode != PASSIVE:
            elem_drop(instance, index)
    for index, segment in enumerate(module.data_segments):
        if segment.offset is not None:
            memory_init(instance, index, segment.memory, value_of(segment.offset), 0, len(segment.data))
            data_drop(instance, index)


def _link(instance: InterpretedInstance, wanted: Import, given: Any) -> None:
    where = f'import "{wanted.module}" "{wanted.name}"'
    if given is _MISSING:
        raise LinkError(f"{where} is missing")
    desc = wanted.desc
    if isinstance(desc, FuncType):
        if not isinstance(given, Function):
            if not callable(given):
                raise LinkError(f"{where} must be a function")
            given = HostFunction(desc, f"{wanted.module}.{wanted.name}", given)
        elif not is_subtype(given.type, desc):
            raise LinkError(f"{where} must have type {desc}, not {given.type}")
        instance.functions.append(given)
    elif isinstance(desc, TableType):
        alike = isinstance(given, Table) and (given.type.element, given.type.address) == (desc.element, desc.address)
        if not alike or not _fits(len(given.entries), given.type.limits, desc.limits):
            raise LinkError(f"{where} must be a table of {desc.element}, {desc.limits}")
        instance.tables.append(given)
    elif isinstance(desc, MemoryType):
        alike = isinstance(given, Memory) and given.type.address is desc.address
        if not alike or not _fits(given.pages, given.type.limits, desc.limits):
            raise LinkError(f"{where} must be a memory of {desc.limits}")
        instance.memories.append(given)
    elif isinstance(desc, GlobalType):
        instance.globals.append(_linked_global(where, desc, given))
    else:
        if not isinstance(given, Tag) or given.type != desc:
            raise LinkError(f"{where} must be a tag of type {desc.type}")
        instance.tags.append(given)


def _linked_global(where: str, wanted: GlobalType, given: Any) -> Global:
    if isinstance(given, Global):
        if not global_matches(given.type, wanted):
            raise LinkError(f"{where} must be a global of type {wanted}, not {given.type}")
        return given
    if wanted.mutable:
        raise LinkError(f"{where} must be a mutable global")
    try:
        return Global(wanted, to_bits(wanted.type, given))
    except TypeError as problem:
        raise LinkError(f"{where}: {problem}") from None


def _fits(size: int, given: Size, wanted: Size) -> bool:
    return size >= wanted.min and (wanted.max is None or (given.max is not None and given.max <= wanted.max))
