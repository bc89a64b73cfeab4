"""Passes by name. Built-in ones are imported when they are asked for; others register by decorator or entry point."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points

from seaofnodes.errors import PassError
from seaofnodes.passes.base import Pass

# name -> "module:Class", relative to this package; in the order in which they are usually run
BUILT_IN: Mapping[str, str] = {
    "inline": "inline:Inlining",
    "simplify": "simplify:Simplification",
    "poll-splitting": "poll_splitting:PollSplitting",
    "gvn": "gvn:GlobalValueNumbering",
    "branch-elimination": "branch_elimination:BranchElimination",
    "load-elimination": "load_elimination:LoadElimination",
    "store-elimination": "store_elimination:StoreElimination",
    "strength-reduction": "strength_reduction:StrengthReduction",
    "loop-peeling": "loop_peeling:LoopPeeling",
    "loop-unrolling": "loop_unrolling:LoopUnrolling",
    "dead-code": "dead_code:DeadCodeElimination",
}


class PassRegistry:
    """Which passes there are. Starts with the built-in ones and the entry points of the group `seaofnodes.passes`."""

    def __init__(self) -> None:
        self._classes: dict[str, type[Pass]] = {}
        self._plugins: dict[str, object] | None = None

    def register(self, pass_class: type[Pass]) -> type[Pass]:
        """Add a pass class; usable as a decorator. Raises PassError if the name is taken by another class."""
        name = pass_class.name
        taken = self._classes.get(name)
        if name in BUILT_IN or (taken is not None and taken is not pass_class):
            raise PassError(f"a pass named {name!r} is already there")
        self._classes[name] = pass_class
        return pass_class

    def names(self) -> list[str]:
        return [*BUILT_IN, *self._entry_points(), *self._classes]

    def find(self, name: str) -> type[Pass]:
        """The class of the pass `name`. Raises PassError, with the nearest names, if there is none."""
        if name in self._classes:
            return self._classes[name]
        if name in BUILT_IN:
            module, _, attribute = BUILT_IN[name].partition(":")
            found = getattr(importlib.import_module(f"seaofnodes.passes.{module}"), attribute)
        elif name in self._entry_points():
            found = self._entry_points()[name].load()  # type: ignore[attr-defined]
        else:
            near = difflib.get_close_matches(name, self.names(), 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(self.names())}"
            raise PassError(f"no pass is called {name!r}{hint}")
        if not (isinstance(found, type) and issubclass(found, Pass)):
            raise PassError(f"{name!r} names {found!r}, which is not a pass class")
        return found

    def _entry_points(self) -> dict[str, object]:
        if self._plugins is None:
            self._plugins = {point.name: point for point in entry_points(group="seaofnodes.passes")}
        return self._plugins
