"""Instances: a module's native data, filled, linked and started."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from seaofnodes.backend.layout import (
    INSTANCE_ARENA,
    INSTANCE_DATA,
    INSTANCE_ELEMENTS,
    INSTANCE_HANDLE,
    RECORD_INDEX,
    RECORD_INSTANCE,
    RECORD_SLOT,
    RECORD_TYPE,
)
from seaofnodes.errors import Trap
from seaofnodes.runtime.code.handles import owner_of
from seaofnodes.runtime.code.space import LINE
from seaofnodes.runtime.counters.feedback import Feedback
from seaofnodes.runtime.entry.groups import Group, Member, join
from seaofnodes.runtime.process.native import NativeBuffer
from seaofnodes.runtime.tiers.tiering import first_budgets
from seaofnodes.wasm.constexpr import ConstExpr, evaluate
from seaofnodes.wasm.engine.conversion import CONVERSION
from seaofnodes.wasm.engine.function import Function
from seaofnodes.wasm.engine.globals import Global
from seaofnodes.wasm.engine.linker import Imports, Linked, link
from seaofnodes.wasm.engine.memory import Memory
from seaofnodes.wasm.engine.objects.construct import construct
from seaofnodes.wasm.engine.objects.segments import NativeSegments
from seaofnodes.wasm.engine.references import Pins, top_of
from seaofnodes.wasm.engine.table import Table, TableData
from seaofnodes.wasm.engine.tags import Tag
from seaofnodes.wasm.module import DECLARATIVE, FUNCTION, GLOBAL, MEMORY, TAG, ElementSegment, Module
from seaofnodes.wasm.types import FUNC, ArrayType, RefType

if TYPE_CHECKING:
    from seaofnodes.runtime.tiers.unit_code import UnitCode
    from seaofnodes.wasm.engine.objects.types import ObjectTypes
    from seaofnodes.wasm.engine.unit import ModuleUnit

Export = Function | Table | Memory | Global | Tag


class InstanceData:
    """An instance's native data, and what it refers to; functions, tables and globals of the instance keep it alive.

    Attributes: unit: the module in this engine; code: its machine code; feedback; storage: laid out as `unit.layout`
    says; address: of its
    first byte; imports: imported functions; memories, tables, globals: by index; imported_tables: as objects,
    because those keep other instances alive; tags; group: who lives as long as it does; data_segments,
    element_segments: contents (references as words), empty when dropped; segments: the same for machine code, if there
    are arrays.
    """

    __slots__ = (
        "__weakref__",
        "_made",
        "address",
        "code",
        "data_segments",
        "element_segments",
        "feedback",
        "globals",
        "group",
        "imported_tables",
        "imports",
        "memories",
        "segments",
        "storage",
        "tables",
        "tags",
        "unit",
    )

    def __init__(self, unit: ModuleUnit, code: UnitCode, linked: Linked) -> None:
        module, layout = unit.module, unit.layout
        self.unit = unit
        self.code = code
        self.imports = linked.functions
        self.imported_tables = linked.tables
        self.group: Group | None = None
        self.storage = storage = NativeBuffer(layout.size, LINE, code.tiers.space.data_gap())
        self.address = address = storage.address
        store = unit.store
        words = storage.words
        words[INSTANCE_HANDLE >> 3] = id(self)
        words[INSTANCE_ARENA >> 3] = address + layout.feedback.arena
        self.memories = linked.memories + [
            Memory(kind.limits.min, kind.limits.max, address=kind.address, budget=store.pages)
            for kind in module.memories[module.imported_memories :]
        ]
        for at, memory in zip(layout.memories, self.memories, strict=True):
            words[at >> 3], words[(at >> 3) + 1] = memory.address, memory.record
        self.tables = [table.data for table in linked.tables]
        for kind in module.tables[module.imported_tables :]:
            table = TableData(kind, address, store.pages)
            table.bind(store)
            self.tables.append(table)
        for at, table in zip(layout.tables, self.tables, strict=True):
            words[at >> 3], words[(at >> 3) + 1] = table.base, table.record
        for at, function in zip(layout.imports, self.imports, strict=True):
            words[at >> 3] = function.record
        self.tags = linked.tags + [Tag.of(kind.type) for kind in module.tags[module.imported_tags :]]
        for at, tag in zip(layout.tags, self.tags, strict=False):
            words[at >> 3] = tag.address
        assert RECORD_INDEX == RECORD_TYPE + 4
        first = module.imported_functions
        type_ids = [store.type_id(kind) for kind in module.functions]
        for index, at in enumerate(layout.records, first):
            at >>= 3
            words[at + (RECORD_SLOT >> 3)] = code.slots + 8 * index
            words[at + (RECORD_INSTANCE >> 3)] = address
            words[at + (RECORD_TYPE >> 3)] = type_ids[index] | index << 32
        self.feedback = Feedback(layout.feedback, words, address)
        self.feedback.set_budgets(first_budgets(code))
        self._share(linked)
        self._made = Pins()  # objects of constant expressions
        self.element_segments = []
        self.globals = self._make_globals(linked.globals)
        self.data_segments = [segment.data for segment in module.data_segments]
        self.element_segments = [[] if s.mode == DECLARATIVE else self._words_of(s) for s in module.elements]
        self.segments: NativeSegments | None = None
        if any(isinstance(kind, ArrayType) for kind in module.types):
            self.segments = NativeSegments(self.data_segments, self.element_segments)
            words[INSTANCE_DATA >> 3], words[INSTANCE_ELEMENTS >> 3] = self.segments.data, self.segments.elements
        if any(top_of(segment.type) is not FUNC for segment in module.elements):
            store.add_holder(self)
        for index, value in module.table_values.items():
            self.tables[index].put(0, [self._evaluate(value)] * self.tables[index].size)

    def _share(self, linked: Linked) -> None:
        """Instances that can pass function references to each other live together."""
        if self.unit.shares_functions:
            self.unit.store.share_functions(self)
        for table in linked.tables:
            if table.data.holds_functions:
                join(self, table.data)
                if table.data.home:
                    join(self, owner_of(table.data.home))
        for found in linked.globals:
            if isinstance(found.type.type, RefType):
                join(self, found)
                if found.home:
                    join(self, owner_of(found.home))
        for tag in self.tags:
            if any(isinstance(kind, RefType) and top_of(kind) is FUNC for kind in tag.type.params):
                join(self, tag)
        for function in linked.functions:
            kind = function.type
            if function.owner is not None and any(t.is_reference for t in kind.params + kind.results):
                join(self, function.owner)

    def _evaluate(self, expression: ConstExpr) -> int:
        """Bits, or the word of a reference."""
        found: int = evaluate(expression, lambda index: self.globals[index].word, self.record, 0, self._construct)
        return found

    def _construct(self, opcode: int, immediate: Any, stack: list[int]) -> None:
        construct(self.unit.store, self.unit.type_ids, opcode, immediate, stack, self._made)

    def words(self) -> list[int]:
        """The references in its element segments; functions count for nothing."""
        return [word for segment in self.element_segments for word in segment]

    def drop_data(self, number: int) -> None:
        """A data segment is dropped."""
        self.data_segments[number] = b""
        if self.segments is not None:
            self.segments.drop_data(number)

    def drop_elements(self, number: int) -> None:
        """An element segment is dropped."""
        if self.segments is not None:
            self.segments.drop_elements(number)
        self.element_segments[number] = []

    def live_with(self, member: Member) -> None:
        """See Holder."""
        join(self, member)

    def _words_of(self, segment: ElementSegment) -> list[int]:
        if segment.expressions is None:
            return [self.record(index) for index in segment.functions]
        return [self._evaluate(expression) for expression in segment.expressions]

    def _make_globals(self, imported: list[Global]) -> list[Global]:
        module, layout, words = self.unit.module, self.unit.layout, self.storage.words
        found = self.globals = []
        for index, (at, declared) in enumerate(zip(layout.globals, module.globals, strict=True)):
            if index < len(imported):
                words[at >> 3] = imported[index].address if layout.global_indirect[index] else imported[index].word
                found.append(imported[index])
            else:
                assert declared.init is not None
                words[at >> 3] = self._evaluate(declared.init)
                found.append(Global.at(declared.type, self.storage, at, self.address))
                found[-1].bind(self.unit.store)
        return found

    def record(self, index: int) -> int:
        """Address of the record of a function, own or imported."""
        imported = self.unit.module.imported_functions
        if index < imported:
            return self.imports[index].record
        return self.address + self.unit.layout.records[index - imported]

    def function(self, index: int) -> Function:
        """A function, own or imported, as an object."""
        module = self.unit.module
        if index < module.imported_functions:
            return self.imports[index]
        kind, name = module.functions[index], module.function_name(index)
        return Function(self.unit.store, kind, name, self.record(index), self)

    def function_at(self, record: int) -> Function:
        """The own function whose record is there."""
        records = self.unit.layout.records
        own = bisect_left(records, record - self.address)
        assert records[own] == record - self.address
        return self.function(own + self.unit.module.imported_functions)

    def initialize(self) -> None:
        """Apply the active segments, in order, and call the start function.

        Raises Trap; what was done before stays done.
        """
        module = self.unit.module

        for number, segment in enumerate(module.elements):
            if segment.offset is None:
                continue
            table = self.tables[segment.table]
            offset = self._evaluate(segment.offset)
            if offset + len(segment) > table.size:
                raise Trap("out of bounds table access")
            table.put(offset, self.element_segments[number])
            self.drop_elements(number)
        for number, data in enumerate(module.data_segments):
            if data.offset is None:
                continue
            memory = self.memories[data.memory]
            offset = self._evaluate(data.offset)
            if offset + len(data.data) > len(memory):
                raise Trap("out of bounds memory access")
            memory.write(offset, data.data)
            self.drop_data(number)
        self._made.release()
        if module.start is not None:
            self.function(module.start)()


class Instance:
    """A WebAssembly instance.

        instance.exports["run"](10)

    Attributes: module; exports: name -> Function, Memory, Table or Global, read-only; types: what makes structs and
    arrays of the module's types, by name or index.
    """

    __slots__ = ("__weakref__", "data", "exports", "module")

    exports: Mapping[str, Any]

    def __init__(self, unit: ModuleUnit, code: UnitCode, imports: Imports) -> None:
        self.module: Module = unit.module
        self.data = data = InstanceData(unit, code, link(unit.store, unit.module, imports))
        data.initialize()
        make = functools.cache(self._export)
        self.exports = MappingProxyType({e.name: make(e.kind, e.index) for e in unit.module.exports})

    @property
    def types(self) -> ObjectTypes:
        """Types of structs and arrays: `instance.types["point"](3, y=4)`, `instance.types["text"](b"abc")`."""
        from seaofnodes.wasm.engine.objects.types import ObjectTypes  # rarely needed

        unit = self.data.unit
        return ObjectTypes(unit.store, unit.module, unit.type_ids, CONVERSION)

    def _export(self, kind: str, index: int) -> Export:
        data = self.data
        if kind == FUNCTION:
            return data.function(index)
        if kind == MEMORY:
            return data.memories[index]
        if kind == GLOBAL:
            own = isinstance(data.globals[index].type.type, RefType) and index >= self.module.imported_globals
            return data.globals[index].exported(data) if own else data.globals[index]
        if kind == TAG:
            return data.tags[index]
        imported = data.imported_tables
        return imported[index] if index < len(imported) else Table.of(data.tables[index], data)

    def __repr__(self) -> str:
        return f"<instance of {self.module.names.module or 'a module'} with {len(self.exports)} exports>"
