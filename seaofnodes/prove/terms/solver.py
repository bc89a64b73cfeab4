"""Rules as questions to Z3: are there values for which the sides differ?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import z3

from seaofnodes.ir.bits import Bits, Float, wrap
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.types import Type
from seaofnodes.passes.patterns import Apply, Constant, Expression
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.prove.check import QUIET
from seaofnodes.prove.meaning import Side, Sides, interpret
from seaofnodes.prove.memory import STATE
from seaofnodes.prove.session import Model, Session
from seaofnodes.prove.terms.bitvectors import Symbolic, SymbolicBits, SymbolicFloat, Term, as_symbolic, float_of_bits
from seaofnodes.prove.terms.integers import Integers, NotArithmetic
from seaofnodes.prove.terms.memory import SymbolicState

Binding = dict[str, Any]  # Bits or Float by name, addresses among them; a Numbers under STATE
Symbols = Mapping[str, Symbolic]
_MOST_CASES: Final = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """proved: True, False, or None if that took too much work; values: that refute the rule; cases: constants tried one
    by one, 0 if not.
    """

    proved: bool | None
    values: Binding | None = None
    cases: int = 0


def ask(session: Session, rule: Rule, units: int) -> Answer:
    """Prove or refute a rule over bit vectors and IEEE numbers, at once."""
    return _ask(session, rule, {}, units)


def ask_by_cases(session: Session, rule: Rule, units: int) -> Answer:
    """The same for one choice of the rule's constants after another: what is hard in general, such as a division by any
    power of two, is easy for each of them. The choices are all there are: all that meet the rule's condition, or else
    all values of the low bits of a shift count.
    """
    end = session.spent + units
    choices = _choices(session, rule, units // 2)
    if choices is None:
        choices = _shift_counts(rule)
    for cases, choice in enumerate(choices, 1):
        left = end - session.spent
        answer = _ask(session, rule, choice, left) if left > 0 else Answer(None)
        if not answer.proved:
            return Answer(answer.proved, answer.values, cases)
    return Answer(True if choices else None, cases=len(choices))


def condition_holds_somewhere(session: Session, rule: Rule, units: int) -> bool:
    """Are there values that meet the rule's condition and its pattern's guards? True if that cannot be said in time."""
    terms = assumptions(interpret(rule, symbols_of(rule, {}), as_symbolic))
    return not terms or session.solver(terms).check(units) is not False


def condition(rule: Rule, symbols: Symbols) -> Term:
    """The rule's condition. Raises PlainPythonError if it is one."""
    assert rule.where is not None
    constants = {name: symbols[name] for name in rule.constants}
    return as_symbolic(rule.where.evaluate(constants, rule.width)).term != 0


def _choices(session: Session, rule: Rule, units: int) -> list[Symbols] | None:
    """All values of the constants under which the rule applies; None if they are too many."""
    if rule.where is None or not rule.constants:
        return None
    end = session.spent + units
    symbols = symbols_of(rule, {})
    solver = session.solver([condition(rule, symbols)])
    found: list[Symbols] = []
    while (result := solver.check(end - session.spent)) and len(found) < _MOST_CASES:
        assert solver.model is not None
        numbers = {name: _number(solver.model, symbols[name], rule.types[name]) for name in rule.constants}
        found.append({name: as_symbolic(value) for name, value in numbers.items()})
        solver.add(z3.Or(*(_bits(symbols[name]) != _pattern(value) for name, value in numbers.items())))
    return found if result is False else None


def _shift_counts(rule: Rule) -> list[Symbols]:
    """A choice for all values of the low bits of a constant by which the pattern shifts; [] if there is none."""
    name = next(_counts(rule.pattern), None)
    if name is None:
        return []
    bits = rule.types[name].bits
    low = bits.bit_length() - 1
    high = z3.BitVec(f"{name} high", bits - low)
    return [{name: SymbolicBits(bits, z3.Concat(high, z3.BitVecVal(count, low)))} for count in range(bits)]


def _counts(pattern: Expression) -> Iterator[str]:
    """The constants that are shift counts."""
    if isinstance(pattern, Apply):
        if pattern.op in m.SHIFTS and isinstance(pattern.arguments[1], Constant):
            yield pattern.arguments[1].name
        for argument in pattern.arguments:
            yield from _counts(argument)


def _ask(session: Session, rule: Rule, chosen: Symbols, units: int) -> Answer:
    answer = Answer(True)
    for case in range(rule.state.cases if rule.state is not None else 1):
        answer = _ask_case(session, rule, symbols_of(rule, chosen, case), units)
        if not answer.proved:
            return answer
    return answer


def _ask_case(session: Session, rule: Rule, symbols: dict[str, Any], units: int) -> Answer:
    sides = interpret(rule, symbols, as_symbolic)
    known = assumptions(sides)
    safe = [as_symbolic(value).term != 0 for _, value in sides.right.guards]
    goals = [z3.And(*safe)] if safe else []  # asked by itself, this is easy
    goals += [as_symbolic(bit).term != 0 for bit in sides.outcomes]
    if sides.left.value is not None:
        same = equal(sides.left, sides.right)
        goals.append(same if sides.traps is None else z3.Or(as_symbolic(sides.traps).term != 0, same))
    proved = 0
    for goal in goals:
        solver = session.solver([*known, z3.Not(goal)])
        result = solver.check(units)
        if result:
            assert solver.model is not None
            return Answer(False, _numbers(solver.model, rule, symbols))
        proved += result is False
    return Answer(True if proved == len(goals) else None)


