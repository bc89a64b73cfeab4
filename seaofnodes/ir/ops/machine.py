"""Machine operators: pure arithmetic on words and floats, each with its meaning. Names are V8's where V8 has one.

A comparison gives a Word32 that is 0 or 1. Shift counts are taken modulo the width.
"""

from __future__ import annotations

from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.dialect import NO_TRAITS, Dialect
from seaofnodes.ir.operator import Meaning, Operator, Order, Shape, Traits
from seaofnodes.ir.types import FLOAT32, FLOAT64, REFERENCE, WORD32, WORD64, Type

DIALECT = Dialect("machine", "Pure: no effect, no control but a guard.")
MACHINE: dict[str, Operator] = {}  # every operator of this file by name; filled here, never changed later


def _pure(
    name: str,
    signature: tuple[Type, ...],
    type: Type,
    meaning: Meaning,
    *,
    commutative: bool = False,
    associative: bool = False,
    traits: Traits = NO_TRAITS,
    defined: Meaning | None = None,
) -> Operator:
    shape = Shape(
        signature,
        type,
        controls=0 if defined is None else 1,
        pure=True,
        commutative=commutative,
        associative=associative,
        meaning=meaning,
        defined=defined,
    )
    op = MACHINE[name] = DIALECT.define(name, shape, traits=traits)
    return op


def _words(pattern: str) -> list[tuple[str, Type]]:
    """A name for each word type; `?` in the pattern is the width."""
    return [(pattern.replace("?", str(type.bits)), type) for type in (WORD32, WORD64)]


def _floats(pattern: str) -> list[tuple[str, Type]]:
    return [(pattern.replace("?", str(type.bits)), type) for type in (FLOAT32, FLOAT64)]


def _by_width(
    pattern: str, binary: Meaning, *, commutative: bool = False, associative: bool = False
) -> tuple[Operator, Operator]:
    """The same binary operation on both word widths."""
    first, second = (
        _pure(name, (type, type), type, binary, commutative=commutative, associative=associative)
        for name, type in _words(pattern)
    )
    return first, second


_COMPARISON = Traits(is_comparison=True)


def _comparison(
    pattern: str, meaning: Meaning, order: Order | None = None, *, commutative: bool = False
) -> tuple[Operator, Operator]:
    traits = _COMPARISON._replace(order=order)
    first, second = (
        _pure(name, (type, type), WORD32, meaning, commutative=commutative, traits=traits)
        for name, type in _words(pattern)
    )
    return first, second


_ACI = {"commutative": True, "associative": True}

INT32_ADD, INT64_ADD = _by_width("Int?Add", lambda x, y: x + y, **_ACI)
INT32_SUB, INT64_SUB = _by_width("Int?Sub", lambda x, y: x - y)
INT32_MUL, INT64_MUL = _by_width("Int?Mul", lambda x, y: x * y, **_ACI)
WORD32_AND, WORD64_AND = _by_width("Word?And", lambda x, y: x & y, **_ACI)
WORD32_OR, WORD64_OR = _by_width("Word?Or", lambda x, y: x | y, **_ACI)
WORD32_XOR, WORD64_XOR = _by_width("Word?Xor", lambda x, y: x ^ y, **_ACI)
WORD32_SHL, WORD64_SHL = _by_width("Word?Shl", lambda x, y: x.shl(y))
WORD32_SHR, WORD64_SHR = _by_width("Word?Shr", lambda x, y: x.lshr(y))
WORD32_SAR, WORD64_SAR = _by_width("Word?Sar", lambda x, y: x.ashr(y))
WORD32_ROL, WORD64_ROL = _by_width("Word?Rol", lambda x, y: x.rotl(y))
WORD32_ROR, WORD64_ROR = _by_width("Word?Ror", lambda x, y: x.rotr(y))

SHIFTS = frozenset(
    (
        *(WORD32_SHL, WORD32_SHR, WORD32_SAR, WORD32_ROL, WORD32_ROR),
        *(WORD64_SHL, WORD64_SHR, WORD64_SAR, WORD64_ROL, WORD64_ROR),
    )
)  # and rotations

INT32_MUL_HIGH, INT64_MUL_HIGH = _by_width(
    "Int?MulHigh",
    lambda x, y: (x.sext(2 * x.width) * y.sext(2 * x.width)).extract(2 * x.width - 1, x.width),
    commutative=True,
)
UINT32_MUL_HIGH, UINT64_MUL_HIGH = _by_width(
    "Uint?MulHigh",
    lambda x, y: (x.zext(2 * x.width) * y.zext(2 * x.width)).extract(2 * x.width - 1, x.width),
    commutative=True,
)

