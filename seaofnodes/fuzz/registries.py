"""Registries with the passes and rules of users' files; each file is loaded once in a process."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from seaofnodes.errors import PassError
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry, built_in_rules
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.rule import Rule


@functools.cache
def registry_for(load: tuple[str, ...]) -> PassRegistry:
    """The passes there are, with those of some files. Raises OSError, PassError."""
    registry = PassRegistry()
    for path in load:
        registry.load(path)
    return registry


@dataclass(frozen=True, slots=True)
class Own:
    """What files define. passes, rules: names; sets: of rules."""

    passes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    sets: tuple[RuleSet, ...] = ()


@functools.cache
def own(load: tuple[str, ...]) -> Own:
    """The passes and rules of some files; rules, too, that only a pass of them applies. Raises OSError, PassError."""
    registry = registry_for(load)
    sets = list(registry.rule_sets)
    passes = []
    for found in registry.own_passes:
        rules = getattr(found, "rules", None)
        if not isinstance(rules, RuleSet):
            passes.append(found.name)
        elif rules not in sets or rules.name != found.name:
            passes.append(found.name)
            sets += [rules] if rules not in sets else []
    names = dict.fromkeys(rule.name for rules in sets for rule in rules.rules)
    return Own(tuple(passes), tuple(names), tuple(sets))


def usual_pipeline(load: tuple[str, ...]) -> str:
    """What is tried where no pipeline is said: the default one, with the rules and the passes of the files. A pass that
    cannot run without being told more is left out.
    """
    registry = registry_for(load)
    text = "default{rules=all}" if registry.rule_sets else "default"
    for name in own(load).passes:
        try:
            Pipeline.parse(f"{text}+{name}", registry)
        except PassError:
            continue
        text += f"+{name}"
    return text


@functools.cache
def rules_for(load: tuple[str, ...]) -> tuple[Rule, ...]:
    """All rules. Those of users are repeated until they are half of them, since they are what is looked at."""
    built_in = [rule for found in built_in_rules() for rule in found.rules]
    users = [rule for found in own(load).sets for rule in found.rules]
    return (*built_in, *(users * max(len(built_in) // len(users), 1) if users else ()))
