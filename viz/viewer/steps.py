"""The edits of a phase as steps: one application of a rule each, or what a pass did at one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from seaofnodes.ir.operator import Operator
from seaofnodes.ir.records.edits import Changed, Created, Edit, Killed, Reduced, Replaced
from seaofnodes.ir.records.snapshot import GraphSnapshot

#: What a node is: operator and ids of inputs.
Shape = tuple[Operator, tuple[int, ...]]


@dataclass(slots=True)
class Step:
    """rule: name, or "" where the pass gave none; node: id of what was rewritten, replacement: what took its place
    (itself: changed in place), both -1 where nothing was replaced; edits: in order; rest: of edits in place which no
    single event told of.
    """

    rule: str = ""
    node: int = -1
    replacement: int = -1
    edits: list[Edit] = field(default_factory=list)
    rest: bool = False


def group(edits: Iterable[Edit]) -> list[Step]:
    """Steps without the differences between snapshots. A reduction ends a step; in passes without reducers another
    rule does, or the replacement of a node that was there before.
    """
    edits = list(edits)
    own: set[int] = set()
    reducing = any(isinstance(edit, Reduced) for edit in edits)
    steps: list[Step] = []
    open_: Step | None = None
    for edit in edits:
        if isinstance(edit, Reduced):
            open_ = open_ or Step()
            open_.rule, open_.node, open_.replacement = edit.rule, edit.id, edit.replacement
            steps.append(open_)
            open_ = None
            continue
        rule = ""
        if isinstance(edit, Created):
            rule = edit.origin.rule
            own.add(edit.id)
        if open_ is not None and not reducing and rule and open_.rule not in ("", rule):
            steps.append(open_)
            open_ = None
        open_ = open_ or Step()
        open_.rule = open_.rule or rule
        open_.edits.append(edit)
        if isinstance(edit, Replaced) and not reducing and edit.id not in own:
            open_.node, open_.replacement = edit.id, edit.replacement
            steps.append(open_)
            open_ = None
    if open_ is not None:
        steps.append(open_)
    return steps


class Replay:
    """The shapes of nodes while edits are applied, those of dead nodes included."""

    def __init__(self, graph: GraphSnapshot) -> None:
        self.shapes: dict[int, Shape] = {}
        self._users: dict[int, set[int]] = {}  # of those that ever were
        for node in graph.nodes:
            self._set(node.id, (node.op, node.inputs))

    def _set(self, id: int, shape: Shape) -> None:
        self.shapes[id] = shape
        for child in shape[1]:
            self._users.setdefault(child, set()).add(id)

    def apply(self, edit: Edit) -> bool:
        """Tells whether that changed anything."""
        shapes = self.shapes
        if isinstance(edit, (Created, Changed)):
            if shapes.get(edit.id) == (edit.op, edit.inputs):
                return False
            self._set(edit.id, (edit.op, edit.inputs))
        elif isinstance(edit, Replaced):
            for user in self._users.get(edit.id, ()):
                if user in shapes:
                    op, inputs = shapes[user]
                    shapes[user] = op, tuple(edit.replacement if id == edit.id else id for id in inputs)
            self._users.setdefault(edit.replacement, set()).update(self._users.pop(edit.id, ()))
        elif isinstance(edit, Killed):
            shapes.pop(edit.id, None)
        return True


def steps_of(before: GraphSnapshot, after: GraphSnapshot, edits: Iterable[Edit]) -> list[Step]:
    """What happened between two snapshots: applied to the first, all steps in order give the second."""
    steps = group(edits)
    replay = Replay(before)
    for step in steps:
        step.edits = [edit for edit in step.edits if replay.apply(edit)]
    shapes = replay.shapes
    rest: list[Edit] = [
        Changed(node.id, node.op, node.inputs)
        if node.id in shapes
        else Created(node.id, node.op, node.inputs, node.origin)
        for node in after.nodes
        if shapes.get(node.id) != (node.op, node.inputs)
    ]
    if rest and steps and (len(steps) == 1 or all(step.node < 0 for step in steps)):
        steps[-1].edits += rest  # a pass that builds first and connects at the end
    elif rest:
        steps.append(Step(edits=rest, rest=True))
    return [step for step in steps if step.edits]
