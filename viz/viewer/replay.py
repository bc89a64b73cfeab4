"""Edits applied to a snapshot: what each step makes of it, and which step took away the nodes that are gone."""

from __future__ import annotations

from collections.abc import Iterable

from seaofnodes.ir.operator import Operator
from seaofnodes.ir.records.edits import Changed, Created, Edit, Killed, Replaced
from seaofnodes.ir.records.snapshot import GraphSnapshot, NodeSnapshot

#: What a node is: operator and ids of inputs.
Shape = tuple[Operator, tuple[int, ...]]


class Replay:
    """The shapes of nodes while edits are applied. after, edits: what all of the edits together are said to lead to."""

    def __init__(self, before: GraphSnapshot, after: GraphSnapshot, edits: Iterable[Edit]) -> None:
        self._before = before
        self._after = {node.id: node for node in after.nodes}
        made = {edit.id for edit in edits if isinstance(edit, Created)}
        self._hidden = {id: node for id, node in self._after.items() if id not in made}  # perhaps not reachable yet
        self._shapes: dict[int, Shape] = {}
        self._users: dict[int, set[int]] = {}  # of those that ever were
        self._killed: dict[int, int] = {}  # by which step
        self._dropped: dict[int, int] = {}  # the last step that made a user use it no more
        for node in before.nodes:
            self._set(node.id, (node.op, node.inputs), 0)

    def _set(self, id: int, shape: Shape, number: int) -> None:
        old = self._shapes.get(id)
        if old is not None:
            self._dropped.update((child, number) for child in old[1] if child not in shape[1])
        self._shapes[id] = shape
        for child in shape[1]:
            self._users.setdefault(child, set()).add(id)

    def run(self, edits: Iterable[Edit], number: int) -> list[Edit]:
        """Apply the edits of a step; gives what they amount to, see `Step.edits`."""
        shapes = self._shapes
        gone: list[Edit] = []
        touched: dict[int, None] = {}
        made: dict[int, Created] = {}
        for edit in edits:
            id = edit.id
            if isinstance(edit, Created):
                made[id] = edit
                self._set(id, (edit.op, edit.inputs), number)
            elif isinstance(edit, Changed):
                if id in shapes and shapes[id] != (edit.op, edit.inputs):
                    touched[id] = None
                    self._set(id, (edit.op, edit.inputs), number)
            elif isinstance(edit, Replaced):
                gone.append(edit)
                self._replace(edit, number)
            elif isinstance(edit, Killed) and id in shapes:
                self._killed[id] = number
                self._dropped.update((child, number) for child in shapes.pop(id)[1])
                gone.append(edit)
        found = [edit for edit in gone if edit.id not in made]
        used = [edit.replacement for edit in gone if isinstance(edit, Replaced)]
        used += [child for id in (*made, *touched) if id in shapes for child in shapes[id][1]]
        found += self._returned(used, number)
        found += [edit._replace(op=shapes[id][0], inputs=shapes[id][1]) for id, edit in made.items() if id in shapes]
        found += [Changed(id, *shapes[id]) for id in touched if id in shapes and id not in made]
        return found

    def _replace(self, edit: Replaced, number: int) -> None:
        shapes, users = self._shapes, self._users
        for user in users.get(edit.id, ()):
            if user in shapes:
                op, inputs = shapes[user]
                shapes[user] = op, tuple([edit.replacement if child == edit.id else child for child in inputs])
        users.setdefault(edit.replacement, set()).update(users.pop(edit.id, ()))
        self._dropped[edit.id] = number

    def _returned(self, work: list[int], number: int) -> list[Edit]:
        """Of nodes that are used now, and what they use, those not known yet: the end did not reach them before."""
        found: list[Edit] = []
        while work:
            id = work.pop()
            if id not in self._shapes and id in self._hidden:
                node = self._hidden[id]
                self._set(id, (node.op, node.inputs), number)
                found.append(_created(node))
                work += node.inputs
        return found

    def known(self, edits: Iterable[Edit]) -> list[Edit]:
        """Those that are about nodes of the graph."""
        return [edit for edit in edits if edit.id in self._shapes]

    def rest(self) -> list[Edit]:
        """What is missing at the end."""
        found: list[Edit] = []
        for node in self._after.values():
            shape = self._shapes.get(node.id)
            if shape is None:
                found.append(_created(node))
            elif shape != (node.op, node.inputs):
                found.append(Changed(node.id, node.op, node.inputs))
        return found

    def ends(self) -> dict[int, int]:
        """For nodes that are gone, by id: the step that killed them, or took away the last of what used them."""
        found = dict(self._killed)
        after, dropped = self._after, self._dropped
        for start in [node.id for node in self._before.nodes if node.id not in after and node.id not in found]:
            work = [start]
            entered: set[int] = set()
            while work:
                id = work[-1]
                users = [user for user in self._users.get(id, ()) if user in self._shapes and user not in after]
                waiting = [user for user in users if user not in found and user not in entered]
                if id not in entered and waiting:
                    entered.add(id)
                    work += waiting
                    continue
                work.pop()
                if id not in found:  # users on a cycle with it are not known yet
                    found[id] = max([dropped.get(id, -1), *(found.get(user, -1) for user in users)])
        return found


def _created(node: NodeSnapshot) -> Created:
    return Created(node.id, node.op, node.inputs, node.origin)
