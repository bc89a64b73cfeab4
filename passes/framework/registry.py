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
from seaofnodes.files import shown_path
from seaofnodes.passes.base import Pass
from seaofnodes.passes.framework.pass_class import check_pass, class_line, class_place

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from seaofnodes.passes.rules.declare import RuleSet

# name -> "module:Class", relative to seaofnodes.passes; in the order in which they are usually run
BUILT_IN: Mapping[str, str] = {
    "inline": "inlining.inline:Inliner",
    "guard-hoisting": "loops.guard_hoisting:GuardHoisting",
    "checkpoint-elimination": "checkpoints:CheckpointElimination",
    "stress-deopt": "stress_deopt:StressDeoptimization",
    "simplify": "simplify:Simplification",
    "poll-splitting": "poll_splitting:PollSplitting",
    "gvn": "gvn:GlobalValueNumbering",
    "branch-elimination": "branch_elimination:BranchElimination",
    "address-folding": "address_folding:AddressFolding",
    "escape-analysis": "memory.escape_analysis:EscapeAnalysis",
    "load-elimination": "memory.load_elimination:LoadElimination",
    "store-elimination": "memory.store_elimination:StoreElimination",
    "reassociate": "reassociation:Reassociation",
    "strength-reduction": "strength_reduction:StrengthReduction",
    "loop-peeling": "loops.peeling:LoopPeeling",
    "loop-unrolling": "loops.unrolling:LoopUnrolling",
    "dead-code": "dead_code:DeadCodeElimination",
}

# modules of passes/rewrites/, each with one set of rules
BUILT_IN_RULES: Final = ("comparisons", "integers", "floats", "memory", "references", "division")


def built_in_rules() -> list[RuleSet]:
    """All built-in rule sets."""
    modules = [importlib.import_module(f"seaofnodes.passes.rewrites.{name}") for name in BUILT_IN_RULES]
    return [module.RULES for module in modules]


