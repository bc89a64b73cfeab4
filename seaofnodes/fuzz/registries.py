"""Registries with the passes and rules of users' files; each file is loaded once in a process."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from seaofnodes.errors import PassError
from seaofnodes.passes.framework.pass_class import class_place
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry, built_in_rules
from seaofnodes.passes.framework.rule_pass import pass_of
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
    """What is looked at. passes, rules: names; sets: of rules; places: file and line of passes and rules, by name."""

    passes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    sets: tuple[RuleSet, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def aims(self) -> bool:
        """Is there anything to aim at?"""
        return bool(self.passes or self.rules)

    def pipeline_names(self, registry: PassRegistry) -> tuple[str, ...]:
        """What pipelines may name: passes, and sets of rules that stand for themselves."""
        return (*self.passes, *(rules.name for rules in self.sets if registry.has(rules.name)))

    def place(self, name: str) -> str:
        """` (mine.py:7)`, or nothing."""
        found = self.places.get(name, "")
        return f" ({found})" if found else ""


@functools.cache
def own(load: tuple[str, ...], pipelines: tuple[str, ...] = ()) -> Own:
    """The passes and rules of some files, and those of installed packages that pipelines name; rules, too, that only a
    pass of them applies. Raises OSError, PassError.
    """
    registry = registry_for(load)
    sets = list(registry.rule_sets)
    classes = list(registry.own_passes)
    for text in pipelines:
        pipeline = Pipeline.parse(text, registry)
        classes += [type(one) for one in pipeline.passes if registry.is_installed(one.name)]
        sets += [rules for rules in pipeline.rule_sets if rules not in (*sets, *built_in_rules())]
    passes = {}
    for found in classes:
        rules = getattr(found, "rules", None)
        if isinstance(rules, RuleSet) and rules not in sets:
            sets.append(rules)
        if found.__module__ != pass_of.__module__:  # not one that stands for a set
            passes[found.name] = found
    places = {rule.name: rule.place for rules in sets for rule in rules.rules}
    names = tuple(places)
    places |= {name: class_place(found) for name, found in passes.items()}
    return Own(tuple(passes), names, tuple(sets), places)


def usual_pipeline(load: tuple[str, ...]) -> str:
    """What is tried where no pipeline is said: the default one, with the rules and the passes of the files. A pass that
    cannot run without being told more is left out.
    """
    registry = registry_for(load)
    sets = ",".join(rules.name for rules in registry.rule_sets)
    text = f"default{{rules={sets}}}" if sets else "default"
    for name in own(load).passes:
        try:
            Pipeline.parse(f"{text}+{name}", registry)
        except PassError:
            continue
        text += f"+{name}"
    return text


@functools.cache
def rules_for(load: tuple[str, ...], pipelines: tuple[str, ...] = ()) -> tuple[Rule, ...]:
    """All rules. Those of users are repeated until they are half of them, since they are what is looked at."""
    built_in = [rule for found in built_in_rules() for rule in found.rules]
    users = [rule for found in own(load, pipelines).sets for rule in found.rules]
    return (*built_in, *(users * max(len(built_in) // len(users), 1) if users else ()))
