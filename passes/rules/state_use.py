"""What a rule with memory accesses or phis does to them, and whether it may: all that can be told without a graph.

A pattern's loads stay where they are, for their traps and their other uses. A load in the replacement is one of them,
or takes the place of one in the effect chain. A store is the root of its pattern, and the replacement's store, or
`nothing`, takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from seaofnodes.errors import PassError
from seaofnodes.passes.patterns import (
    Access,
    Apply,
    Constant,
    EachConstant,
    EachVariable,
    Expression,
    Literal,
    Nothing,
    Phi,
    Value,
    Variable,
)

Key = tuple[object, ...]  # of an access
_OUTSIDE: Final = -1  # of phis
_ALL: Final = -2  # inputs of a phi alike


class _Name(NamedTuple):
    """A variable or constant. each: is it one for each input? at: where it stands."""

    name: str
    constant: bool
    each: bool
    at: int



class StateUse(NamedTuple):
    """Of a rule with accesses or phis.

    Attributes: addresses: names; each: names of what differs by input of the phis; inputs: how many the phis have (0:
    any number; 1: there are none); new: the load that the replacement makes, if any; old: the one whose place it takes;
    before: variables that have to be computed before the phis' merge, which is asked when the rule matches; asks: is
    that, or anything else of the graph than operators, asked then?
    """

    addresses: tuple[str, ...]
    each: frozenset[str]
    inputs: int
    new: Access | None
    old: Access | None
    before: tuple[str, ...]
    asks: bool

    @property
    def cases(self) -> int:
        """How many ways to come to the phis are to be told apart."""
        return max(self.inputs, 1)


def state_of(pattern: Apply, replacement: Expression, where: Value | None) -> StateUse | None:
    """What the rule does with memory and phis; None if nothing. Raises PassError for what cannot be done."""
    mine, theirs = list(_walk(pattern, _OUTSIDE)), list(_walk(replacement, _OUTSIDE))
    for expression, _ in (*mine, *theirs):
        _check_effects(expression)
    for expression, _ in mine:
        if isinstance(expression, Nothing) or (
            isinstance(expression, Value) and not isinstance(expression, (Constant, Literal))
        ):
            raise PassError(f"{expression!r} cannot stand in a pattern")
    if not any(isinstance(e, (Access, Phi, Nothing, EachVariable, EachConstant)) for e, _ in (*mine, *theirs)):
        return None
    inputs = _check_phis(mine, theirs)
    for expression, at in (*mine, *theirs):
        _check_access(expression, at, expression is pattern or expression is replacement)
    new, old = _loads(pattern, replacement, mine, theirs)
    _check_root(pattern, replacement)
    bound, used = list(_named(mine)), [*_named(theirs), *_of_condition(where)]
    each = _each(bound, used)
    before = _before(bound, used, inputs)
    accesses = [e for e, _ in mine if isinstance(e, Access)]
    names = dict.fromkeys(access.address.name for access in accesses)
    for name in names:
        if any(one.name == name for one in bound):
            raise PassError(f"{name} is both an address and a value")
    asks = new is not None or bool(before) or len(accesses) > 1 or pattern.op.is_store
    return StateUse(tuple(names), each, inputs, new, old, before, asks)


def _walk(expression: Expression, at: int) -> Iterator[tuple[Expression, int]]:
    """All that stands in an expression, with the phi's input where it stands."""
    yield expression, at
    if isinstance(expression, Apply):
        for index, argument in enumerate(expression.arguments):
            inner = at
            if isinstance(expression, Phi):
                inner = index if len(expression.arguments) > 1 else _ALL
                if at != _OUTSIDE:
                    raise PassError(f"{expression!r} stands in an input of a phi: all phis of a rule are at one merge")
            yield from _walk(argument, inner)


def _check_effects(expression: Expression) -> None:
    if isinstance(expression, Apply) and not isinstance(expression, (Access, Phi)):
        op = expression.op
        if op.effect_in or op.effect_out or op.control_out:
            raise PassError(f"{op.name} has an effect: of such operators, rules have load(...) and store(...) only")


def _check_access(expression: Expression, at: int, root: bool) -> None:
    if isinstance(expression, Access):
        if at != _OUTSIDE:
            raise PassError(f"{expression!r} stands in an input of a phi: it would move past the merge")
        if expression.op.is_store and not root:
            raise PassError(f"{expression!r} gives no value: a store is the whole of a pattern or replacement")
    if isinstance(expression, Nothing) and not root:
        raise PassError("nothing gives no value: it is the whole of a replacement")


def _check_root(pattern: Apply, replacement: Expression) -> None:
    stores = isinstance(replacement, Nothing) or (isinstance(replacement, Apply) and replacement.op.is_store)
    if pattern.op.is_store and not stores:
        raise PassError(f"the store's effect would be lost: only a store, or nothing, replaces it, not {replacement!r}")
    if stores and not pattern.op.is_store:
        raise PassError(f"{replacement!r} cannot stand for {pattern.op.name}, which gives a value")
    if pattern.op.is_load and not (isinstance(replacement, Apply) and replacement.op.is_load):
        raise PassError(f"the load's effect would be lost: only a load replaces it, not {replacement!r}")


