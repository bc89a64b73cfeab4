"""Rewrite rules as data, and their matchers: one plain Python function for each root operator.

    @rules.rule(w.Mul(x, C), where=is_power_of_two(C))
    def multiply_by_power_of_two():
        "x * 2**k is x << k."
        return w.Shl(x, log2(C))

The function is called once, when it is declared; what it returns is the replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seaofnodes.errors import PassError
from seaofnodes.passes.patterns import Apply, Expression, Value, as_expression
from seaofnodes.passes.rules.facts import split
from seaofnodes.passes.rules.matching import (
    Ascents,
    Matcher,
    TimedMatcher,
    ascents,
    compile_matcher,
    compile_timed_matcher,
)
from seaofnodes.passes.rules.predicates import Predicate
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.passes.rules.shadows import Implies, find_shadowed


class RuleSet:
    """Rules that belong together; sets are joined with `+`, and matched in order."""

    def __init__(self, name: str, rules: list[Rule] | None = None) -> None:
        self.name = name
        self.rules: list[Rule] = rules if rules is not None else []
        self._by_root: dict[str, list[Rule]] = {}  # filled when first asked for
        self._matchers: dict[tuple[str, frozenset[str]], Matcher | None] = {}
        self._enabled: dict[tuple[str, frozenset[str]], list[Rule]] = {}
        self._checked: set[str] = set()
        self._timed: dict[tuple[str, frozenset[str]], TimedMatcher] = {}
        self._ascents: Ascents | None = None

    def rule(
        self, pattern: Apply, where: Value | Callable[..., object] | None = None, suffix: str = ""
    ) -> Callable[[Callable[[], Expression | float]], Rule]:
        """Declare a rule; the decorated function gives the replacement. `suffix` tells apart rules made in a loop.

        where: the condition, joined with facts (see `facts`), or a function of constants that its parameters name: see
        `predicates.Predicate`. Raises PassError for what makes no sense.
        """
        if not isinstance(pattern, Apply):
            raise PassError(f"a pattern is an operator applied to something, as w.Add(x, C), not {pattern!r}")
        if where is not None and not isinstance(where, Value) and not callable(where):
            raise PassError(f"where is a condition on constants, as C.ne(0), or a function of them, not {where!r}")

        def declare(function: Callable[[], Expression | float]) -> Rule:
            name = function.__name__ + suffix
            if any(rule.name == name for rule in self.rules):
                raise PassError(f"two rules are called {name}")
            doc = (function.__doc__ or "").strip()
            if self._by_root:
                raise PassError(f"rule {name} comes too late: the rules of {self.name!r} are in use")
            condition = where if where is None or isinstance(where, Value) else Predicate.of(where)
            code = getattr(function, "__code__", None)
            location = (code.co_filename, code.co_firstlineno) if code is not None else ("", 0)
            try:
                replacement = as_expression(function())
                on_constants, facts = split(condition)
            except PassError as error:
                raise PassError(f"rule {name}: {error}") from None
            rule = Rule(name, pattern, replacement, on_constants, doc, location, facts)
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
        key = (name, disabled)
        found = self._enabled.get(key)
        if found is None:
            found = self._enabled[key] = [rule for rule in self.of_root(name) if rule.name not in disabled]
        return found

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
    for shadowed in find_shadowed(rules, implies):
        raise PassError(str(shadowed))
