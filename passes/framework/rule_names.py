"""Names of rules and rule sets, as pipelines say them."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from seaofnodes.errors import PassError
from seaofnodes.ir.dialect import Dialect, load_dialects
from seaofnodes.passes.base import Pass
from seaofnodes.passes.framework.registry import PassRegistry, built_in_rules
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.folding import FOLDING

ALL: Final = "all"


def rule_sets_named(names: Iterable[str], registry: PassRegistry) -> tuple[RuleSet, ...]:
    """Rule sets by name; `all` stands for those of users. Raises PassError, with the nearest names."""
    found: dict[RuleSet, None] = {}
    for name in names:
        sets = registry.own_rule_sets() if name == ALL else [registry.find_rules(name)]
        found |= dict.fromkeys(sets)
    sets = list({rules.name: rules for rules in [*built_in_rules(), *found]}.values())
    for position, rules in enumerate(sets):
        for other in sets[:position]:
            rules + other  # names are unique
    return tuple(found)


def rules_matching(names: Iterable[str], registry: PassRegistry, passes: Iterable[Pass]) -> frozenset[str]:
    """The names of all rules that are meant: by a rule's name, a set's name, or a pattern with `*`. passes: may have
    rules of their own. Raises PassError for a name that means none.
    """
    names, passes = tuple(names), list(passes)
    if not names:
        return frozenset()
    all_sets = [*built_in_rules(), *registry.own_rule_sets(loadable=True), *_sets_of(passes)]
    sets = {rules.name: rules for rules in all_sets}
    own = {name for pass_ in passes for name in pass_.own_rules}
    known = {rule.name for rules in sets.values() for rule in rules.rules} | FOLDING | own
    found: set[str] = set()
    for name in names:
        meant = {rule.name for rule in sets[name].rules} if name in sets else _matching(name, known)
        if not meant:
            load_dialects()
            meant = _matching(name, {one.simplify[0] for one in Dialect.known.values() if one.simplify is not None})
        if not meant:
            near = difflib.get_close_matches(name, [*known, *sets], 1)
            there = [one for one in sets if "+" not in one]
            hint = f"did you mean {near[0]!r}?" if near else f"sets of rules are: {', '.join(there)}"
            raise PassError(f"no rule, and no set of rules, is called {name!r}; {hint}")
        found |= meant
    return frozenset(found)


def _matching(name: str, known: set[str]) -> set[str]:
    return {rule for rule in known if fnmatchcase(rule, name)}


def _sets_of(passes: Iterable[Pass]) -> list[RuleSet]:
    """Those in the modules of passes, which they may apply."""
    modules = dict.fromkeys(type(pass_).__module__ for pass_ in passes)
    return [
        value
        for module in modules
        if module in sys.modules
        for value in list(vars(sys.modules[module]).values())
        if isinstance(value, RuleSet)
    ]
