"""Rewrite rules as data, and their matchers: one plain Python function for each root operator.

    @rules.rule(w.Mul(x, C), where=is_power_of_two(C))
    def multiply_by_power_of_two():
        "x * 2**k is x << k."
        return w.Shl(x, log2(C))

The function is called once, when it is declared; what it returns is the replacement.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from seaofnodes.errors import PassError
from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.common import CONSTANTS
from seaofnodes.ir.types import Type
from seaofnodes.passes.base import PassContext, RuleCount
from seaofnodes.passes.patterns import Apply, Constant, Expression, Literal, Value, Variable, as_expression

Builder = Callable[["Rule", Node, "dict[str, Node]"], "Node | None"]
Matcher = Callable[[Node, Builder], "Node | None"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rewrite: `pattern` becomes `replacement` where `where` holds (None: always). `doc` says why in one line."""

    name: str
    pattern: Apply
    replacement: Expression
    where: Value | None
    doc: str

    def __str__(self) -> str:
        condition = f"  where {self.where!r}" if self.where is not None else ""
        return f"{self.name}: {self.pattern!r} -> {self.replacement!r}{condition}"


class RuleSet:
    """Rules that belong together; sets are joined with `+`, and matched in order."""

    def __init__(self, name: str, rules: list[Rule] | None = None) -> None:
        self.name = name
        self.rules: list[Rule] = rules if rules is not None else []
        self._by_root: dict[str, list[Rule]] = {}  # filled when first asked for; then no more rules may come
        self._matchers: dict[tuple[str, frozenset[str]], Matcher | None] = {}

    def rule(
        self, pattern: Apply, where: Value | None = None, suffix: str = ""
    ) -> Callable[[Callable[[], Expression | int]], Rule]:
        """Declare a rule; the decorated function gives the replacement. `suffix` tells apart rules made in a loop."""

        def declare(function: Callable[[], Expression | int]) -> Rule:
            name = function.__name__ + suffix
            if any(rule.name == name for rule in self.rules):
                raise PassError(f"two rules are called {name}")
            doc = (function.__doc__ or "").strip()
            rule = Rule(name, pattern, as_expression(function()), where, doc)
            _check(rule)
            self.rules.append(rule)
            return rule

        return declare

    def __add__(self, other: RuleSet) -> RuleSet:
        return RuleSet(f"{self.name}+{other.name}", self.rules + other.rules)

    def of_root(self, name: str) -> list[Rule]:
        """The rules whose pattern begins with this operator, in order."""
        if not self._by_root:
            for rule in self.rules:
                self._by_root.setdefault(rule.pattern.op.name, []).append(rule)
        return self._by_root.get(name, [])

    def matcher(self, name: str, disabled: frozenset[str]) -> Matcher | None:
        """A function that tries the rules for one root operator in order, made once for each set of disabled rules;
        None if there are none.
        """
        key = (name, disabled)
        if key not in self._matchers:
            rules = [rule for rule in self.of_root(name) if rule.name not in disabled]
            self._matchers[key] = _compile(rules) if rules else None
        return self._matchers[key]


def _check(rule: Rule) -> None:
    bound = set(_names(rule.pattern))
    used = set(_names(rule.replacement))
    if rule.where is not None:
        used |= {constant.name for constant in rule.where.constants()}
    if used - bound:
        raise PassError(f"rule {rule.name}: {', '.join(sorted(used - bound))} is not in the pattern")


def _names(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Variable):
        yield expression.name
    elif isinstance(expression, Value):
        yield from (constant.name for constant in expression.constants())
    elif isinstance(expression, Apply):
        for argument in expression.arguments:
            yield from _names(argument)


def variants(pattern: Apply) -> list[Apply]:
    """The pattern with operands of commutative operators in every order that can match; constants are on the right."""
    choices = [variants(a) if isinstance(a, Apply) else [a] for a in pattern.arguments]
    found = [Apply(pattern.op, tuple(arguments)) for arguments in itertools.product(*choices)]
    if pattern.op.commutative and _order_matters(*pattern.arguments):
        found += [Apply(pattern.op, (a.arguments[1], a.arguments[0])) for a in found]
    return found


def _order_matters(first: Expression, second: Expression) -> bool:
    """Two variables match in either order all the same, unless something else in the rule tells them apart: then write
    both rules.
    """
    if isinstance(second, Value):
        return False
    return isinstance(first, Apply) or isinstance(second, Apply)


