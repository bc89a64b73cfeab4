"""Every built-in rule is proved, and how is no accident: a rule that is merely tested has to be entered here."""

from __future__ import annotations

import pytest

from seaofnodes.passes.framework.registry import built_in_rules
from seaofnodes.passes.rules.rule import Rule

pytest.importorskip("z3", reason="proofs need z3-solver")

from seaofnodes.prove.prover import Limits, prove
from seaofnodes.prove.shadowing import shadowed

RULES = [rule for rules in built_in_rules() for rule in rules.rules]
TESTED: frozenset[str] = frozenset()  # no proof in reasonable time


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_is_proved(rule: Rule) -> None:
    verdict = prove(rule, Limits(draws=20_000))
    assert verdict.status == ("tested" if rule.name in TESTED else "proved"), verdict


def test_no_rule_is_shadowed() -> None:
    assert [str(found) for rules in built_in_rules() for found in shadowed(rules.rules)] == []
