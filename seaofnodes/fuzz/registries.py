"""Registries with the passes and rules of users' files; each file is loaded once in a process."""

from __future__ import annotations

import functools

from seaofnodes.passes.registry import PassRegistry, built_in_rules
from seaofnodes.passes.rules import Rule


@functools.cache
def registry_for(load: tuple[str, ...]) -> PassRegistry:
    """The passes there are, with those of some files. Raises OSError, PassError."""
    registry = PassRegistry()
    for path in load:
        registry.load(path)
    return registry


@functools.cache
def rules_for(load: tuple[str, ...]) -> tuple[Rule, ...]:
    """All rules, those of users three times, since they are what is looked at."""
    users = [rule for found in registry_for(load).rule_sets for rule in found.rules]
    return (*(rule for found in built_in_rules() for rule in found.rules), *users * 3)
