"""The binary format: bytes in, a decoded and validated module out.

Sections are read in order, each checked against what came before it; bodies are validated in passing, and not kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final, overload

from seaofnodes.errors import DecodeError, ValidationError
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
from seaofnodes.wasm.types import (
    FUNCREF,
    I32,
    NUMERIC_TYPES,
    FuncType,
    GlobalType,
    Limits,
    MemoryType,
    TableType,
    ValType,
)
from seaofnodes.wasm.validate import PADDING, BodyValidator

_HEADER: Final = b"\0asm\x01\0\0\0"
_SECTION_ORDER: Final = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)  # 13: tags, 12: data count
_KINDS: Final = (FUNCTION, TABLE, MEMORY, GLOBAL)
_FUNCREF: Final = 0x70
_OTHER_TYPE_FORMS: Final = (0x4E, 0x4F, 0x50, 0x5E, 0x5F)
_ELEMENT_MODES: Final = (ACTIVE, PASSIVE, ACTIVE, DECLARATIVE)
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
        self.has_code = False

    def decode(self) -> Module:
        reader, module = self.reader, self.module
        header = module.data[:8]
        if header != _HEADER:
            self._refuse_header(header)
        reader.at = 8
        sections: dict[int, Callable[[], None]] = {
            1: self._types, 2: self._imports, 3: self._functions, 4: self._tables, 5: self._memories, 6: self._globals,
            7: self._exports, 8: self._start, 9: self._elements, 12: self._data_count, 10: self._code, 11: self._data,
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
        raise DecodeError("unknown binary version", 4)

    def _custom(self) -> None:
        reader, module = self.reader, self.module
        name = reader.name()
        section = CustomSection(name, module.data[reader.at : reader.end], reader.at)
        module.custom_sections.append(section)
        if name == "name":
            module.names = names.decode_names(Reader(module.data, reader.at, reader.end))
        reader.at = reader.end

    # Types.

    def _value_type(self) -> ValType:
        start = self.reader.at
        code = self.reader.byte()
        found = NUMERIC_TYPES.get(code)
        if found is None:
            f.refuse_value_type(code, start)
        return found

    def _types(self) -> None:
        reader = self.reader
        for _ in range(reader.count(limits.TYPES, "types")):
            start = reader.at
            form = reader.byte()
            if form in _OTHER_TYPE_FORMS:
                f.require(f.GC, self.features, f"type form {form:#04x}", start)
            if form != 0x60:
                raise DecodeError(f"malformed type form {form:#04x}", start)
            count = reader.count(limits.PARAMETERS, "parameters of a function")
            params = tuple([self._value_type() for _ in range(count)])
            at = reader.at
            count = reader.count(limits.RESULTS, "results of a function")
            if count > 1:
                f.require(f.MULTI_VALUE, self.features, "a function with several results", at)
            results = tuple([self._value_type() for _ in range(count)])
            self.module.types.append(FuncType(params, results))

    def _function_type(self) -> FuncType:
        at = self.reader.at
        index = self.reader.u32()
        if index >= len(self.module.types):
            raise ValidationError(f"unknown type {index}", at)
        return self.module.types[index]

    def _limits(self, largest: int, message: str) -> Limits:
        """Read limits; a size above `largest` is invalid."""
        reader = self.reader
        start = reader.at
        flags = reader.byte()
        if flags in (4, 5):
            f.require(f.MEMORY64, self.features, "a 64-bit size", start)
        if flags > 1:
            hint = " (shared memories are not supported)" if flags in (2, 3, 6, 7) else ""
            raise DecodeError(f"malformed limits flags {flags:#04x}{hint}", start)
        found = Limits(reader.u64(), reader.u64() if flags else None)
        if max(found.min, found.max or 0) > largest:
            raise ValidationError(message, start)
        if found.max is not None and found.min > found.max:
            raise ValidationError("size minimum must not be greater than maximum", start)
        return found

    def _table_type(self) -> TableType:
        reader = self.reader
        start = reader.at
        code = reader.byte()
        if code == 0x40:
            f.require(f.FUNCTION_REFERENCES, self.features, "a table with an initial value", start)
        if code != _FUNCREF:
            if code in NUMERIC_TYPES or code == 0x7B:
                raise DecodeError("malformed reference type", start)
            f.refuse_value_type(code, start)
        at = reader.at
        size = self._limits(0xFFFFFFFF, "table size must be at most 2^32-1 entries")
        limits.check(size.min, limits.TABLE_ENTRIES, "entries in a table", at)
        return TableType(FUNCREF, size)

    def _memory_type(self) -> MemoryType:
        return MemoryType(self._limits(limits.MEMORY_PAGES, "memory size must be at most 65536 pages (4GiB)"))

    def _global_type(self) -> GlobalType:
        kind = self._value_type()
        at = self.reader.at
        mutable = self.reader.byte()
        if mutable > 1:
            raise DecodeError("malformed mutability", at)
        return GlobalType(kind, mutable == 1)

    # Imports and definitions.

    def _imports(self) -> None:
        reader, module = self.reader, self.module
        for _ in range(reader.count(limits.IMPORTS, "imports")):
            module_name, name = reader.name(), reader.name()
            at = reader.at
            code = reader.byte()
            if code == 4:
                f.require(f.EXCEPTIONS, self.features, "importing a tag", at)
            if code >= len(_KINDS):
                raise DecodeError(f"malformed import kind {code:#04x}", at)
            desc: FuncType | TableType | MemoryType | GlobalType
            if code == 0:
                desc = self._function_type()
                module.functions.append(desc)
                module.imported_functions += 1
            elif code == 1:
                desc = self._table_type()
                self._add_table(desc, at)
                module.imported_tables += 1
            elif code == 2:
                desc = self._memory_type()
                self._add_memory(desc, at)
                module.imported_memories += 1
            else:
                desc = self._global_type()
                if desc.mutable:
                    f.require(f.MUTABLE_GLOBALS, self.features, "importing a mutable global", at)
                module.globals.append(Global(desc, None))
                module.imported_globals += 1
            module.imports.append(Import(module_name, name, _KINDS[code], desc))

    def _add_table(self, kind: TableType, at: int) -> None:
        if self.module.tables:
            f.require(f.REFERENCE_TYPES, self.features, "more than one table", at)
        self.module.tables.append(kind)

    def _add_memory(self, kind: MemoryType, at: int) -> None:
        if self.module.memories:
            f.require(f.MULTI_MEMORY, self.features, "more than one memory", at)
        self.module.memories.append(kind)

    def _functions(self) -> None:
        at = self.reader.at
        count = self.reader.count(limits.FUNCTIONS, "functions")
        limits.check(count + self.module.imported_functions, limits.FUNCTIONS, "functions", at)
        self.module.functions += [self._function_type() for _ in range(count)]

    def _tables(self) -> None:
        for _ in range(self.reader.u32()):
            at = self.reader.at
            self._add_table(self._table_type(), at)

    def _memories(self) -> None:
        for _ in range(self.reader.u32()):
            at = self.reader.at
            self._add_memory(self._memory_type(), at)

    def _globals(self) -> None:
        for _ in range(self.reader.count(limits.GLOBALS, "globals")):
            kind = self._global_type()
            self.module.globals.append(Global(kind, self._constant(kind.type)))

    def _constant(self, expected: ValType) -> constexpr.ConstExpr:
        return constexpr.decode(self.reader, expected, self.module.globals, self.module.imported_globals, self.features)

    # What refers to definitions.

    def _index(self, space: Sequence[object], what: str) -> int:
        at = self.reader.at
        index = self.reader.u32()
        if index >= len(space):
            raise ValidationError(f"unknown {what} {index}", at)
        return index

    def _exports(self) -> None:
        reader, module = self.reader, self.module
        spaces: tuple[Sequence[object], ...] = (module.functions, module.tables, module.memories, module.globals)
        seen: set[str] = set()
        for _ in range(reader.count(limits.EXPORTS, "exports")):
            start = reader.at
            name = reader.name()
            if name in seen:
                raise ValidationError(f"duplicate export name {name!r}", start)
            seen.add(name)
            at = reader.at
            code = reader.byte()
            if code == 4:
                f.require(f.EXCEPTIONS, self.features, "exporting a tag", at)
            if code >= len(_KINDS):
                raise DecodeError(f"malformed export kind {code:#04x}", at)
            index = self._index(spaces[code], _KINDS[code])
            if code == 3 and module.globals[index].type.mutable:
                f.require(f.MUTABLE_GLOBALS, self.features, "exporting a mutable global", at)
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
            if flags > 3:
                f.require(f.REFERENCE_TYPES, self.features, "an element segment of expressions", at)
            mode = _ELEMENT_MODES[flags]
            if mode != ACTIVE:
                f.require(f.BULK_MEMORY, self.features, f"a {mode} element segment", at)
            table, offset = 0, None
            if mode == ACTIVE:
                table = reader.u32() if flags & 2 else 0
                if table >= len(module.tables):
                    raise ValidationError(f"unknown table {table}", at)
                offset = self._constant(I32)
            if flags & 3 and reader.byte() != 0:
                raise DecodeError("malformed element kind", reader.at - 1)
            count = reader.count(limits.TABLE_ENTRIES, "functions in an element segment")
            found = tuple([self._index(module.functions, FUNCTION) for _ in range(count)])
            module.elements.append(ElementSegment(table, offset, found, mode))

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
                offset = self._constant(I32)
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
            runs, local_types = self._locals(module.functions[index].params)
            code = Code(reader.at, end, tuple(runs))
            module.call_sites.append(validator.validate(index, code.start, end, local_types))
            module.code.append(code)
            reader.at, reader.end = end, section_end

    def _locals(self, params: tuple[ValType, ...]) -> tuple[list[tuple[int, ValType]], Sequence[ValType]]:
        """Read declarations of locals: (runs of them, types of parameters and locals)."""
        reader = self.reader
        runs: list[tuple[int, ValType]] = []
        total = len(params)
        for _ in range(reader.u32()):
            at = reader.at
            count = reader.u32()
            total += count
            if total - len(params) > 0xFFFFFFFF:
                raise DecodeError("too many locals", at)
            kind = self._value_type()
            if count:
                runs.append((count, kind))
        limits.check(total, limits.LOCALS, "locals", reader.at)
        if total > _EXPANDED_LOCALS:
            return runs, _LocalRuns(params, runs)
        found = list(params)
        for count, kind in runs:
            found += [kind] * count
        return runs, found
