"""Passes by name, and rule sets. Built-in ones are imported when they are asked for; others register by decorator, come
from a file, or through an entry point.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seaofnodes.errors import PassError
from seaofnodes.passes.base import Pass

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from seaofnodes.passes.rules.declare import RuleSet

# name -> "module:Class", relative to seaofnodes.passes; in the order in which they are usually run
BUILT_IN: Mapping[str, str] = {
    "inline": "inlining.inline:Inliner",
    "checkpoint-elimination": "checkpoints:CheckpointElimination",
    "stress-deopt": "stress_deopt:StressDeoptimization",
    "simplify": "simplify:Simplification",
    "poll-splitting": "poll_splitting:PollSplitting",
    "gvn": "gvn:GlobalValueNumbering",
    "branch-elimination": "branch_elimination:BranchElimination",
    "address-folding": "address_folding:AddressFolding",
    "load-elimination": "memory.load_elimination:LoadElimination",
    "store-elimination": "memory.store_elimination:StoreElimination",
    "reassociate": "reassociation:Reassociation",
    "strength-reduction": "strength_reduction:StrengthReduction",
    "loop-peeling": "loops.peeling:LoopPeeling",
    "loop-unrolling": "loops.unrolling:LoopUnrolling",
    "dead-code": "dead_code:DeadCodeElimination",
}

# modules of passes/rewrites/, each with one set of rules
BUILT_IN_RULES: Final = ("comparisons", "integers", "floats", "division")


def built_in_rules() -> list[RuleSet]:
    """All built-in rule sets."""
    modules = [importlib.import_module(f"seaofnodes.passes.rewrites.{name}") for name in BUILT_IN_RULES]
    return [module.RULES for module in modules]


class PassRegistry:
    """Which passes there are. Starts with the built-in ones and the entry points of the group `seaofnodes.passes`.

    Attributes: rule_sets: those that `simplify` applies too, in a pipeline parsed with this registry.
    """

    def __init__(self) -> None:
        self.rule_sets: list[RuleSet] = []
        self._classes: dict[str, type[Pass]] = {}
        self._plugins: dict[str, EntryPoint] | None = None

    def register(self, pass_class: type[Pass]) -> type[Pass]:
        """Add a pass class; usable as a decorator. Raises PassError if the name is taken by another class."""
        name = pass_class.name
        taken = self._classes.get(name)
        if name in BUILT_IN or (taken is not None and taken is not pass_class):
            raise PassError(f"a pass named {name!r} is already there")
        self._classes[name] = pass_class
        return pass_class

    def register_rules(self, rules: RuleSet) -> RuleSet:
        """Let `simplify` apply a rule set, and add a pass of its name that applies it alone. Raises PassError if its
        name or that of a rule is taken, or if one of its rules can never fire.
        """
        from seaofnodes.passes.framework.rule_pass import pass_of

        rules.check()
        for other in [*built_in_rules(), *self.rule_sets]:
            rules + other  # names are unique
        self.register(pass_of(rules))
        self.rule_sets.append(rules)
        return rules

    def load(self, path: str | Path) -> None:
        """Register what a Python file defines: its passes, and those of its rule sets that none of them applies.

        Raises OSError, and PassError, with file and line, for whatever goes wrong in the file.
        """
        from seaofnodes.passes.framework.plugins import load_file

        found = load_file(path)
        for pass_class in found.passes:
            self.register(pass_class)
        for rules in found.rule_sets:
            if not any(pass_.name == rules.name or vars(pass_).get("rules") is rules for pass_ in found.passes):
                self.register_rules(rules)

    @property
    def has_own_passes(self) -> bool:
        """Has anything been registered, passes or rules, beside what is built in or installed?"""
        return bool(self._classes)

    def names(self) -> list[str]:
        return [*BUILT_IN, *self._entry_points(), *self._classes]

    def find(self, name: str) -> type[Pass]:
        """The class of the pass `name`. Raises PassError, with the nearest names, if there is none, and if the plugin
        that has it cannot be loaded.
        """
        if name in self._classes:
            return self._classes[name]
        if name in BUILT_IN:
            module, _, attribute = BUILT_IN[name].partition(":")
            found = getattr(importlib.import_module(f"seaofnodes.passes.{module}"), attribute)
        elif name in self._entry_points():
            found = _loaded(self._entry_points()[name])
        else:
            near = difflib.get_close_matches(name, self.names(), 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(self.names())}"
            raise PassError(f"no pass is called {name!r}{hint}")
        if not isinstance(found, type):
            from seaofnodes.passes.framework.rule_pass import pass_of
            from seaofnodes.passes.rules.declare import RuleSet

            found = pass_of(found) if isinstance(found, RuleSet) else found
        if not (isinstance(found, type) and issubclass(found, Pass)):
            raise PassError(f"{name!r} names {found!r}, which is not a pass class")
        return found

    def _entry_points(self) -> dict[str, EntryPoint]:
        if self._plugins is None:
            from importlib.metadata import entry_points  # slow to import

            self._plugins = {point.name: point for point in entry_points(group="seaofnodes.passes")}
        return self._plugins


def _loaded(plugin: EntryPoint) -> object:
    try:
        return plugin.load()
    except Exception as error:  # foreign code may fail in any way
        text = " ".join(str(error).split())
        raise PassError(f"{plugin.name} ({plugin.value}) cannot be loaded: {type(error).__name__}: {text}") from error
