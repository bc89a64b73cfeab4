"""WebAssembly operators: memories, globals, tables, function records and exceptions of an instance. The instance, which
is the context of a graph, is their first value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from seaofnodes.ir.dialect import Dialect
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Shape, SynchronousAlias, Traits
from seaofnodes.ir.ops.environment import Environment, EvaluationError
from seaofnodes.ir.types import REFERENCE, WORD32, WORD64, Type

WASM = Dialect(
    "wasm",
    "Memories, globals, tables, function records and exceptions of a WebAssembly instance.",
    lowering="seaofnodes.wasm.dialect.lowering",
)


class InstanceEnvironment(Environment, Protocol):
    """What the execution of these operators asks for beside."""

    def memory_size(self, memory: int) -> int:
        """In pages of 64 KiB."""

    def global_get(self, index: int) -> int: ...

    def global_set(self, index: int, value: int) -> None: ...

    def table_size(self, table: int) -> int:
        """In entries."""

    def table_get(self, table: int, index: int) -> int: ...

    def table_set(self, table: int, index: int, value: int) -> None: ...

    def import_record(self, function_index: int) -> int:
        """The imported function as a reference."""

    def function_record(self, function_index: int) -> int:
        """The module's own function as a reference."""

    def check_signature(self, record: int, type_index: int) -> None:
        """Raise Trap if the reference is null or of another type than the module's type `type_index`."""

    def function_has_type(self, record: int, type_index: int) -> bool:
        """Is the reference, not null, to a function of the module's type `type_index` or a subtype?"""

    def new_exception(self, tag: int, values: Sequence[int]) -> int:
        """A new exception of the module's tag, as a reference."""

    def exception_has_tag(self, exception: int, tag: int) -> bool: ...

    def exception_payload(self, exception: int, index: int) -> int:
        """What an exception carries."""


# Memories.


@WASM.operator(
    "MemoryStart",
    Traits(is_memory_start=True),
    execute=lambda environment, node, operands: environment.memory_start(node.op.parameters),
)
def memory_start(memory: int) -> Shape:
    """Address of byte 0; it never changes. Value: instance."""
    return Shape((WORD64,), WORD64, pure=True)


@WASM.operator("MemorySize", execute=lambda environment, node, operands: environment.memory_size(node.op.parameters))
def memory_size(memory: int) -> Shape:
    """Current size in pages, Word32. Value: instance."""
    return Shape((WORD64,), WORD32, effects=1, reads=f"size{memory}")


# Globals.


def _global_get(environment: InstanceEnvironment, node: Node, operands: Sequence[int]) -> int:
    return environment.global_get(node.op.parameters[0])


def _global_set(environment: InstanceEnvironment, node: Node, operands: Sequence[int]) -> None:
    environment.global_set(node.op.parameters[0], operands[1])


@WASM.operator("GlobalGet", Traits(is_memory_operand=True), execute=_global_get, cache=4096)
def global_get(index: int, type: Type, alias: str) -> Shape:
    """A mutable global. Value: instance. Globals that may be the same one (imported twice) share their alias class."""
    return Shape((WORD64,), type, effects=1, reads=alias, cell=("global", index))


@WASM.operator("GlobalSet", execute=_global_set, cache=4096)
def global_set(index: int, type: Type, alias: str) -> Shape:
    """Values: instance, new value."""
    return Shape((WORD64, type), effects=1, controls=1, effect_out=1, writes=alias, cell=("global", index))


@WASM.operator("ImmutableGlobal", execute=_global_get, cache=4096)
def immutable_global(index: int, type: Type) -> Shape:
    """A global that never changes after instantiation. Value: instance."""
    return Shape((WORD64,), type, pure=True)


# Tables.


@dataclass(frozen=True, slots=True)
class TableAccess:
    """Attributes: table: its index; shared: may other such tables be the same one?; minimum: entries it has always."""

    table: int
    shared: bool = False
    minimum: int = 0

    @property
    def alias(self) -> str:
        """The alias class. Interrupts change no tables."""
        return SynchronousAlias("tables that are shared" if self.shared else f"table{self.table}")

    def __str__(self) -> str:
        return ", ".join(self.texts())

    def texts(self) -> list[str]:
        return [str(self.table), *[str(self.minimum)] * (self.minimum > 0), *["shared"] * self.shared]

    @classmethod
    def of_texts(cls, table: str, minimum: str = "0", shared: str = "") -> TableAccess:
        if minimum == "shared":
            minimum, shared = "0", minimum
        return cls(int(table), shared == "shared", int(minimum))


def _table_get(environment: InstanceEnvironment, node: Node, operands: Sequence[int]) -> int:
    return environment.table_get(node.op.parameters.table, operands[1])


def _table_set(environment: InstanceEnvironment, node: Node, operands: Sequence[int]) -> None:
    environment.table_set(node.op.parameters.table, operands[1], operands[2])


@WASM.operator("TableSize", execute=lambda environment, node, operands: environment.table_size(node.op.parameters))
def table_size(table: int) -> Shape:
    """Number of entries, Word32. Value: instance."""
    return Shape((WORD64,), WORD32, effects=1, reads=f"tablesize{table}")


@WASM.operator("TableGet", Traits(is_indexed_read=True), execute=_table_get)
def table_get(access: TableAccess) -> Shape:
    """Values: instance, index (Word32), known to be in bounds: the control input is the proof, if one is needed."""
    return Shape((WORD64, WORD32), REFERENCE, effects=1, controls=1, reads=access.alias)