def _loads(
    pattern: Apply, replacement: Expression, mine: list[tuple[Expression, int]], theirs: list[tuple[Expression, int]]
) -> tuple[Access | None, Access | None]:
    """The load that is made, and the one that it stands for."""
    there = {e.key: e for e, _ in mine if isinstance(e, Access) and e.op.is_load}
    wanted = {e.key: e for e, _ in theirs if isinstance(e, Access) and e.op.is_load}
    made = [access for key, access in wanted.items() if key not in there]
    if len(made) > 1:
        raise PassError(f"{made[0]!r} and {made[1]!r} would be made: a rule makes one load, in the place of another")
    if isinstance(replacement, Access) and replacement.op.is_store:
        _check_address(replacement, [pattern])
    if not made:
        return None, None
    [new] = made
    _check_address(new, there.values())
    old = [e for e in there.values() if e.address.name == new.address.name]
    if len(old) > 1:
        old = [e for e in old if _end(e) == _end(new)]  # which traps when the new one does
    if len(old) != 1:
        raise PassError(
            f"{new!r} would take the place of a load at {new.address.name} that ends where it ends: there is none"
        )
    if pattern.op.is_load and old[0].key != pattern.key:  # type: ignore[attr-defined]
        raise PassError(f"{new!r} does not stand for {pattern!r}")
    return new, old[0]


def _end(access: Access) -> int:
    return access.address.displacement + access.width


def _check_address(access: Access, there: Iterable[Expression]) -> None:
    if not any(isinstance(e, Access) and e.address.name == access.address.name for e in there):
        what = "store" if access.op.is_store else "load"
        raise PassError(
            f"{access!r} has no place in the effect chain: it takes that of a {what} at {access.address.name}, and the "
            f"pattern has none"
        )


def _check_phis(mine: list[tuple[Expression, int]], theirs: list[tuple[Expression, int]]) -> int:
    """The number of inputs: 0 for any, 1 if there are no phis."""
    here = [e for e, _ in mine if isinstance(e, Phi)]
    there = [e for e, _ in theirs if isinstance(e, Phi)]
    if there and not here:
        raise PassError(f"{there[0]!r} stands at no merge: the pattern has no phi")
    for other in (*here, *there):
        if len(other.arguments) != len(here[0].arguments):
            raise PassError(f"{other!r} has {_count(other)}, and {here[0]!r} {_count(here[0])}: all phis of a rule are "
                            "at one merge")
    if not here:
        return 1
    return 0 if len(here[0].arguments) == 1 else len(here[0].arguments)


def _count(phi: Phi) -> str:
    return f"{len(phi.arguments)} inputs" if len(phi.arguments) > 1 else "any number of inputs"


def _named(found: Iterable[tuple[Expression, int]]) -> Iterator[_Name]:
    for expression, at in found:
        if isinstance(expression, Variable):
            yield _Name(expression.name, False, isinstance(expression, EachVariable), at)
        elif isinstance(expression, Value):
            for constant in expression.constants():
                yield _Name(constant.name, True, isinstance(constant, EachConstant), at)


def _of_condition(where: Value | None) -> Iterator[_Name]:
    """Names of constants in a condition: it is asked for every input of a phi."""
    for constant in where.constants() if where is not None else ():
        yield _Name(constant.name, True, isinstance(constant, EachConstant), _ALL)


def _each(bound: list[_Name], used: list[_Name]) -> frozenset[str]:
    found = frozenset(one.name for one in bound if one.each)
    known = {one.name for one in bound}
    for name, _, each, at in (*bound, *used):
        if each != (name in found) and name in known:
            raise PassError(f"{name} differs by input of the phi: write each({name}) wherever it stands")
        if each and at != _ALL:
            where = "outside of a phi" if at == _OUTSIDE else "in one input of a phi"
            raise PassError(f"each({name}) stands {where}: it is what the inputs of a phi(...) have in common")
    return found


def _before(bound: list[_Name], used: list[_Name], inputs: int) -> tuple[str, ...]:
    """Variables that are known outside of a phi, or in some inputs, and stand elsewhere, too."""
    places: dict[str, set[int]] = {}
    for name, constant, _, at in bound:
        if not constant:
            places.setdefault(name, set()).add(at)
    always = {name for name, found in places.items() if _ALL in found or found >= set(range(inputs or 1))}
    asked: dict[str, None] = {}
    for name, found in places.items():
        if name not in always and len(found) > 1:
            asked[name] = None  # in a loop, the value may be that of another turn
    for name, constant, each, at in used:
        if constant or each or name in always or name not in places or at in places[name]:
            continue
        if _OUTSIDE not in places[name]:
            raise PassError(f"{name} is known in input {min(places[name])} of the phi only, and not where "
                            f"{'it stands in input ' + str(at) if at >= 0 else 'it stands outside'}")
        asked[name] = None
    return tuple(asked)
