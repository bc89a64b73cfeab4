"""Divisions by powers of two as shifts and masks, and narrower divisions of extended words.

A division's control input is the check of its divisor. A constant that is not zero needs none, so the replacement may
float. INT_MIN / -1 wraps here: the check for overflow stands before it.
"""

from __future__ import annotations

from seaofnodes.passes.patterns import (
    Apply,
    Expression,
    Operators,
    Value,
    Width,
    as_expression,
    constants,
    is_power_of_two,
    log2,
    variables,
)
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.facts import not_negative

RULES = RuleSet("division")

(x,) = variables("x")
(C,) = constants("C")
o = Operators()
rule = RULES.rule


def _bias(w: Width, shift: Value) -> Apply:
    """2**shift - 1 if x is negative, else 0: makes a shift to the right round towards zero."""
    return w.Shr(w.Sar(x, w.bits - 1), -shift & (w.bits - 1))


def _declare(w: Width) -> None:
    bits = w.bits
    end = f"_{bits}"

    @rule(w.UDiv(x, C), where=is_power_of_two(C), suffix=end)
    def unsigned_quotient_is_shift() -> Expression:
        """x / 2**k is x >> k."""
        return w.Shr(x, log2(C))

    @rule(w.UMod(x, C), where=is_power_of_two(C), suffix=end)
    def unsigned_remainder_is_mask() -> Expression:
        """x % 2**k is the low k bits."""
        return w.And(x, C - 1)

    @rule(w.UDiv(x, C), where=C.slt(0), suffix=end)
    def unsigned_quotient_is_comparison() -> Expression:
        """Nothing is twice as large as a divisor with the highest bit set."""
        holds = w.ULessThanOrEqual(C, x)
        return holds if bits == 32 else o.ChangeUint32ToUint64(holds)

    @rule(w.Div(x, 1), suffix=end)
    def quotient_by_one() -> Expression:
        """x / 1 is x."""
        return x

    @rule(w.Div(x, -1), suffix=end)
    def quotient_by_minus_one() -> Expression:
        """x / -1 is -x; INT_MIN has trapped."""
        return w.Sub(0, x)

    @rule(w.Div(x, C), where=is_power_of_two(C) & C.ne(1) & not_negative(x), suffix=end)
    def quotient_without_sign_is_shift() -> Expression:
        """x / 2**k is x >> k where x is not negative."""
        return w.Shr(x, log2(C))

    @rule(w.Mod(x, C), where=is_power_of_two(C) & C.ne(1) & not_negative(x), suffix=end)
    def remainder_without_sign_is_mask() -> Expression:
        """x % 2**k is the low k bits where x is not negative."""
        return w.And(x, C - 1)

    @rule(w.Div(x, C), where=is_power_of_two(C) & C.ne(1) & ~C.slt(0), suffix=end)
    def quotient_is_shift() -> Expression:
        """x / 2**k is x >> k, with a bias where x is negative, so that it rounds towards zero."""
        return w.Sar(w.Add(x, _bias(w, log2(C))), log2(C))

    @rule(w.Div(x, C), where=is_power_of_two(-C) & C.ne(-1) & C.slt(0), suffix=end)
    def quotient_is_negated_shift() -> Expression:
        """x / -2**k is -(x / 2**k)."""
        return w.Sub(0, w.Sar(w.Add(x, _bias(w, log2(C))), log2(C)))

    @rule(w.Mod(x, C), where=C.eq(1) | C.eq(-1), suffix=end)
    def remainder_by_one() -> Expression:
        """Nothing is left."""
        return as_expression(0)

    @rule(w.Mod(x, C), where=(is_power_of_two(C) | is_power_of_two(-C)) & C.ne(1) & C.ne(-1), suffix=end)
    def remainder_is_mask() -> Expression:
        """x % 2**k is the low k bits, with a bias where x is negative: the sign is that of x."""
        bias = _bias(w, log2(C))
        return w.Sub(w.And(w.Add(x, bias), (C & -C) - 1), bias)

    @rule(w.Mul(x, C), where=_scaled(C) & ~C.low(1).eq(1), suffix=end)
    def mul_by_scaled_three_five_nine() -> Expression:
        """x * (3 << k) is x * 3 << k, and so for 5 and 9: LEA multiplies by these in one cycle, IMUL takes three."""
        return w.Shl(w.Mul(x, C.lshr(log2(C & -C))), log2(C & -C))

    @rule(w.Mul(x, C), where=is_power_of_two(C - 1) & ~C.ule(16), suffix=end)
    def mul_by_power_of_two_plus_one() -> Expression:
        """x * (2**k + 1) is (x << k) + x: two cycles, IMUL takes three."""
        return w.Add(w.Shl(x, log2(C - 1)), x)

    @rule(w.Mul(x, C), where=is_power_of_two(C + 1) & ~C.ule(3), suffix=end)
    def mul_by_power_of_two_minus_one() -> Expression:
        """x * (2**k - 1) is (x << k) - x: two cycles, IMUL takes three."""
        return w.Sub(w.Shl(x, log2(C + 1)), x)


def _scaled(value: Value) -> Value:
    """Is it 3, 5 or 9 times a power of two?"""
    odd = value.lshr(log2(value & -value))
    return value.ne(0) & (odd.eq(3) | odd.eq(5) | odd.eq(9))


_declare(Width(32))
_declare(Width(64))

for _name in ("Div", "Mod"):

    @rule(
        getattr(o, f"Uint64{_name}")(o.ChangeUint32ToUint64(x), C),
        where=C.lshr(32).eq(0) & C.ne(0),
        suffix=f"_{_name.lower()}",
    )
    def narrow_unsigned(name: str = _name) -> Expression:
        """Both fit in 32 bits, and so does the result."""
        return o.ChangeUint32ToUint64(getattr(o, f"Uint32{name}")(x, C.low(32)))

    @rule(
        getattr(o, f"Int64{_name}")(o.ChangeInt32ToInt64(x), C),
        where=C.low(32).sext(64).eq(C) & C.ne(0) & C.ne(-1),
        suffix=f"_{_name.lower()}",
    )
    def narrow_signed(name: str = _name) -> Expression:
        """Both fit in 32 bits, and so does the result, but for INT32_MIN / -1."""
        return o.ChangeInt32ToInt64(getattr(o, f"Int32{name}")(x, C.low(32)))
