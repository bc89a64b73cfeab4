"""The edits of a phase as steps: one application of a rule each, or what a pass did at one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from seaofnodes.ir.records.edits import Applied, Created, Edit, Killed, Replaced
from seaofnodes.ir.records.snapshot import GraphSnapshot
from seaofnodes.viz.viewer.replay import Replay


@dataclass(slots=True)
class Step:
    """rule: name, or "" where the pass gave none; node: id of what was rewritten, or -1; replacement: what took its
    place (itself: changed in place), or -1; bound: what the rule's variables stood for, (name, id) each; edits: first
    what was replaced and killed, then each node that is new or another, as the step leaves it; rest: of edits that no
    event told of.
    """

    rule: str = ""
    node: int = -1
    replacement: int = -1
    bound: tuple[tuple[str, int], ...] = ()
    edits: list[Edit] = field(default_factory=list)
    rest: bool = False


def group(edits: Iterable[Edit]) -> list[Step]:
    """Steps of edits as they come. Where the pass says what it has applied, that ends a step; elsewhere another rule
    does, or the replacement of a node that was there before.
    """
    edits = list(edits)
    return _told(edits) if any(isinstance(edit, Applied) for edit in edits) else _guessed(edits)


def _told(edits: list[Edit]) -> list[Step]:
    steps = [Step()]
    for edit in edits:
        step = steps[-1]
        if isinstance(edit, Applied):
            step.rule, step.node, step.replacement, step.bound = edit.rule, edit.id, edit.replacement, edit.bound
            steps.append(Step())
        else:
            step.edits.append(edit)
    return steps


def _guessed(edits: list[Edit]) -> list[Step]:
    own: set[int] = set()
    steps = [Step()]
    for edit in edits:
        step = steps[-1]
        rule = ""
        if isinstance(edit, Created):
            rule = edit.origin.rule
            own.add(edit.id)
        if rule and step.rule not in ("", rule):
            step = Step()
            steps.append(step)
        step.rule = step.rule or rule
        if isinstance(edit, Killed) and len(steps) > 1 and not step.edits and steps[-2].node == edit.id:
            steps[-2].edits.append(edit)
            continue
        step.edits.append(edit)
        if isinstance(edit, Replaced) and edit.id not in own:
            step.node, step.replacement = edit.id, edit.replacement
            steps.append(Step())
    return steps


def steps_of(before: GraphSnapshot, after: GraphSnapshot, edits: Iterable[Edit]) -> tuple[list[Step], dict[int, int]]:
    """What happened between two snapshots: applied to the first, all steps in order give the second. And for nodes that
    are gone, by id, the step that took them away, or what used them; -1 where no single step did.
    """
    edits = list(edits)
    replay = Replay(before, after, edits)
    found = group(edits)
    trimmed = found.pop().edits if _is_trimming(found) else []
    for number, step in enumerate(found):
        step.edits = replay.run(step.edits, number)
    if trimmed:
        found[-1].edits += replay.known(trimmed)
    kept = [number for number, step in enumerate(found) if step.edits]
    places = {number: place for place, number in enumerate(kept)}
    steps = [found[number] for number in kept]
    rest = replay.rest()
    if rest and steps and all(step.node < 0 for step in steps):
        steps[-1].edits += rest  # a pass that builds first and connects at the end
    elif rest:
        steps.append(Step(edits=rest, rest=True))
    ends = {id: number if number < 0 else places.get(number, -1) for id, number in replay.ends().items()}
    return steps, ends


def _is_trimming(steps: list[Step]) -> bool:
    """Is the last of them only the end of what the steps before left without users?"""
    if len(steps) < 2 or steps[-1].node >= 0 or steps[-2].node < 0:
        return False
    return all(isinstance(edit, Killed) for edit in steps[-1].edits)
