"""What applies rules to a graph, and what they may ask about the compilation."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.types import Type
from seaofnodes.passes.facts.facts import Facts
from seaofnodes.passes.patterns import Apply, Constant, Expression, Value, Variable
from seaofnodes.passes.remarks import RuleCount
from seaofnodes.passes.rules.context import RuleContext
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.folding import constant_value
from seaofnodes.passes.rules.matching import Matcher, TimedMatcher
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.passes.rules.state.matching import Found
from seaofnodes.passes.rules.state.rewriting import StateRewriter

_SAMPLE: Final = 16  # one match in so many is timed


class Rewriter:
    """Applies rules to a graph; `reduce(node)` gives the replacement, or None. `finish()` adds what was tried, and the
    time that took if the context is `timed`, to the context's counts.
    """

    def __init__(self, graph: Graph, context: RuleContext, rules: RuleSet) -> None:
        self.graph = graph
        self.context = context
        self.rules = rules
        self._disabled = context.disabled_rules
        self._matchers: dict[str, Matcher | None] = {}
        self._tried: dict[str, int] = {}
        self._verdicts = context.verdicts.setdefault(rules, {})
        self._facts: Facts | None = None
        self._state = StateRewriter(graph, context, self._known_facts)
        self._samples: dict[str, tuple[TimedMatcher, list[float]]] = {}
        if context.timed:
            self.reduce = self._reduce_timed  # type: ignore[method-assign]

    def has_rules(self, name: str) -> bool:
        """Are there rules for nodes with an operator of this name?"""
        return name in self._matchers or self._matcher(name) is not None

    def reduce(self, node: Node) -> Node | None:
        """What the first rule that matches makes of a node, or None."""
        name = node.op.name
        try:
            matcher = self._matchers[name]
        except KeyError:
            matcher = self._matcher(name)
        if matcher is None:
            return None
        self._tried[name] += 1
        return matcher(node, self._apply)

    def _reduce_timed(self, node: Node) -> Node | None:
        """Times the matching of every 16th node of an operator, and every application."""
        name = node.op.name
        try:
            matcher = self._matchers[name]
        except KeyError:
            matcher = self._matcher(name)
        if matcher is None:
            return None
        tried = self._tried[name] = self._tried[name] + 1
        if tried % _SAMPLE:
            return matcher(node, self._apply)
        found = self._samples.get(name)
        if found is None:
            rules = self.rules.enabled(name, self._disabled)
            found = self._samples[name] = (self.rules.timed_matcher(name, self._disabled), [0.0] * len(rules))
        return found[0](node, self._apply, found[1])

    def _matcher(self, name: str) -> Matcher | None:
        matcher = self._matchers[name] = self.rules.matcher(name, self._disabled)
        self._tried[name] = 0
        return matcher

    def finish(self) -> None:
        """Every rule of a root operator counts as tried whenever a node with that operator was looked at."""
        self.context.add_tried(self.rules, self._disabled, self._tried)
        self._tried = dict.fromkeys(self._tried, 0)
        for name, (_, spent) in self._samples.items():
            for rule, seconds in zip(self.rules.enabled(name, self._disabled), spent, strict=True):
                self.context.rules[rule.name].seconds += seconds * _SAMPLE

    def _apply(self, rule: Rule, root: Node, bound: dict[str, Node] | Found) -> Node | None:
        """Check the condition, then build the replacement."""
        count = self.context.counts.get(rule.name)
        if count is None:
            count = self.context.counts[rule.name] = RuleCount()
        count.matched += 1
        if isinstance(bound, Found):
            numbers = self._state.applies(rule, root, bound)
            if numbers is None:
                return None
        else:
            if rule.where is not None and not self._meets(rule, rule.where, bound):
                return None
            values = {name: constant_value(bound[name]) for name in rule.constants}
            if not all(fact.holds(bound[fact.name], values, self._known_facts) for fact in rule.facts):
                return None
        context = self.context
        if context.gate is not None and not context.gate(rule.name):
            return None
        start = perf_counter() if context.timed else 0.0
        graph = self.graph
        offset, inlining = root.origin[0], root.origin[1]
        graph.origin = Origin(offset, inlining, context.phase, rule.name, root.id)
        if graph.observer is not None:
            graph.observer.bound(rule.name, bound.named() if isinstance(bound, Found) else bound)
        if isinstance(bound, Found):
            assert numbers is not None
            result = self._state.build(rule, root, bound, numbers)
        else:
            result = self._build(rule.replacement, root.type, bound, values, root)
        count.fired += 1
        if context.timed:
            count.seconds += perf_counter() - start
        return result

    def _meets(self, rule: Rule, where: Value, bound: dict[str, Node]) -> bool:
        """Do the constants meet the rule's condition? Asked once in a compilation for the same numbers."""
        key = (rule.name, *[bound[name].op.parameters for name in rule.constants])
        found = self._verdicts.get(key)
        if found is None:
            values = {name: constant_value(bound[name]) for name in rule.constants}
            found = self._verdicts[key] = bool(where.evaluate(values, rule.width).value)
        return found

    def _known_facts(self) -> Facts:
        """As they were when first asked for: rules change how values are computed, not the values."""
        if self._facts is None:
            self._facts = self.context.analyses.get(Facts, self.graph)
        return self._facts

    def _build(
        self, expression: Expression, type: Type, bound: dict[str, Node], values: dict[str, Bits | Float], root: Node
    ) -> Node:
        if isinstance(expression, (Variable, Constant)):
            return bound[expression.name]
        if isinstance(expression, Value):
            result = expression.evaluate(values, type.bits)
            return self.graph.constant_of(type, result.bits if isinstance(result, Float) else result.value)
        assert isinstance(expression, Apply)
        op: Operator = expression.op
        inputs = [
            self._build(argument, wanted, bound, values, root)
            for argument, wanted in zip(expression.arguments, op.signature, strict=True)
        ]
        if op.control_in:
            inputs.append(root.control)
        return self.graph.node(op, *inputs)
