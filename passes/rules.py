"""Rewrite rules as data, and their matchers: one plain Python function for each root operator.

    @rules.rule(w.Mul(x, C), where=is_power_of_two(C))
    def multiply_by_power_of_two():
        "x * 2**k is x << k."
        return w.Shl(x, log2(C))

The function is called once, when it is declared; what it returns is the replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Final

from seaofnodes.errors import PassError
from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.types import Type
from seaofnodes.passes.base import PassContext, RuleCount
from seaofnodes.passes.folding import constant_value
from seaofnodes.passes.matching import (
    Ascents,
    Matcher,
    TimedMatcher,
    ascents,
    compile_matcher,
    compile_timed_matcher,
)
from seaofnodes.passes.patterns import Apply, Constant, Expression, Predicate, Value, Variable, as_expression
from seaofnodes.passes.rule_types import check_expression, check_guards, constants_of, shape_of, types_of

if TYPE_CHECKING:
    from seaofnodes.passes.shadows import Implies

_SAMPLE: Final = 16  # one match in so many is timed


@dataclass(frozen=True, slots=True)
class Rule:
    """A rewrite: `pattern` becomes `replacement` where `where` holds (None: always). `doc` says why in one line.

    location: file and line of its declaration; types: of the pattern's variables and constants, by name; constants:
    the names of those that are constants.
    """

    name: str
    pattern: Apply
    replacement: Expression
    where: Value | None
    doc: str
    location: tuple[str, int] = field(default=("", 0), repr=False, compare=False)
    types: dict[str, Type] = field(init=False, repr=False, compare=False)
    constants: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises PassError if the rule makes no sense."""
        bound = set(_names(self.pattern))
        used = set(_names(self.replacement))
        if self.where is not None:
            used |= set(_names(self.where))
        if used - bound:
            raise PassError(f"rule {self.name}: {', '.join(sorted(used - bound))} is not in the pattern")
        try:
            types = types_of(self.pattern, self.pattern.op.type)
            check_expression(self.replacement, self.pattern.op.type, types)
            check_guards(self.replacement, self.pattern)
            if self.where is not None:
                shape_of(self.where, types)
        except PassError as error:
            raise PassError(f"rule {self.name}: {error}") from None
        object.__setattr__(self, "types", types)
        object.__setattr__(self, "constants", tuple(constants_of(self.pattern)))

    def __str__(self) -> str:
        condition = f"  where {self.where!r}" if self.where is not None else ""
        return f"{self.name}: {self.pattern!r} -> {self.replacement!r}{condition}"


class RuleSet:
    """Rules that belong together; sets are joined with `+`, and matched in order."""

    def __init__(self, name: str, rules: list[Rule] | None = None) -> None:
        self.name = name
        self.rules: list[Rule] = rules if rules is not None else []
        self._by_root: dict[str, list[Rule]] = {}  # filled when first asked for
        self._matchers: dict[tuple[str, frozenset[str]], Matcher | None] = {}
        self._checked: set[str] = set()
        self._timed: dict[tuple[str, frozenset[str]], TimedMatcher] = {}
        self._ascents: Ascents | None = None

    def rule(
        self, pattern: Apply, where: Value | Callable[..., object] | None = None, suffix: str = ""
    ) -> Callable[[Callable[[], Expression | int]], Rule]:
        """Declare a rule; the decorated function gives the replacement. `suffix` tells apart rules made in a loop.

        where: the condition, or a function of constants that its parameters name: see `patterns.Predicate`.
        """

        def declare(function: Callable[[], Expression | int]) -> Rule:
            name = function.__name__ + suffix
            if any(rule.name == name for rule in self.rules):
                raise PassError(f"two rules are called {name}")
            doc = (function.__doc__ or "").strip()
            if self._by_root:
                raise PassError(f"rule {name} comes too late: the rules of {self.name!r} are in use")
            condition = where if where is None or isinstance(where, Value) else Predicate.of(where)
            code = getattr(function, "__code__", None)
            location = (code.co_filename, code.co_firstlineno) if code is not None else ("", 0)
            rule = Rule(name, pattern, as_expression(function()), condition, doc, location)
            self.rules.append(rule)
            return rule

        return declare

    def __add__(self, other: RuleSet) -> RuleSet:
        """Raises PassError if a name is in both."""
        twice = {rule.name for rule in self.rules} & {rule.name for rule in other.rules}
        if twice:
            raise PassError(f"rule {min(twice)} is in both {self.name!r} and {other.name!r}")
        return RuleSet(f"{self.name}+{other.name}", self.rules + other.rules)

    def of_root(self, name: str) -> list[Rule]:
        """The rules whose pattern begins with this operator, in order."""
        if not self._by_root:
            for rule in self.rules:
                self._by_root.setdefault(rule.pattern.op.name, []).append(rule)
        return self._by_root.get(name, [])

    def enabled(self, name: str, disabled: frozenset[str]) -> list[Rule]:
        """Those of them that may fire."""
        return [rule for rule in self.of_root(name) if rule.name not in disabled]

    def matcher(self, name: str, disabled: frozenset[str]) -> Matcher | None:
        """A function that tries the rules for one root operator in order, made once for each set of disabled rules;
        None if there are none. Raises PassError if one of them can never fire.
        """
        key = (name, disabled)
        if key not in self._matchers:
            if name not in self._checked:
                self._checked.add(name)
                check_order(self.of_root(name))
            rules = self.enabled(name, disabled)
            self._matchers[key] = compile_matcher(rules) if rules else None
        return self._matchers[key]

    def timed_matcher(self, name: str, disabled: frozenset[str]) -> TimedMatcher:
        """The same with a clock; there must be such rules."""
        key = (name, disabled)
        if key not in self._timed:
            self._timed[key] = compile_timed_matcher(self.enabled(name, disabled))
        return self._timed[key]

    def check(self, implies: Implies | None = None) -> None:
        """Raise PassError if an earlier rule always wins over a later one. Conditions are compared by their text, or
        by `implies` (see `shadows`).
        """
        check_order(self.rules, implies)

    @property
    def ascents(self) -> Ascents:
        """Which operator stands directly above which inside a pattern of these rules."""
        if self._ascents is None:
            self._ascents = ascents(rule.pattern for rule in self.rules)
        return self._ascents


