"""A decoded and validated module: immutable facts, shared by all its instances.

Index spaces (`functions`, `tables`, `memories`, `globals`, `tags`) start with the imports, as in the specification.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seaofnodes.wasm.binary.names import Names
from seaofnodes.wasm.body import Body, decode_body
from seaofnodes.wasm.constexpr import ConstExpr
from seaofnodes.wasm.types import (
    REF_FUNC,
    DefinedType,
    FuncType,
    GlobalType,
    MemoryType,
    RefType,
    TableType,
    TagType,
    ValType,
)

FUNCTION, TABLE, MEMORY, GLOBAL, TAG = "function", "table", "memory", "global", "tag"
ACTIVE, PASSIVE, DECLARATIVE = "active", "passive", "declarative"


@dataclass(frozen=True, slots=True)
class Import:
    """An import; kind is "function", "table", "memory", "global" or "tag", and desc its type."""

    module: str
    name: str
    kind: str
    desc: FuncType | TableType | MemoryType | GlobalType | TagType


@dataclass(frozen=True, slots=True)
class Export:
    """An export; kind as in Import, index in that kind's index space."""

    name: str
    kind: str
    index: int


@dataclass(frozen=True, slots=True)
class Global:
    """A global; init is None for an imported one."""

    type: GlobalType
    init: ConstExpr | None


@dataclass(frozen=True, slots=True)
class ElementSegment:
    """References for a table.

    mode: "active" (put into the table at the offset when the module is instantiated), "passive" (for table.init) or
    "declarative" (never used); table and offset are 0 and None unless active.
    functions: function indices; expressions: what the references are if the segment is one of expressions, else None
    (then functions is empty). type: of the references.
    """

    table: int
    offset: ConstExpr | None
    functions: tuple[int, ...]
    mode: str = ACTIVE
    type: RefType = REF_FUNC
    expressions: tuple[ConstExpr, ...] | None = None

    def __len__(self) -> int:
        return len(self.functions) if self.expressions is None else len(self.expressions)


@dataclass(frozen=True, slots=True)
class DataSegment:
    """Bytes for a memory.

    mode: "active" (put into the memory at the offset when the module is instantiated) or "passive" (for memory.init);
    memory and offset are 0 and None if passive.
    """

    memory: int
    offset: ConstExpr | None
    data: bytes
    mode: str = ACTIVE


@dataclass(frozen=True, slots=True)
class CustomSection:
    """A custom section: its name, its contents behind the name, and their byte offset in the module."""

    name: str
    data: bytes
    offset: int


@dataclass(frozen=True, slots=True)
class Code:
    """Where an own function's body is: byte offsets of its first instruction and behind its last one.

    runs: the declared locals as (count, type), parameters not included.
    """

    start: int
    end: int
    runs: tuple[tuple[int, ValType], ...]

    @property
    def size(self) -> int:
        """Bytes of bytecode."""
        return self.end - self.start


@dataclass(slots=True, eq=False)
class Module:
    """A decoded and validated module.

    Attributes: data: the module's bytes; functions: the type of each function; code: bodies of own functions;
    call_sites: number of call instructions (opcodes.CALLS) in each own function, reachable or not; callees: those that
    each own function names in a `call`; start: index of the start function; data_count: number of data segments
    announced before the code, if it is; table_values: what the entries of a table are at first, by the table's index,
    where that is not null; declared_functions: those that
    ref.func in a body may refer to; first_object: byte offset of the first type or instruction of the feature gc, or
    None.
    """

    data: bytes
    types: list[DefinedType] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    functions: list[FuncType] = field(default_factory=list)
    tables: list[TableType] = field(default_factory=list)
    memories: list[MemoryType] = field(default_factory=list)
    table_values: dict[int, ConstExpr] = field(default_factory=dict)
    globals: list[Global] = field(default_factory=list)
    tags: list[TagType] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    start: int | None = None
    elements: list[ElementSegment] = field(default_factory=list)
    code: list[Code] = field(default_factory=list)
    call_sites: list[int] = field(default_factory=list)
    callees: list[frozenset[int]] = field(default_factory=list)
    data_count: int | None = None
    data_segments: list[DataSegment] = field(default_factory=list)
    custom_sections: list[CustomSection] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    imported_functions: int = 0
    imported_tables: int = 0
    imported_memories: int = 0
    imported_globals: int = 0
    imported_tags: int = 0
    first_object: int | None = None
    declared_functions: set[int] = field(default_factory=set)
    _function_names: dict[int, str] | None = None

    def body(self, function_index: int) -> Body:
        """Decode the body of an own function (index in the whole index space), about 1 µs an instruction. Raises
        IndexError for an imported function.
        """
        code = self.code[function_index - self.imported_functions]
        if function_index < self.imported_functions:
            raise IndexError(f"function {function_index} is imported")
        return decode_body(self.data, code.start, code.end, self.local_types(function_index), self.types)

    def function_type(self, index: int) -> FuncType:
        """The type with that index, which is one of functions."""
        found = self.types[index]
        assert isinstance(found, FuncType)
        return found

    def local_types(self, function_index: int) -> tuple[ValType, ...]:
        """Types of an own function's parameters, then of its locals."""
        found = list(self.functions[function_index].params)
        for count, kind in self.code[function_index - self.imported_functions].runs:
            found.extend([kind] * count)
        return tuple(found)

    def function_name(self, index: int) -> str:
        """A name for people: the name section's, else the export's, else an import's "module.name", else "func[12]"."""
        name = self.names.functions.get(index)
        if name is not None:
            return name
        if self._function_names is None:
            self._function_names = self._fallback_names()
        return self._function_names.get(index, f"func[{index}]")

    def local_name(self, function_index: int, local_index: int) -> str:
        """The local's name from the name section, else "local[3]"."""
        return self.names.locals.get(function_index, {}).get(local_index, f"local[{local_index}]")

    def _fallback_names(self) -> dict[int, str]:
        imported = (found for found in self.imports if found.kind == FUNCTION)
        names = {index: f"{found.module}.{found.name}" for index, found in enumerate(imported)}
        for export in reversed(self.exports):  # the first export wins
            if export.kind == FUNCTION:
                names[export.index] = export.name
        return names
