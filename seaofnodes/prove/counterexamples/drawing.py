"""Values at the edges, for what cannot be proved in time and for counterexamples that a person can read."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from seaofnodes.ir.bits import Bits, Float, wrap
from seaofnodes.ir.types import Type
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.prove.check import applies, failure, refutes
from seaofnodes.prove.counterexamples.states import draw_state, simpler
from seaofnodes.prove.meaning import interpret

Binding = dict[str, Any]  # see terms/solver.py
_FRACTION: Final = {32: 23, 64: 52}
_VALUES_EACH: Final = 32  # of variables for one choice of constants
_TRIES: Final = 20_000  # more than values, to meet a rule's condition or the checks of its operators


@dataclass(frozen=True, slots=True)
class Draws:
    """drawn: how many values the rule applied to; values: some that refute it, or None."""

    drawn: int
    values: Binding | None


def edges(type: Type) -> list[int]:
    """Patterns at which arithmetic changes: bounds, powers of two and their neighbours; of floats also both zeros,
    subnormal numbers, infinities and NaNs, quiet and signalling.
    """
    bits = type.bits
    if type.is_float:
        return _float_edges(bits)
    near = [0, 1, 2, 3, 5, 6, 7, 9, 10, 100, bits - 1, bits, bits + 1, 0xAAAAAAAAAAAAAAAA]
    powers = [(1 << k) + d for k in range(2, bits) for d in (-1, 0, 1)]
    return sorted({sign * n % (1 << bits) for n in near + powers for sign in (1, -1)})


def _float_edges(bits: int) -> list[int]:
    fraction = _FRACTION[bits]
    infinity = (1 << (bits - 1)) - (1 << fraction)
    found = {0, 1, 2, (1 << fraction) - 1, 1 << fraction, (1 << fraction) + 1, infinity - 1, infinity}
    found |= {infinity + 1, infinity | 1 << (fraction - 1), infinity | 1 << (fraction - 1) | 1, (1 << (bits - 1)) - 1}
    exact = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 10.0, 0.1, 1e10, 1e-10, 2.0**-64]
    exact += [2.0**k for k in (23, 24, 31, 32, 52, 53, 63, 64)]
    for number in exact:
        pattern = Float.of(bits, number).bits
        found |= {pattern - 1, pattern, pattern + 1}
    return sorted(found | {pattern | 1 << (bits - 1) for pattern in found})


class Source:
    """Draws patterns of a type: a quarter each at the ends of the range, at other edges, small, and any; now and then
    the last one again, or one beside it.

    Attributes: patience: how many constants may still be drawn in vain, for a condition that is hard to meet.
    """

    def __init__(self, rule: Rule, seed: int, patience: int) -> None:
        self.random = random.Random(f"{rule.name} {seed}")
        self.edges = {type: edges(type) for type in set(rule.types.values())}
        self.ends = {type: _by_size(type)[:5] + _ends(type) for type in self.edges}
        self.last = 0
        self.patience = patience

    def draw(self, type: Type) -> Bits | Float:
        picker = self.random
        kind = picker.random()
        if kind < 0.05:
            pattern = (self.last + picker.choice((0, 0, 1, -1))) % (1 << type.bits)
        elif kind < 0.25:
            pattern = picker.choice(self.ends[type])
        elif kind < 0.5:
            pattern = picker.choice(self.edges[type])
        elif kind < 0.6 and type.is_float:
            pattern = Float.of(type.bits, picker.randint(-1000, 1000) / (1 << picker.randint(0, 6))).bits
        elif kind < 0.75:
            pattern = picker.getrandbits(picker.randint(1, type.bits))
            pattern = -pattern % (1 << type.bits) if picker.random() < 0.5 else pattern
        else:
            pattern = picker.getrandbits(type.bits)
        self.last = pattern
        return wrap(type.is_float, type.bits, pattern)


def _ends(type: Type) -> list[int]:
    half = 1 << (type.bits - 1)
    return _by_size(type)[5:8] if type.is_float else [half - 1, half, half + 1]


def draw(rule: Rule, most: int, seed: int = 1) -> Draws:
    """Try the rule on `most` values to which it applies; stops at the first that refutes it."""
    drawn = 0
    for tried, binding in enumerate(bindings(rule, seed, most + _TRIES), 1):
        sides = interpret(rule, binding, _same)
        if applies(sides):
            drawn += 1
            if failure(sides) is not None:
                return Draws(drawn, binding)
        if drawn >= most or tried >= most + _TRIES:
            break
    return Draws(drawn, None)


def _same(value: Bits | Float) -> Bits | Float:
    return value


def bindings(rule: Rule, seed: int, patience: int) -> Iterator[Binding]:
    """Values that meet the rule's condition: without end, but for one that too few constants meet."""
    source = Source(rule, seed, patience)
    free = [(name, type) for name, type in rule.types.items() if name not in rule.constants]
    if not rule.types and rule.state is None:
        yield {}
        return
    while (constants := _constants(rule, source)) is not None:
        for _ in range(_VALUES_EACH if free and rule.constants else 1):
            yield constants | {name: source.draw(type) for name, type in free} | draw_state(rule, source.random)


def _constants(rule: Rule, source: Source) -> Binding | None:
    width = rule.width
    while source.patience:
        found = {name: source.draw(rule.types[name]) for name in rule.constants}
        if rule.where is None or rule.where.evaluate(found, width).value:
            return found
        source.patience -= 1
    return None


def simplest(rule: Rule, values: Binding) -> Binding:
    """Values that refute the rule as well, and are small numbers where that is possible."""
    best = dict(values)
    for change in simpler(rule, best):
        if refutes(rule, best | change):
            best |= change  # in place: see `simpler`
    for _ in range(2):  # what one value may be depends on the others
        for name, type in rule.types.items():
            for pattern in _by_size(type):
                if pattern == _pattern(best[name]):
                    break  # what follows is no simpler
                trial = best | {name: wrap(type.is_float, type.bits, pattern)}
                if refutes(rule, trial):
                    best = trial
                    break
    return best


def _by_size(type: Type) -> list[int]:
    """Edges, the ones that are easiest to read first."""
    found = edges(type)
    if type.is_float:
        ones = [Float.of(type.bits, n).bits for n in (0.0, 1.0, -1.0, 2.0, -0.0, math.inf, -math.inf, math.nan)]
        return ones + sorted(set(found) - set(ones), key=lambda pattern: _length(Float(type.bits, pattern)))
    signed = [n - (1 << type.bits) if n >> (type.bits - 1) else n for n in found]
    return [n % (1 << type.bits) for n in sorted(signed, key=lambda n: (abs(n), n < 0))]


def _length(value: Float) -> tuple[bool, int, int]:
    return value.is_nan, len(repr(value.number)), value.bits


def _pattern(value: Bits | Float) -> int:
    return value.bits if isinstance(value, Float) else value.value
