"""Conditions of rules on what an analysis knows of a variable's value, or of its node.

    @rules.rule(w.And(x, C), where=is_power_of_two(C + 1) & at_most(x, C))

A fact is weaker than what it says: where it does not hold, the analysis knows too little, and the value may be in
bounds all the same. So facts are joined with `&` and nothing else. Proofs assume of the variable what the fact says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from seaofnodes.errors import PassError
from seaofnodes.ir.node import Node
from seaofnodes.passes.analyses.ranges import Ranges
from seaofnodes.passes.patterns import Computed, Constant, Value, Variable, as_value


class Fact(Value):
    """Of a variable. Attributes: name: of the variable; of_words: is it one of Word32 values only?"""

    __slots__ = ("name",)
    of_words = True

    def __init__(self, variable: Variable) -> None:
        """Raises PassError for what is no variable."""
        if not isinstance(variable, Variable):
            raise PassError(f"{variable!r} is no variable of the pattern: facts are known of variables")
        self.name = variable.name

    def holds(self, node: Node, constants: Mapping[str, Any], ranges: Callable[[], Ranges]) -> bool:
        """Is it known of the node that the variable stands for?"""
        raise NotImplementedError

    def assumed(self, binding: Mapping[str, Any]) -> Any | None:
        """What it says of these values of variables and constants, as one bit in any domain; None for nothing."""
        raise NotImplementedError

    def evaluate(self, constants: Mapping[str, Any], width: int) -> NoReturn:
        """Raises PassError: a fact is no value."""
        raise PassError(f"{self!r} can only be joined with &")

    def constants(self) -> Iterator[Constant]:
        return iter(())


class _Bounded(Fact):
    """A fact with a number."""

    __slots__ = ("number",)

    def __init__(self, variable: Variable, number: Value | int) -> None:
        super().__init__(variable)
        self.number = as_value(number)

    def constants(self) -> Iterator[Constant]:
        return self.number.constants()

    def _number(self, constants: Mapping[str, Any]) -> int:
        found: int = self.number.evaluate(constants, 32).value
        return found

    def _says(self) -> Value:
        raise NotImplementedError

    def assumed(self, binding: Mapping[str, Any]) -> Any:
        return self._says().evaluate(binding, 32)


class AtMost(_Bounded):
    """See `at_most`."""

    __slots__ = ()

    def holds(self, node: Node, constants: Mapping[str, Any], ranges: Callable[[], Ranges]) -> bool:
        return ranges().upper(node) <= self._number(constants)

    def _says(self) -> Value:
        return Constant(self.name).ule(self.number)

    def __repr__(self) -> str:
        return f"at_most({self.name}, {self.number!r})"


class KnownZeros(_Bounded):
    """See `known_zeros`."""

    __slots__ = ()

    def holds(self, node: Node, constants: Mapping[str, Any], ranges: Callable[[], Ranges]) -> bool:
        may_be_set = (1 << ranges().upper(node).bit_length()) - 1
        return not self._number(constants) & may_be_set

    def _says(self) -> Value:
        return (Constant(self.name) & self.number).eq(0)

    def __repr__(self) -> str:
        return f"known_zeros({self.name}, {self.number!r})"


class OneUse(Fact):
    """See `one_use`."""

    __slots__ = ()
    of_words = False

    def holds(self, node: Node, constants: Mapping[str, Any], ranges: Callable[[], Ranges]) -> bool:
        return sum(value is node for user in set(node.uses) for value in user.values) == 1

    def assumed(self, binding: Mapping[str, Any]) -> None:
        return None

    def __repr__(self) -> str:
        return f"one_use({self.name})"


def at_most(variable: Variable, bound: Value | int) -> Fact:
    """The Word32 variable is known to be at most `bound`, as unsigned numbers (analyses/ranges.py)."""
    return AtMost(variable, bound)


def known_zeros(variable: Variable, mask: Value | int) -> Fact:
    """The bits of `mask` are known to be 0 in the Word32 variable: those above its upper bound are."""
    return KnownZeros(variable, mask)


def one_use(variable: Variable) -> Fact:
    """The value of the variable's node is used once: in the pattern only. What waits for its effect does not count."""
    return OneUse(variable)


def split(where: Value | None) -> tuple[Value | None, tuple[Fact, ...]]:
    """A condition on constants, and the facts that are joined with it. Raises PassError for facts that are not."""
    parts = list(_parts(where)) if where is not None and _has_facts(where) else None
    if parts is None:
        return where, ()
    rest: Value | None = None
    for part in parts:
        if isinstance(part, Fact):
            continue
        if _has_facts(part):
            raise PassError(f"a fact can only be joined with &, not as in {part!r}: what is not known may hold")
        rest = part if rest is None else rest & part
    return rest, tuple(part for part in parts if isinstance(part, Fact))


def _has_facts(value: Value) -> bool:
    return isinstance(value, Fact) or (isinstance(value, Computed) and any(map(_has_facts, value.arguments)))


def _parts(value: Value) -> Iterator[Value]:
    if isinstance(value, Computed) and value.method == "__and__" and _has_facts(value):
        for argument in value.arguments:
            yield from _parts(argument)
    else:
        yield value
