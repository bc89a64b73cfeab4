"""Every declared rule: both sides mean the same, and it fires in spite of the rules before it."""

from __future__ import annotations

import pytest

from seaofnodes.errors import PassError
from seaofnodes.ir.bits import unwrap
from seaofnodes.ir.evaluator.evaluate import evaluate
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.patterns import Width, constants, variables
from seaofnodes.passes.rewrites import division
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.matching import variants
from seaofnodes.passes.rules.rewriter import Rewriter
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.passes.simplify import RULES
from tests.passes.equivalence import PolledEnvironment
from tests.passes.rule_cases import bindings, constant_bindings, constants_of, graph_of, meaning, types_of

# Those with loads, stores and phis: test_state_rules.py.
ALL = [(rules, rule) for rules in (RULES, division.RULES) for rule in rules.rules if rule.state is None]
by_name = pytest.mark.parametrize(("rules", "rule"), ALL, ids=[rule.name for _, rule in ALL])
w = Width(32)
x, y = variables("x y")
C, D = constants("C D")


@by_name
def test_both_sides_mean_the_same(rules: RuleSet, rule: Rule) -> None:
    type = rule.pattern.op.type
    tried = 0
    for binding in bindings(rule):
        expected, found = meaning(rule.pattern, binding, type), meaning(rule.replacement, binding, type)
        assert expected == found, f"{rule}: with {binding}: {expected:#x} becomes {found:#x}"
        tried += 1
    assert tried >= 12, f"{rule}: no constants found to which it applies"


@by_name
def test_fires(rules: RuleSet, rule: Rule) -> None:
    """No rule before it in its set always wins; what it builds verifies and evaluates to the same."""
    for binding in constant_bindings(rule, 40, seed=2):
        graph = parse_graph(format_graph(graph_of(rule, binding)))
        verify(graph)
        context = PassContext()
        root = graph.end.inputs[0].inputs[0]
        replacement = Rewriter(graph, context, rules).reduce(root)
        assert replacement is not None, f"{rule} does not match {root!r} with {binding}"
        if rule.name not in context.rules:
            continue  # an earlier rule takes this one
        assert context.rules[rule.name].fired == 1
        graph.replace(root, replacement)
        verify(graph, rule.name)
        types = types_of(rule.pattern, rule.pattern.op.type)
        for full in bindings(rule, constants=1, variables=4):
            full |= binding
            arguments = [unwrap(full[n], types[n].bits) for n in types if n not in constants_of(rule.pattern)]
            [result] = evaluate(graph, arguments, NO_STATE)
            assert result == meaning(rule.pattern, full, rule.pattern.op.type)
        return
    pytest.fail(f"{rule} never fires: earlier rules always win")


NO_STATE = PolledEnvironment.__new__(PolledEnvironment)  # pure graphs ask nothing of it


@by_name
def test_is_documented_in_one_line(rules: RuleSet, rule: Rule) -> None:
    assert rule.doc and "\n" not in rule.doc


def test_commutative_operands_match_in_both_orders() -> None:
    swapped = variants(w.Add(w.Sub(x, y), y))
    assert [repr(v) for v in swapped] == ["Int32Add(Int32Sub(x, y), y)", "Int32Add(y, Int32Sub(x, y))"]
    assert len(variants(w.Add(x, C))) == 1  # constants stand on the right


def test_a_replacement_uses_only_what_the_pattern_binds() -> None:
    rules = RuleSet("broken")
    with pytest.raises(PassError, match="y is not in the pattern"):
        rules.rule(w.Add(x, 0))(lambda: y)


def test_two_rules_cannot_share_a_name() -> None:
    rules = RuleSet("twice")

    def name() -> object:
        return x

    rules.rule(w.Add(x, 0))(name)  # type: ignore[arg-type]
    with pytest.raises(PassError, match="two rules are called name"):
        rules.rule(w.Sub(x, 0))(name)  # type: ignore[arg-type]


def test_a_disabled_rule_does_not_fire() -> None:
    rule = next(rule for rule in RULES.rules if rule.name == "xor_self_32")
    graph = graph_of(rule, {})
    root = graph.end.inputs[0].inputs[0]
    assert Rewriter(graph, PassContext(), RULES).reduce(root) is graph.int32(0)
    context = PassContext(disabled_rules=frozenset([rule.name]))
    assert Rewriter(graph, context, RULES).reduce(root) is None
    assert rule.name not in context.rules


def test_attempts_are_counted_by_root_operator() -> None:
    rule = next(rule for rule in RULES.rules if rule.name == "xor_self_32")
    graph = graph_of(rule, {})
    context = PassContext()
    rewriter = Rewriter(graph, context, RULES)
    rewriter.reduce(graph.end.inputs[0].inputs[0])
    rewriter.finish()
    assert context.rules["xor_self_32"].tried == context.rules["xor_twice_32"].tried == 1
    assert context.rules["xor_self_32"].fired == 1
    assert "or_self_32" not in context.rules
