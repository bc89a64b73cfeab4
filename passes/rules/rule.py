"""A rewrite rule: pattern, replacement, condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from seaofnodes.errors import PassError
from seaofnodes.files import shown_path
from seaofnodes.ir.types import Type
from seaofnodes.passes.patterns import Access, Apply, Expression, Value, Variable
from seaofnodes.passes.rules.facts import Fact
from seaofnodes.passes.rules.state_use import StateUse, state_of
from seaofnodes.passes.rules.types import check_expression, check_guards, constants_of, shape_of, typed, types_of


@dataclass(frozen=True, slots=True)
class Rule:
    """A rewrite: `pattern` becomes `replacement` where `where` holds (None: always) and the facts are known. `doc` says
    why in one line.

    location: file and line of its declaration; types: of the pattern's variables and constants, by name; constants:
    the names of those that are constants; state: what it does with memory and phis, None if nothing;
    width: in bits, of numbers in conditions where nothing else says it.
    """

    name: str
    pattern: Apply
    replacement: Expression
    where: Value | None
    doc: str
    location: tuple[str, int] = field(default=("", 0), repr=False, compare=False)
    facts: tuple[Fact, ...] = ()
    types: dict[str, Type] = field(init=False, repr=False, compare=False)
    constants: tuple[str, ...] = field(init=False, repr=False, compare=False)
    state: StateUse | None = field(init=False, repr=False, compare=False)
    width: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises PassError if the rule makes no sense."""
        try:
            object.__setattr__(self, "state", state_of(self.pattern, self.replacement, self.where))
            object.__setattr__(self, "pattern", typed(self.pattern, self.pattern.op.type))
            object.__setattr__(self, "replacement", typed(self.replacement, self.pattern.op.type))
        except PassError as error:
            raise PassError(f"rule {self.name}: {error}") from None
        bound = set(_names(self.pattern))
        used = set(_names(self.replacement))
        if self.where is not None:
            used |= set(_names(self.where))
        for fact in self.facts:
            used |= {fact.name, *(constant.name for constant in fact.constants())}
        if used - bound:
            raise PassError(f"rule {self.name}: {', '.join(sorted(used - bound))} is not in the pattern")
        try:
            types = types_of(self.pattern, self.pattern.op.type)
            check_expression(self.replacement, self.pattern.op.type, types)
            check_guards(self.replacement, self.pattern)
            if self.where is not None:
                shape_of(self.where, types)
            for fact in self.facts:
                if fact.types and types[fact.name] not in fact.types:
                    known = " and ".join(map(str, fact.types))
                    raise PassError(f"{fact!r} is of a {types[fact.name]}: it is known of {known} values")
        except PassError as error:
            raise PassError(f"rule {self.name}: {error}") from None
        signature = self.pattern.signature
        object.__setattr__(self, "types", types)
        object.__setattr__(self, "width", signature[0].bits if signature else self.pattern.op.type.bits)
        object.__setattr__(self, "constants", tuple(constants_of(self.pattern)))

    @property
    def place(self) -> str:
        """`mine.py:7`, where it is declared, or "" if that is not known."""
        file, line = self.location
        return f"{shown_path(file)}:{line}" if file else ""

    def __str__(self) -> str:
        parts = [*([self.where] if self.where is not None else []), *self.facts]
        condition = f"  where {' & '.join(map(repr, parts))}" if parts else ""
        return f"{self.name}: {self.pattern!r} -> {self.replacement!r}{condition}"


def _names(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Variable):
        yield expression.name
    elif isinstance(expression, Value):
        yield from (constant.name for constant in expression.constants())
    elif isinstance(expression, Apply):
        if isinstance(expression, Access):
            yield expression.address.name
        for argument in expression.arguments:
            yield from _names(argument)
