"""References: comparisons; and words that are made references and back, such as small integers in their upper half."""

from __future__ import annotations

from seaofnodes.ir.ops.objects import REFERENCE_TO_WORD64, WORD64_TO_REFERENCE
from seaofnodes.passes.patterns import Expression, Operators, constants, variables
from seaofnodes.passes.patterns.expressions import Pattern
from seaofnodes.passes.rules.declare import RuleSet

RULES = RuleSet("references")

x, y = variables("x y")
C, D = constants("C D")
o = Operators()
rule = RULES.rule
to_word, to_reference = Pattern(REFERENCE_TO_WORD64), Pattern(WORD64_TO_REFERENCE)

_UPPER_HALF = C.ult(64) & ~C.ult(32)
_BELOW = D.lshr(C).eq(0)  # bits that a shift by C leaves free



def _upper(value: Expression) -> Expression:
    return o.Word64Shl(o.ChangeUint32ToUint64(value), C)


@rule(o.ReferenceEqual(x, x))
def same_reference() -> Expression:
    """A reference equals itself."""
    return o.Word32Equal(0, 0)


@rule(o.ReferenceEqual(to_reference(x), to_reference(y)))
def compare_words() -> Expression:
    """Words can be compared as such."""
    return o.Word64Equal(x, y)


@rule(to_word(to_reference(x)))
def word_of_reference() -> Expression:
    """There and back."""
    return x


@rule(o.TruncateInt64ToInt32(o.Word64Shr(o.Word64Or(_upper(x), D), C)), where=_UPPER_HALF & _BELOW)
def shifted_back_unsigned() -> Expression:
    """What was put below is shifted out again, and what was shifted out is zero."""
    return o.Word32And(x, (C - C - 1).lshr(C).low(32))


@rule(o.TruncateInt64ToInt32(o.Word64Sar(o.Word64Or(_upper(x), D), C)), where=_UPPER_HALF & _BELOW)
def shifted_back_signed() -> Expression:
    """What was put below is shifted out again, and what was shifted out is the sign."""
    return o.Word32Sar(o.Word32Shl(x, C.low(32) - 32), C.low(32) - 32)


@rule(o.Word64Equal(o.Word64Or(_upper(x), D), o.Word64Or(_upper(y), D)), where=_UPPER_HALF & _BELOW)
def equal_upper_halves() -> Expression:
    """The same was put below both."""
    return o.Word32Equal(o.Word32Shl(x, C.low(32) - 32), o.Word32Shl(y, C.low(32) - 32))


@rule(o.Word64Equal(o.Word64Or(o.Word64Shl(x, 33), 1 << 32), C))
def equal_small_integer() -> Expression:
    """The bit below a small integer is taken off the constant."""
    return o.Word64Equal(o.Word64Shl(x, 33), C ^ 1 << 32)


@rule(o.Word64Equal(_upper(x), D), where=_UPPER_HALF & D.low(32).eq(0))
def equal_upper_half() -> Expression:
    """The lower halves are zero."""
    return o.Word32Equal(o.Word32Shl(x, C.low(32) - 32), D.lshr(32).low(32))
