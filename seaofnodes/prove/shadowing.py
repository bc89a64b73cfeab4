"""Rules that never fire because the conditions of earlier ones always hold when theirs do, as the solver knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import z3

from seaofnodes.passes.rules.predicates import PlainPythonError
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.passes.rules.shadows import Cover, Shadowed, find_shadowed, renamed
from seaofnodes.prove.session import UNITS, Session
from seaofnodes.prove.terms.bitvectors import as_symbolic
from seaofnodes.prove.terms.solver import condition, symbols_of


def shadowed(rules: Sequence[Rule], seconds: float = 1.0) -> Iterator[Shadowed]:
    """The rules of a set, in order, that earlier ones shadow; a condition that takes more time than this does not."""
    return find_shadowed(rules, lambda later, covers: _implies(later, covers, int(seconds * UNITS)))


def _implies(later: Rule, covers: Sequence[Cover], units: int) -> bool:
    symbols = symbols_of(later, {})
    constants = {name: symbols[name] for name in later.constants}
    terms = []
    try:
        if later.where is not None:
            terms.append(condition(later, symbols))
        for cover in covers:
            assert cover.rule.where is not None
            width = cover.rule.width
            terms.append(as_symbolic(renamed(cover.rule.where, cover.names).evaluate(constants, width)).term == 0)
    except PlainPythonError:
        return False
    return Session().solver([z3.And(*terms)]).check(units) is False
