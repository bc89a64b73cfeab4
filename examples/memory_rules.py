"""Rules over loads, stores and phis. Which of them are right?"""

from seaofnodes.passes.patterns import (
    Expression,
    Operators,
    addresses,
    constants,
    each,
    load,
    nothing,
    phi,
    store,
    variables,
)
from seaofnodes.passes.rules import RuleSet, in_bounds, one_use

rules, o = RuleSet("memory-rules"), Operators()
(x, y), (C, D) = variables("x y"), constants("C D")
(a,) = addresses("a")


@rules.rule(o.Word32Shr(load("Word32", a), 24))
def load_the_last_byte() -> Expression:
    """Of a word that is shifted down to its highest byte, only that byte is needed."""
    return load("Uint8", a + 3)


@rules.rule(o.Word32And(load("Word32", a), 255), where=in_bounds(a))
def load_the_first_byte_in_bounds() -> Expression:
    """Of a word that is masked, only the lowest byte is needed."""
    return load("Uint8", a)


@rules.rule(o.Word32And(load("Word32", a), 255))
def load_the_first_byte() -> Expression:
    """The same wherever it is."""
    return load("Uint8", a)


@rules.rule(o.Word32Or(load("Uint8", a), o.Word32Shl(load("Uint8", a + 1), 8)))
def load_both_bytes() -> Expression:
    """Two bytes put together are a halfword."""
    return load("Uint16", a)


@rules.rule(store("Word16", a, o.Word32Xor(load("Uint16", a), C)), where=C.ult(256))
def flip_one_byte() -> Expression:
    """Only the lowest byte changes."""
    return store("Word8", a, o.Word32Xor(load("Uint16", a), C))


@rules.rule(store("Word16", a, load("Uint8", a)), where=in_bounds(a))
def store_what_is_there() -> Expression:
    """That changes nothing."""
    return nothing


@rules.rule(phi(o.Int32Add(each(x), y)))
def add_afterwards() -> Expression:
    """What is added on every way can be added where the ways meet."""
    return o.Int32Add(phi(each(x)), y)


@rules.rule(o.Word32And(one_use(phi(each(C))), D))
def mask_constants() -> Expression:
    """Constants can be masked before they meet."""
    return phi(each(C) & D)