class PassRegistry:
    """Which passes there are. Starts with the built-in ones and the entry points of the group `seaofnodes.passes`.

    Nothing of it is in a pipeline whose text does not name it. Attributes: rule_sets: registered ones; presets:
    registered pipelines, name -> text.
    """

    def __init__(self) -> None:
        self.rule_sets: list[RuleSet] = []
        self.presets: dict[str, str] = {}
        self._preset_files: dict[str, tuple[str, str]] = {}  # and where in them
        self._classes: dict[str, type[Pass]] = {}
        self._plugins: dict[str, EntryPoint] | None = None

    def register(self, pass_class: type[Pass]) -> type[Pass]:
        """Add a pass class; usable as a decorator. A class that is defined again, in a notebook's cell or a file that
        is loaded again, takes the place of the former one, but not in pipelines that have been made.

        Raises PassError if the name is taken by another class, or the class cannot be a pass (framework/pass_class.py).
        """
        check_pass(pass_class)
        self._add(pass_class)
        self.rule_sets = [rules for rules in self.rule_sets if rules.name != pass_class.name]
        return pass_class

    def _add(self, pass_class: type[Pass]) -> None:
        from seaofnodes.passes.framework.redefinition import redefines

        name = pass_class.name
        taken = self._classes.get(name) or self._installed(name)
        if name in BUILT_IN or (taken is not None and taken is not pass_class and not redefines(pass_class, taken)):
            rules = vars(taken).get("rules") if taken is not None else None
            place = rules.rules[0].place if rules is not None else "" if taken is None else class_place(taken)
            raise PassError(f"a pass named {name!r} is already there" + (f", from {place}" if place else ""))
        self._classes[name] = pass_class

    def _installed(self, name: str) -> type[Pass] | None:
        """The class of an installed package's pass, or None; also for one that cannot be loaded."""
        try:
            return self.find(name) if name in self._entry_points() else None
        except PassError:
            return None

    def register_rules(self, rules: RuleSet) -> RuleSet:
        """Add a rule set: pipelines name it as a pass, which applies it alone, or have `simplify{rules=NAME}` apply it,
        too. A set that is defined again takes the place of the former one, as a class does.

        Raises PassError if its name or that of a rule is taken, or if one of its rules can never fire.
        """
        from seaofnodes.passes.framework.presets import fault_of_name
        from seaofnodes.passes.framework.rule_pass import pass_of

        if fault := fault_of_name(rules.name):
            raise PassError(f"set of rules: {fault}")
        rules.check()
        others = [other for other in self.rule_sets if other.name != rules.name]
        for other in [*built_in_rules(), *others]:
            rules + other  # names are unique
        self.register(pass_of(rules))
        self.rule_sets.append(rules)
        return rules

    def register_preset(self, name: str, text: str, file: str = "", key: str = "") -> None:
        """Add a pipeline with a name; one that is defined again takes the place of the former. file, key: where it is
        defined, if in a file. Raises PassError for what is no name, or taken, be it by the pipeline of another file.
        """
        from seaofnodes.passes.framework.presets import fault_of_name

        if fault := fault_of_name(name):
            raise PassError(fault)
        if self._is_taken(name, file):
            raise PassError(f"a pass or pipeline named {name!r} is already there")
        self.presets[name] = text
        self._preset_files[name] = file, key

    def _is_taken(self, name: str, file: str) -> bool:
        return self._preset_files[name][0] != file if name in self.presets else self.has(name)

    def preset_place(self, name: str) -> str:
        """Where a registered pipeline is defined, for messages: `mine.py: PIPELINES['quick']`."""
        file, key = self._preset_files[name]
        return f"{shown_path(file)}: {key}" if file else f"pipeline {name!r}"

    def load(self, path: str | Path) -> None:
        """Register what a Python file defines: its passes, those of its rule sets that none of them applies, and
        pipelines, which stand as texts in a dictionary PIPELINES. Loaded again, it takes its own place. Or a project's
        pyproject.toml: what it names (framework/project.py).

        Raises OSError, and PassError, with file and line or key, for whatever goes wrong in the file.
        """
        from seaofnodes.passes.framework.project import TABLE, is_project, read_project

        if not is_project(path):
            self._load_python(path)
            return
        project = read_project(path)
        for file in project.load:
            self._load_python(file)
        for name, text in project.pipelines.items():
            self._load_preset(name, text, project.path, f"{TABLE}.pipelines.{name}")

    def _load_python(self, path: str | Path) -> None:
        from seaofnodes.passes.framework.plugins import load_file

        found = load_file(path)
        for pass_class in found.passes:
            try:
                self.register(pass_class)
            except PassError as error:
                raise PassError(f"{shown_path(path)}:{class_line(pass_class)}: {error}") from None
        for rules in found.rule_sets:
            if not any(pass_.name == rules.name or vars(pass_).get("rules") is rules for pass_ in found.passes):
                try:
                    self.register_rules(rules)
                except PassError as error:
                    guilty = next((rule for rule in rules.rules if f"rule {rule.name} " in str(error)), rules.rules[0])
                    raise PassError(f"{guilty.place}: {error}") from None
        for name, text in found.pipelines.items():
            self._load_preset(name, text, Path(path).resolve(), f"PIPELINES[{name!r}]")

    def _load_preset(self, name: str, text: str, file: Path, key: str) -> None:
        try:
            self.register_preset(name, text, str(file), key)
        except PassError as error:
            raise PassError(f"{shown_path(file)}: {key}: {error}") from None

    @property
    def own_passes(self) -> list[type[Pass]]:
        """What has been registered; those that stand for rule sets, too."""
        return list(self._classes.values())

    @property
    def has_own_passes(self) -> bool:
        """Has anything been registered, passes or rules, beside what is built in or installed?"""
        return bool(self._classes)

    def has(self, name: str) -> bool:
        """Is there a pass or registered pipeline of that name?"""
        return name in self._classes or name in BUILT_IN or name in self.presets or name in self._entry_points()

    def is_installed(self, name: str) -> bool:
        """Does an installed package bring what has this name? Not if it is registered, too."""
        return name not in self._classes and name not in BUILT_IN and name in self._entry_points()

    def own_rule_sets(self, *, loadable: bool = False) -> list[RuleSet]:
        """Registered ones, and those of installed packages. loadable: without what cannot be loaded; otherwise that
        raises PassError.
        """
        from seaofnodes.passes.rules.declare import RuleSet

        found = list(self.rule_sets)
        for point in self._entry_points().values():
            try:
                value = _loaded(point)
            except PassError:
                if not loadable:
                    raise
                continue
            found += [value] if isinstance(value, RuleSet) else []
        return found

    def find_rules(self, name: str) -> RuleSet:
        """The rule set of that name, wherever it comes from. Raises PassError, with the nearest names."""
        from seaofnodes.passes.rules.declare import RuleSet

        for rules in (*self.rule_sets, *built_in_rules()):
            if rules.name == name:
                return rules
        installed = _loaded(self._entry_points()[name]) if name in self._entry_points() else None
        if isinstance(installed, RuleSet):
            installed.check()
            return installed
        of_pass = vars(self._classes[name]).get("rules") if name in self._classes else None
        if isinstance(of_pass, RuleSet):
            return of_pass
        own = self.own_rule_sets(loadable=True)  # an entry point may be called otherwise
        for rules in own:
            if rules.name == name:
                return rules
        known = [rules.name for rules in (*own, *built_in_rules())]
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
        raise PassError(f"no set of rules is called {name!r}; {hint}")

    def names(self) -> list[str]:
        """Of all passes: built-in ones, those of installed packages, registered ones."""
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
            from seaofnodes.passes.framework.presets import PRESETS

            known = [*self.names(), *PRESETS, *self.presets]
            near = difflib.get_close_matches(name, known, 1) or difflib.get_close_matches(name.lower(), known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(self.names())}"
            raise PassError(f"no pass is called {name!r}{hint}")
        if not isinstance(found, type):
            from seaofnodes.passes.framework.rule_pass import pass_of
            from seaofnodes.passes.rules.declare import RuleSet

            found = pass_of(found) if isinstance(found, RuleSet) else found
        if not (isinstance(found, type) and issubclass(found, Pass)):
            raise PassError(f"{name!r} names {found!r}, which is not a pass class")
        check_pass(found)
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
