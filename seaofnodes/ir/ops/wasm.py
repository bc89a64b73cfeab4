"""WebAssembly operators: memories, globals, tables, function records of an instance. The instance is their first
value.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from seaofnodes.ir.operator import Operator
from seaofnodes.ir.types import REFERENCE, WORD32, WORD64, Type

WIDTHS = {
    "Int8": 8, "Uint8": 8, "Word8": 8, "Int16": 16, "Uint16": 16, "Word16": 16,
    "Int32": 32, "Uint32": 32, "Word32": 32, "Word64": 64, "Float32": 32, "Float64": 64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MemoryAccess:
    """A load's or store's width and address: memory[index + offset].

    Attributes: memory: its index; rep: a key of WIDTHS: Int*/Uint* extend, Word*/Float* are as wide as the type or
    are stored truncated; type: of the value; offset: unsigned, less than 2**32; trapping: False if the access is
    proven in bounds (its control input is the proof); shared: may other such memories be the same one?
    """

    memory: int
    rep: str
    type: Type
    offset: int
    trapping: bool = True
    shared: bool = False

    @property
    def width(self) -> int:
        """In bits."""
        return WIDTHS[self.rep]

    @property
    def alias(self) -> str:
        """The alias class."""
        return "shared memories" if self.shared else f"memory{self.memory}"

    def __str__(self) -> str:
        where = f"{'shared ' * self.shared}memory {self.memory} + {self.offset}"
        return f"{self.rep}, {self.type}, {where}" + ("" if self.trapping else ", in bounds")


@dataclass(frozen=True, slots=True)
class TableAccess:
    """Attributes: table: its index; shared: may other such tables be the same one?; minimum: entries it has always."""

    table: int
    shared: bool = False
    minimum: int = 0

    @property
    def alias(self) -> str:
        """The alias class."""
        return "tables that are shared" if self.shared else f"table{self.table}"

    def __str__(self) -> str:
        return f"{self.table}{f', {self.minimum}' if self.minimum else ''}{', shared' * self.shared}"


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """Attributes: type_index: the module's type; open: may it have subtypes, which pass too?"""

    type_index: int
    open: bool = False

    def __str__(self) -> str:
        return f"{self.type_index}{', open' * self.open}"


@lru_cache(maxsize=8192)
def load(access: MemoryAccess) -> Operator:
    """Values: start of the memory, index (Word32). Orders itself among effects only if it may trap."""
    return Operator(
        "Load",
        type=access.type,
        values=2,
        effects=1,
        controls=1,
        effect_out=int(access.trapping),
        reads=access.alias,
        parameters=access,
    )


@lru_cache(maxsize=8192)
def store(access: MemoryAccess) -> Operator:
    """Values: start of the memory, index (Word32), value."""
    return Operator(
        "Store",
        values=3,
        effects=1,
        controls=1,
        effect_out=1,
        writes=access.alias,
        parameters=access,
    )


@lru_cache(maxsize=256)
def memory_start(memory: int) -> Operator:
    """Address of byte 0; it never changes. Value: instance."""
    return Operator("MemoryStart", type=WORD64, values=1, pure=True, parameters=memory)


@lru_cache(maxsize=256)
def memory_size(memory: int) -> Operator:
    """Current size in pages, Word32. Value: instance."""
    return Operator("MemorySize", type=WORD32, values=1, effects=1, reads=f"size{memory}", parameters=memory)


@lru_cache(maxsize=4096)
def global_get(index: int, type: Type, alias: str) -> Operator:
    """A mutable global. Value: instance. Globals that may be the same one (imported twice) share their alias class."""
    return Operator("GlobalGet", type=type, values=1, effects=1, reads=alias, parameters=(index, type, alias))


@lru_cache(maxsize=4096)
def immutable_global(index: int, type: Type) -> Operator:
    """A global that never changes after instantiation. Value: instance."""
    return Operator("ImmutableGlobal", type=type, values=1, pure=True, parameters=(index, type))


@lru_cache(maxsize=4096)
def global_set(index: int, type: Type, alias: str) -> Operator:
    """Values: instance, new value."""
    return Operator(
        "GlobalSet", values=2, effects=1, controls=1, effect_out=1, writes=alias, parameters=(index, type, alias)
    )


@lru_cache(maxsize=256)
def table_size(table: int) -> Operator:
    """Number of entries, Word32. Value: instance."""
    return Operator("TableSize", type=WORD32, values=1, effects=1, reads=f"tablesize{table}", parameters=table)


@lru_cache(maxsize=256)
def table_get(table: int, shared: bool = False, minimum: int = 0) -> Operator:
    """Values: instance, index (Word32), known to be in bounds: the control input is the proof, if one is needed."""
    access = TableAccess(table, shared, minimum)
    return Operator(
        "TableGet", type=REFERENCE, values=2, effects=1, controls=1, reads=access.alias, parameters=access
    )


@lru_cache(maxsize=256)
def table_set(table: int, shared: bool = False) -> Operator:
    """Values: instance, index (Word32), known to be in bounds, and a reference."""
    access = TableAccess(table, shared)
    return Operator(
        "TableSet", values=3, effects=1, controls=1, effect_out=1, writes=access.alias, parameters=access
    )


@lru_cache(maxsize=4096)
def check_signature(type_index: int, open: bool = False) -> Operator:
    """Value: a function record or null. Traps "uninitialized element" on null, "indirect call type mismatch" on another
    type than the module's type `type_index`, or if that is `open`, than it and its subtypes.
    """
    check = SignatureCheck(type_index, open)
    return Operator("CheckSignature", values=1, effects=1, controls=1, effect_out=1, control_out=1, parameters=check)


@lru_cache(maxsize=4096)
def import_record(index: int) -> Operator:
    """The function record of imported function `index`; never null. Value: instance."""
    return Operator("ImportRecord", type=REFERENCE, values=1, pure=True, parameters=index)


@lru_cache(maxsize=4096)
def function_record(index: int) -> Operator:
    """The function record of the module's own function `index`: an address inside the instance. Value: instance."""
    return Operator("FunctionRecord", type=REFERENCE, values=1, pure=True, parameters=index)


@lru_cache(maxsize=1024)
def new_exception(tag: int, types: tuple[Type, ...]) -> Operator:
    """A new exception of the module's tag `tag`, never null. Values: instance, then what it carries."""
    return Operator(
        "NewException",
        type=REFERENCE,
        values=1 + len(types),
        effects=1,
        controls=1,
        effect_out=1,
        control_out=1,
        parameters=(tag, types),
    )


@lru_cache(maxsize=1024)
def exception_has_tag(tag: int) -> Operator:
    """Is it an exception of that tag? A Word32, 0 or 1. Values: instance, exception; the control input is the proof
    that it is not null.
    """
    return Operator("ExceptionHasTag", type=WORD32, values=2, controls=1, pure=True, parameters=tag)


@lru_cache(maxsize=1024)
def exception_payload(index: int, type: Type) -> Operator:
    """What an exception carries; that never changes. Value: exception; the control input is the proof of its tag."""
    return Operator("ExceptionPayload", type=type, values=1, controls=1, pure=True, parameters=(index, type))
