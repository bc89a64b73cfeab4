"""Rules over loads, stores and phis that look right and are not; the docstrings say why."""

from __future__ import annotations

from seaofnodes.ir.types import WORD64
from seaofnodes.passes.patterns import Expression, Operators, as_expression, constants, variables
from seaofnodes.passes.patterns.state import addresses, each, load, nothing, phi, store
from seaofnodes.passes.rules import RuleSet, at_most, in_bounds

RULES = RuleSet("wrong-state")
x, y, z = variables("x y z")
C, D = constants("C D")
a, b = addresses("a b")
o = Operators()
rule = RULES.rule


@rule(o.Word32And(load("Word32", a), 255))
def narrow_a_load() -> Expression:
    """Trap: the word may end beyond the memory, the byte does not."""
    return load("Uint8", a)


@rule(o.TruncateInt64ToInt32(load("Word64", a)))
def load_one_half() -> Expression:
    """Trap: the lower half does not tell whether the upper one is there."""
    return load("Word32", a)


@rule(load("Uint8", a))
def widen_a_load() -> Expression:
    """Trap, and value: more is loaded."""
    return load("Uint16", a)


@rule(o.Word32And(load("Uint8", a), x), where=in_bounds(a))
def load_beyond_what_is_known() -> Expression:
    """That a byte is in bounds does not say it of a word."""
    return o.Word32And(load("Word32", a), x)


@rule(o.Word32Shr(load("Word32", a), 16))
def load_the_wrong_half() -> Expression:
    """Bytes: the lowest is the first."""
    return load("Uint16", a)


@rule(o.SignExtendWord8ToInt32(load("Uint16", a)), where=in_bounds(a))
def load_the_wrong_byte() -> Expression:
    """Bytes: the sign is the first byte's."""
    return load("Int8", a + 1)


@rule(o.ChangeInt32ToInt64(load("Uint8", a)))
def extend_another_way() -> Expression:
    """Sign: of a byte that is loaded without one."""
    return load("Int8", a, WORD64)


@rule(o.Word32Or(load("Uint8", a + 1), o.Word32Shl(load("Uint8", a), 8)))
def load_big_endian() -> Expression:
    """Bytes: in the other order."""
    return load("Uint16", a)


@rule(o.Word32Equal(load("Word32", a), load("Word32", b)))
def two_places() -> Expression:
    """Two addresses may be of different places."""
    return as_expression(1)


@rule(store("Word16", a, load("Uint8", a)), where=in_bounds(a))
def store_more_than_was_loaded() -> Expression:
    """Memory: the second byte becomes zero."""
    return nothing


@rule(store("Word16", a, load("Uint8", a)))
def store_at_the_end() -> Expression:
    """Trap: of the second byte."""
    return nothing


@rule(store("Word8", a, load("Uint8", b)))
def store_from_elsewhere() -> Expression:
    """Memory: what is at b need not be at a."""
    return nothing


@rule(store("Word16", a, o.Word32And(x, C)), where=(C & 255).eq(255))
def mask_too_little() -> Expression:
    """Memory: the second byte is masked."""
    return store("Word16", a, x)


@rule(store("Word16", a, o.Word32And(x, 255)))
def store_less() -> Expression:
    """Memory: the second byte is stored, too."""
    return store("Word8", a, x)


@rule(store("Word16", a, x), where=at_most(x, 255) & in_bounds(a))
def store_the_other_byte() -> Expression:
    """Memory: the first byte is the lowest."""
    return store("Word8", a + 1, x)


@rule(store("Float32", a, o.Float32Neg(x)))
def store_another_nan() -> Expression:
    """NaN: a subtraction may change its sign."""
    return store("Float32", a, o.Float32Sub(-0.0, x))


@rule(phi(o.Int32Sub(each(x), y)))
def subtract_the_other_way() -> Expression:
    """Order: of the operands."""
    return o.Int32Sub(y, phi(each(x)))


@rule(phi(o.Word32And(each(x), each(C))))
def one_mask_for_all() -> Expression:
    """Each input has a mask of its own."""
    return phi(each(x))


@rule(phi(o.Int32Add(x, y), o.Int32Sub(x, z)))
def forget_the_sign() -> Expression:
    """Inputs: the second one is a difference."""
    return o.Int32Add(x, phi(y, z))


@rule(phi(o.Int32Div(each(x), y)))
def divide_afterwards() -> Expression:
    """Check: that x divides by y is no proof that y divides by x."""
    return o.Int32Div(y, phi(each(x)))
