"""Loads and stores with what is done to their values, and phis of constants.

Bytes that were accessed are accessed still, since an access may trap at each of them. What the back end does when it
covers a load (extensions of as many bits as are loaded, masks of what is stored in less than 32 bits) is not here.
"""

from __future__ import annotations

from seaofnodes.ir.types import WORD32, WORD64
from seaofnodes.passes.patterns import (
    Expression,
    Operators,
    Width,
    addresses,
    constants,
    each,
    load,
    phi,
    store,
    variables,
)
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.facts import one_use

RULES = RuleSet("memory")

(x,) = variables("x")
C, D = constants("C D")
(a,) = addresses("a")
o = Operators()


def _declare_bits(bits: int) -> None:
    """Floats that are loaded and stored as words, and words as floats."""
    rule, end = RULES.rule, f"_{bits}"
    word, number = f"Word{bits}", f"Float{bits}"
    to_float = getattr(o, f"BitcastInt{bits}ToFloat{bits}")
    to_word = getattr(o, f"BitcastFloat{bits}ToInt{bits}")

    @rule(to_float(one_use(load(word, a))), suffix=end)
    def load_as_float() -> Expression:
        """The bits of a float can be loaded as one."""
        return load(number, a)

    @rule(to_word(one_use(load(number, a))), suffix=end)
    def load_as_word() -> Expression:
        """The bits of a float can be loaded as a word."""
        return load(word, a)

    @rule(store(number, a, to_float(x)), suffix=end)
    def store_as_word() -> Expression:
        """A word whose bits are stored as a float's can be stored itself."""
        return store(word, a, x)

    @rule(store(word, a, to_word(x)), suffix=end)
    def store_as_float() -> Expression:
        """A float whose bits are stored can be stored itself."""
        return store(number, a, x)


def _declare_masks(w: Width) -> None:
    """Masks of what loads extend."""
    rule, type = RULES.rule, WORD32 if w.bits == 32 else WORD64
    for bits in (8, 16, 32):
        if bits == w.bits:
            continue
        ones, end = (1 << bits) - 1, f"_{bits}_{w.bits}"

        @rule(w.And(load(f"Uint{bits}", a, type), ones), suffix=end)
        def mask_of_load(bits: int = bits) -> Expression:
            """What was not loaded is zero already."""
            return load(f"Uint{bits}", a, type)

        @rule(w.And(one_use(load(f"Int{bits}", a, type)), ones), suffix=end)
        def load_without_sign(bits: int = bits) -> Expression:
            """The copies of the sign are masked away."""
            return load(f"Uint{bits}", a, type)


def _declare_widths() -> None:
    """Loads that extend to 64 bits at once, and stores of what was extended."""
    rule = RULES.rule
    for rep in ("Int8", "Uint8", "Int16", "Uint16"):

        @rule(o.ChangeInt32ToInt64(one_use(load(rep, a))), suffix=f"_{rep.lower()}")
        def load_wide(rep: str = rep) -> Expression:
            """A load extends to 64 bits as well."""
            return load(rep, a, WORD64)

    for bits in (8, 16, 32):

        @rule(store(f"Word{bits}", a, o.ChangeInt32ToInt64(x), WORD64), suffix=f"_{bits}")
        def store_before_extension(bits: int = bits) -> Expression:
            """The upper half is not stored."""
            return store(f"Word{bits}", a, x)

    @rule(store("Word32", a, o.Word64And(x, 0xFFFFFFFF), WORD64))
    def store_before_mask() -> Expression:
        """What is masked away is not stored."""
        return store("Word32", a, x, WORD64)


def _declare_phis(w: Width) -> None:
    @RULES.rule(w.Equal(one_use(phi(each(C))), D), suffix=f"_{w.bits}")
    def equal_of_constants() -> Expression:
        """Which of the constants are equal is known: a phi of zeros and ones."""
        return phi(each(C).eq(D))


for _bits in (32, 64):
    _declare_bits(_bits)
    _declare_masks(Width(_bits))
    _declare_phis(Width(_bits))
_declare_widths()
