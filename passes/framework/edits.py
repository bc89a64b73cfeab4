"""Changing pipelines by the names of their passes: leaving out, putting in, replacing."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable
from dataclasses import dataclass

from seaofnodes.errors import PassError
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.framework.steps import Step, passes_of

Change = Callable[[Step], tuple[Step, ...]]


@dataclass(frozen=True)
class ExtensionPoint(Pass):
    """A named place in a pipeline that is being made; it is in none that runs."""

    name = "@"
    point: str = ""

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        """Nothing."""
        return PassResult(False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to change a pipeline: at passes of a name, or at the extension point of that name.

    Attributes: relation: "after", "before" or "instead"; number: which of the passes, from 1, or 0 for all of them.
    """

    name: str
    relation: str = "after"
    number: int = 0

    def __str__(self) -> str:
        number = f"#{self.number}" if self.number else ""
        return f"{'' if self.relation == 'after' else self.relation + '.'}{self.name}{number}"


def insert(steps: tuple[Step, ...], new: tuple[Step, ...], place: Place) -> tuple[Step, ...]:
    """The steps with others at a place. Raises PassError if that is not there."""
    if place.relation == "instead":
        return change(steps, place, lambda old: new)
    if place.relation == "before":
        return change(steps, place, lambda old: (*new, old))
    return change(steps, place, lambda old: (old, *new))


def drop(steps: tuple[Step, ...], place: Place) -> tuple[Step, ...]:
    """The steps without passes of a name, and groups that are empty then. Raises PassError if there are none."""
    return change(steps, place, lambda old: ())


def change(steps: tuple[Step, ...], place: Place, change: Change) -> tuple[Step, ...]:
    """The steps with others instead of those at a place. Raises PassError if that is not there."""
    count = 0

    def walk(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        nonlocal count
        found: list[Step] = []
        for step in steps:
            if not isinstance(step, Pass):
                inner = walk(step.steps)
                if inner or not step.steps:
                    found.append(dataclasses.replace(step, steps=inner))
            elif _named(step, place.name):
                count += 1
                found += change(step) if place.number in (0, count) else (step,)
            else:
                found.append(step)
        return tuple(found)

    changed = walk(steps)
    if count == 0 or count < place.number:
        raise PassError(_not_there(steps, place, count))
    return changed


def without_points(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps without extension points."""
    found: list[Step] = []
    for step in steps:
        if not isinstance(step, Pass):
            found.append(dataclasses.replace(step, steps=without_points(step.steps)))
        elif not isinstance(step, ExtensionPoint):
            found.append(step)
    return tuple(found)


def points_of(steps: tuple[Step, ...]) -> list[str]:
    """The names of the extension points."""
    return [step.point for step in passes_of(steps) if isinstance(step, ExtensionPoint)]


def _named(step: Pass, name: str) -> bool:
    return step.point == name if isinstance(step, ExtensionPoint) else step.name == name


def _not_there(steps: tuple[Step, ...], place: Place, count: int) -> str:
    if count:
        return f"there is no {place.name}#{place.number} in this pipeline: it has {place.name} {count} times"
    passes = dict.fromkeys(step.name for step in passes_of(steps) if not isinstance(step, ExtensionPoint))
    points = points_of(steps)
    if near := difflib.get_close_matches(place.name, [*passes, *points], 1, 0.65):
        return f"there is no {place.name} in this pipeline; did you mean {near[0]!r}?"
    places = f"; extension points: {', '.join(points)}" if points else ""
    return f"there is no {place.name} in this pipeline; it has: {', '.join(passes) or 'no passes'}{places}"