def assumptions(sides: Sides) -> list[Term]:
    """What may be relied on: the condition, and the guards of the pattern."""
    known = [as_symbolic(value).term != 0 for _, value in sides.left.guards]
    if sides.where is not None:
        known.append(as_symbolic(sides.where).term != 0)
    return known


def equal(left: Side, right: Side) -> Term:
    """The sides are the same, in the sense of `check.same`."""
    a, b = as_symbolic(left.value), as_symbolic(right.value)
    if isinstance(a, SymbolicBits):
        return a.term == b.term
    if left.loose is False and right.loose is False:
        return a.bits == b.bits
    numbers = a.fp == b.fp  # equality of values: NaN is NaN, -0 is not 0
    quiet = z3.Extract(QUIET[b.width], QUIET[b.width], b.bits) == 1
    loosely = numbers if b.quiet else z3.And(numbers, z3.Or(z3.Not(z3.fpIsNaN(b.fp)), quiet))
    if left.loose is True:
        return loosely
    exactly = z3.And(a.bits == b.bits, z3.Not(z3.And(_truth(right.loose), z3.fpIsNaN(b.fp))))
    return z3.If(_truth(left.loose), loosely, exactly)


def _truth(bit: Any) -> Term:
    return z3.BoolVal(bit) if isinstance(bit, bool) else as_symbolic(bit).term != 0


def _numbers(model: Model, rule: Rule, symbols: dict[str, Any]) -> Binding:
    found: Binding = {name: _number(model, symbols[name], type) for name, type in rule.types.items()}
    if rule.state is not None:
        found |= {name: Bits(64, model.number(symbols[name].term)) for name in rule.state.addresses}
        found[STATE] = symbols[STATE].numbers(rule, symbols, model.number)
    return found


def symbols_of(rule: Rule, chosen: Symbols, case: int = 0) -> dict[str, Any]:
    """Unknowns for the rule's variables, constants and addresses, and the memories, but for what is chosen. case: which
    input the phis choose.
    """
    found: dict[str, Any] = {}
    for name, type in rule.types.items():
        if name in chosen:
            found[name] = chosen[name]
            continue
        term = z3.BitVec(name, type.bits)
        found[name] = float_of_bits(type.bits, term) if type.is_float else SymbolicBits(type.bits, term)
    if rule.state is not None:
        found |= {name: SymbolicBits(64, z3.BitVec(name, 64)) for name in rule.state.addresses}
        found[STATE] = SymbolicState(rule, case)
    return found


def _bits(value: SymbolicBits | SymbolicFloat) -> Term:
    return value.bits if isinstance(value, SymbolicFloat) else value.term


def _pattern(value: Bits | Float) -> int:
    return value.bits if isinstance(value, Float) else value.value


def _number(model: Model, value: Any, type: Type) -> Bits | Float:
    return wrap(type.is_float, type.bits, model.number(_bits(value)))


def ask_integers(session: Session, rule: Rule, units: int) -> Answer:
    """Prove a rule over integers with bounds; it cannot refute one. For rules of arithmetic, divisions above all."""
    if rule.state is not None and (rule.state.addresses or rule.state.inputs != 1):
        return Answer(None)  # bytes of memory are no integers
    integers = Integers()
    try:
        symbols = {
            name: integers.word(name, type.bits, *_bounds(session, rule, name, units // 20))
            for name, type in rule.types.items()
            if not type.is_float
        }
        sides = interpret(rule, symbols, integers.lift)
        known = [value.holds() for _, value in sides.left.guards]
        known += [sides.where.holds()] if sides.where is not None else []
        goals = [value.holds() for _, value in sides.right.guards]
        goals.append(sides.left.value.eq(sides.right.value).holds())
    except (NotArithmetic, KeyError):  # a KeyError is a float
        return Answer(None)
    proved = all(_follows(session, integers, known, goal, units // len(goals)) for goal in goals)
    return Answer(True if proved else None)


def _follows(session: Session, integers: Integers, known: list[Term], goal: Term, units: int) -> bool:
    """Does it hold? Asked without products first: often they do not matter, and they cost most."""
    for facts in (integers.facts, integers.facts + integers.products):
        if session.solver([*facts, *known, z3.Not(goal)]).check(units // 2) is False:
            return True
    return False


def _bounds(session: Session, rule: Rule, name: str, units: int) -> tuple[int, int] | tuple[()]:
    """Bounds of half the width for a constant, unsigned or else signed, if the rule's condition implies them."""
    if name not in rule.constants or rule.where is None:
        return ()
    symbols = symbols_of(rule, {})
    found = symbols[name].term
    half = rule.types[name].bits // 2
    for low, high in ((0, (1 << half) - 1), (-(1 << (half - 1)), (1 << (half - 1)) - 1)):
        outside = z3.Or(found < low, found > high)
        if session.solver([condition(rule, symbols), outside]).check(units) is False:
            return low, high
    return ()
