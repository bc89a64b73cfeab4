"""Operators: what a node does, apart from its inputs. Immutable values; parametric ones compare by name and
parameters. Dialects declare them (ir/dialect.py).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, Protocol

from seaofnodes.ir.types import NONE, Type

Meaning = Callable[..., Any]
EVERYTHING = "*"  # as an alias class: may read or write anything an observer can see


class SynchronousAlias(str):
    """An alias class that calls and stores of the function itself may write, but no interrupt."""

    __slots__ = ()


class Order(NamedTuple):
    """A comparison `left < right` (strict) or `left <= right` of integers."""

    signed: bool
    strict: bool


class Traits(NamedTuple):
    """What passes, the verifier and the back end ask of an operator, whatever it is called.

    is_header, is_terminator: a block begins, ends with it; is_merge: Merge or Loop; is_loop: Loop; is_phi: of values or
    of effects; is_if: one of the successors of a Branch, a Switch or a call in a try; is_after_call: one of a call in a
    try; is_projection: one result of its first input; is_parameter: a value at the start; is_constant: numeric or null;
    is_frame_state; is_state_values: some of the values of frame states; is_object_state: in frame states, an object
    that a deoptimization makes; is_object_id: it again, within itself; is_checkpoint; is_call, is_tail_call:
    parameters are a CallDescriptor; is_guard: may deoptimize on a condition, its first value; is_trap: may trap on a
    condition, its first value; is_stack_check: serves interrupts; is_load, is_store: parameters are a MemoryAccess;
    allocates: a new object, without other effects; is_deferred: seldom executed; is_volatile: what it reads changes at
    any time, it is neither moved nor remembered; is_memory_operand: the instruction that uses the value may read it in
    memory; is_comparison: gives 0 or 1, and machine code may leave that in the flags; is_check: may trap, and does
    nothing else; is_memory_start: the address that accesses with 32-bit indices are relative to; is_indexed_read: its
    second value is an index below a bound, its control input the proof of that, and the bound is never less than
    `parameters.minimum`; is_object_load, is_object_store: of an object, the first value; parameters are a FieldAccess
    or an ElementAccess; never_null: the value is a reference, and not null; fires_on_true: a guard or trap that fires
    if its condition is not zero; is_cheap: cheaper to
    make again than to keep in a register; is_effect_phi, is_value_phi; is_branch; is_switch; is_return; is_indirect: a
    call whose first value is the callee; is_int32_constant, is_int64_constant: constants whose parameter is a signed
    number; is_case: the successor of a Switch for one value, its parameter; is_end: the end of a graph; is_dead: of
    killed nodes; is_deoptimize: always leaves for baseline code; is_osr_value: a parameter that baseline code left in
    its frame; is_optimized_out: stands in a frame state for a value that is not read any more; keeps_nan: of floats:
    changes nothing but the sign of a NaN that is its first value; order: of a comparison that tells which operand is
    less.
    """

    is_header: bool = False
    is_terminator: bool = False
    is_merge: bool = False
    is_loop: bool = False
    is_phi: bool = False
    is_if: bool = False
    is_after_call: bool = False
    is_projection: bool = False
    is_parameter: bool = False
    is_constant: bool = False
    is_frame_state: bool = False
    is_state_values: bool = False
    is_object_state: bool = False
    is_object_id: bool = False
    is_checkpoint: bool = False
    is_call: bool = False
    is_tail_call: bool = False
    is_guard: bool = False
    is_trap: bool = False
    is_stack_check: bool = False
    is_load: bool = False
    is_store: bool = False
    allocates: bool = False
    is_deferred: bool = False
    is_volatile: bool = False
    is_memory_operand: bool = False
    is_comparison: bool = False
    is_check: bool = False
    is_memory_start: bool = False
    is_indexed_read: bool = False
    is_object_load: bool = False
    is_object_store: bool = False
    never_null: bool = False
    fires_on_true: bool = False
    is_cheap: bool = False
    is_effect_phi: bool = False
    is_value_phi: bool = False
    is_branch: bool = False
    is_switch: bool = False
    is_return: bool = False
    is_indirect: bool = False
    is_int32_constant: bool = False
    is_int64_constant: bool = False
    is_case: bool = False
    is_end: bool = False
    is_dead: bool = False
    is_deoptimize: bool = False
    is_osr_value: bool = False
    is_optimized_out: bool = False
    keeps_nan: bool = False
    order: Order | None = None


class Shape(NamedTuple):
    """Inputs and outputs of an operator by kind, and what it does to memory.

    values: types of the value inputs (ANY where the verifier takes any); type: of the value output (NONE if there is
    none, or several); reads, writes: the alias class that an operator with an effect input touches: "" for none, "*"
    for all; meaning: of a pure operator, see Operator; cell: of a read or a write without an address, what names the
    place in what its first value stands for (a write's last value is what is stored), None for all others; defined: of
    a pure operator that a check has to guard: one bit, for which operands the machine may execute it.
    """

    values: tuple[Type, ...] = ()
    type: Type = NONE
    frames: int = 0
    effects: int = 0
    controls: int = 0
    effect_out: int = 0
    control_out: int = 0
    pure: bool = False
    commutative: bool = False
    associative: bool = False
    reads: str = ""
    writes: str = ""
    meaning: Meaning | None = None
    cell: Hashable = None
    defined: Meaning | None = None


class Lowerings(Protocol):
    """What a dialect tells the back end, see ir/dialect.py."""

    def visitor(self, name: str) -> Callable[..., None] | None: ...
    def condition(self, name: str) -> Callable[..., str] | None: ...
    def memory_operand(self, name: str) -> Any: ...


class Declared(Protocol):
    """The declaration of an operator, see ir/dialect.py."""

    name: str
    traits: Traits
    documentation: str
    execute: Callable[..., int | list[int] | None] | None
    simplify: tuple[str, Callable[..., Any]] | None
    make: Callable[..., Operator]
    bounds: Callable[[Operator], tuple[int, int]] | None

    @property
    def opposite(self) -> Declared: ...

    @property
    def dialect(self) -> Lowerings: ...
    def format(self, op: Operator) -> list[str]: ...
    def named(self, op: Operator) -> list[tuple[str, str]]: ...


class Operator:
    """An operator: a Shape, Traits, parameters, and for pure operators a meaning.

    Inputs of a node are ordered values, frame state, effects, controls; `signature` has the types of the values.
    `meaning` takes `bits.Bits` and `bits.Float` operands, in the order of the inputs, and gives the result: folding,
    evaluation and proofs use it. Attributes beside: those of Shape and Traits.
    """

    __slots__ = (
        *Traits._fields,
        "_hash",
        "associative",
        "cell",
        "commutative",
        "control_in",
        "control_index",
        "control_out",
        "declaration",
        "defined",
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

    is_header: bool
    is_terminator: bool
    is_merge: bool
    is_loop: bool
    is_phi: bool
    is_if: bool
    is_after_call: bool
    is_projection: bool
    is_parameter: bool
    is_constant: bool
    is_frame_state: bool
    is_state_values: bool
    is_object_state: bool
    is_object_id: bool
    is_checkpoint: bool
    is_call: bool
    is_tail_call: bool
    is_guard: bool
    is_trap: bool
    is_stack_check: bool
    is_load: bool
    is_store: bool
    allocates: bool
    is_deferred: bool
    is_volatile: bool
    is_memory_operand: bool
    is_comparison: bool
    is_check: bool
    is_memory_start: bool
    is_indexed_read: bool
    is_object_load: bool
    is_object_store: bool
    never_null: bool
    fires_on_true: bool
    is_cheap: bool
    is_effect_phi: bool
    is_value_phi: bool
    is_branch: bool
    is_switch: bool
    is_return: bool
    is_indirect: bool
    is_int32_constant: bool
    is_int64_constant: bool
    is_case: bool
    is_end: bool
    is_dead: bool
    is_deoptimize: bool
    is_osr_value: bool
    is_optimized_out: bool
    keeps_nan: bool
    order: Order | None

    def __init__(self, declaration: Declared, shape: Shape, parameters: Hashable = None) -> None:
        name = declaration.name
        self.declaration = declaration
        self.name = name
        self.parameters: Any = parameters
        (
            signature,
            self.type,
            frames,
            effects,
            controls,
            self.effect_out,
            self.control_out,
            self.pure,
            self.commutative,
            self.associative,
            self.reads,
            self.writes,
            self.meaning,
            self.cell,
            self.defined,
        ) = shape
        self.signature = signature
        self.value_in = values = len(signature)
        self.frame_in = frames
        self.effect_in = effects
        self.control_in = controls
        self.effect_index = values + frames
        self.control_index = values + frames + effects
        self.input_count = values + frames + effects + controls
        self._hash = hash((name, parameters))
        (
            self.is_header,
            self.is_terminator,
            self.is_merge,
            self.is_loop,
            self.is_phi,
            self.is_if,
            self.is_after_call,
            self.is_projection,
            self.is_parameter,
            self.is_constant,
            self.is_frame_state,
            self.is_state_values,
            self.is_object_state,
            self.is_object_id,
            self.is_checkpoint,
            self.is_call,
            self.is_tail_call,
            self.is_guard,
            self.is_trap,
            self.is_stack_check,
            self.is_load,
            self.is_store,
            self.allocates,
            self.is_deferred,
            self.is_volatile,
            self.is_memory_operand,
            self.is_comparison,
            self.is_check,
            self.is_memory_start,
            self.is_indexed_read,
            self.is_object_load,
            self.is_object_store,
            self.never_null,
            self.fires_on_true,
            self.is_cheap,
            self.is_effect_phi,
            self.is_value_phi,
            self.is_branch,
            self.is_switch,
            self.is_return,
            self.is_indirect,
            self.is_int32_constant,
            self.is_int64_constant,
            self.is_case,
            self.is_end,
            self.is_dead,
            self.is_deoptimize,
            self.is_osr_value,
            self.is_optimized_out,
            self.keeps_nan,
            self.order,
        ) = declaration.traits

    def with_parameters(self, *parameters: Any) -> Operator:
        """The operator of the same declaration with these parameters."""
        return self.declaration.make(*parameters)

    @property
    def opposite(self) -> Operator:
        """The same check or guard of the opposite condition. Raises LookupError if the declaration names none."""
        return self.declaration.opposite.make(self.parameters)

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


def may_write(op: Operator, alias: str) -> bool:
    """May an operator write to this alias class?"""
    if op.writes == EVERYTHING:
        return not (op.is_stack_check and type(alias) is SynchronousAlias)
    return op.writes == alias
