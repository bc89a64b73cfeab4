"""Rules with loads, stores and phis: the built-in ones mean the same on both sides, and each fires."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from seaofnodes.ir.bits import wrap
from seaofnodes.ir.types import NONE
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.rules.rewriter import Rewriter
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.passes.simplify import RULES
from seaofnodes.prove.counterexamples.drawing import Binding, bindings
from seaofnodes.prove.counterexamples.graphs import Outcome, PatternGraph

STATE_RULES = [rule for rule in RULES.rules if rule.state is not None]
by_name = pytest.mark.parametrize("rule", STATE_RULES, ids=[rule.name for rule in STATE_RULES])


def drawn(rule: Rule, count: int) -> Iterator[Binding]:
    return islice(bindings(rule, 1, 20_000), count)


def after(rule: Rule, binding: Binding, context: PassContext) -> PatternGraph:
    """The pattern's graph, rewritten by all rules together."""
    pattern = PatternGraph(rule, binding)
    replacement = Rewriter(pattern.graph, context, RULES).reduce(pattern.root)
    assert replacement is not None, f"{rule} does not match"
    pattern.graph.replace(pattern.root, replacement)
    if pattern.root.op.effect_out and replacement is not pattern.root:
        pattern.graph.kill(pattern.root)
    verify(pattern.graph, rule.name)
    return pattern


def is_same(rule: Rule, one: Outcome, other: Outcome) -> bool:
    if one.trapped or other.trapped or rule.pattern.op.type is NONE:
        return one == other
    type = rule.pattern.op.type
    [left], [right] = one.values, other.values
    if type.is_float and wrap(True, type.bits, left).is_nan:  # type: ignore[union-attr]
        return wrap(True, type.bits, right).is_nan  # type: ignore[union-attr]
    return left == right


@by_name
def test_both_sides_do_the_same(rule: Rule) -> None:
    trapped = fired = 0
    for binding in drawn(rule, 60):
        context = PassContext()
        before, found = PatternGraph(rule, binding).run(), after(rule, binding, context).run()
        assert is_same(rule, before, found), f"{rule}: with {binding}: {before} becomes {found}"
        trapped += before.trapped
        fired += rule.name in context.rules and context.rules[rule.name].fired == 1
    assert trapped > 3 or not rule.state or not rule.state.addresses
    assert fired, f"{rule} never fires: earlier rules always win"


@by_name
def test_is_documented_in_one_line(rule: Rule) -> None:
    assert rule.doc and "\n" not in rule.doc
