"""Rules that never fire because earlier ones always win.

An earlier rule shadows a later one if its pattern matches whatever the later one's matches, and its condition holds
whenever the later one's does. The first is a question of structure; the second is answered here where that is easy
(the same conditions, or numbers), and by whoever is asked where it is not: an SMT solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from seaofnodes.ir.bits import Bits, Float, wrap
from seaofnodes.passes.patterns import Apply, Computed, Constant, Expression, Literal, Value, Variable
from seaofnodes.passes.rules.matching import variants
from seaofnodes.passes.rules.predicates import Predicate
from seaofnodes.passes.rules.rule import Rule

Substitution = Mapping[str, Expression]  # a name of the earlier rule -> what stands there in the later one


class Cover(NamedTuple):
    """An earlier rule whose pattern is as general as the later one's."""

    rule: Rule
    names: Substitution


Implies = Callable[[Rule, Sequence[Cover]], bool]  # does one of the covers' conditions always hold if the rule's does?


class Shadowed(NamedTuple):
    """A rule that never fires, and the earlier ones that together always win."""

    rule: Rule
    by: tuple[Rule, ...]

    def __str__(self) -> str:
        names = " and ".join(rule.name for rule in self.by)
        return f"rule {self.rule.name} never fires: {names} always win{'s' if len(self.by) == 1 else ''}"


def find_shadowed(rules: Sequence[Rule], implies: Implies | None = None) -> Iterator[Shadowed]:
    """The rules, in order, that earlier ones of the sequence shadow; `implies` is asked about conditions that are
    neither equal nor numbers (None: such rules are taken to fire).
    """
    by_root: dict[str, list[Rule]] = {}
    for later in rules:
        earlier = by_root.setdefault(later.pattern.op.name, [])
        if earlier:
            by = _shadows(later, earlier, implies)
            if by:
                yield Shadowed(later, by)
        earlier.append(later)


def _shadows(later: Rule, earlier: Sequence[Rule], implies: Implies | None) -> tuple[Rule, ...]:
    """The rules that win for every variant of the later one's pattern; () if it can fire."""
    winners: dict[str, Rule] = {}
    for pattern in variants(later.pattern):
        covers = [
            Cover(rule, names)
            for rule in earlier
            for general in variants(rule.pattern)
            if (names := generalizes(general, pattern)) is not None
        ]
        decided = [_holds(cover, later) for cover in covers]
        sure = [cover.rule for cover, holds in zip(covers, decided, strict=True) if holds]
        if sure:
            winners[sure[0].name] = sure[0]
            continue
        open_ = [cover for cover, holds in zip(covers, decided, strict=True) if holds is None]
        if not open_ or implies is None or not implies(later, open_):
            return ()
        alone = next((cover for cover in open_ if len(open_) > 1 and implies(later, [cover])), None)
        winners |= {cover.rule.name: cover.rule for cover in ([alone] if alone is not None else open_)}
    return tuple(winners.values())


def generalizes(general: Expression, special: Expression) -> dict[str, Expression] | None:
    """What the names of `general` stand for, if it matches whatever `special` matches; else None."""
    names: dict[str, Expression] = {}

    def walk(general: Expression, special: Expression) -> bool:
        if isinstance(general, Apply):
            return (
                isinstance(special, Apply)
                and general.op is special.op
                and all(map(walk, general.arguments, special.arguments))
            )
        if isinstance(general, Literal):
            return isinstance(special, Literal) and general.number == special.number
        if isinstance(general, Constant) and not isinstance(special, (Constant, Literal)):
            return False
        assert isinstance(general, (Variable, Constant))
        if general.name not in names:
            names[general.name] = special
            return True
        known = names[general.name]  # the same node: constants are unique, but equal operations need not be one node
        if isinstance(known, Literal):
            return isinstance(special, Literal) and known.number == special.number
        return type(known) is type(special) and isinstance(known, (Variable, Constant)) and repr(known) == repr(special)

    return names if walk(general, special) else None


def _holds(cover: Cover, later: Rule) -> bool | None:
    """Does the cover's condition hold whenever the rule's does? None: it is not easy to say."""
    if cover.rule.facts:
        return False  # nobody knows what will be known
    where = cover.rule.where
    if where is None:
        return True
    numbers: dict[str, Bits | Float] = {}
    for name in cover.rule.constants:
        found = cover.names[name]
        if isinstance(found, Literal):
            type = cover.rule.types[name]
            numbers[name] = wrap(type.is_float, type.bits, found.number & ((1 << type.bits) - 1))
    if all(constant.name in numbers for constant in where.constants()):
        return bool(where.evaluate(numbers, cover.rule.pattern.op.signature[0].bits).value)
    if later.where is None:
        return None
    known = {repr(part) for part in _conjuncts(later.where)}
    return all(repr(renamed(part, cover.names)) in known for part in _conjuncts(where)) or None


def renamed(value: Value, names: Substitution) -> Value:
    """The value with constants replaced by what stands for them."""
    if isinstance(value, Constant):
        found = names[value.name]
        assert isinstance(found, Value)
        return found
    if isinstance(value, Computed):
        return Computed(value.method, tuple(renamed(a, names) for a in value.arguments), value.extra)
    if isinstance(value, Predicate):
        return Predicate(value.function, tuple(renamed(a, names) for a in value.arguments))
    return value


def _conjuncts(where: Value) -> Iterator[Value]:
    """The parts of a & b & c. Only one-bit values may stand there, so that & is "and"."""
    if isinstance(where, Computed) and where.method == "__and__" and all(map(_is_one_bit, where.arguments)):
        for argument in where.arguments:
            yield from _conjuncts(argument)
    else:
        yield where


def _is_one_bit(value: Value) -> bool:
    if not isinstance(value, Computed):
        return False
    if value.method in ("__and__", "__or__", "__xor__", "__invert__"):
        return all(map(_is_one_bit, value.arguments))
    return value.method in ("eq", "ult", "ule", "slt")
