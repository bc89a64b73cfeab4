"""Passes made of rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.operator import Operator
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.folding import constant_folder, may_fold
from seaofnodes.passes.rules.matching import Ascents
from seaofnodes.passes.rules.reducer import GraphReducer, Reducer
from seaofnodes.passes.rules.rewriter import Rewriter


def rewrite(graph: Graph, context: PassContext, sets: Sequence[RuleSet]) -> PassResult:
    """Fold constants and apply rules, earlier sets first, until nothing fires. Raises PassError if that never ends."""
    rewriters = [Rewriter(graph, context, rules) for rules in sets]
    fold = constant_folder(graph, context)
    reducers: list[Reducer] = [fold, *(rewriter.reduce for rewriter in rewriters)]

    def choose(op: Operator) -> list[Reducer]:
        chosen: list[Reducer] = [fold] if may_fold(op) else []
        return chosen + [rewriter.reduce for rewriter in rewriters if rewriter.has_rules(op.name)]

    reducer = GraphReducer(graph, reducers, ascents=_joined(sets), seed=context.seed, choose=choose)
    changes = reducer.run()
    for rewriter in rewriters:
        rewriter.finish()
    return PassResult(changes > 0, {"visits": reducer.visits, "changes": changes})


def _joined(sets: Sequence[RuleSet]) -> Ascents:
    if len(sets) == 1:
        return sets[0].ascents
    found: dict[str, frozenset[str]] = {}
    for rules in sets:
        for name, above in rules.ascents.items():
            found[name] = found.get(name, frozenset()) | above
    return found


@dataclass(frozen=True)
class RulePass(Pass):
    """Folds constants and applies the rules of one set, to a fixed point.

    Subclasses set `name` and `rules`; `pass_of` makes one from a set alone.
    """

    rules: ClassVar[RuleSet]
    preserves = (ControlFlow,)

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        """Apply the rules until none fires. Raises PassError if that never ends."""
        return rewrite(graph, context, [self.rules])


def pass_of(rules: RuleSet) -> type[RulePass]:
    """A pass with the name of a rule set that applies it."""
    count = len(rules.rules)
    doc = f"Apply the {count} rules of {rules.name}." if count != 1 else f"Apply the rule {rules.rules[0].name}."
    return dataclass(frozen=True)(type("RulesOf" + rules.name.title(), (RulePass,), {
        "__doc__": doc, "__module__": __name__, "name": rules.name, "rules": rules,
    }))  # fmt: skip
