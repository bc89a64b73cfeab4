"""What became of a rule, and values that refute one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from seaofnodes.ir.bits import Bits, Float, unwrap
from seaofnodes.ir.types import TYPES, Type

PROVED, TESTED, WRONG, VACUOUS, UNKNOWN = STATUSES = ("proved", "tested", "wrong", "vacuous", "unknown")
GOOD: Final = frozenset((PROVED, TESTED))


@dataclass(frozen=True, slots=True)
class Known:
    """A value of a type: `bits` is its pattern. shown: the text for it, if it is more than a number; its type may be ""
    then.
    """

    name: str
    type: str
    bits: int
    shown: str = ""

    @classmethod
    def of(cls, name: str, value: Bits | Float, type: Type) -> Known:
        return cls(name, type.name, unwrap(value, type.bits))

    def __str__(self) -> str:
        if self.shown:
            return self.shown
        type = TYPES[self.type]
        pattern = f"{self.bits:#0{type.bits // 4 + 2}x}"
        if type.is_float:
            return f"{_float_text(Float(type.bits, self.bits))} ({pattern})"
        if self.bits < 1024:
            return str(self.bits)
        signed = Bits(type.bits, self.bits).signed
        unsigned = f", unsigned {self.bits}" if signed < 0 else ""
        return f"{signed} ({pattern}{unsigned})"

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "type": self.type, "bits": self.bits, "text": str(self)}


def _float_text(value: Float) -> str:
    if not value.is_nan:
        return repr(value.number)
    quiet = value.bits >> (22 if value.width == 32 else 51) & 1
    return ("-" if value.bits >> (value.width - 1) else "") + ("NaN" if quiet else "signalling NaN")


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Values for which a rule is wrong.

    left, right: what the graph evaluator gives before and after the rule; unsafe: what the replacement executes and
    must not, as a division by zero, or ""; confirmed: did the rule fire on that graph, and is it wrong there?
    """

    values: tuple[Known, ...]
    left: Known
    right: Known
    unsafe: str
    confirmed: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "values": [value.to_json() for value in self.values],
            "pattern": self.left.to_json(),
            "replacement": self.right.to_json(),
            "unsafe": self.unsafe,
            "confirmed": self.confirmed,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """rule: its name; text: the rule itself; status: "proved", "tested" (no proof within the work allowed, and no value
    that refutes it), "wrong", "vacuous" (its condition never holds), or "unknown"; method: how that is known; seconds:
    how long it took; where: file:line of its declaration.
    """

    rule: str
    text: str
    status: str
    method: str
    seconds: float
    counterexample: Counterexample | None = None
    where: str = ""

    @property
    def good(self) -> bool:
        """May the rule be used?"""
        return self.status in GOOD

    def to_json(self) -> dict[str, Any]:
        found = self.counterexample
        return {
            "rule": self.rule,
            "text": self.text,
            "where": self.where,
            "status": self.status,
            "method": self.method,
            "seconds": round(self.seconds, 3),
            "counterexample": None if found is None else found.to_json(),
        }