def check_order(rules: Sequence[Rule], implies: Implies | None = None) -> None:
    """Raise PassError for the first rule that earlier ones shadow."""
    from seaofnodes.passes.shadows import find_shadowed

    for shadowed in find_shadowed(rules, implies):
        raise PassError(str(shadowed))


def _names(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Variable):
        yield expression.name
    elif isinstance(expression, Value):
        yield from (constant.name for constant in expression.constants())
    elif isinstance(expression, Apply):
        for argument in expression.arguments:
            yield from _names(argument)


class Rewriter:
    """Applies rules to a graph; `reduce(node)` gives the replacement, or None. `finish()` adds what was tried, and the
    time that took if the context is `timed`, to the context's counts.
    """

    def __init__(self, graph: Graph, context: PassContext, rules: RuleSet) -> None:
        self.graph = graph
        self.context = context
        self.rules = rules
        self._disabled = context.disabled_rules
        self._matchers: dict[str, Matcher | None] = {}
        self._tried: dict[str, int] = {}
        self._samples: dict[str, tuple[TimedMatcher, list[float]]] = {}
        if context.timed:
            self.reduce = self._reduce_timed  # type: ignore[method-assign]

    def reduce(self, node: Node) -> Node | None:
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
        counts = self.context.rules
        for name, tried in self._tried.items():
            for rule in self.rules.enabled(name, self._disabled):
                counts.setdefault(rule.name, RuleCount()).tried += tried
        for name, (_, spent) in self._samples.items():
            for rule, seconds in zip(self.rules.enabled(name, self._disabled), spent, strict=True):
                counts[rule.name].seconds += seconds * _SAMPLE

    def _apply(self, rule: Rule, root: Node, bound: dict[str, Node]) -> Node | None:
        """Check the condition, then build the replacement."""
        values = {name: constant_value(bound[name]) for name in rule.constants}
        width = root.op.signature[0].bits
        if rule.where is not None and not rule.where.evaluate(values, width).value:
            return None
        context = self.context
        if context.gate is not None and not context.gate(rule.name):
            return None
        start = perf_counter() if context.timed else 0.0
        graph = self.graph
        offset, inlining = root.origin[0], root.origin[1]
        graph.origin = Origin(offset, inlining, context.phase, rule.name, root.id)
        result = self._build(rule.replacement, root.type, bound, values, root)
        count = context.rules.get(rule.name)
        if count is None:
            count = context.rules[rule.name] = RuleCount()
        count.fired += 1
        if context.timed:
            count.seconds += perf_counter() - start
        return result

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
