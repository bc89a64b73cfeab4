"""Constant folding and algebraic simplification: every local rule, and the meaning of every pure operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.framework.rule_pass import rewrite
from seaofnodes.passes.rewrites import comparisons, floats, integers, memory, references
from seaofnodes.passes.rules.declare import RuleSet

RULES = comparisons.RULES + integers.RULES + floats.RULES + memory.RULES + references.RULES


@dataclass(frozen=True)
class Simplification(Pass):
    """Fold constants, gather them, and apply the algebraic rules, to a fixed point.

    The rule sets of the user (`PassContext.rule_sets`) are tried before the built-in ones.
    """

    name = "simplify"
    preserves = (ControlFlow,)
    settles = True
    rules: ClassVar[RuleSet] = RULES

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        return rewrite(graph, context, [*context.rule_sets, self.rules])
