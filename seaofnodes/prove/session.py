"""One rule's conversation with Z3: work is counted in Z3's own units, so that a busy machine changes no answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import z3

Term: TypeAlias = Any
UNITS: Final = 5_000_000  # of Z3's, in about a second
_PATIENCE: Final = 20  # times the seconds asked for, by the clock: for work that Z3 does not count


class Session:
    """A context of Z3 of its own, for what was asked before about other rules may turn Z3's head.

    Attributes: spent: units of work so far.
    """

    def __init__(self) -> None:
        self._context = z3.Context()
        self.spent = 0

    def solver(self, terms: Iterable[Term]) -> Solver:
        """A solver that assumes these terms."""
        return Solver(self, self._context, terms)


class Solver:
    """Checks whether terms can hold together. Attributes: model: of the last check that said so."""

    def __init__(self, session: Session, context: Any, terms: Iterable[Term]) -> None:
        self._session = session
        self._context = context
        self._solver = z3.Solver(ctx=context)
        self.model: Model | None = None
        self.add(*terms)

    def add(self, *terms: Term) -> None:
        self._solver.add(*(term.translate(self._context) if z3.is_expr(term) else term for term in terms))

    def check(self, units: int) -> bool | None:
        """Can they? None if that takes more work than this."""
        self._solver.set("rlimit", max(1, units))
        self._solver.set("timeout", max(1000, units * 1000 * _PATIENCE // UNITS))
        before = self._count()
        result = self._solver.check()
        self._session.spent += max(self._count() - before, 0)
        if result == z3.unknown:
            return None
        self.model = Model(self._solver.model(), self._context) if result == z3.sat else None
        return bool(result == z3.sat)

    def _count(self) -> int:
        statistics = self._solver.statistics()
        return int(statistics.get_key_value("rlimit count")) if "rlimit count" in statistics.keys() else 0  # noqa: SIM118


class Model:
    """Values that meet the terms."""

    def __init__(self, model: Any, context: Any) -> None:
        self._model = model
        self._context = context

    def number(self, term: Term) -> int:
        """The value of a bit vector, unsigned."""
        found = self._model.eval(term.translate(self._context), model_completion=True)
        return int(found.as_long())
