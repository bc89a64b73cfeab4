"""The binary format: bytes in, a decoded and validated module out.

Sections are read in order, each checked against what came before it; bodies are validated in passing, and not kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final, overload

from seaofnodes.errors import DecodeError, ValidationError
from seaofnodes.ir.names import printable
from seaofnodes.wasm import constexpr, limits, names
from seaofnodes.wasm import features as f
from seaofnodes.wasm.module import (
    ACTIVE,
    DECLARATIVE,
    FUNCTION,
    GLOBAL,
    MEMORY,
    PASSIVE,
    TABLE,
    TAG,
    Code,
    CustomSection,
    DataSegment,
    ElementSegment,
    Export,
    Global,
    Import,
    Module,
)
from seaofnodes.wasm.reader import Reader
from seaofnodes.wasm.subtyping import matches
from seaofnodes.wasm.type_reader import TypeReader
from seaofnodes.wasm.type_section import decode_types
from seaofnodes.wasm.types import (
    FUNCREF,
    NUMERIC_TYPES,
    REF_FUNC,
    FuncType,
    GlobalType,
    MemoryType,
    RefType,
    TableType,
    TagType,
    ValType,
)
from seaofnodes.wasm.validate import PADDING, BodyValidator
from seaofnodes.wasm.validate_rare import has_default

_HEADER: Final = b"\0asm\x01\0\0\0"
_COMPONENT: Final = b"\0asm\x0d\0\x01\0"
_SECTION_ORDER: Final = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)  # 13: tags, 12: data count
_KINDS: Final = (FUNCTION, TABLE, MEMORY, GLOBAL, TAG)
_TABLE_WITH_VALUE: Final = 0x40
_ELEMENT_MODES: Final = (ACTIVE, PASSIVE, ACTIVE, DECLARATIVE)
_EXPRESSIONS: Final = 4  # flag of element segments
_EXPANDED_LOCALS: Final = 1000


def decode_module(data: bytes, features: frozenset[str] = f.SUPPORTED) -> Module:
    """Decode and validate a module, about 2 µs an instruction.

    features: names from features.py. Raises DecodeError, UnsupportedFeatureError (a DecodeError that names the feature
    that the module needs, or the limit that it exceeds), ValidationError; each has the byte offset.
    """
    if len(data) > limits.MODULE_BYTES:
        limits.check(len(data), limits.MODULE_BYTES, "bytes in a module", limits.MODULE_BYTES)
    return _Decoder(bytes(data), features).decode()


class _LocalRuns(Sequence[ValType]):
    """Many locals, not expanded: a few bytes can declare 50,000 in each of a million functions."""

    def __init__(self, params: tuple[ValType, ...], runs: list[tuple[int, ValType]]) -> None:
        every = [*((1, kind) for kind in params), *runs]
        self._ends = list(accumulate(count for count, _ in every))
        self._kinds = [kind for _, kind in every]

    def __len__(self) -> int:
        return self._ends[-1]

    @overload
    def __getitem__(self, index: int) -> ValType: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ValType]: ...
    def __getitem__(self, index: int | slice) -> ValType | Sequence[ValType]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return self._kinds[bisect_right(self._ends, index)]


class _Decoder:
    def __init__(self, data: bytes, features: frozenset[str]) -> None:
        self.reader = Reader(data)
        self.features = features
        self.module = Module(data)
        self.types = TypeReader(self.reader, self.module.types, features)
        self.has_code = False

    def decode(self) -> Module:
        reader, module = self.reader, self.module
        header = module.data[:8]
        if header != _HEADER:
            self._refuse_header(header)
        reader.at = 8
        sections: dict[int, Callable[[], None]] = {
            1: lambda: decode_types(self.types), 2: self._imports, 3: self._functions, 4: self._tables,
            5: self._memories, 13: self._tags, 6: self._globals, 7: self._exports, 8: self._start, 9: self._elements,
            12: self._data_count, 10: self._code, 11: self._data,
        }  # fmt: skip
        last = -1
        while reader.at < len(module.data):
            start = reader.at
            section = reader.byte()
            size = reader.u32()
            if size > len(module.data) - reader.at:
                raise DecodeError("length out of bounds: the section is longer than the module", start)
            reader.end = reader.at + size
            if section == 0:
                self._custom()
            else:
                if section not in _SECTION_ORDER:
                    raise DecodeError(f"malformed section id {section}", start)
                order = _SECTION_ORDER.index(section)
                if order <= last:
                    raise DecodeError("unexpected content after last section: sections out of order", start)
                last = order
                if section == 13:
                    f.require(f.EXCEPTIONS, self.features, "a section of tags", start)
                sections[section]()
                if reader.at != reader.end:
                    raise DecodeError("section size mismatch", reader.at)
            reader.end = len(module.data)
        if len(module.functions) != module.imported_functions and not self.has_code:
            raise DecodeError("function and code section have inconsistent lengths", reader.at)
        if module.data_count not in (None, len(module.data_segments)):
            raise DecodeError("data count and data section have inconsistent lengths", reader.at)
        return module

    def _refuse_header(self, header: bytes) -> None:
        if _HEADER.startswith(header):
            raise DecodeError("unexpected end", len(header))
        if header[:4] != _HEADER[:4]:
            raise DecodeError("magic header not detected", 0)
        if header == _COMPONENT:
            raise DecodeError("a component of the component model, not a module", 4)
        raise DecodeError("unknown binary version", 4)

    def _custom(self) -> None:
        reader, module = self.reader, self.module
        name = reader.name()
        section = CustomSection(name, module.data[reader.at : reader.end], reader.at)
        module.custom_sections.append(section)
        if name == "name":
            module.names = names.decode_names(Reader(module.data, reader.at, reader.end))
        reader.at = reader.end

    # Imports and definitions.

    def _imports(self) -> None:
        reader, module = self.reader, self.module
        for _ in range(reader.count(limits.IMPORTS, "imports")):
            module_name, name = reader.name(), reader.name()
            at = reader.at
            code = reader.byte()
            if code >= len(_KINDS):
                raise DecodeError(f"malformed import kind {code:#04x}", at)
            desc: FuncType | TableType | MemoryType | GlobalType | TagType
            if code == 0:
                desc = self.types.function_type()
                module.functions.append(desc)
                module.imported_functions += 1
            elif code == 1:
                desc = self.types.table_type()
                self._add_table(desc, at)
                module.imported_tables += 1
            elif code == 2:
                desc = self.types.memory_type()
                self._add_memory(desc, at)
                module.imported_memories += 1
            elif code == 3:
                desc = self.types.global_type()
                if desc.mutable:
                    f.require(f.MUTABLE_GLOBALS, self.features, "importing a mutable global", at)
                module.globals.append(Global(desc, None))
                module.imported_globals += 1
            else:
                f.require(f.EXCEPTIONS, self.features, "importing a tag", at)
                desc = self.types.tag_type()
                module.tags.append(desc)
                module.imported_tags += 1
            module.imports.append(Import(module_name, name, _KINDS[code], desc))

    def _add_table(self, kind: TableType, at: int) -> None:
        if self.module.tables:
            f.require(f.REFERENCE_TYPES, self.features, "more than one table", at)
        self.module.tables.append(kind)
        limits.check(len(self.module.tables), limits.TABLES, "tables", at)

    def _add_memory(self, kind: MemoryType, at: int) -> None:
        if self.module.memories:
            f.require(f.MULTI_MEMORY, self.features, "more than one memory", at)
        self.module.memories.append(kind)
        limits.check(len(self.module.memories), limits.MEMORIES, "memories", at)

    def _functions(self) -> None:
        at = self.reader.at
        count = self.reader.count(limits.FUNCTIONS, "functions")
        limits.check(count + self.module.imported_functions, limits.FUNCTIONS, "functions", at)
        self.module.functions += [self.types.function_type() for _ in range(count)]

    def _tables(self) -> None:
        reader = self.reader
        for _ in range(reader.u32()):
            at = reader.at
            with_value = reader.at < reader.end and reader.data[at] == _TABLE_WITH_VALUE
            if with_value:
                f.require(f.FUNCTION_REFERENCES, self.features, "a table with an initial value", at)
                reader.at += 1
                if reader.byte() != 0:
                    raise DecodeError("malformed table", at)
            kind = self.types.table_type()
            self._add_table(kind, at)
            if with_value:
                self.module.table_values[len(self.module.tables) - 1] = self._constant(kind.element)
            elif not kind.element.nullable:
                raise ValidationError(f"type mismatch: a table of {kind.element} must have an initial value", at)

    def _memories(self) -> None:
        for _ in range(self.reader.u32()):
            at = self.reader.at
            self._add_memory(self.types.memory_type(), at)

    def _tags(self) -> None:
        for _ in range(self.reader.count(limits.TAGS, "tags")):
            self.module.tags.append(self.types.tag_type())

    def _globals(self) -> None:
        for _ in range(self.reader.count(limits.GLOBALS, "globals")):
            kind = self.types.global_type()
            self.module.globals.append(Global(kind, self._constant(kind.type)))

    def _constant(self, expected: ValType) -> constexpr.ConstExpr:
        return constexpr.decode(self.types, self.module, expected)

    # What refers to definitions.

    def _index(self, space: Sequence[object], what: str) -> int:
        at = self.reader.at
        index = self.reader.u32()
        if index >= len(space):
            raise ValidationError(f"unknown {what} {index}", at)
        return index

    def _exports(self) -> None:
        reader, module = self.reader, self.module
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
            if code >= len(_KINDS):
                raise DecodeError(f"malformed export kind {code:#04x}", at)
            if code == 4:
                f.require(f.EXCEPTIONS, self.features, "exporting a tag", at)
            index = self._index(spaces[code], _KINDS[code])
            if code == 3 and module.globals[index].type.mutable:
                f.require(f.MUTABLE_GLOBALS, self.features, "exporting a mutable global", at)
            if code == 0:
                module.declared_functions.add(index)
            module.exports.append(Export(name, _KINDS[code], index))

    def _start(self) -> None:
        module, at = self.module, self.reader.at
        index = self._index(module.functions, FUNCTION)
        if module.functions[index].params or module.functions[index].results:
            raise ValidationError(f"start function must be [] -> [], but it is {module.functions[index]}", at)
        module.start = index

    def _elements(self) -> None:
        reader, module = self.reader, self.module
        for _ in range(reader.count(limits.SEGMENTS, "element segments")):
            at = reader.at
            flags = reader.u32()
            if flags > 7:
                raise DecodeError("malformed elements segment kind", at)
            if flags & _EXPRESSIONS:
                f.require(f.REFERENCE_TYPES, self.features, "an element segment of expressions", at)
            mode = _ELEMENT_MODES[flags & 3]
            if mode != ACTIVE:
                f.require(f.BULK_MEMORY, self.features, f"a {mode} element segment", at)
            table, offset = 0, None
            if mode == ACTIVE:
                table = reader.u32() if flags & 2 else 0
                if table >= len(module.tables):
                    raise ValidationError(f"unknown table {table}", at)
                offset = self._constant(module.tables[table].address)
            kind, functions, expressions = self._references(flags)
            if mode == ACTIVE and not matches(kind, module.tables[table].element):
                raise ValidationError(f"type mismatch: {kind} in a table of {module.tables[table].element}", at)
            module.elements.append(ElementSegment(table, offset, functions, mode, kind, expressions))

    def _references(self, flags: int) -> tuple[RefType, tuple[int, ...], tuple[constexpr.ConstExpr, ...] | None]:
        """Read the contents of an element segment: (type, function indices, expressions or None)."""
        reader, module = self.reader, self.module
        if flags & _EXPRESSIONS:
            kind = self.types.reference_type() if flags & 3 else FUNCREF
            count = reader.count(limits.TABLE_ENTRIES, "references in an element segment")
            return kind, (), tuple([self._constant(kind) for _ in range(count)])
        if flags & 3 and reader.byte() != 0:
            raise DecodeError("malformed element kind", reader.at - 1)
        count = reader.count(limits.TABLE_ENTRIES, "functions in an element segment")
        functions = tuple([self._index(module.functions, FUNCTION) for _ in range(count)])
        module.declared_functions.update(functions)
        return REF_FUNC, functions, None

    def _data(self) -> None:
        reader, module = self.reader, self.module
        for _ in range(reader.count(limits.SEGMENTS, "data segments")):
            at = reader.at
            flags = reader.u32()
            if flags > 2:
                raise DecodeError("malformed data segment kind", at)
            memory, offset = 0, None
            if flags == 1:
                f.require(f.BULK_MEMORY, self.features, "a passive data segment", at)
            else:
                memory = reader.u32() if flags else 0
                if memory >= len(module.memories):
                    raise ValidationError(f"unknown memory {memory}", at)
                offset = self._constant(module.memories[memory].address)
            mode = PASSIVE if flags == 1 else ACTIVE
            module.data_segments.append(DataSegment(memory, offset, reader.take(reader.u32()), mode))

    def _data_count(self) -> None:
        self.module.data_count = self.reader.count(limits.SEGMENTS, "data segments")

    # Code.

    def _code(self) -> None:
        reader, module = self.reader, self.module
        self.has_code = True
        at = reader.at
        count = reader.count(limits.FUNCTIONS, "functions")
        if count != len(module.functions) - module.imported_functions:
            raise DecodeError("function and code section have inconsistent lengths", at)
        data = module.data if len(module.data) - reader.end >= PADDING else module.data + bytes(PADDING)
        validator = BodyValidator(module, data, self.features)
        section_end = reader.end
        for index in range(module.imported_functions, len(module.functions)):
            start = reader.at
            size = reader.u32()
            if size > section_end - reader.at:
                raise DecodeError("unexpected end of section or function: the body is longer than the section", start)
            limits.check(size, limits.FUNCTION_BYTES, "bytes in a function", start)
            reader.end = end = reader.at + size
            runs, local_types, careful = self._locals(module.functions[index].params)
            code = Code(reader.at, end, tuple(runs))
            sites, callees = validator.validate(index, code.start, end, local_types, careful)
            module.call_sites.append(sites)
            module.callees.append(callees)
            module.code.append(code)
            reader.at, reader.end = end, section_end

    def _locals(self, params: tuple[ValType, ...]) -> tuple[list[tuple[int, ValType]], Sequence[ValType], bool]:
        """Read declarations of locals: (runs of them, types of parameters and locals, must some be set first?)."""
        reader = self.reader
        data = reader.data
        runs: list[tuple[int, ValType]] = []
        careful = False
        total = len(params)
        for _ in range(reader.u32()):
            at = reader.at
            count = reader.u32()
            total += count
            if total - len(params) > 0xFFFFFFFF:
                raise DecodeError("too many locals", at)
            kind = NUMERIC_TYPES.get(data[reader.at]) if reader.at < reader.end else None
            if kind is None:
                kind = self.types.value_type()
                careful = careful or (count > 0 and not has_default(kind))
            else:
                reader.at += 1
            if count:
                runs.append((count, kind))
        limits.check(total, limits.LOCALS, "locals", reader.at)
        if total > _EXPANDED_LOCALS:
            return runs, _LocalRuns(params, runs), careful
        found = list(params)
        for count, kind in runs:
            found += [kind] * count
        return runs, found, careful
