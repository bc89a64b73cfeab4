"""A module that can still be changed: what the generator writes and the reducer cuts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain, groupby

from seaofnodes.fuzz.generate import encode as e
from seaofnodes.fuzz.generate.encode import Instruction
from seaofnodes.wasm.constexpr import ConstExpr
from seaofnodes.wasm.module import (
    ACTIVE,
    FUNCTION,
    GLOBAL,
    MEMORY,
    PASSIVE,
    TABLE,
    TAG,
    DataSegment,
    ElementSegment,
    Export,
    Import,
    Module,
)
from seaofnodes.wasm.opcodes import END
from seaofnodes.wasm.types import (
    FUNC,
    I64,
    DefinedType,
    FuncType,
    GlobalType,
    Limits,
    MemoryType,
    RefType,
    TableType,
    TagType,
    ValType,
)

_KINDS = (FUNCTION, TABLE, MEMORY, GLOBAL, TAG)
_HEADER = b"\0asm\x01\0\0\0"


@dataclass(slots=True)
class FunctionDraft:
    """An own function. locals: without the parameters; body: without the closing `end`."""

    type: FuncType
    locals: list[ValType]
    body: list[Instruction]


@dataclass(slots=True)
class ModuleDraft:
    """A module's parts, as in wasm/module.py; functions, tables, memories, tags and globals are the own ones only."""

    types: list[DefinedType] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    functions: list[FunctionDraft] = field(default_factory=list)
    tables: list[TableType] = field(default_factory=list)
    memories: list[MemoryType] = field(default_factory=list)
    tags: list[TagType] = field(default_factory=list)
    globals: list[tuple[GlobalType, ConstExpr]] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    start: int | None = None
    elements: list[ElementSegment] = field(default_factory=list)
    data: list[DataSegment] = field(default_factory=list)

    def copy(self) -> ModuleDraft:
        """A copy whose lists, those of the functions included, may be changed."""
        return ModuleDraft(
            list(self.types),
            list(self.imports),
            [FunctionDraft(f.type, list(f.locals), list(f.body)) for f in self.functions],
            list(self.tables),
            list(self.memories),
            list(self.tags),
            list(self.globals),
            list(self.exports),
            self.start,
            list(self.elements),
            list(self.data),
        )

    def imported(self, kind: str) -> int:
        """How many imports there are of a kind ("function", ...): the first own index of that kind."""
        return sum(found.kind == kind for found in self.imports)

    def function_type(self, index: int) -> FuncType:
        """The type of a function, imported or own."""
        imported = [found.desc for found in self.imports if isinstance(found.desc, FuncType)]
        return imported[index] if index < len(imported) else self.functions[index - len(imported)].type

    def called_type(self, index: int) -> FuncType:
        """The type with that index, which is one of functions."""
        found = self.types[index]
        assert isinstance(found, FuncType)
        return found

    def type_index(self, kind: DefinedType) -> int:
        """The index of a type; it is added if it is missing."""
        try:
            return self.types.index(kind)
        except ValueError:
            self.types.append(kind)
            return len(self.types) - 1

    @property
    def instructions(self) -> int:
        """How many there are in all bodies."""
        return sum(len(function.body) for function in self.functions)

    def opcodes(self) -> Counter[int]:
        """How often each instruction stands in the bodies."""
        return Counter(opcode for function in self.functions for opcode, _ in function.body)

    def encode(self) -> bytes:
        """The module's bytes. Nothing is checked: decode them to know whether they are valid."""
        return _Encoder(self).module()


