"""Types of values in a graph: what a register or a slot holds."""

from __future__ import annotations


class Type:
    """A machine-level type; types are compared by identity.

    Attributes: name; bits: width; is_float: lives in xmm registers; is_reference: the collector must see it.
    """

    __slots__ = ("bits", "is_float", "is_reference", "name")

    def __init__(self, name: str, bits: int, is_float: bool = False, is_reference: bool = False) -> None:
        self.name = name
        self.bits = bits
        self.is_float = is_float
        self.is_reference = is_reference

    def __repr__(self) -> str:
        return self.name


WORD32 = Type("Word32", 32)
WORD64 = Type("Word64", 64)
FLOAT32 = Type("Float32", 32, is_float=True)
FLOAT64 = Type("Float64", 64, is_float=True)
REFERENCE = Type("Reference", 64, is_reference=True)
ANY = Type("Any", 0)  # in signatures: whatever type
STATE = Type("State", 0)  # values of a frame state, see ops/frames.py; nothing at run time
NONE = Type("None", 0)  # a node without one value of its own: control, effects, calls with several results

TYPES = {t.name: t for t in (WORD32, WORD64, FLOAT32, FLOAT64, REFERENCE, STATE, NONE)}
