"""Linear memories: loads and stores of a start address, a 32-bit index and an offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seaofnodes.errors import Trap
from seaofnodes.ir.dialect import Dialect
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator, Shape, Traits
from seaofnodes.ir.ops.environment import Environment, EvaluationError, mask
from seaofnodes.ir.types import TYPES, WORD32, WORD64, Type

MEMORY = Dialect("memory", "Linear memories.")
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

    def texts(self) -> list[str]:
        texts = [self.rep, self.type.name, str(self.memory), str(self.offset)]
        return texts + ["in bounds"] * (not self.trapping) + ["shared"] * self.shared

    @classmethod
    def of_texts(cls, rep: str, type: str, memory: str, offset: str, *more: str) -> MemoryAccess:
        return cls(int(memory), rep, TYPES[type], int(offset), "in bounds" not in more, "shared" in more)


def _address(environment: Environment, node: Node, operands: Sequence[int]) -> int:
    access = node.op.parameters
    return operands[0] - environment.memory_start(access.memory) + operands[1] + int(access.offset)


def _load(environment: Environment, node: Node, operands: Sequence[int]) -> int:
    access = node.op.parameters
    address = _address(environment, node, operands)
    try:
        value = environment.load(access.memory, address, access.width // 8)
    except Trap:
        if access.trapping:
            raise
        raise EvaluationError("out of bounds, though proven to be in bounds", node) from None
    if access.rep.startswith("Int") and value >> (access.width - 1):
        value -= 1 << access.width
    return value & mask(access.type)


def _store(environment: Environment, node: Node, operands: Sequence[int]) -> None:
    access = node.op.parameters
    address = _address(environment, node, operands)
    value = operands[2] & ((1 << access.width) - 1)
    try:
        environment.store(access.memory, address, access.width // 8, value)
    except Trap:
        if access.trapping:
            raise
        raise EvaluationError("out of bounds, though proven to be in bounds", node) from None


def loaded_bounds(op: Operator) -> tuple[int, int]:
    """Of what is loaded as `op.parameters.rep` says, see ir/dialect.py: Bounds."""
    access = op.parameters
    if access.rep.startswith("Int"):
        half = 1 << (access.width - 1)
        return -half, half - 1
    return 0, (1 << (access.width if access.rep.startswith("Uint") else access.type.bits)) - 1


@MEMORY.operator(
    "Load", Traits(is_load=True, is_memory_operand=True), execute=_load, cache=8192, bounds=loaded_bounds
)
def load(access: MemoryAccess) -> Shape:
    """Values: start of the memory, index (Word32). Orders itself among effects only if it may trap."""
    return Shape(
        (WORD64, WORD32),
        access.type,
        effects=1,
        controls=1,
        effect_out=int(access.trapping),
        reads=access.alias,
    )


@MEMORY.operator("Store", Traits(is_store=True), execute=_store, cache=8192)
def store(access: MemoryAccess) -> Shape:
    """Values: start of the memory, index (Word32), value."""
    return Shape((WORD64, WORD32, access.type), effects=1, controls=1, effect_out=1, writes=access.alias)
