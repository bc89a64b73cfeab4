"""Rules that never fire because earlier ones always win.

An earlier rule shadows a later one if its pattern matches whatever the later one's matches, and its condition holds
whenever the later one's does. The first is a question of structure; the second is answered here where that is easy
(the same conditions, or numbers), and by whoever is asked where it is not: an SMT solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from seaofnodes.ir.bits import Bits, Float, wrap
from seaofnodes.passes.patterns import (
    Access,
    Apply,
    Computed,
    Constant,
    EachConstant,
    EachVariable,
    Expression,
    Literal,
    Phi,
    Value,
    Variable,
)
from seaofnodes.passes.rules.matching import variants
from seaofnodes.passes.rules.predicates import Predicate
from seaofnodes.passes.rules.rule import Rule

Substitution = Mapping[object, Expression]  # a name of the earlier rule -> what stands there in the later one


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
    by_root: dict[str, list[_Variants]] = {}
    for rule in rules:
        earlier, later = by_root.setdefault(rule.pattern.op.name, []), (rule, variants(rule.pattern))
        if earlier:
            by = _shadows(later, earlier, implies)
            if by:
                yield Shadowed(rule, by)
        earlier.append(later)


_Variants = tuple[Rule, list[Apply]]


def _shadows(one: _Variants, earlier: Sequence[_Variants], implies: Implies | None) -> tuple[Rule, ...]:
    """The rules that win for every variant of the later one's pattern; () if it can fire."""
    winners: dict[str, Rule] = {}
    later, patterns = one
    for pattern in patterns:
        covers = [
            Cover(rule, names)
            for rule, found in earlier
            for general in found
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


_ALIKE = None  # in place of an input: the inputs of a phi are alike


def generalizes(general: Expression, special: Expression) -> dict[object, Expression] | None:
    """What the names of `general` stand for, if it matches whatever `special` matches; else None."""
    names: dict[object, Expression] = {}
    places: dict[str, tuple[str, int]] = {}  # an address -> that of the special one, and how far it is from there

    def walk(general: Expression, special: Expression, input: int | None = -1) -> bool:
        if isinstance(general, Apply):
            if not isinstance(special, Apply) or (general.once and not special.once):
                return False
            if isinstance(general, Phi):
                if not isinstance(special, Phi) or general.op.type is not special.op.type:
                    return False
                return (general.loops or not special.loops) and inside(general, special)
            if isinstance(general, Access) and not (isinstance(special, Access) and at_one_place(general, special)):
                return False
            return general.op is special.op and all(
                walk(mine, other, input) for mine, other in zip(general.arguments, special.arguments, strict=True)
            )
        if isinstance(general, Literal):
            return isinstance(special, Literal) and general.number == special.number
        if isinstance(general, Constant) and not isinstance(special, (Constant, Literal)):
            return False
        assert isinstance(general, (Variable, Constant))
        each = isinstance(general, (EachVariable, EachConstant))
        if input is _ALIKE and not each and isinstance(special, (Apply, EachVariable, EachConstant)):
            return False
        name: object = (general.name, input) if each and input is not _ALIKE else general.name
        if name not in names:
            names[name] = special
            return True
        known = names[name]  # the same node: constants are unique, but equal operations need not be one node
        if isinstance(known, Literal):
            return isinstance(special, Literal) and known.number == special.number
        return type(known) is type(special) and isinstance(known, (Variable, Constant)) and repr(known) == repr(special)

    def inside(general: Phi, special: Phi) -> bool:
        if len(special.arguments) == 1:
            return len(general.arguments) == 1 and walk(general.arguments[0], special.arguments[0], _ALIKE)
        if len(general.arguments) not in (1, len(special.arguments)):
            return False
        return all(walk(general.input(i), argument, i) for i, argument in enumerate(special.arguments))

    def at_one_place(general: Access, special: Access) -> bool:
        distance = special.address.displacement - general.address.displacement
        found = special.address.name, distance
        return distance >= 0 and places.setdefault(general.address.name, found) == found

    return names if walk(general, special) else None


def _holds(cover: Cover, later: Rule) -> bool | None:
    """Does the cover's condition hold whenever the rule's does? None: it is not easy to say."""
    if cover.rule.facts or (cover.rule.state is not None and cover.rule.state.asks):
        return False  # nobody knows what will be known
    if not all(name in cover.names for name in cover.rule.constants):
        return False  # constants that differ by input
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
        return bool(where.evaluate(numbers, cover.rule.width).value)
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
