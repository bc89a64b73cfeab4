"""Random graphs that terminate and do not trap, and an environment to evaluate them in.

Floats never become integers again except by comparisons and conversions, and are kept in their own parts of memory:
which NaN an operation gives is left open, so nothing may depend on it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import memory
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.ir.types import FLOAT32, FLOAT64, WORD32, WORD64, Type
from seaofnodes.wasm.dialect import operators as wasm
from tests.backend.execute import MEMORY_SIZE

TYPES = (WORD32, WORD64, FLOAT32, FLOAT64)
FLOAT_AREAS = {FLOAT32: 2048, FLOAT64: 3072}  # 1 KiB each; integers have the first 2 KiB
GLOBAL_TYPES = (WORD64, WORD32)

_LEAKS_NAN = ("BitcastFloat", "Copysign", "Float32Select", "Float64Select")
_OPERATORS = {
    type: [
        op
        for name, op in MACHINE.items()
        if op.type is type
        and not op.control_in
        and not any(word in name for word in _LEAKS_NAN)
        and all(operand in TYPES for operand in op.signature)
    ]
    for type in TYPES
}
_LOADS = {
    WORD32: ("Int8", "Uint8", "Int16", "Uint16", "Word32"),
    WORD64: ("Int8", "Uint8", "Int16", "Uint16", "Int32", "Uint32", "Word64"),
    FLOAT32: ("Float32",),
    FLOAT64: ("Float64",),
}
_STORES = {
    WORD32: ("Word8", "Word16", "Word32"),
    WORD64: ("Word8", "Word16", "Word32", "Word64"),
    FLOAT32: ("Float32",),
    FLOAT64: ("Float64",),
}
_CONSTANTS = (0, 1, 2, 3, 5, 8, 31, 32, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, -1, -2, -128, 1 << 40)


class Environment:
    """Memory 0 and two globals; everything else is refused."""

    def __init__(self, memory: bytes, globals: Sequence[int]) -> None:
        self.memory = bytearray(memory)
        self.globals = list(globals)

    def memory_start(self, memory: int) -> int:
        return 0

    def load(self, memory: int, address: int, width: int) -> int:
        return int.from_bytes(self.memory[address : address + width], "little")

    def store(self, memory: int, address: int, width: int, value: int) -> None:
        self.memory[address : address + width] = (value & (1 << 8 * width) - 1).to_bytes(width, "little")

    def global_get(self, index: int) -> int:
        return self.globals[index] & (1 << GLOBAL_TYPES[index].bits) - 1

    def global_set(self, index: int, value: int) -> None:
        self.globals[index] = value

    def __getattr__(self, name: str) -> object:
        raise NotImplementedError(name)


class RandomGraph:
    """Builds one graph; `graph` is the result."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        parameters = [self.random.choice(TYPES) for _ in range(self.random.randint(1, 14))]
        self.results = [self.random.choice(TYPES) for _ in range(self.random.randint(1, 5))]
        self.b = GraphBuilder(Graph(f"random {seed}", [WORD64, *parameters], self.results))
        self.graph = self.b.graph
        self.start = self.b.op(wasm.memory_start(0), self.b.context)
        self.pools: dict[Type, list[Node]] = {type: [] for type in TYPES}
        for i, type in enumerate(parameters):
            self.pools[type].append(self.b.parameter(i))
        self.budget = self.random.choice((10, 40, 150, 400))
        self.nesting = 0  # of operations in their own operands
        while self.budget > 0:
            self.statements(0)
        self.b.return_(*(self.value(type) for type in self.results))

    def statements(self, depth: int) -> None:
        for _ in range(self.random.randint(1, 12)):
            if self.budget <= 0:
                return
            self.budget -= 1
            roll = self.random.random()
            if roll < 0.55:
                type = self.random.choice(TYPES)
                self.pools[type].append(self.operation(type))
            elif roll < 0.68:
                type = self.random.choice(TYPES)
                self.pools[type].append(self.load(type))
            elif roll < 0.82:
                self.store()
            elif roll < 0.90:
                self.global_()
            elif depth < 3:
                (self.branch if roll < 0.95 else self.loop)(depth + 1)

    def value(self, type: Type) -> Node:
        pool = self.pools[type]
        roll = self.random.random()
        if pool and roll < 0.75:
            return pool[-1] if self.random.random() < 0.4 else self.random.choice(pool)
        if roll < 0.85 and self.budget > 0 and self.nesting < 8:
            self.budget -= 1
            self.nesting += 1
            found = self.operation(type)
            self.nesting -= 1
            return found
        return self.constant(type)

    def constant(self, type: Type) -> Node:
        if type.is_float:
            bits = {
                FLOAT32: (0, 0x3F800000, 0xC0200000, 0x7F800000),
                FLOAT64: (0, 0x3FF8 << 48, 0xC004 << 48, 0x41E << 52),
            }
            return self.graph.constant_of(type, self.random.choice(bits[type]))
        return self.graph.constant_of(type, self.random.choice(_CONSTANTS))

    def operation(self, type: Type) -> Node:
        op = self.random.choice(_OPERATORS[type])
        if self.random.random() < 0.3:  # the common ones more often
            names = [f"Int{type.bits}Add", f"Word{type.bits}And", f"Int{type.bits}Sub", f"Word{type.bits}Shl"]
            op = op if type.is_float else MACHINE[self.random.choice(names)]
        return self.b.op(op, *(self.value(operand) for operand in op.signature))

    def place(self, type: Type) -> tuple[Node, int]:
        """An index and an offset that stay inside the type's part of memory."""
        area = FLOAT_AREAS.get(type, 0)
        if self.random.random() < 0.3:
            return self.graph.int32(area + 8 * self.random.randint(0, 60)), 8 * self.random.randint(0, 7)
        mask = 0x1F8 if type.is_float else self.random.choice((0xFF, 0x1F8, 0x3FC))
        index = self.b.op(MACHINE["Word32And"], self.value(WORD32), self.graph.int32(mask))
        roll = self.random.random()
        if roll < 0.3:
            index = self.b.op(MACHINE["Int32Add"], index, self.graph.int32(8 * self.random.randint(0, 8)))
        elif roll < 0.5 and not type.is_float:
            index = self.b.op(MACHINE["Word32Shr"], index, self.graph.int32(2))
            index = self.b.op(MACHINE["Word32Shl"], index, self.graph.int32(self.random.randint(0, 3)))
        return index, area + 8 * self.random.randint(0, 8)

    def load(self, type: Type) -> Node:
        index, offset = self.place(type)
        access = memory.MemoryAccess(0, self.random.choice(_LOADS[type]), type, offset)
        return self.b.op(memory.load(access), self.start, index)

    def store(self) -> None:
        type = self.random.choice(TYPES)
        index, offset = self.place(type)
        rep = self.random.choice(_STORES[type])
        if not type.is_float and self.random.random() < 0.5:  # read, modify, write
            narrow = {"Word8": "Uint8", "Word16": "Int16", "Word32": "Uint32" if type is WORD64 else "Word32"}
            old = self.b.op(memory.load(memory.MemoryAccess(0, narrow.get(rep, rep), type, offset)), self.start, index)
            name = self.random.choice(("Int?Add", "Int?Sub", "Word?And", "Word?Or", "Word?Xor"))
            operands = [old, self.value(type)]
            if self.random.random() < 0.3:
                operands.reverse()
            value = self.b.op(MACHINE[name.replace("?", str(type.bits))], *operands)
        else:
            value = self.value(type)
        self.b.op(memory.store(memory.MemoryAccess(0, rep, type, offset)), self.start, index, value)

    def global_(self) -> None:
        index = self.random.randint(0, 1)
        type = GLOBAL_TYPES[index]
        old = self.b.op(wasm.global_get(index, type, f"g{index}"), self.b.context)
        self.pools[type].append(old)
        if self.random.random() < 0.6:
            name = self.random.choice(("Int?Add", "Int?Sub", "Word?Xor")).replace("?", str(type.bits))
            value = self.b.op(MACHINE[name], old, self.value(type)) if self.random.random() < 0.6 else self.value(type)
            self.b.op(wasm.global_set(index, type, f"g{index}"), self.b.context, value)

    def scope(self, depth: int, types: list[Type]) -> list[Node]:
        """Statements whose values are not seen outside; gives one value of each type."""
        saved = {type: list(pool) for type, pool in self.pools.items()}
        self.statements(depth)
        values = [self.value(type) for type in types]
        self.pools = saved
        return values

    def branch(self, depth: int) -> None:
        types = [self.random.choice(TYPES) for _ in range(self.random.randint(0, 3))]
        condition = self.value(WORD32)
        found = self.b.if_else(condition, lambda: self.scope(depth, types), lambda: self.scope(depth, types))
        for type, value in zip(types, found, strict=True):
            self.pools[type].append(value)

    def loop(self, depth: int) -> None:
        types = [WORD32, *(self.random.choice(TYPES) for _ in range(self.random.randint(0, 3)))]
        turns = self.graph.int32(self.random.randint(1, 5))
        initial = [self.graph.int32(0), *(self.value(type) for type in types[1:])]

        def body(variables: list[Node]) -> list[Node]:
            saved = {type: list(pool) for type, pool in self.pools.items()}
            for type, value in zip(types, variables, strict=True):
                self.pools[type].append(value)
            values = self.scope(depth, types[1:])
            self.pools = saved
            return [self.b.op(MACHINE["Int32Add"], variables[0], self.graph.int32(1)), *values]

        less = MACHINE["Int32LessThan"]
        found = self.b.while_(initial, lambda variables: self.b.op(less, variables[0], turns), body)
        for type, value in zip(types, found, strict=True):
            self.pools[type].append(value)


def random_arguments(seed: int, graph: Graph) -> list[int]:
    """Bit patterns for the parameters."""
    source = random.Random(seed)
    values: list[int] = []
    for type in graph.parameters[1:]:
        if type.is_float:
            patterns = (0, 0x3F800000, 0xBF800000, 0x4B000001, 0x7F800000, 0x7FC00000, 0xC2280000)
            values.append(source.choice(patterns) << (32 if type is FLOAT64 else 0))
        else:
            values.append(source.choice((source.getrandbits(type.bits), source.getrandbits(5), (1 << type.bits) - 1)))
    return values


def random_memory(seed: int) -> bytes:
    """Integers at random, floats that are numbers."""
    source = random.Random(seed)
    memory = bytearray(source.randbytes(MEMORY_SIZE))
    for area in FLOAT_AREAS.values():
        memory[area : area + 1024] = (0x3FF00000_3FF00000).to_bytes(8, "little") * 128
    return bytes(memory)
