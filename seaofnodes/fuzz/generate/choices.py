"""What the generator draws from: operators by result, constants at the edges, and weights that differ by module.

Each module leaves out some kinds of code and favours others, so that rare combinations are not drowned by the rest
("swarm testing": Groce, Zhang, Eide, Chen, Regehr, 2012).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.opcodes import OPCODES, Immediate
from seaofnodes.wasm.types import F32, F64, I32, I64, ValType

NUMBERS: Final = (I32, I64, F32, F64)

# Trapping instructions.
DIVISIONS: Final = frozenset((*range(w.I32_DIV_S, w.I32_REM_U + 1), *range(w.I64_DIV_S, w.I64_REM_U + 1)))
TRUNCATIONS: Final = frozenset(
    (*range(w.I32_TRUNC_F32_S, w.I32_TRUNC_F64_U + 1), *range(w.I64_TRUNC_F32_S, w.I64_TRUNC_F64_U + 1))
)
# What shows the bits of its last float operand, which are open for a NaN.
SHOWS_NAN: Final = frozenset((w.I32_REINTERPRET_F32, w.I64_REINTERPRET_F64, w.F32_COPYSIGN, w.F64_COPYSIGN))


def _operators() -> dict[ValType, dict[str, list[int]]]:
    found: dict[ValType, dict[str, list[int]]] = {kind: {} for kind in NUMBERS}
    for code, facts in OPCODES.items():
        if facts.immediate is not Immediate.NONE or not facts.params or not facts.results or code in w.OBJECTS:
            continue
        result = facts.results[0]
        if any(kind is not result for kind in facts.params):
            group = "compare" if len(facts.params) == 2 or facts.name.endswith("eqz") else "convert"
        elif len(facts.params) == 1:
            group = "unary"
        else:
            compares = w.I32_EQ <= code <= w.I32_GE_U
            group = "compare" if compares else "binary"
        found[result].setdefault(group, []).append(code)
    found[I32]["compare"].append(w.I32_EQZ)
    found[I32]["unary"].remove(w.I32_EQZ)
    return found


def _accesses(store: bool) -> dict[ValType, list[int]]:
    found: dict[ValType, list[int]] = {kind: [] for kind in NUMBERS}
    for code, facts in OPCODES.items():
        if facts.immediate is Immediate.MEMORY_ACCESS and facts.params is not None and facts.results is not None:
            if store and len(facts.params) == 2:
                found[facts.params[1]].append(code)
            elif not store and len(facts.params) == 1:
                found[facts.results[0]].append(code)
    return found


OPERATORS: Final[Mapping[ValType, Mapping[str, Sequence[int]]]] = _operators()  # result -> group -> instructions
COMPARISONS: Final = {I32: range(w.I32_EQ, w.I32_GE_U + 1), I64: range(w.I64_EQ, w.I64_GE_U + 1)}  # of two integers
LOADS: Final = _accesses(False)
STORES: Final = _accesses(True)
CONST: Final = {I32: w.I32_CONST, I64: w.I64_CONST, F32: w.F32_CONST, F64: w.F64_CONST}

_FLOATS: Final = {
    F32: (
        0, 0x80000000, 0x3F800000, 0xBF800000, 0x3F000000, 0xC0000000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000,
        0x7F800001, 1, 0x00800000, 0x7F7FFFFF, 0x4F000000, 0xCF000000, 0xCF000001, 0x4EFFFFFF, 0x4F800000, 0x5F000000,
        0xDF000000, 0x5F800000, 0x5EFFFFFF, 0x40490FDB, 0x3FC00000, 0x3EFFFFFF, 0xBF7FFFFF, 0x4B000001,
    ),
    F64: (
        0, 1 << 63, 0x3FF0000000000000, 0xBFF0000000000000, 0x3FE0000000000000, 0xC000000000000000, 0x7FF0000000000000,
        0xFFF0000000000000, 0x7FF8000000000000, 0xFFF8000000000001, 0x7FF0000000000001, 1, 0x0010000000000000,
        0x7FEFFFFFFFFFFFFF, 0x41DFFFFFFFC00000, 0x41E0000000000000, 0xC1E0000000000000, 0xC1E0000000200000,
        0x41EFFFFFFFE00000, 0x41F0000000000000, 0x43E0000000000000, 0xC3E0000000000000, 0x43DFFFFFFFFFFFFF,
        0x43F0000000000000, 0x400921FB54442D18, 0x3FDFFFFFFFFFFFFF, 0xBFEFFFFFFFFFFFFF, 0x4330000000000001,
        0x36A0000000000000, 0x47EFFFFFE0000000,
    ),
}  # fmt: skip
_WORDS: Final = (0, 1, -1, 2, 3, 4, 7, 8, 16, 31, 32, 33, 63, 64, 255, 256, -2, -128, 127, 128, 65535, 65536)
_DIVISORS: Final = (3, 5, 6, 7, 9, 10, 11, 12, 25, 60, 100, 125, 641, 1000, 1_000_000_007)


def edge(kind: ValType, rng: random.Random) -> int:
    """A bit pattern of that type: mostly one at which something changes."""
    bits = kind.bits
    if kind.is_float:
        if rng.random() < 0.75:
            return rng.choice(_FLOATS[kind])
        return _small_float(kind, rng.randint(-40, 40)) if rng.random() < 0.6 else rng.getrandbits(bits)
    way = rng.random()
    if way < 0.4:
        value = rng.choice(_WORDS)
    elif way < 0.75:
        value = (1 << rng.randrange(bits)) + rng.choice((-1, 0, 0, 1))
        value = -value if rng.random() < 0.2 else value
    elif way < 0.83:
        value = rng.choice(_DIVISORS) * rng.choice((1, 1, -1))
    elif way < 0.88:
        value = (1 << rng.randrange(bits)) - 1 << rng.randrange(bits)
    else:
        value = rng.getrandbits(bits) >> rng.randrange(bits)
    return value & ((1 << bits) - 1)


def _small_float(kind: ValType, number: int) -> int:
    import struct

    if kind is F32:
        return int.from_bytes(struct.pack("<f", number / 4), "little")
    return int.from_bytes(struct.pack("<d", number / 4), "little")


def is_nan(kind: ValType, bits: int) -> bool:
    """Is it the bit pattern of a NaN?"""
    if kind is F32:
        return bits & 0x7FFFFFFF > 0x7F800000
    return kind is F64 and bits & 0x7FFFFFFFFFFFFFFF > 0x7FF0000000000000


_STATEMENTS: Final = {
    "assign": 30, "store": 9, "set_global": 5, "call": 6, "call_indirect": 5, "drop": 1, "if_else": 7, "block": 5,
    "loop": 7, "switch": 3, "leave": 5, "bulk_memory": 2, "bulk_table": 1, "grow": 0.4, "trap": 0.3, "dead": 0.6,
    "nothing": 0.3, "assign_reference": 7, "change_table": 5, "branch_on_null": 3, "call_reference": 6,
    "tail_call": 8, "catch": 12, "throw": 7, "throw_again": 4, "endless": 8, "ask_calls": 5,
}  # fmt: skip
_VALUES: Final = {
    "binary": 30, "unary": 8, "convert": 9, "compare": 8, "pattern": 16, "load": 9, "select": 5, "if_value": 4,
    "block_value": 3, "call_value": 4, "call_indirect_value": 3, "tee": 5, "memory_size": 0.7,
    "is_null": 2, "table_size": 0.5, "call_reference_value": 2,
}  # fmt: skip
# With objects.
_OBJECT_STATEMENTS: Final = {"set_object": 30, "branch_on_cast": 15, "assign_reference": 30}
_OBJECT_VALUES: Final = {"read_object": 25, "ask_object": 12}
_TYPES: Final = ((5, 3, 2, 2), (1, 0, 0, 0), (3, 3, 0, 0), (1, 1, 1, 1), (2, 0, 0, 3), (1, 0, 3, 0), (1, 4, 1, 1))
_ALWAYS: Final = ("assign", "binary")


@dataclass(slots=True)
class Profile:
    """Weights and chances of one module.

    Attributes: statements, values: weights by kind; types: weights of NUMBERS; constant, local: chances of a constant
    as right operand, and of a local as leaf; wild: chance that an operand which may trap is left unguarded; depth: of
    expressions; size: instructions of a function; locals: most in a function; hot: chance that a loop runs often;
    references, exceptions, memories: may the module have references (and tables of them), exceptions, memories besides
    a 32-bit one? legacy: are its tries of the older proposal? objects: may it have objects? reference: chance that a
    block carries a reference.
    """

    statements: dict[str, float] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    types: tuple[float, ...] = (5, 3, 2, 2)
    constant: float = 0.4
    local: float = 0.6
    wild: float = 0.02
    depth: int = 3
    size: int = 80
    locals: int = 6
    hot: float = 0.3
    references: bool = False
    exceptions: bool = False
    legacy: bool = False
    memories: bool = False
    objects: bool = False
    reference: float = 0.1


def draw_profile(rng: random.Random, objects: bool = False) -> Profile:
    """A profile for one module. objects: may it be one with objects?"""

    def some(weights: Mapping[str, float]) -> dict[str, float]:
        found = {}
        for name, weight in weights.items():
            if name in _ALWAYS or rng.random() < 0.8:
                found[name] = weight * rng.choice((0.4, 1, 1, 1, 2.5))
        return found

    objects = objects and rng.random() < 0.8
    return Profile(
        some(_STATEMENTS | _OBJECT_STATEMENTS if objects else _STATEMENTS),
        some(_VALUES | _OBJECT_VALUES if objects else _VALUES),
        rng.choice(_TYPES),
        constant=rng.choice((0.15, 0.4, 0.4, 0.7)),
        local=rng.choice((0.4, 0.6, 0.6, 0.85)),
        wild=rng.choice((0, 0.005, 0.02, 0.1)),
        depth=rng.choice((2, 3, 3, 4, 6)),
        size=rng.choice((15, 30, 50, 50, 80, 80, 120)) if rng.random() < 0.98 else 900,
        locals=rng.choice((1, 3, 6, 6, 12, 25)),
        hot=rng.choice((0.1, 0.3, 0.6)),
        references=rng.random() < 0.55,
        exceptions=rng.random() < 0.5,
        legacy=rng.random() < 0.4 and not objects,  # wasmtime has not got it
        memories=rng.random() < 0.35,
        objects=objects,
        reference=rng.choice((0.03, 0.1, 0.3)),
    )
