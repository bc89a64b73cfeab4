"""Patterns as plain Python: the matchers of rules, and which changes of a graph can make a pattern match."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from time import perf_counter

from seaofnodes.errors import PassError
from seaofnodes.ir.node import Node
from seaofnodes.ir.types import Type
from seaofnodes.passes.patterns import Access, Apply, Constant, Expression, Literal, Phi, Value, Variable
from seaofnodes.passes.rules.facts import is_used_once
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.passes.rules.state.matching import Found, accesses_of, state_matcher
from seaofnodes.passes.rules.types import literal_parameter

Builder = Callable[[Rule, Node, "dict[str, Node] | Found"], "Node | None"]
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
    if isinstance(pattern, Phi):
        return [pattern]  # each input may have its own: see state_matching
    choices = [_orders(a, repeated) if isinstance(a, Apply) else [a] for a in pattern.arguments]
    found = [pattern.with_arguments(tuple(arguments)) for arguments in itertools.product(*choices)]
    if pattern.op.commutative and _order_matters(pattern.arguments[0], pattern.arguments[1], repeated):
        found += [a.with_arguments((a.arguments[1], a.arguments[0])) for a in found]
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
        return expression.with_arguments(tuple(_renamed(argument, names) for argument in expression.arguments))
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
    names: dict[str, object] = {"clock": perf_counter, "used_once": is_used_once, "Found": Found}
    lines = ["def matcher(node, apply, spent):", "    start = clock()"] if timed else ["def matcher(node, apply):"]
    lines.append("    inputs = node.inputs")
    root = rules[0].pattern
    if not isinstance(root, (Access, Phi)):
        lines += [f"    op{i} = inputs[{i}].op.name" for i in range(root.op.value_in)]
    elif root.op.is_store:
        stored = [argument for rule in rules for argument in rule.pattern.arguments]
        lines.append("    op2 = inputs[2].op.name")
        if all(isinstance(argument, Apply) for argument in stored):  # most stores are of something else
            names["stored"] = frozenset(argument.op.name for argument in stored if isinstance(argument, Apply))
            lines += ["    if op2 not in stored:", "        return None"]
    for number, rule in enumerate(rules):
        names[f"rule{number}"] = rule
        for order, pattern in enumerate(variants(rule.pattern)):
            if rule.state is None:
                lines += _source(pattern, number)
            elif rule.state.inputs == 1 and len(found := accesses_of(pattern)) == 1:
                names[f"access{number}_{order}"] = found[0]
                lines += _access_source(pattern, number, order)
            else:
                names[f"match{number}_{order}"] = state_matcher(pattern)
                lines += _state_source(pattern, number, order)
        if timed:
            lines += ["    now = clock()", f"    spent[{number}] += now - start", "    start = now"]
    lines.append("    return None")
    exec("\n".join(lines), names)  # the source is made here, from declared rules
    return names["matcher"]


def _source(pattern: Apply, number: int) -> list[str]:
    """Source lines that try one variant and return on success."""
    conditions, bound = _conditions(pattern)
    names = ", ".join(f"{name!r}: {path}" for name, path in bound.items())
    return [
        f"    if {' and '.join(conditions) or 'True'}:",
        f"        result = apply(rule{number}, node, {{{names}}})",
        "        if result is not None:",
        "            return result",
    ]


def _access_source(pattern: Apply, number: int, order: int) -> list[str]:
    """The same for a rule with one access, and no phis."""
    conditions, bound = _conditions(pattern)
    path = bound.pop("")
    names = ", ".join(f"{name!r}: {path}" for name, path in bound.items())
    return [
        f"    if {' and '.join(conditions) or 'True'}:",
        f"        result = apply(rule{number}, node, Found({{{names}}}, ((access{number}_{order}, {path}),)))",
        "        if result is not None:",
        "            return result",
    ]


def _state_source(pattern: Apply, number: int, order: int) -> list[str]:
    """The same for any other rule with accesses or phis."""
    conditions, _ = _conditions(pattern)
    return [
        f"    if {' and '.join(conditions) or 'True'}:",
        f"        for found in match{number}_{order}(node):",
        f"            result = apply(rule{number}, node, found)",
        "            if result is not None:",
        "                return result",
    ]


def _conditions(pattern: Apply) -> tuple[list[str], dict[str, str]]:
    """What is asked of a node, outside of phis, as source; and the names, with the source that gives their nodes, among
    them "", the last access.
    """
    conditions: list[str] = []
    last: list[str] = []  # what is asked when the operators are the right ones
    bound: dict[str, str] = {}

    def walk(expression: Expression, path: str, op: str, type: Type) -> None:
        if isinstance(expression, Apply):
            conditions.append(f"{op} == {expression.op.name!r}")
            inside(expression, path, f"{path}.inputs", lambda index: f"{path}.inputs[{index}].op.name")
            if expression.once:
                last.append(f"used_once({path})")
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

    def inside(expression: Apply, path: str, inputs: str, name: Callable[[int], str]) -> None:
        first = 0
        if isinstance(expression, Access):
            first = 2
            bound[""] = path
            last.append(f"{path}.op.parameters.rep == {expression.rep!r}")
            last.append(f"{path}.op.parameters.type.bits == {expression.value_type.bits}")
            if expression.address.displacement > 0:
                last.append(f"{path}.op.parameters.offset >= {expression.address.displacement}")
        if not isinstance(expression, Phi):
            for index, argument in enumerate(expression.arguments, first):
                walk(argument, f"{inputs}[{index}]", name(index), expression.signature[index - first])

    inside(pattern, "node", "inputs", lambda index: f"op{index}")
    if pattern.once:
        last.append("used_once(node)")
    return conditions + last, bound