def _compile(rules: list[Rule]) -> Matcher:
    lines = ["def matcher(node, apply):", "    inputs = node.inputs"]
    globals: dict[str, object] = {"constants": CONSTANTS}
    for number, rule in enumerate(rules):
        globals[f"rule{number}"] = rule
        for pattern in variants(rule.pattern):
            lines += _source(pattern, number)
    lines.append("    return None")
    exec("\n".join(lines), globals)  # the source is made here, from declared rules
    return globals["matcher"]  # type: ignore[return-value]


class Rewriter:
    """Applies rules to a graph; `reduce(node)` gives the replacement, or None. `finish()` adds what was tried to the
    context's counts.
    """

    def __init__(self, graph: Graph, context: PassContext, rules: RuleSet) -> None:
        self.graph = graph
        self.context = context
        self.rules = rules
        self._disabled = context.disabled_rules
        self._matchers: dict[str, Matcher | None] = {}
        self._tried: dict[str, int] = {}

    def reduce(self, node: Node) -> Node | None:
        name = node.op.name
        try:
            matcher = self._matchers[name]
        except KeyError:
            matcher = self._matchers[name] = self.rules.matcher(name, self._disabled)
            self._tried[name] = 0
        if matcher is None:
            return None
        self._tried[name] += 1
        return matcher(node, self._apply)

    def finish(self) -> None:
        """Every rule of a root operator counts as tried whenever a node with that operator was looked at."""
        counts = self.context.rules
        for name, tried in self._tried.items():
            for rule in self.rules.of_root(name):
                if rule.name not in self._disabled:
                    counts.setdefault(rule.name, RuleCount()).tried += tried

    def _apply(self, rule: Rule, root: Node, bound: dict[str, Node]) -> Node | None:
        """Check the condition, then build the replacement."""
        values = {name: constant_value(node) for name, node in bound.items() if node.op.name in CONSTANTS}
        width = root.op.signature[0].bits
        if rule.where is not None and not rule.where.evaluate(values, width).value:
            return None
        graph = self.graph
        offset, inlining = root.origin[0], root.origin[1]
        graph.origin = Origin(offset, inlining, self.context.phase, rule.name, root.id)
        result = self._build(rule.replacement, root.type, bound, values, root)
        self.context.rules.setdefault(rule.name, RuleCount()).fired += 1
        return result

    def _build(
        self, expression: Expression, type: Type, bound: dict[str, Node], values: dict[str, Bits | Float], root: Node
    ) -> Node:
        if isinstance(expression, Variable):
            return bound[expression.name]
        if isinstance(expression, Constant):
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


def constant_value(node: Node) -> Bits | Float:
    """The value of a numeric constant node."""
    value, bits = node.op.parameters, node.type.bits
    return Float(bits, value) if node.type.is_float else Bits(bits, value)


def _source(pattern: Apply, number: int) -> list[str]:
    """Source lines that try one variant and return on success."""
    lines: list[str] = []
    conditions: list[str] = []
    bound: dict[str, str] = {}

    def walk(expression: Expression, path: str) -> None:
        if isinstance(expression, Apply):
            conditions.append(f"{path}.op.name == {expression.op.name!r}")
            for index, argument in enumerate(expression.arguments):
                walk(argument, f"{path}.inputs[{index}]")
        elif isinstance(expression, Literal):
            conditions.append(f"{path}.op.name in constants")
            conditions.append(f"{path}.op.parameters == {expression.number}")
        elif isinstance(expression, (Variable, Constant)):
            if isinstance(expression, Constant):
                conditions.append(f"{path}.op.name in constants")
            if expression.name in bound:
                conditions.append(f"{path} is {bound[expression.name]}")
            else:
                bound[expression.name] = path
        else:
            raise PassError(f"{expression!r} cannot stand in a pattern")

    for index, argument in enumerate(pattern.arguments):
        walk(argument, f"inputs[{index}]")
    names = ", ".join(f"{name!r}: {path}" for name, path in bound.items())
    lines.append(f"    if {' and '.join(conditions) or 'True'}:")
    lines.append(f"        result = apply(rule{number}, node, {{{names}}})")
    lines.append("        if result is not None:")
    lines.append("            return result")
    return lines
