"""Four rules to prove. Which of them are right?"""

from seaofnodes.passes.patterns import Expression, Operators, constants, is_power_of_two, variables
from seaofnodes.passes.rules import RuleSet

rules = RuleSet("my-rules")
x, y = variables("x y")
C, D = constants("C D")
o = Operators()


@rules.rule(o.Word32Xor(o.Word32Or(x, C), C))
def clear_bits() -> Expression:
    """Setting bits and flipping them again clears them."""
    return o.Word32And(x, ~C)


@rules.rule(o.Int32Mod(x, C), where=is_power_of_two(C))
def remainder_is_mask() -> Expression:
    """x % 2**k is the low k bits of x."""
    return o.Word32And(x, C - 1)


@rules.rule(o.Word32And(o.Word32Shl(x, C), D), where=C.ne(0) & D.ult(2))
def nothing_in_the_lowest_place() -> Expression:
    """After a shift to the left, the lowest bit is 0."""
    return o.Word32And(x, 0)


@rules.rule(o.TruncateFloat64ToFloat32(o.Float64Div(o.ChangeFloat32ToFloat64(x), o.ChangeFloat32ToFloat64(y))))
def narrow_quotient() -> Expression:
    """A quotient of short floats that is rounded twice is the one that is rounded once."""
    return o.Float32Div(x, y)