@WASM.operator("TableSet", execute=_table_set)
def table_set(access: TableAccess) -> Shape:
    """Values: instance, index (Word32), known to be in bounds, and a reference."""
    return Shape((WORD64, WORD32, REFERENCE), effects=1, controls=1, effect_out=1, writes=access.alias)


# Functions.


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """Attributes: type_index: the module's type; open: may it have subtypes, which pass too?"""

    type_index: int
    open: bool = False

    def __str__(self) -> str:
        return ", ".join(self.texts())

    def texts(self) -> list[str]:
        return [str(self.type_index), *["open"] * self.open]

    @classmethod
    def of_texts(cls, type_index: str, *more: str) -> SignatureCheck:
        return cls(int(type_index), "open" in more)


def _check_signature(environment: InstanceEnvironment, node: Node, operands: Sequence[int]) -> None:
    environment.check_signature(operands[0], node.op.parameters.type_index)


@WASM.operator("CheckSignature", Traits(is_check=True), execute=_check_signature, cache=4096)
def check_signature(check: SignatureCheck) -> Shape:
    """Value: a function record or null. Traps "uninitialized element" on null, "indirect call type mismatch" on another
    type than the module's type `type_index`, or if that is `open`, than it and its subtypes.
    """
    return Shape((REFERENCE,), effects=1, controls=1, effect_out=1, control_out=1)


def _function_has_type(environment: InstanceEnvironment, node: Node, operands: Sequence[int]) -> int:
    check, nullable = node.op.parameters
    if not operands[0]:
        return int(nullable)
    return int(environment.function_has_type(operands[0], check.type_index))


@WASM.operator(
    "FunctionTypeCheck",
    Traits(is_comparison=True),
    execute=_function_has_type,
    format=lambda parameters: [*parameters[0].texts(), *["nullable"] * parameters[1]],
    parse=lambda *texts: (SignatureCheck.of_texts(*texts), "nullable" in texts),
)
def function_type_check(check: SignatureCheck, nullable: bool) -> Shape:
    """Is it a function record of that type, or null where that passes? A Word32, 0 or 1. Value: a record or null."""
    return Shape((REFERENCE,), WORD32, controls=1, pure=True)


@WASM.operator(
    "ImportRecord",
    Traits(never_null=True),
    execute=lambda environment, node, operands: environment.import_record(node.op.parameters),
    cache=4096,
)
def import_record(index: int) -> Shape:
    """The function record of imported function `index`; never null. Value: instance."""
    return Shape((WORD64,), REFERENCE, pure=True)


@WASM.operator(
    "FunctionRecord",
    Traits(never_null=True),
    execute=lambda environment, node, operands: environment.function_record(node.op.parameters),
    cache=4096,
)
def function_record(index: int) -> Shape:
    """The function record of the module's own function `index`: an address inside the instance. Value: instance."""
    return Shape((WORD64,), REFERENCE, pure=True)


# Exceptions.


def _new_exception(environment: InstanceEnvironment, node: Node, operands: Sequence[int]) -> int:
    return environment.new_exception(node.op.parameters[0], operands[1:])


def _exception_has_tag(environment: InstanceEnvironment, node: Node, operands: Sequence[int]) -> int:
    return int(environment.exception_has_tag(operands[1], node.op.parameters))


def _exception_payload(environment: InstanceEnvironment, node: Node, operands: Sequence[int]) -> int:
    try:
        return environment.exception_payload(operands[0], node.op.parameters[0])
    except IndexError:
        raise EvaluationError("the exception is of another tag", node) from None


def _own_tag(graph: Graph, node: Node) -> Node | None:
    """Of an exception that the function makes itself; two other tags may be the same one, imported twice."""
    made = node.inputs[1].op
    known = made.declaration.name == "NewException" and made.parameters[0] == node.op.parameters
    return graph.int32(1) if known else None


def _own_payload(graph: Graph, node: Node) -> Node | None:
    """Of an exception that the function makes itself. With another tag it is never reached."""
    made, index = node.inputs[0], node.op.parameters[0]
    if made.op.declaration.name != "NewException" or made.op.parameters[1][index : index + 1] != (node.op.type,):
        return None
    found: Node = made.inputs[1 + index]
    return found


@WASM.operator("NewException", Traits(allocates=True, is_deferred=True, never_null=True), execute=_new_exception)
def new_exception(tag: int, types: tuple[Type, ...]) -> Shape:
    """A new exception of the module's tag `tag`, never null. Values: instance, then what it carries."""
    return Shape((WORD64, *types), REFERENCE, effects=1, controls=1, effect_out=1, control_out=1)


@WASM.operator(
    "ExceptionHasTag", Traits(is_comparison=True), execute=_exception_has_tag, simplify=("own-exception", _own_tag)
)
def exception_has_tag(tag: int) -> Shape:
    """Is it an exception of that tag? A Word32, 0 or 1. Values: instance, exception; the control input is the proof
    that it is not null.
    """
    return Shape((WORD64, REFERENCE), WORD32, controls=1, pure=True)


@WASM.operator("ExceptionPayload", execute=_exception_payload, simplify=("own-exception", _own_payload))
def exception_payload(index: int, type: Type) -> Shape:
    """What an exception carries; that never changes. Value: exception; the control input is the proof of its tag."""
    return Shape((REFERENCE,), type, controls=1, pure=True)
