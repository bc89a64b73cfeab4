"""Registries with the passes and rules of users' files; each file is loaded once in a process."""

from __future__ import annotations

import functools

from seaofnodes.passes.framework.registry import PassRegistry, built_in_rules
from seaofnodes.passes.rules.rule import Rule


@functools.cache
def registry_for(load: tuple[str, ...]) -> PassRegistry:
    """The passes there are, with those of some files. Raises OSError, PassError."""
    registry = PassRegistry()
    for path in load:
        registry.load(path)
    return registry


def usual_pipeline(load: tuple[str, ...]) -> str:
    """What is tried where no pipeline is said: the default one, with the rules of the files."""
    return "default{rules=all}" if registry_for(load).rule_sets else "default"


@functools.cache
def rules_for(load: tuple[str, ...]) -> tuple[Rule, ...]:
    """All rules. Those of users are repeated until they are half of them, since they are what is looked at."""
    built_in = [rule for found in built_in_rules() for rule in found.rules]
    users = [rule for found in registry_for(load).rule_sets for rule in found.rules]
    return (*built_in, *(users * max(len(built_in) // len(users), 1) if users else ()))
