"""Proving one rule: the methods in order, cheapest first."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from seaofnodes.errors import PassError
from seaofnodes.passes.rules.predicates import PlainPythonError
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.prove.check import refutes
from seaofnodes.prove.counterexamples.confirm import counterexample
from seaofnodes.prove.counterexamples.drawing import Binding, Draws, draw, simplest
from seaofnodes.prove.patience import with_patience
from seaofnodes.prove.session import UNITS, Session
from seaofnodes.prove.terms.solver import Answer, ask, ask_by_cases, ask_integers, condition_holds_somewhere
from seaofnodes.prove.verdicts import PROVED, TESTED, UNKNOWN, VACUOUS, WRONG, Verdict


@dataclass(frozen=True, slots=True)
class Limits:
    """seconds: about how long the solver may work on a rule, counted in units of work, so that the answer does not
    depend on how busy the machine is, and how long one call of a condition in plain Python may take, by the clock;
    draws: values to try where there is no proof.
    """

    seconds: float = 10.0
    draws: int = 1_000_000


def prove(rule: Rule, limits: Limits | None = None) -> Verdict:
    """Prove a rule for all values of its types, or refute it, or test it if neither can be done in time."""
    limits = limits or Limits()
    start = time.monotonic()
    try:
        status, method, values = with_patience(limits.seconds, lambda: _decide(rule, limits))
    except PassError as error:  # of a condition in plain Python
        status, method, values = UNKNOWN, str(error), None
    found = counterexample(rule, values) if values is not None else None
    if found is not None and status == WRONG and not found.confirmed:
        status, method = UNKNOWN, f"{method}: refuted by values that the graph evaluator does not confirm"
    file, line = rule.location
    where = f"{file}:{line}" if file else ""
    return Verdict(rule.name, str(rule), status, method, time.monotonic() - start, found, where)


def _decide(rule: Rule, limits: Limits) -> tuple[str, str, Binding | None]:
    reason = "no proof in time"
    session, units = Session(), int(limits.seconds * UNITS)
    try:
        if not condition_holds_somewhere(session, rule, units):
            return VACUOUS, "its condition never holds", None
        answer, method = ask(session, rule, units // 20), _KIND[_has_floats(rule)]
        if answer.proved is None:
            drawn = draw(rule, min(_FEW, limits.draws))  # most rules that are wrong are wrong at some edge
            if drawn.values is not None:
                return WRONG, _drawn_text(drawn), simplest(rule, drawn.values)
            answer, method = _ask(session, rule, units)
    except PlainPythonError as error:
        answer, method = _ask_without_condition(rule, units)
        reason = f"the solver cannot look into its condition: {error}"
    if answer.proved:
        return PROVED, method, None
    if answer.values is not None:
        if refutes(rule, answer.values):
            return WRONG, method, simplest(rule, answer.values)
        return UNKNOWN, f"{method}: refuted by values that the meanings of the operators do not confirm", answer.values
    drawn = draw(rule, limits.draws)
    if drawn.values is not None:
        return WRONG, _drawn_text(drawn), simplest(rule, drawn.values)
    if not drawn.drawn:
        return UNKNOWN, f"{reason}, and no drawn values to which it applies", None
    return TESTED, f"{_drawn_text(drawn)}; {reason}", None


def _ask(session: Session, rule: Rule, units: int) -> tuple[Answer, str]:
    """Divisions over integers, then constants one by one, then patience."""
    answer = ask_integers(session, rule, units // 10)
    if answer.proved is not None:
        return answer, "integers"
    answer = ask_by_cases(session, rule, units)
    if answer.proved is not None:
        return answer, f"{_KIND[_has_floats(rule)]}, {answer.cases} cases"
    return ask(session, rule, units), _KIND[_has_floats(rule)]


def _ask_without_condition(rule: Rule, units: int) -> tuple[Answer, str]:
    """Right for all constants is right for some; values that refute the rule count if they meet its condition."""
    answer, method = _ask(Session(), replace(rule, where=None), units // 10)
    if answer.values is not None and not refutes(rule, answer.values):
        return Answer(None), ""
    return answer, f"{method}, without its condition" if answer.proved else method


_FEW = 1000  # values to draw before hard work
_KIND = {False: "bit vectors", True: "IEEE numbers"}


def _has_floats(rule: Rule) -> bool:
    return rule.pattern.op.type.is_float or any(type.is_float for type in rule.types.values())


def _drawn_text(drawn: Draws) -> str:
    return f"{drawn.drawn:,} drawn value{'s' if drawn.drawn != 1 else ''}"