WORD32_EQUAL, WORD64_EQUAL = _comparison("Word?Equal", lambda x, y: x.eq(y), commutative=True)
INT32_LESS_THAN, INT64_LESS_THAN = _comparison("Int?LessThan", lambda x, y: x.slt(y), Order(True, True))
INT32_LESS_THAN_OR_EQUAL, INT64_LESS_THAN_OR_EQUAL = _comparison(
    "Int?LessThanOrEqual", lambda x, y: x.sle(y), Order(True, False)
)
UINT32_LESS_THAN, UINT64_LESS_THAN = _comparison("Uint?LessThan", lambda x, y: x.ult(y), Order(False, True))
UINT32_LESS_THAN_OR_EQUAL, UINT64_LESS_THAN_OR_EQUAL = _comparison(
    "Uint?LessThanOrEqual", lambda x, y: x.ule(y), Order(False, False)
)


def _not_zero(x: Bits, y: Bits) -> Bits:
    return ~y.eq(y.constant(0))


def _quotient_fits(x: Bits, y: Bits) -> Bits:
    return _not_zero(x, y) & ~(x.eq(x.constant(1 << (x.width - 1))) & y.eq(y.constant(-1)))


def _division(pattern: str, meaning: Meaning, defined: Meaning = _not_zero) -> tuple[Operator, Operator]:
    """The control input is the check that the divisor is not zero (and for signed quotients that the result fits)."""
    first, second = (
        _pure(name, (type, type), type, meaning, defined=defined) for name, type in _words(pattern)
    )
    return first, second


INT32_DIV, INT64_DIV = _division("Int?Div", lambda x, y: x.sdiv(y), _quotient_fits)
INT32_MOD, INT64_MOD = _division("Int?Mod", lambda x, y: x.srem(y))  # the smallest number by -1 gives 0
UINT32_DIV, UINT64_DIV = _division("Uint?Div", lambda x, y: x.udiv(y))
UINT32_MOD, UINT64_MOD = _division("Uint?Mod", lambda x, y: x.urem(y))


def _word_unary(pattern: str, meaning: Meaning) -> tuple[Operator, Operator]:
    first, second = (_pure(name, (type,), type, meaning) for name, type in _words(pattern))
    return first, second


WORD32_CLZ, WORD64_CLZ = _word_unary("Word?Clz", lambda x: x.clz())
WORD32_CTZ, WORD64_CTZ = _word_unary("Word?Ctz", lambda x: x.ctz())
WORD32_POPCNT, WORD64_POPCNT = _word_unary("Word?Popcnt", lambda x: x.popcount())
BIT_COUNTS = frozenset((WORD32_CLZ, WORD32_CTZ, WORD32_POPCNT, WORD64_CLZ, WORD64_CTZ, WORD64_POPCNT))
SIGN_EXTEND_8_32, SIGN_EXTEND_8_64 = _word_unary("SignExtendWord8ToInt?", lambda x: x.extract(7, 0).sext(x.width))
SIGN_EXTEND_16_32, SIGN_EXTEND_16_64 = _word_unary("SignExtendWord16ToInt?", lambda x: x.extract(15, 0).sext(x.width))

CHANGE_INT32_TO_INT64 = _pure("ChangeInt32ToInt64", (WORD32,), WORD64, lambda x: x.sext(64))
CHANGE_UINT32_TO_UINT64 = _pure("ChangeUint32ToUint64", (WORD32,), WORD64, lambda x: x.zext(64))
TRUNCATE_INT64_TO_INT32 = _pure("TruncateInt64ToInt32", (WORD64,), WORD32, lambda x: x.extract(31, 0))


def _float_binary(
    pattern: str, meaning: Meaning, traits: Traits = NO_TRAITS, *, commutative: bool = False
) -> tuple[Operator, Operator]:
    first, second = (
        _pure(name, (type, type), type, meaning, commutative=commutative, traits=traits)
        for name, type in _floats(pattern)
    )
    return first, second


def _float_comparison(pattern: str, meaning: Meaning, *, commutative: bool = False) -> tuple[Operator, Operator]:
    first, second = (
        _pure(name, (type, type), WORD32, meaning, commutative=commutative, traits=_COMPARISON)
        for name, type in _floats(pattern)
    )
    return first, second


def _float_unary(pattern: str, meaning: Meaning, traits: Traits = NO_TRAITS) -> tuple[Operator, Operator]:
    first, second = (
        _pure(name, (type,), type, meaning, traits=traits) for name, type in _floats(pattern)
    )
    return first, second


