"""Rules that look right and are not, each for a reason of its own; the docstrings say which."""

from __future__ import annotations

from seaofnodes.passes.patterns import (
    Expression,
    Operators,
    Width,
    as_expression,
    constants,
    is_power_of_two,
    log2,
    variables,
)
from seaofnodes.passes.rules.declare import RuleSet

RULES = RuleSet("wrong")
x, y, z = variables("x y z")
C, D = constants("C D")
o, w, long = Operators(), Width(32), Width(64)
rule = RULES.rule


@rule(w.Div(x, C), where=is_power_of_two(C) & ~C.slt(0))
def signed_division_is_a_shift() -> Expression:
    """Sign: a shift rounds down, a division towards zero."""
    return w.Sar(x, log2(C))


@rule(w.Mod(x, C), where=is_power_of_two(C))
def signed_remainder_is_a_mask() -> Expression:
    """Sign: of the remainder."""
    return w.And(x, C - 1)


@rule(o.ChangeInt32ToInt64(w.Add(x, y)))
def widen_before_adding() -> Expression:
    """Width: the sum of 32 bits wraps, that of 64 does not."""
    return long.Add(o.ChangeInt32ToInt64(x), o.ChangeInt32ToInt64(y))


@rule(w.Shl(w.Shl(x, C), D))
def add_shift_counts() -> Expression:
    """Shift count: it counts modulo 32, and so does the sum."""
    return w.Shl(x, C + D)


@rule(w.Rol(x, C))
def rotate_the_other_way() -> Expression:
    """Rotation: by 32 - C to the right, not by 31 - C."""
    return w.Ror(x, -C - 1)


@rule(w.LessThan(w.Add(x, C), D))
def move_the_constant_across() -> Expression:
    """Overflow: x + C may wrap."""
    return w.LessThan(x, D - C)


@rule(w.LessThan(w.Sub(x, y), 0))
def compare_by_subtracting() -> Expression:
    """Overflow: of the difference."""
    return w.LessThan(x, y)


@rule(long.Div(long.Sub(0, x), y))
def negate_the_quotient() -> Expression:
    """INT_MIN / -1: -INT_MIN is INT_MIN, which y = -1 must not divide."""
    return long.Sub(0, long.Div(x, y))


@rule(w.UDiv(w.UDiv(x, C), D))
def divide_once() -> Expression:
    """Division by zero: C * D may wrap, to zero even."""
    return w.UDiv(x, C * D)


@rule(w.UDiv(w.UDiv(x, C), D), where=is_power_of_two(C) & is_power_of_two(D))
def divide_by_the_product() -> Expression:
    """Division by zero: the product of 2**16 and 2**16."""
    return w.UDiv(x, C * D)


@rule(w.Mod(x, y))
def remainder_by_dividing() -> Expression:
    """INT_MIN % -1 is 0, and nothing has checked that INT_MIN / -1 is not executed."""
    return w.Sub(x, w.Mul(w.Div(x, y), y))


@rule(w.LessThan(x, y))
def compare_without_sign() -> Expression:
    """Unsigned for signed."""
    return w.ULessThan(x, y)


@rule(o.ChangeUint32ToUint64(o.TruncateInt64ToInt32(x)))
def truncate_for_nothing() -> Expression:
    """Truncation: the upper half is lost."""
    return x


@rule(o.SignExtendWord8ToInt32(w.And(x, 0xFF)))
def extend_a_byte() -> Expression:
    """Sign extension: the mask does not make it unsigned."""
    return w.And(x, 0xFF)


@rule(o.Float32Equal(x, x))
def equal_to_itself() -> Expression:
    """NaN is not equal to itself."""
    return as_expression(1)


@rule(o.Float64Sub(0.0, x))
def zero_minus() -> Expression:
    """Minus zero: 0 - 0 is 0, and -(0) is -0."""
    return o.Float64Neg(x)


@rule(o.Float32Mul(x, 1.0))
def times_one() -> Expression:
    """Signalling NaN: arithmetic makes it quiet."""
    return x


@rule(o.Float64Add(o.Float64Add(x, y), z))
def reassociate() -> Expression:
    """Rounding: it matters which sum is rounded first."""
    return o.Float64Add(x, o.Float64Add(y, z))


@rule(o.Float64Div(x, y))
def multiply_by_the_inverse() -> Expression:
    """Rounding: 1 / y is rounded already."""
    return o.Float64Mul(x, o.Float64Div(1.0, y))


@rule(o.TruncateFloat64ToFloat32(o.Float64Mul(x, 2.0)))
def double_after_rounding() -> Expression:
    """Subnormal numbers: rounding to them loses bits that doubling would keep."""
    return o.Float32Mul(o.TruncateFloat64ToFloat32(x), 2.0)


@rule(o.RoundInt64ToFloat32(x))
def round_twice() -> Expression:
    """Rounding: first to 53 bits, then to 24."""
    return o.TruncateFloat64ToFloat32(o.RoundInt64ToFloat64(x))


@rule(w.Clz(x))
def leading_zeros_are_below_32() -> Expression:
    """Zero has 32 leading zeros."""
    return w.And(w.Clz(x), 31)


@rule(o.Word32Select(x, y, z))
def select_by_the_lowest_bit() -> Expression:
    """Truth: every number but zero is true, 2 too."""
    return o.Word32Select(w.And(x, 1), y, z)


@rule(long.Equal(long.Mul(x, 0x9E3779B97F4A7C15), 0x0123456789ABCDEF))
def wrong_for_one_value() -> Expression:
    """One value in 2**64: an odd factor has an inverse."""
    return as_expression(0)


@rule(w.UDiv(x, C), where=is_power_of_two(C & (C - 1)))
def wrong_condition() -> Expression:
    """The condition holds for the wrong constants."""
    return w.Shr(x, log2(C))