class _Encoder:
    def __init__(self, draft: ModuleDraft) -> None:
        self.draft = draft
        self.types = list(draft.types)
        self.indices: dict[DefinedType, int] = {}
        for index, kind in enumerate(self.types):
            self.indices.setdefault(kind, index)

    def type_index(self, kind: DefinedType) -> int:
        found = self.indices.get(kind)
        if found is None:
            for other in chain.from_iterable(kind.mentions):  # what it refers to comes first
                if isinstance(other, RefType) and isinstance(other.heap, DefinedType):
                    self.type_index(other.heap)
            found = self.indices[kind] = len(self.types)
            self.types.append(kind)
        return found

    def module(self) -> bytes:
        draft = self.draft
        imports = [self._import(found) for found in draft.imports]
        functions = [e.unsigned(self.type_index(function.type)) for function in draft.functions]
        bodies = [self._body(function) for function in draft.functions]
        tables = [self._table_type(table) for table in draft.tables]
        tags = [b"\0" + e.unsigned(self.type_index(tag.type)) for tag in draft.tags]
        globals = [self._global_type(kind) + self._constant(init) for kind, init in draft.globals]
        elements = [self._elements(segment) for segment in draft.elements]
        types = e.defined_types(self.types, self.type_index)
        sections = [
            (1, types),
            (2, imports),
            (3, functions),
            (4, tables),
            (5, [_limits(memory.limits, memory.address) for memory in draft.memories]),
            (13, tags),
            (6, globals),
            (7, [e.text(x.name) + bytes((_KINDS.index(x.kind),)) + e.unsigned(x.index) for x in draft.exports]),
            (8, None if draft.start is None else e.unsigned(draft.start)),
            (9, elements),
            (12, e.unsigned(len(draft.data)) if draft.data else None),
            (10, bodies),
            (11, [self._data(segment) for segment in draft.data]),
        ]
        out = [_HEADER]
        for number, contents in sections:
            if contents:
                out.append(bytes((number,)) + e.sized(contents if isinstance(contents, bytes) else e.vector(contents)))
        return b"".join(out)

    def _import(self, found: Import) -> bytes:
        desc = found.desc
        if isinstance(desc, FuncType):
            what = b"\0" + e.unsigned(self.type_index(desc))
        elif isinstance(desc, TableType):
            what = b"\1" + self._table_type(desc)
        elif isinstance(desc, MemoryType):
            what = b"\2" + _limits(desc.limits, desc.address)
        elif isinstance(desc, TagType):
            what = b"\4\0" + e.unsigned(self.type_index(desc.type))
        else:
            what = b"\3" + self._global_type(desc)
        return e.text(found.module) + e.text(found.name) + what

    def _body(self, function: FunctionDraft) -> bytes:
        runs = [(len(list(group)), kind) for kind, group in groupby(function.locals)]
        declared = e.vector(e.unsigned(count) + e.value_type(kind, self.type_index) for count, kind in runs)
        return e.sized(declared + e.encode_body(function.body, self.type_index) + b"\x0b")

    def _constant(self, expression: ConstExpr) -> bytes:
        return e.encode_body(expression, self.type_index) + bytes((END,))

    def _table_type(self, kind: TableType) -> bytes:
        return e.value_type(kind.element, self.type_index) + _limits(kind.limits, kind.address)

    def _global_type(self, kind: GlobalType) -> bytes:
        return e.value_type(kind.type, self.type_index) + bytes((kind.mutable,))

    def _elements(self, segment: ElementSegment) -> bytes:
        if segment.expressions is not None or segment.type.heap is not FUNC:
            return self._expressions(segment)
        functions = e.vector(map(e.unsigned, segment.functions))
        if segment.mode != ACTIVE:
            return (b"\1\0" if segment.mode == PASSIVE else b"\3\0") + functions
        assert segment.offset is not None
        if segment.table == 0:
            return b"\0" + self._constant(segment.offset) + functions
        return b"\2" + e.unsigned(segment.table) + self._constant(segment.offset) + b"\0" + functions

    def _expressions(self, segment: ElementSegment) -> bytes:
        references = e.value_type(segment.type, self.type_index)
        references += e.vector(map(self._constant, segment.expressions or ()))
        if segment.mode != ACTIVE:
            return (b"\5" if segment.mode == PASSIVE else b"\7") + references
        assert segment.offset is not None
        return b"\6" + e.unsigned(segment.table) + self._constant(segment.offset) + references

    def _data(self, segment: DataSegment) -> bytes:
        if segment.offset is None:
            return b"\1" + e.sized(segment.data)
        head = b"\0" if segment.memory == 0 else b"\2" + e.unsigned(segment.memory)
        return head + self._constant(segment.offset) + e.sized(segment.data)


def _limits(limits: Limits, address: ValType) -> bytes:
    wide = 4 * (address is I64)
    if limits.max is None:
        return bytes((wide,)) + e.unsigned(limits.min)
    return bytes((wide + 1,)) + e.unsigned(limits.min) + e.unsigned(limits.max)


def draft_of(module: Module) -> ModuleDraft:
    """A decoded module as a draft; custom sections are left out."""
    functions = []
    for index in range(module.imported_functions, len(module.functions)):
        body = module.body(index)
        kind = module.functions[index]
        instructions = list(zip(body.opcodes[:-1], body.immediates[:-1], strict=True))
        functions.append(FunctionDraft(kind, list(body.locals[len(kind.params) :]), instructions))
    own_globals = module.globals[module.imported_globals :]
    return ModuleDraft(
        list(module.types),
        list(module.imports),
        functions,
        module.tables[module.imported_tables :],
        module.memories[module.imported_memories :],
        module.tags[module.imported_tags :],
        [(found.type, found.init or ()) for found in own_globals],
        list(module.exports),
        module.start,
        [replace(segment) for segment in module.elements],
        [replace(segment) for segment in module.data_segments],
    )