_SIGN = Traits(keeps_nan=True)
FLOAT32_ADD, FLOAT64_ADD = _float_binary("Float?Add", lambda x, y: x + y, commutative=True)
FLOAT32_SUB, FLOAT64_SUB = _float_binary("Float?Sub", lambda x, y: x - y)
FLOAT32_MUL, FLOAT64_MUL = _float_binary("Float?Mul", lambda x, y: x * y, commutative=True)
FLOAT32_DIV, FLOAT64_DIV = _float_binary("Float?Div", lambda x, y: x / y)
FLOAT32_MIN, FLOAT64_MIN = _float_binary("Float?Min", lambda x, y: x.minimum(y), commutative=True)
FLOAT32_MAX, FLOAT64_MAX = _float_binary("Float?Max", lambda x, y: x.maximum(y), commutative=True)
FLOAT32_COPYSIGN, FLOAT64_COPYSIGN = _float_binary("Float?Copysign", lambda x, y: x.copysign(y), _SIGN)
FLOAT32_EQUAL, FLOAT64_EQUAL = _float_comparison("Float?Equal", lambda x, y: x.eq(y), commutative=True)
FLOAT32_LESS_THAN, FLOAT64_LESS_THAN = _float_comparison("Float?LessThan", lambda x, y: x.lt(y))
FLOAT32_LESS_THAN_OR_EQUAL, FLOAT64_LESS_THAN_OR_EQUAL = _float_comparison(
    "Float?LessThanOrEqual", lambda x, y: x.le(y)
)
FLOAT32_ABS, FLOAT64_ABS = _float_unary("Float?Abs", abs, _SIGN)
FLOAT32_NEG, FLOAT64_NEG = _float_unary("Float?Neg", lambda x: -x, _SIGN)
FLOAT32_SQRT, FLOAT64_SQRT = _float_unary("Float?Sqrt", lambda x: x.sqrt())
FLOAT32_ROUND_DOWN, FLOAT64_ROUND_DOWN = _float_unary("Float?RoundDown", lambda x: x.round("floor"))
FLOAT32_ROUND_UP, FLOAT64_ROUND_UP = _float_unary("Float?RoundUp", lambda x: x.round("ceil"))
FLOAT32_ROUND_TRUNCATE, FLOAT64_ROUND_TRUNCATE = _float_unary("Float?RoundTruncate", lambda x: x.round("trunc"))
FLOAT32_ROUND_TIES_EVEN, FLOAT64_ROUND_TIES_EVEN = _float_unary("Float?RoundTiesEven", lambda x: x.round("nearest"))

CHANGE_FLOAT32_TO_FLOAT64 = _pure("ChangeFloat32ToFloat64", (FLOAT32,), FLOAT64, lambda x: x.to_float(64))
TRUNCATE_FLOAT64_TO_FLOAT32 = _pure("TruncateFloat64ToFloat32", (FLOAT64,), FLOAT32, lambda x: x.to_float(32))


def _int_to_float(source: Type, signed: bool, target: Type) -> Operator:
    name = f"Round{'Int' if signed else 'Uint'}{source.bits}To{target.name}"
    if target is FLOAT64 and source is WORD32:
        name = name.replace("Round", "Change")  # exact
    return _pure(name, (source,), target, lambda x: x.to_float(target.bits, signed))


def _float_to_int(source: Type, signed: bool, target: Type, saturating: bool) -> Operator:
    """Truncate*: only asked for values in range, a check stands before; elsewhere it means the same as the saturating
    one.
    """
    name = f"{'Saturate' if saturating else 'Truncate'}{source.name}To{'Int' if signed else 'Uint'}{target.bits}"

    def meaning(x: Float) -> Bits:
        return x.to_int_saturating(target.bits, signed)

    def in_range(x: Float) -> Bits:
        low, end = (-(1 << (target.bits - 1)), 1 << (target.bits - 1)) if signed else (0, 1 << target.bits)
        whole = x.round("trunc")
        return whole.lt(Float.of(x.width, end)) & ~whole.lt(Float.of(x.width, low))

    return _pure(name, (source,), target, meaning, defined=None if saturating else in_range)


INT_TO_FLOAT = {
    (source, signed, target): _int_to_float(source, signed, target)
    for source in (WORD32, WORD64)
    for signed in (True, False)
    for target in (FLOAT32, FLOAT64)
}
# The control input of the truncating ones is the check that the value is in range.
FLOAT_TO_INT = {
    (source, signed, target, saturating): _float_to_int(source, signed, target, saturating)
    for source in (FLOAT32, FLOAT64)
    for signed in (True, False)
    for target in (WORD32, WORD64)
    for saturating in (True, False)
}

BITCAST_INT32_TO_FLOAT32 = _pure("BitcastInt32ToFloat32", (WORD32,), FLOAT32, lambda x: x.as_float())
BITCAST_FLOAT32_TO_INT32 = _pure("BitcastFloat32ToInt32", (FLOAT32,), WORD32, lambda x: x.as_bits())
BITCAST_INT64_TO_FLOAT64 = _pure("BitcastInt64ToFloat64", (WORD64,), FLOAT64, lambda x: x.as_float())
BITCAST_FLOAT64_TO_INT64 = _pure("BitcastFloat64ToInt64", (FLOAT64,), WORD64, lambda x: x.as_bits())

SELECT = {
    type: _pure(f"{type.name}Select", (WORD32, type, type), type, lambda c, x, y: c.ite(x, y))
    for type in (WORD32, WORD64, FLOAT32, FLOAT64, REFERENCE)
}  # condition, value if it is not zero, value if it is
REFERENCE_EQUAL = _pure(
    "ReferenceEqual", (REFERENCE, REFERENCE), WORD32, lambda x, y: x.eq(y), commutative=True, traits=_COMPARISON
)
