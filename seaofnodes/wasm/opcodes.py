"""The instructions: numbers, names, immediates and signatures, declared once.

A prefixed instruction's number is `prefix << 8 | sub`: `i32.trunc_sat_f32_s` is 0xFC00 (`prefix << 12 | sub` where sub
has more than eight bits, as in V8). Every instruction listed here is decoded and validated; features.py lists others.

Immediates as `Body.immediates` holds them:

| Immediate | value |
| --- | --- |
| NONE | None |
| BLOCK_TYPE (block, loop, if, try) | FuncType |
| LABEL (br, br_if, br_on_null, br_on_non_null, delegate, rethrow) | int: depth |
| LABELS (br_table) | tuple of int: targets, the default last |
| INDEX (call, call_ref, local.*, global.*, throw, table.get, data.drop, struct.new, array.get, ...) | int |
| CALL_INDIRECT (call_indirect, return_call_indirect) | (type index, table index) |
| MEMORY_ACCESS (loads, stores) | (log2 of the alignment, offset, memory index) |
| MEMORY (memory.size, memory.grow, memory.fill) | int: memory index |
| PAIR (memory.init, table.init; memory.copy, table.copy) | (segment, memory or table); (destination, source) |
| PAIR (struct.get, struct.set, array.new_fixed, array.copy) | (type, field), (type, length), types (to, from) |
| PAIR (array.new_data, array.new_elem, array.init_data, array.init_elem) | (type, segment) |
| I32, I64 (const) | int: the bit pattern, unsigned (-1 is 0xFFFFFFFF) |
| F32, F64 (const) | int: the bit pattern |
| REFERENCE (ref.null; ref.test, ref.cast) | RefType: of null references to that heap type; what is asked for |
| CAST (br_on_cast, br_on_cast_fail) | Cast |
| TYPES (select with a type) | tuple of ValType |
| TRY_TABLE | TryTable |

The depth of a `delegate`, and those in a try_table's catches, count from outside of the block itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from seaofnodes.wasm.types import ARRAY, EQ, F32, F64, I31, I32, I64, FuncType, RefType, ValType, reference


class Immediate(IntEnum):
    """Kinds of immediates; see the table above. The order is that in which decode_body asks."""

    NONE = 0
    INDEX = 1
    LABEL = 2
    MEMORY = 3
    I32 = 4
    I64 = 5
    MEMORY_ACCESS = 6
    BLOCK_TYPE = 7
    F64 = 8
    F32 = 9
    LABELS = 10
    CALL_INDIRECT = 11
    PAIR = 12
    REFERENCE = 13
    TYPES = 14
    TRY_TABLE = 15
    CAST = 16


class Catch(NamedTuple):
    """A clause of a try_table.

    Attributes: tag: index of the tag caught, None: every exception; with_reference: does the branch take the exnref
    along, behind the exception's values? depth: of the label.
    """

    tag: int | None
    with_reference: bool
    depth: int


class TryTable(NamedTuple):
    """The immediate of a try_table: its type, and the clauses in order."""

    type: FuncType
    catches: tuple[Catch, ...]


class Cast(NamedTuple):
    """The immediate of a br_on_cast or br_on_cast_fail: the label's depth, the operand's type, what it is cast to."""

    depth: int
    source: RefType
    target: RefType


@dataclass(frozen=True, slots=True)
class Opcode:
    """An instruction.

    Attributes: code: its number; name: the specification's; immediate: kind of immediate; params and results: types
    popped and pushed, or None where they depend on more than the opcode (addresses are taken to be i32); width: bytes
    that a load or store accesses, else 0.
    """

    code: int
    name: str
    immediate: Immediate
    params: tuple[ValType, ...] | None
    results: tuple[ValType, ...] | None
    width: int = 0


# Control.
UNREACHABLE, NOP, BLOCK, LOOP, IF, ELSE = range(0x06)
END, BR, BR_IF, BR_TABLE, RETURN, CALL, CALL_INDIRECT = range(0x0B, 0x12)
RETURN_CALL, RETURN_CALL_INDIRECT, CALL_REF, RETURN_CALL_REF = range(0x12, 0x16)

# Exceptions; then those of the older proposal, which toolchains still emit.
THROW, THROW_REF, TRY_TABLE = 0x08, 0x0A, 0x1F
TRY, CATCH, RETHROW, DELEGATE, CATCH_ALL = 0x06, 0x07, 0x09, 0x18, 0x19

# Operands, locals, globals and tables.
DROP, SELECT, SELECT_T = range(0x1A, 0x1D)
LOCAL_GET, LOCAL_SET, LOCAL_TEE, GLOBAL_GET, GLOBAL_SET, TABLE_GET, TABLE_SET = range(0x20, 0x27)

# References.
REF_NULL, REF_IS_NULL, REF_FUNC = range(0xD0, 0xD3)
REF_AS_NON_NULL, BR_ON_NULL, BR_ON_NON_NULL = range(0xD4, 0xD7)

# Objects.
REF_EQ = 0xD3
STRUCT_NEW, STRUCT_NEW_DEFAULT, STRUCT_GET, STRUCT_GET_S, STRUCT_GET_U, STRUCT_SET = range(0xFB00, 0xFB06)
ARRAY_NEW, ARRAY_NEW_DEFAULT, ARRAY_NEW_FIXED, ARRAY_NEW_DATA, ARRAY_NEW_ELEM = range(0xFB06, 0xFB0B)
ARRAY_GET, ARRAY_GET_S, ARRAY_GET_U, ARRAY_SET, ARRAY_LEN = range(0xFB0B, 0xFB10)
ARRAY_FILL, ARRAY_COPY, ARRAY_INIT_DATA, ARRAY_INIT_ELEM = range(0xFB10, 0xFB14)
REF_TEST, REF_TEST_NULL, REF_CAST, REF_CAST_NULL, BR_ON_CAST, BR_ON_CAST_FAIL = range(0xFB14, 0xFB1A)
ANY_CONVERT_EXTERN, EXTERN_CONVERT_ANY, REF_I31, I31_GET_S, I31_GET_U = range(0xFB1A, 0xFB1F)

# Memory.
I32_LOAD, I64_LOAD, F32_LOAD, F64_LOAD = range(0x28, 0x2C)
I32_LOAD8_S, I32_LOAD8_U, I32_LOAD16_S, I32_LOAD16_U = range(0x2C, 0x30)
I64_LOAD8_S, I64_LOAD8_U, I64_LOAD16_S, I64_LOAD16_U, I64_LOAD32_S, I64_LOAD32_U = range(0x30, 0x36)
I32_STORE, I64_STORE, F32_STORE, F64_STORE = range(0x36, 0x3A)
I32_STORE8, I32_STORE16, I64_STORE8, I64_STORE16, I64_STORE32 = range(0x3A, 0x3F)
MEMORY_SIZE, MEMORY_GROW = 0x3F, 0x40

# Constants.
I32_CONST, I64_CONST, F32_CONST, F64_CONST = range(0x41, 0x45)

# Comparisons.
I32_EQZ, I32_EQ, I32_NE, I32_LT_S, I32_LT_U, I32_GT_S, I32_GT_U = range(0x45, 0x4C)
I32_LE_S, I32_LE_U, I32_GE_S, I32_GE_U = range(0x4C, 0x50)
I64_EQZ, I64_EQ, I64_NE, I64_LT_S, I64_LT_U, I64_GT_S, I64_GT_U = range(0x50, 0x57)
I64_LE_S, I64_LE_U, I64_GE_S, I64_GE_U = range(0x57, 0x5B)
F32_EQ, F32_NE, F32_LT, F32_GT, F32_LE, F32_GE = range(0x5B, 0x61)
F64_EQ, F64_NE, F64_LT, F64_GT, F64_LE, F64_GE = range(0x61, 0x67)

# Arithmetic.
I32_CLZ, I32_CTZ, I32_POPCNT = range(0x67, 0x6A)
I32_ADD, I32_SUB, I32_MUL, I32_DIV_S, I32_DIV_U, I32_REM_S, I32_REM_U = range(0x6A, 0x71)
I32_AND, I32_OR, I32_XOR, I32_SHL, I32_SHR_S, I32_SHR_U, I32_ROTL, I32_ROTR = range(0x71, 0x79)
I64_CLZ, I64_CTZ, I64_POPCNT = range(0x79, 0x7C)
I64_ADD, I64_SUB, I64_MUL, I64_DIV_S, I64_DIV_U, I64_REM_S, I64_REM_U = range(0x7C, 0x83)
I64_AND, I64_OR, I64_XOR, I64_SHL, I64_SHR_S, I64_SHR_U, I64_ROTL, I64_ROTR = range(0x83, 0x8B)
F32_ABS, F32_NEG, F32_CEIL, F32_FLOOR, F32_TRUNC, F32_NEAREST, F32_SQRT = range(0x8B, 0x92)
F32_ADD, F32_SUB, F32_MUL, F32_DIV, F32_MIN, F32_MAX, F32_COPYSIGN = range(0x92, 0x99)
F64_ABS, F64_NEG, F64_CEIL, F64_FLOOR, F64_TRUNC, F64_NEAREST, F64_SQRT = range(0x99, 0xA0)
F64_ADD, F64_SUB, F64_MUL, F64_DIV, F64_MIN, F64_MAX, F64_COPYSIGN = range(0xA0, 0xA7)

# Conversions.
I32_WRAP_I64, I32_TRUNC_F32_S, I32_TRUNC_F32_U, I32_TRUNC_F64_S, I32_TRUNC_F64_U = range(0xA7, 0xAC)
I64_EXTEND_I32_S, I64_EXTEND_I32_U = range(0xAC, 0xAE)
I64_TRUNC_F32_S, I64_TRUNC_F32_U, I64_TRUNC_F64_S, I64_TRUNC_F64_U = range(0xAE, 0xB2)
F32_CONVERT_I32_S, F32_CONVERT_I32_U, F32_CONVERT_I64_S, F32_CONVERT_I64_U, F32_DEMOTE_F64 = range(0xB2, 0xB7)
F64_CONVERT_I32_S, F64_CONVERT_I32_U, F64_CONVERT_I64_S, F64_CONVERT_I64_U, F64_PROMOTE_F32 = range(0xB7, 0xBC)
I32_REINTERPRET_F32, I64_REINTERPRET_F64, F32_REINTERPRET_I32, F64_REINTERPRET_I64 = range(0xBC, 0xC0)
I32_EXTEND8_S, I32_EXTEND16_S, I64_EXTEND8_S, I64_EXTEND16_S, I64_EXTEND32_S = range(0xC0, 0xC5)

# Saturating conversions.
I32_TRUNC_SAT_F32_S, I32_TRUNC_SAT_F32_U, I32_TRUNC_SAT_F64_S, I32_TRUNC_SAT_F64_U = range(0xFC00, 0xFC04)
I64_TRUNC_SAT_F32_S, I64_TRUNC_SAT_F32_U, I64_TRUNC_SAT_F64_S, I64_TRUNC_SAT_F64_U = range(0xFC04, 0xFC08)

# Bulk memory.
MEMORY_INIT, DATA_DROP, MEMORY_COPY, MEMORY_FILL, TABLE_INIT, ELEM_DROP, TABLE_COPY = range(0xFC08, 0xFC0F)
TABLE_GROW, TABLE_SIZE, TABLE_FILL = range(0xFC0F, 0xFC12)

TAIL_CALLS: Final = frozenset((RETURN_CALL, RETURN_CALL_INDIRECT, RETURN_CALL_REF))
CALLS: Final = TAIL_CALLS | {CALL, CALL_INDIRECT, CALL_REF}  # each has feedback of its own, in bytecode order
OBJECTS: Final = frozenset((REF_EQ, *range(STRUCT_NEW, I31_GET_U + 1)))  # what the feature gc brings
BLOCKS: Final = frozenset((BLOCK, LOOP, IF, TRY, TRY_TABLE))  # what an end (or a delegate) closes

_GROUPS: Final = frozenset(
    ("local", "global", "memory", "data", "table", "elem", "ref", "struct", "array", "any", "extern", "i31")
)
_TYPE_NAMES: Final = {"i32": I32, "i64": I64, "f32": F32, "f64": F64}
_IMMEDIATES: Final = {
    BLOCK: Immediate.BLOCK_TYPE,
    LOOP: Immediate.BLOCK_TYPE,
    IF: Immediate.BLOCK_TYPE,
    BR: Immediate.LABEL,
    BR_IF: Immediate.LABEL,
    BR_TABLE: Immediate.LABELS,
    CALL: Immediate.INDEX,
    CALL_INDIRECT: Immediate.CALL_INDIRECT,
    LOCAL_GET: Immediate.INDEX,
    LOCAL_SET: Immediate.INDEX,
    LOCAL_TEE: Immediate.INDEX,
    GLOBAL_GET: Immediate.INDEX,
    GLOBAL_SET: Immediate.INDEX,
    MEMORY_SIZE: Immediate.MEMORY,
    MEMORY_GROW: Immediate.MEMORY,
    I32_CONST: Immediate.I32,
    I64_CONST: Immediate.I64,
    F32_CONST: Immediate.F32,
    F64_CONST: Immediate.F64,
    MEMORY_INIT: Immediate.PAIR,
    DATA_DROP: Immediate.INDEX,
    MEMORY_COPY: Immediate.PAIR,
    MEMORY_FILL: Immediate.MEMORY,
    TABLE_INIT: Immediate.PAIR,
    ELEM_DROP: Immediate.INDEX,
    TABLE_COPY: Immediate.PAIR,
    RETURN_CALL: Immediate.INDEX,
    RETURN_CALL_INDIRECT: Immediate.CALL_INDIRECT,
    CALL_REF: Immediate.INDEX,
    RETURN_CALL_REF: Immediate.INDEX,
    THROW: Immediate.INDEX,
    TRY_TABLE: Immediate.TRY_TABLE,
    TRY: Immediate.BLOCK_TYPE,
    CATCH: Immediate.INDEX,
    RETHROW: Immediate.LABEL,
    DELEGATE: Immediate.LABEL,
    SELECT_T: Immediate.TYPES,
    TABLE_GET: Immediate.INDEX,
    TABLE_SET: Immediate.INDEX,
    REF_NULL: Immediate.REFERENCE,
    REF_FUNC: Immediate.INDEX,
    BR_ON_NULL: Immediate.LABEL,
    BR_ON_NON_NULL: Immediate.LABEL,
    TABLE_GROW: Immediate.INDEX,
    TABLE_SIZE: Immediate.INDEX,
    TABLE_FILL: Immediate.INDEX,
    STRUCT_NEW: Immediate.INDEX,
    STRUCT_NEW_DEFAULT: Immediate.INDEX,
    STRUCT_GET: Immediate.PAIR,
    STRUCT_GET_S: Immediate.PAIR,
    STRUCT_GET_U: Immediate.PAIR,
    STRUCT_SET: Immediate.PAIR,
    ARRAY_NEW: Immediate.INDEX,
    ARRAY_NEW_DEFAULT: Immediate.INDEX,
    ARRAY_NEW_FIXED: Immediate.PAIR,
    ARRAY_NEW_DATA: Immediate.PAIR,
    ARRAY_NEW_ELEM: Immediate.PAIR,
    ARRAY_GET: Immediate.INDEX,
    ARRAY_GET_S: Immediate.INDEX,
    ARRAY_GET_U: Immediate.INDEX,
    ARRAY_SET: Immediate.INDEX,
    ARRAY_FILL: Immediate.INDEX,
    ARRAY_COPY: Immediate.PAIR,
    ARRAY_INIT_DATA: Immediate.PAIR,
    ARRAY_INIT_ELEM: Immediate.PAIR,
    REF_TEST: Immediate.REFERENCE,
    REF_TEST_NULL: Immediate.REFERENCE,
    REF_CAST: Immediate.REFERENCE,
    REF_CAST_NULL: Immediate.REFERENCE,
    BR_ON_CAST: Immediate.CAST,
    BR_ON_CAST_FAIL: Immediate.CAST,
}
_ON_OBJECTS: Final[dict[int, tuple[tuple[ValType, ...], tuple[ValType, ...]]]] = {
    REF_EQ: ((reference(EQ, True), reference(EQ, True)), (I32,)),
    ARRAY_LEN: ((reference(ARRAY, True),), (I32,)),
    REF_I31: ((I32,), (reference(I31, False),)),
    I31_GET_S: ((reference(I31, True),), (I32,)),
    I31_GET_U: ((reference(I31, True),), (I32,)),
}  # the others' signatures depend on their immediates

_Signature = tuple[tuple[ValType, ...] | None, tuple[ValType, ...] | None]


def _signature(code: int, name: str) -> _Signature:
    """Read the signature of a simple instruction out of its name: `i64.extend_i32_s` takes i32 and gives i64."""
    if code in (NOP, MEMORY_SIZE, MEMORY_GROW):
        return {NOP: ((), ()), MEMORY_SIZE: ((), (I32,)), MEMORY_GROW: ((I32,), (I32,))}[code]
    if code in OBJECTS:
        return _ON_OBJECTS.get(code, (None, None))
    if MEMORY_INIT <= code <= TABLE_COPY:
        return () if code in (DATA_DROP, ELEM_DROP) else (I32, I32, I32), ()
    group, _, operation = name.partition(".")
    if group not in _TYPE_NAMES:
        return None, None
    kind = _TYPE_NAMES[group]
    if operation == "const":
        return (), (kind,)
    if operation.startswith("load"):
        return (I32,), (kind,)
    if operation.startswith("store"):
        return (I32, kind), ()
    if operation == "eqz":
        return (kind,), (I32,)
    if I32_EQ <= code <= F64_GE:
        return (kind, kind), (I32,)
    if I32_WRAP_I64 <= code <= F64_REINTERPRET_I64 or code >= I32_TRUNC_SAT_F32_S:
        source = next(part for part in operation.split("_") if part in _TYPE_NAMES)
        return (_TYPE_NAMES[source],), (kind,)
    unary = ("clz", "ctz", "popcnt", "abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt")
    if operation in unary or operation.startswith("extend"):
        return (kind,), (kind,)
    return (kind, kind), (kind,)


def _describe(code: int, constant: str) -> Opcode:
    name = constant.lower()
    group, _, operation = name.partition("_")
    if group in _TYPE_NAMES or group in _GROUPS:
        name = f"{group}.{operation}"
    if code in (REF_TEST_NULL, REF_CAST_NULL):
        name = name.removesuffix("_null")
    elif code == SELECT_T:
        name = "select"
    params, results = _signature(code, name)
    width = 0
    if I32_LOAD <= code <= I64_STORE32:
        narrow = operation.removeprefix("load").removeprefix("store").partition("_")[0]
        width = int(narrow or group[1:]) // 8
    immediate = Immediate.MEMORY_ACCESS if width else _IMMEDIATES.get(code, Immediate.NONE)
    return Opcode(code, name, immediate, params, results, width)


def prefixed(prefix: int, sub: int) -> int:
    """The number of a prefixed instruction."""
    return prefix << (8 if sub < 0x100 else 12 if sub < 0x1000 else 32) | sub  # there are none beyond 12 bits


_NUMBERS: Final[dict[int, str]] = {
    code: constant for constant, code in globals().items() if constant.isupper() and type(code) is int
}
OPCODES: Final[dict[int, Opcode]] = {code: _describe(code, _NUMBERS[code]) for code in sorted(_NUMBERS)}
