"""Conditions of rules on what an analysis knows of a variable's value, or of its node.

    @rules.rule(w.And(x, C), where=is_power_of_two(C + 1) & at_most(x, C))

A fact is weaker than what it says: where it does not hold, the analysis knows too little, and the value may be in
bounds all the same. So facts are joined with `&` and nothing else. Proofs assume of the variable what the fact says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, overload

from seaofnodes.errors import PassError
from seaofnodes.ir.node import Node
from seaofnodes.ir.types import WORD32, WORD64, Type
from seaofnodes.passes.facts.facts import Facts
from seaofnodes.passes.patterns import Address, Apply, Computed, Constant, Value, Variable, as_value


class Fact(Value):
    """Of a variable. Attributes: name: of the variable; types: of which it may be, () for any."""

    __slots__ = ("name",)
    types: tuple[Type, ...] = (WORD32,)

    def __init__(self, variable: Variable) -> None:
        """Raises PassError for what is no variable."""
        if not isinstance(variable, Variable):
            raise PassError(f"{variable!r} is no variable of the pattern: facts are known of variables")
        self.name = variable.name

    def holds(self, node: Node, constants: Mapping[str, Any], facts: Callable[[], Facts]) -> bool:
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

    def holds(self, node: Node, constants: Mapping[str, Any], facts: Callable[[], Facts]) -> bool:
        return facts().word(node).umax <= self._number(constants)

    def _says(self) -> Value:
        return Constant(self.name).ule(self.number)

    def __repr__(self) -> str:
        return f"at_most({self.name}, {self.number!r})"


class KnownZeros(_Bounded):
    """See `known_zeros`."""

    __slots__ = ()

    def holds(self, node: Node, constants: Mapping[str, Any], facts: Callable[[], Facts]) -> bool:
        return not self._number(constants) & facts().word(node).may_be_set

    def _says(self) -> Value:
        return (Constant(self.name) & self.number).eq(0)

    def __repr__(self) -> str:
        return f"known_zeros({self.name}, {self.number!r})"


class NotNegative(Fact):
    """See `not_negative`."""

    __slots__ = ()
    types = (WORD32, WORD64)

    def holds(self, node: Node, constants: Mapping[str, Any], facts: Callable[[], Facts]) -> bool:
        return facts().word(node).smin >= 0

    def assumed(self, binding: Mapping[str, Any]) -> Any:
        value = binding[self.name]
        return value.constant(0).sle(value)

    def __repr__(self) -> str:
        return f"not_negative({self.name})"


class OneUse(Fact):
    """See `one_use`."""

    __slots__ = ()
    types = ()

    def holds(self, node: Node, constants: Mapping[str, Any], facts: Callable[[], Facts]) -> bool:
        return is_used_once(node)

    def assumed(self, binding: Mapping[str, Any]) -> None:
        return None

    def __repr__(self) -> str:
        return f"one_use({self.name})"


class InBounds(Fact):
    """See `in_bounds`. Attributes: name: of the address."""

    __slots__ = ()
    types = ()

    def __init__(self, address: object) -> None:
        """Raises PassError for what is no address."""
        if not isinstance(address, Address) or address.displacement:
            raise PassError(f"{address!r} is no address of the pattern")
        self.name = address.name

    def holds(self, node: Node, constants: Mapping[str, Any], facts: Callable[[], Facts]) -> bool:
        """Is it known of this access at the address?"""
        return not node.op.parameters.trapping

    def assumed(self, binding: Mapping[str, Any]) -> None:
        return None

    def __repr__(self) -> str:
        return f"in_bounds({self.name})"


def is_used_once(node: Node) -> bool:
    """Has the node's value one use, not counting nodes that have been replaced?"""
    found = 0
    for user in node.uses:
        if user.uses or user.op.control_out:
            found += sum(value is node for value in user.values)
    return found == 1


def at_most(variable: Variable, bound: Value | int) -> Fact:
    """The Word32 variable is known to be at most `bound`, as unsigned numbers (facts/facts.py)."""
    return AtMost(variable, bound)


def known_zeros(variable: Variable, mask: Value | int) -> Fact:
    """The bits of `mask` are known to be 0 in the Word32 variable (facts/facts.py)."""
    return KnownZeros(variable, mask)


def not_negative(variable: Variable) -> Fact:
    """The variable, a word of any width, is known not to be negative (facts/facts.py)."""
    return NotNegative(variable)


@overload
def one_use(found: Variable) -> Fact: ...
@overload
def one_use(found: Apply) -> Apply: ...
def one_use(found: Variable | Apply) -> Fact | Apply:
    """The value of the variable's node is used once: in the pattern only. What waits for its effect does not count. Of
    a part of a pattern, where it stands in the pattern: it matches only a node that is used once.
    """
    return found.used_once() if isinstance(found, Apply) else OneUse(found)


def in_bounds(address: Address) -> Fact:
    """The pattern's accesses at the address are known not to trap: a check stands before, or another access. A proof
    assumes that, and asks that the replacement accesses nothing more.
    """
    return InBounds(address)


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
