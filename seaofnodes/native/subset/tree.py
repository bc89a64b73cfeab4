"""Checked functions: every name resolved, every expression with its type, nothing left that is outside the subset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from seaofnodes.native.library import Loader, Operation, Storer
from seaofnodes.native.values import Integer, Kind


class Callable(Protocol):
    """A typed function as its callers see it. Attributes: name; parameters; results."""

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> tuple[Kind, ...]: ...

    @property
    def results(self) -> tuple[Kind, ...]: ...


@dataclass(frozen=True, slots=True)
class Constant:
    """Attributes: value: of the kind."""

    kind: Kind
    value: int | float


@dataclass(frozen=True, slots=True)
class Local:
    """What a local holds now."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation on numbers of one kind. Attributes: operation: its name in `library`."""

    kind: Kind
    operation: Operation
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Convert:
    """A number, or a bool, as another kind."""

    kind: Kind
    operand: Expression


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expression
    kind: Kind = bool


@dataclass(frozen=True, slots=True)
class Both:
    """`and` and `or`: what follows is evaluated only if it matters. Attributes: is_and; parts."""

    is_and: bool
    parts: tuple[Expression, ...]
    kind: Kind = bool


@dataclass(frozen=True, slots=True)
class Chain:
    """`a < b <= c`: each operand is evaluated once, and only as long as the comparisons hold."""

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]
    kind: Kind = bool


@dataclass(frozen=True, slots=True)
class Choice:
    """`yes if condition else no`."""

    kind: Kind
    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True, slots=True)
class Load:
    kind: Kind
    loader: Loader[int] | Loader[float]
    address: Expression
    alias: str


@dataclass(frozen=True, slots=True)
class Call:
    """Attributes: kind: of the result, bool if there is not exactly one; site: number of the call in its function."""

    kind: Kind
    function: Callable
    arguments: tuple[Expression, ...]
    site: int


Expression = Constant | Local | Apply | Convert | Not | Both | Chain | Choice | Load | Call


@dataclass(frozen=True, slots=True)
class Assign:
    """All values are evaluated before the first is assigned; a single call may give several."""

    line: int
    names: tuple[str, ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Evaluate:
    line: int
    value: Call


@dataclass(frozen=True, slots=True)
class Store:
    line: int
    storer: Storer[int] | Storer[float]
    address: Expression
    value: Expression
    alias: str


@dataclass(frozen=True, slots=True)
class If:
    line: int
    condition: Expression
    then: Block
    otherwise: Block


@dataclass(frozen=True, slots=True)
class While:
    """Attributes: assigned: the locals that the loop assigns."""

    line: int
    condition: Expression
    body: Block
    assigned: frozenset[str]


@dataclass(frozen=True, slots=True)
class For:
    """`for name in range(start, stop, step)`; step: not 0."""

    line: int
    name: str
    kind: type[Integer]
    start: Expression
    stop: Expression
    step: int
    body: Block
    assigned: frozenset[str]


@dataclass(frozen=True, slots=True)
class Return:
    line: int
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Break:
    line: int


@dataclass(frozen=True, slots=True)
class Continue:
    line: int


@dataclass(frozen=True, slots=True)
class Trap:
    line: int


Statement = Assign | Evaluate | Store | If | While | For | Return | Break | Continue | Trap
Block = tuple[Statement, ...]
