"""Operators: what a node does, apart from its inputs. Immutable values; parametric ones compare by name and
parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from seaofnodes.ir.types import NONE, Type

Meaning = Callable[..., Any]
EVERYTHING = "*"  # as an alias class: may read or write anything an observer can see


class Operator:
    """An operator: input and output counts by kind, properties, parameters, and for pure operators a meaning.

    Inputs of a node are ordered values, frame state, effects, controls. `type` is the type of the value output (NONE
    if there is none, or several). `reads` and `writes` name the alias class that an operator with an effect input
    touches: "" for none, "*" for all. `meaning` takes `bits.Bits` and `bits.Float` operands, in the order of the
    inputs, and gives the result: folding, evaluation and proofs use it.
    """

    __slots__ = (
        "_hash",
        "associative",
        "commutative",
        "control_in",
        "control_index",
        "control_out",
        "effect_in",
        "effect_index",
        "effect_out",
        "frame_in",
        "input_count",
        "meaning",
        "name",
        "parameters",
        "pure",
        "reads",
        "signature",
        "type",
        "value_in",
        "writes",
    )

    def __init__(
        self,
        name: str,
        *,
        type: Type = NONE,
        values: int = 0,
        frames: int = 0,
        effects: int = 0,
        controls: int = 0,
        effect_out: int = 0,
        control_out: int = 0,
        pure: bool = False,
        commutative: bool = False,
        associative: bool = False,
        reads: str = "",
        writes: str = "",
        parameters: Hashable = None,
        signature: tuple[Type, ...] = (),
        meaning: Meaning | None = None,
    ) -> None:
        self.name = name
        self.parameters: Any = parameters
        self.type = type
        self.value_in = values
        self.frame_in = frames
        self.effect_in = effects
        self.control_in = controls
        self.effect_out = effect_out
        self.control_out = control_out
        self.effect_index = values + frames
        self.control_index = values + frames + effects
        self.input_count = values + frames + effects + controls
        self.pure = pure
        self.commutative = commutative
        self.associative = associative
        self.reads = reads
        self.writes = writes
        self.signature = signature
        self.meaning = meaning
        self._hash = hash((name, parameters))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Operator)
            and self._hash == other._hash
            and self.name == other.name
            and self.parameters == other.parameters
            and self.input_count == other.input_count
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        if self.parameters is None:
            return self.name
        parameters = self.parameters if isinstance(self.parameters, tuple) else (self.parameters,)
        return f"{self.name}[{', '.join(map(str, parameters))}]"

    @property
    def is_control(self) -> bool:
        """Does the node shape control flow (blocks begin or end with it)?"""
        return self.name in CONTROL_NAMES


def may_write(op: Operator, alias: str) -> bool:
    """May an operator write to this alias class? A stack check serves interrupts, which change no tables."""
    if op.writes == EVERYTHING:
        return not (op.name == "StackCheck" and alias.startswith("table"))
    return op.writes == alias


CONTROL_NAMES = frozenset(
    """Start End Branch IfTrue IfFalse Switch IfValue IfDefault IfSuccess IfException Merge Loop Return Throw
    Unreachable Deoptimize Terminate""".split()
)
