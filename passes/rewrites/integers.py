"""Algebra of words: identities, constants gathered, canonical forms. Constants of commutative operators stand on the
right.
"""

from __future__ import annotations

from seaofnodes.passes.patterns import (
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

RULES = RuleSet("integers")

x, y, z = variables("x y z")
C, D = constants("C D")
o = Operators()


def _declare(w: Width) -> None:
    bits = w.bits
    end = f"_{bits}"
    rule = RULES.rule

    @rule(w.Add(x, 0), suffix=end)
    def add_zero() -> Expression:
        """x + 0 is x."""
        return x

    @rule(w.Add(w.Add(x, C), D), suffix=end)
    def add_constants() -> Expression:
        """(x + C) + D is x + (C + D)."""
        return w.Add(x, C + D)

    @rule(w.Add(w.Sub(C, x), D), suffix=end)
    def add_to_constant_minus() -> Expression:
        """(C - x) + D is (C + D) - x."""
        return w.Sub(C + D, x)

    @rule(w.Add(w.Sub(x, y), y), suffix=end)
    def add_after_sub() -> Expression:
        """(x - y) + y is x."""
        return x

    @rule(w.Add(x, w.Sub(0, y)), suffix=end)
    def add_negated() -> Expression:
        """x + -y is x - y."""
        return w.Sub(x, y)

    @rule(w.Sub(x, C), where=C.ne(0), suffix=end)
    def sub_constant() -> Expression:
        """x - C is x + -C, the canonical form."""
        return w.Add(x, -C)

    @rule(w.Sub(x, 0), suffix=end)
    def sub_zero() -> Expression:
        """x - 0 is x."""
        return x

    @rule(w.Sub(x, x), suffix=end)
    def sub_self() -> Expression:
        """x - x is 0."""
        return as_expression(0)

    @rule(w.Sub(w.Add(x, y), y), suffix=end)
    def sub_after_add() -> Expression:
        """(x + y) - y is x."""
        return x

    @rule(w.Sub(x, w.Sub(0, y)), suffix=end)
    def sub_negated() -> Expression:
        """x - -y is x + y."""
        return w.Add(x, y)

    @rule(w.Sub(C, w.Add(x, D)), suffix=end)
    def sub_from_constants() -> Expression:
        """C - (x + D) is (C - D) - x."""
        return w.Sub(C - D, x)

    @rule(w.Mul(x, 0), suffix=end)
    def mul_zero() -> Expression:
        """x * 0 is 0."""
        return as_expression(0)

    @rule(w.Mul(x, 1), suffix=end)
    def mul_one() -> Expression:
        """x * 1 is x."""
        return x

    @rule(w.Mul(x, -1), suffix=end)
    def mul_minus_one() -> Expression:
        """x * -1 is 0 - x."""
        return w.Sub(0, x)

    @rule(w.Mul(x, C), where=is_power_of_two(C), suffix=end)
    def mul_power_of_two() -> Expression:
        """x * 2**k is x << k."""
        return w.Shl(x, log2(C))

    @rule(w.Mul(w.Mul(x, C), D), suffix=end)
    def mul_constants() -> Expression:
        """(x * C) * D is x * (C * D)."""
        return w.Mul(x, C * D)

    @rule(w.Mul(w.Shl(x, C), D), suffix=end)
    def mul_of_shl() -> Expression:
        """(x << C) * D is x * (D << C)."""
        return w.Mul(x, D.shl(C))

    @rule(w.And(x, 0), suffix=end)
    def and_zero() -> Expression:
        """x & 0 is 0."""
        return as_expression(0)

    @rule(w.And(x, -1), suffix=end)
    def and_ones() -> Expression:
        """x & -1 is x."""
        return x

    @rule(w.And(x, x), suffix=end)
    def and_self() -> Expression:
        """x & x is x."""
        return x

    @rule(w.And(w.And(x, C), D), suffix=end)
    def and_constants() -> Expression:
        """(x & C) & D is x & (C & D)."""
        return w.And(x, C & D)

    @rule(w.And(w.Shl(x, C), D), where=(D.lshr(C).shl(C)).eq(D) & (~D).lshr(C).eq(0), suffix=end)
    def and_of_shl_keeps_all() -> Expression:
        """The low bits of a shift to the left are zero already."""
        return w.Shl(x, C)

    @rule(w.And(w.Shr(x, C), D), where=(((D + 1).shl(C)).eq(0)) & C.ne(0) & C.ult(bits), suffix=end)
    def and_of_shr_keeps_all() -> Expression:
        """The high bits of a logical shift to the right are zero already."""
        return w.Shr(x, C)

    @rule(w.Or(x, 0), suffix=end)
    def or_zero() -> Expression:
        """x | 0 is x."""
        return x

    @rule(w.Or(x, -1), suffix=end)
    def or_ones() -> Expression:
        """x | -1 is -1."""
        return as_expression(-1)

    @rule(w.Or(x, x), suffix=end)
    def or_self() -> Expression:
        """x | x is x."""
        return x

    @rule(w.Or(w.Or(x, C), D), suffix=end)
    def or_constants() -> Expression:
        """(x | C) | D is x | (C | D)."""
        return w.Or(x, C | D)

    @rule(w.Or(w.Shl(x, C), w.Shr(x, D)), where=(C + D).eq(bits) & C.ult(bits) & D.ult(bits), suffix=end)
    def or_of_shifts_is_rotate() -> Expression:
        """x << C | x >> bits - C is a rotation."""
        return w.Ror(x, D)

    @rule(w.Xor(x, 0), suffix=end)
    def xor_zero() -> Expression:
        """x ^ 0 is x."""
        return x

    @rule(w.Xor(x, x), suffix=end)
    def xor_self() -> Expression:
        """x ^ x is 0."""
        return as_expression(0)

    @rule(w.Xor(w.Xor(x, C), D), suffix=end)
    def xor_constants() -> Expression:
        """(x ^ C) ^ D is x ^ (C ^ D)."""
        return w.Xor(x, C ^ D)

    @rule(w.Xor(w.Xor(x, y), y), suffix=end)
    def xor_twice() -> Expression:
        """(x ^ y) ^ y is x."""
        return x

    @rule(w.Shl(w.Add(x, C), D), suffix=end)
    def shl_of_add() -> Expression:
        """(x + C) << D is (x << D) + (C << D): addresses have a place for a scale and a sum, in that order."""
        return w.Add(w.Shl(x, D), C.shl(D))

    for name in ("Shl", "Shr", "Sar", "Rol", "Ror"):
        shift = getattr(w, name)

        @rule(shift(x, 0), suffix=f"_{name.lower()}{end}")
        def shift_by_zero() -> Expression:
            """A shift by 0 changes nothing."""
            return x

        @rule(shift(x, C), where=(~C.ult(bits)), suffix=f"_{name.lower()}{end}")
        def shift_count_modulo(shift: object = shift) -> Expression:
            """Counts are taken modulo the width."""
            return shift(x, C & (bits - 1))  # type: ignore[operator, no-any-return]

        @rule(shift(x, w.And(y, C)), where=(C & (bits - 1)).eq(bits - 1), suffix=f"_{name.lower()}{end}")
        def shift_count_masked(shift: object = shift) -> Expression:
            """The machine masks the count itself."""
            return shift(x, y)  # type: ignore[operator, no-any-return]

        if name in ("Shl", "Shr"):

            @rule(
                shift(shift(x, C), D),
                where=C.ult(bits) & D.ult(bits) & (C + D).ult(bits),
                suffix=f"_{name.lower()}{end}",
            )
            def shift_twice(shift: object = shift) -> Expression:
                """Two shifts in the same direction are one."""
                return shift(x, C + D)  # type: ignore[operator, no-any-return]

    @rule(w.Shr(w.Sar(x, C), bits - 1), suffix=end)
    def sign_bit_of_sar() -> Expression:
        """A shift to the right keeps the sign."""
        return w.Shr(x, bits - 1)

    @rule(w.Rol(x, C), where=C.ne(0) & C.ult(bits), suffix=end)
    def rol_is_ror() -> Expression:
        """Rotations by constants go to the right."""
        return w.Ror(x, _complement(C, bits))

    @rule(w.Ror(w.Ror(x, C), D), suffix=end)
    def rotate_twice() -> Expression:
        """Two rotations are one."""
        return w.Ror(x, (C + D) & (bits - 1))

    @rule(w.Sar(w.Shl(x, C), D), where=C.eq(bits - 8) & D.eq(bits - 8), suffix=end)
    def shifts_extend_byte() -> Expression:
        """Up and down again, keeping the sign: an extension."""
        return getattr(o, f"SignExtendWord8ToInt{bits}")(x)  # type: ignore[no-any-return]

    @rule(w.Sar(w.Shl(x, C), D), where=C.eq(bits - 16) & D.eq(bits - 16), suffix=end)
    def shifts_extend_half() -> Expression:
        """Up and down again, keeping the sign: an extension."""
        return getattr(o, f"SignExtendWord16ToInt{bits}")(x)  # type: ignore[no-any-return]


def _complement(count: Value, bits: int) -> Value:
    return -count & (bits - 1)


_declare(Width(32))
_declare(Width(64))
