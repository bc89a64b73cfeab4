"""Matching a module's imports with what the host provides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seaofnodes.errors import LinkError
from seaofnodes.names import printable
from seaofnodes.wasm.engine.function import Function
from seaofnodes.wasm.engine.globals import Global
from seaofnodes.wasm.engine.host import HostFunction
from seaofnodes.wasm.engine.memory import Memory
from seaofnodes.wasm.engine.table import Table
from seaofnodes.wasm.engine.tags import Tag
from seaofnodes.wasm.module import FUNCTION, GLOBAL, MEMORY, TABLE, TAG, Import, Module
from seaofnodes.wasm.subtyping import global_matches, is_subtype
from seaofnodes.wasm.types import FuncType, GlobalType, Limits, MemoryType, TableType, TagType

if TYPE_CHECKING:
    from seaofnodes.wasm.engine.store import Store

Imports = Mapping[str, Any]  # module name -> name -> object, or module name -> Instance


@dataclass(slots=True)
class Linked:
    """A module's imports, found; in the order of their index spaces."""

    functions: list[Function] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)
    globals: list[Global] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)


def link(store: Store, module: Module, imports: Imports) -> Linked:
    """Find and check every import.

    Raises LinkError; host functions for Python callables are made only when all is right.
    """
    found = Linked()
    callables: list[tuple[int, Callable[..., object], FuncType, str]] = []
    for wanted in module.imports:
        value = _look_up(imports, wanted)
        if wanted.kind == FUNCTION:
            kind = _expect(wanted.desc, FuncType)
            if isinstance(value, Function):
                found.functions.append(_function(store, wanted, value, kind))
            elif callable(value):
                _check_declared(wanted, value, kind)
                callables.append((len(found.functions), value, kind, f"{wanted.module}.{wanted.name}"))
                found.functions.append(None)  # type: ignore[arg-type]  # filled below
            else:
                raise _incompatible(wanted, f"function {kind}", value)
        elif wanted.kind == TABLE:
            found.tables.append(_table(store, wanted, value))
        elif wanted.kind == MEMORY:
            found.memories.append(_memory(wanted, value))
        elif wanted.kind == TAG:
            found.tags.append(_tag(wanted, value))
        else:
            assert wanted.kind == GLOBAL
            found.globals.append(_global(store, wanted, value))
    for index, function, kind, name in callables:
        host = HostFunction(store, function, kind, name)
        found.functions[index] = host.function()
    return found


def _name(wanted: Import) -> str:
    return f'"{printable(wanted.module)}"."{printable(wanted.name)}"'


def _look_up(imports: Imports, wanted: Import) -> object:
    space = imports.get(wanted.module)
    space = getattr(space, "exports", space)
    if space is None:
        known = ", ".join(f'"{printable(name)}"' for name in imports) or "none"
        raise LinkError(f'unknown import {_name(wanted)}: no such module among the imports ({known})')
    try:
        return space[wanted.name]
    except KeyError:
        raise LinkError(f'unknown import {_name(wanted)}: the module has no such name') from None
    except TypeError:
        raise LinkError(f'imports["{printable(wanted.module)}"] is {space!r}, not a mapping of names') from None


def _incompatible(wanted: Import, expected: str, value: object) -> LinkError:
    return LinkError(f"incompatible import type for {_name(wanted)}: expected {expected}, found {value!r}")


def _expect(desc: object, kind: type[Any]) -> Any:
    assert isinstance(desc, kind)
    return desc


def _function(store: Store, wanted: Import, value: Function, kind: FuncType) -> Function:
    if not is_subtype(value.type, kind):
        raise _incompatible(wanted, f"function {kind}", value)
    if value.store is not store:
        raise LinkError(f'import {_name(wanted)} is a function of another engine')
    return value


def _check_declared(wanted: Import, value: object, kind: FuncType) -> None:
    """A callable may say of which type it is, as its attribute `type`."""
    declared = getattr(value, "type", None)
    if isinstance(declared, FuncType) and (declared.params, declared.results) != (kind.params, kind.results):
        raise _incompatible(wanted, f"function {kind}", value)


def _limits_text(limits: Limits) -> str:
    return f"at least {limits.min}" + ("" if limits.max is None else f", at most {limits.max}")


def _fits(size: int, maximum: int | None, limits: Limits) -> bool:
    return size >= limits.min and (limits.max is None or maximum is not None and maximum <= limits.max)


def _table(store: Store, wanted: Import, value: object) -> Table:
    kind: TableType = _expect(wanted.desc, TableType)
    expected = f"table of {kind.element}, {_limits_text(kind.limits)} entries"
    if not isinstance(value, Table) or value.type.element != kind.element or value.type.address is not kind.address:
        raise _incompatible(wanted, expected, value)
    if not _fits(len(value), value.type.limits.max, kind.limits):
        raise _incompatible(wanted, expected, f"{value!r} with at most {value.type.limits.max}")
    value.data.bind(store)
    return value


def _memory(wanted: Import, value: object) -> Memory:
    kind: MemoryType = _expect(wanted.desc, MemoryType)
    expected = f"memory, {_limits_text(kind.limits)} pages"
    if not isinstance(value, Memory) or value.type.address is not kind.address:
        raise _incompatible(wanted, expected, value)
    if not _fits(value.size, value.type.limits.max, kind.limits):
        raise _incompatible(wanted, expected, f"{value!r} with at most {value.type.limits.max}")
    return value


def _tag(wanted: Import, value: object) -> Tag:
    kind: TagType = _expect(wanted.desc, TagType)
    if not isinstance(value, Tag) or value.type != kind.type:
        raise _incompatible(wanted, f"tag {kind.type}", value)
    return value


def _global(store: Store, wanted: Import, value: object) -> Global:
    kind: GlobalType = _expect(wanted.desc, GlobalType)
    expected = f"{'mutable ' if kind.mutable else ''}global {kind.type}"
    if isinstance(value, Global):
        if not global_matches(value.type, kind):
            raise _incompatible(wanted, expected, value)
        value.bind(store)
        if value.store is not None and value.store is not store:
            raise LinkError(f"import {_name(wanted)} is a global of another engine")
        return value
    if kind.mutable or not (kind.type.is_reference or isinstance(value, (int, float))):
        raise _incompatible(wanted, expected, value)
    found = Global(kind.type)
    found.bind(store)
    try:
        found.initialize(value)
    except (TypeError, OverflowError) as error:
        raise LinkError(f'import {_name(wanted)}: {error}') from None
    return found
