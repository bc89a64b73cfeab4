"""Patterns as plain Python: the matchers of rules, and which changes of a graph can make a pattern match."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from time import perf_counter

from seaofnodes.errors import PassError
from seaofnodes.ir.node import Node
from seaofnodes.ir.types import Type
from seaofnodes.passes.patterns import Apply, Constant, Expression, Literal, Value, Variable
from seaofnodes.passes.rules.rule import Rule

Builder = Callable[[Rule, Node, "dict[str, Node]"], "Node | None"]
Matcher = Callable[[Node, Builder], "Node | None"]
TimedMatcher = Callable[[Node, Builder, "list[float]"], "Node | None"]
Ascents = Mapping[str, frozenset[str]]  # operator of an inner node of a pattern -> operators of the node above it


def variants(pattern: Apply) -> list[Apply]:
    """The pattern with operands of commutative operators in every order that can match; constants are on the right.

    Orders that differ only in which variable is called what match the same nodes: the first of them is kept.
    """
    counts = Counter(_variables(pattern))
    repeated = {name for name, count in counts.items() if count > 1}
    kept: dict[str, Apply] = {}
    for found in _orders(pattern, repeated):
        kept.setdefault(repr(_renamed(found, {})), found)
    return list(kept.values())


def _orders(pattern: Apply, repeated: Set[str]) -> list[Apply]:
    choices = [_orders(a, repeated) if isinstance(a, Apply) else [a] for a in pattern.arguments]
    found = [Apply(pattern.op, tuple(arguments)) for arguments in itertools.product(*choices)]
    if pattern.op.commutative and _order_matters(pattern.arguments[0], pattern.arguments[1], repeated):
        found += [Apply(pattern.op, (a.arguments[1], a.arguments[0])) for a in found]
    return found


def _order_matters(first: Expression, second: Expression, repeated: Set[str]) -> bool:
    """Two variables match in either order all the same, unless one of them stands elsewhere in the pattern, too."""
    if isinstance(second, Value):
        return False
    if isinstance(first, Apply) or isinstance(second, Apply):
        return True
    names = {argument.name for argument in (first, second) if isinstance(argument, Variable)}
    return len(names) == 2 and not names.isdisjoint(repeated)


def _variables(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Variable):
        yield expression.name
    elif isinstance(expression, Apply):
        for argument in expression.arguments:
            yield from _variables(argument)


def _renamed(expression: Expression, names: dict[str, str]) -> Expression:
    """With variables numbered in order of appearance."""
    if isinstance(expression, Variable):
        return Variable(names.setdefault(expression.name, str(len(names))))
    if isinstance(expression, Apply):
        return Apply(expression.op, tuple(_renamed(argument, names) for argument in expression.arguments))
    return expression


def ascents(patterns: Iterable[Apply]) -> Ascents:
    """Which operator stands directly above which inside patterns: the way from an inner node up to a root."""
    found: dict[str, set[str]] = {}

    def walk(pattern: Apply) -> None:
        for argument in pattern.arguments:
            if isinstance(argument, Apply):
                found.setdefault(argument.op.name, set()).add(pattern.op.name)
                walk(argument)

    for pattern in patterns:
        walk(pattern)
    return {name: frozenset(above) for name, above in found.items()}


def compile_matcher(rules: Sequence[Rule]) -> Matcher:
    """A function that tries rules of one root operator in order: what `apply(rule, node, bound nodes)` first gives."""
    return _compile(rules, timed=False)  # type: ignore[return-value]


def compile_timed_matcher(rules: Sequence[Rule]) -> TimedMatcher:
    """The same, adding the seconds that each rule took to a list; not those of one that fires: `apply` knows them."""
    return _compile(rules, timed=True)  # type: ignore[return-value]


def _compile(rules: Sequence[Rule], timed: bool) -> object:
    names: dict[str, object] = {"clock": perf_counter}
    lines = ["def matcher(node, apply, spent):", "    start = clock()"] if timed else ["def matcher(node, apply):"]
    lines.append("    inputs = node.inputs")
    root = rules[0].pattern.op
    lines += [f"    op{i} = inputs[{i}].op.name" for i in range(root.value_in)]
    for number, rule in enumerate(rules):
        names[f"rule{number}"] = rule
        for pattern in variants(rule.pattern):
            lines += _source(pattern, number)
        if timed:
            lines += ["    now = clock()", f"    spent[{number}] += now - start", "    start = now"]
    lines.append("    return None")
    exec("\n".join(lines), names)  # the source is made here, from declared rules
    return names["matcher"]


def literal_parameter(number: int, type: Type) -> int:
    """A literal as it stands in a constant's operator: words signed, floats as their bits."""
    number &= (1 << type.bits) - 1
    return number if type.is_float or not number >> (type.bits - 1) else number - (1 << type.bits)


def _source(pattern: Apply, number: int) -> list[str]:
    """Source lines that try one variant and return on success."""
    conditions: list[str] = []
    bound: dict[str, str] = {}

    def walk(expression: Expression, path: str, op: str, type: Type) -> None:
        if isinstance(expression, Apply):
            conditions.append(f"{op} == {expression.op.name!r}")
            for index, (argument, wanted) in enumerate(zip(expression.arguments, expression.op.signature, strict=True)):
                inner = f"{path}.inputs[{index}]"
                walk(argument, inner, f"{inner}.op.name", wanted)
        elif isinstance(expression, Literal):
            conditions.append(f"{path}.op.is_constant")
            conditions.append(f"{path}.op.parameters == {literal_parameter(expression.number, type)}")
        elif isinstance(expression, (Variable, Constant)):
            if isinstance(expression, Constant):
                conditions.append(f"{path}.op.is_constant")
            if expression.name in bound:
                conditions.append(f"{path} is {bound[expression.name]}")
            else:
                bound[expression.name] = path
        else:
            raise PassError(f"{expression!r} cannot stand in a pattern")

    for index, (argument, wanted) in enumerate(zip(pattern.arguments, pattern.op.signature, strict=True)):
        walk(argument, f"inputs[{index}]", f"op{index}", wanted)
    names = ", ".join(f"{name!r}: {path}" for name, path in bound.items())
    return [
        f"    if {' and '.join(conditions) or 'True'}:",
        f"        result = apply(rule{number}, node, {{{names}}})",
        "        if result is not None:",
        "            return result",
    ]
