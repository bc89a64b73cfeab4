"""A rewrite rule: pattern, replacement, condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from seaofnodes.errors import PassError
from seaofnodes.ir.types import WORD32, Type
from seaofnodes.passes.patterns import Apply, Expression, Value, Variable
from seaofnodes.passes.rules.facts import Fact
from seaofnodes.passes.rules.types import check_expression, check_guards, constants_of, shape_of, typed, types_of


@dataclass(frozen=True, slots=True)
class Rule:
    """A rewrite: `pattern` becomes `replacement` where `where` holds (None: always) and the facts are known. `doc` says
    why in one line.

    location: file and line of its declaration; types: of the pattern's variables and constants, by name; constants:
    the names of those that are constants.
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

    def __post_init__(self) -> None:
        """Raises PassError if the rule makes no sense."""
        try:
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
                if fact.of_words and types[fact.name] is not WORD32:
                    raise PassError(f"{fact!r} is of a {types[fact.name]}: bounds are known of Word32 values")
        except PassError as error:
            raise PassError(f"rule {self.name}: {error}") from None
        object.__setattr__(self, "types", types)
        object.__setattr__(self, "constants", tuple(constants_of(self.pattern)))

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
        for argument in expression.arguments:
            yield from _names(argument)
