"""Nodes and where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from seaofnodes.ir.operator import Operator
from seaofnodes.ir.types import Type


class Edits:
    """How often a graph has been edited, so that whoever keeps a result sees when it is stale.

    Attributes: edges: nodes made with inputs, and inputs changed; control: those of them that change control edges.
    Operators exchanged in place are not counted. touched: nodes edited in place, where somebody watches that
    (ir/records/watched.py), else None.
    """

    __slots__ = ("control", "edges", "touched")

    def __init__(self) -> None:
        self.edges = 0
        self.control = 0
        self.touched: dict[Node, None] | None = None


class Origin(NamedTuple):
    """Why a node exists: the bytecode (module offset, -1 for none) and inlining (index in Graph.inlinings, -1 for the
    outermost function) it stands for, and the phase, rule and node (id, -1 for none) that made it.
    """

    bytecode_offset: int = -1
    inlining: int = -1
    phase: str = ""
    rule: str = ""
    node: int = -1


class Node:
    """A node of a graph. Made by `Graph.node` only; edited through the methods here, which keep the use lists.

    `uses` maps each user to how many of its inputs are this node; insertion order is stable. `edits` is the graph's.
    `mark` is the number of the graph's last walk that has met the node. A dead node has the operator `Dead` and no
    inputs.
    """

    __slots__ = ("edits", "id", "inputs", "mark", "op", "origin", "type", "uses")

    def __init__(
        self, id: int, op: Operator, inputs: Sequence[Node], type: Type, origin: Origin, edits: Edits
    ) -> None:
        self.id = id
        self.edits = edits
        self.mark = 0
        self.op = op
        self.inputs: list[Node] = list(inputs)
        self.uses: dict[Node, int] = {}
        self.type = type
        self.origin = origin
        for node in inputs:
            uses = node.uses
            uses[self] = uses.get(self, 0) + 1
        if inputs:
            edits.edges += 1
            if op.control_out:
                edits.control += 1

    # Nodes are compared and hashed by identity.

    def replace_input(self, index: int, node: Node) -> None:
        """Another node becomes input `index`, counted over inputs of all kinds; the use lists follow."""
        old = self.inputs[index]
        if old is node:
            return
        self.inputs[index] = node
        _drop_use(old, self)
        node.uses[self] = node.uses.get(self, 0) + 1
        self.edits.edges += 1
        if self.op.control_out and index >= self.op.control_index:
            self.edits.control += 1

    def append_input(self, node: Node) -> None:
        """For variadic operators: the caller also changes `op`."""
        self.inputs.append(node)
        node.uses[self] = node.uses.get(self, 0) + 1
        self._changed()

    def insert_input(self, index: int, node: Node) -> None:
        """For variadic operators: the caller also changes `op`."""
        self.inputs.insert(index, node)
        node.uses[self] = node.uses.get(self, 0) + 1
        self._changed()

    def remove_input(self, index: int) -> None:
        """For variadic operators: the caller also changes `op`."""
        _drop_use(self.inputs.pop(index), self)
        self._changed()

    def _changed(self) -> None:
        """Count an edit of an input whose kind the operator does not tell yet, or not any more."""
        self.edits.edges += 1
        if self.op.control_out:
            self.edits.control += 1

    def replace_uses(self, replacement: Node) -> None:
        """Every user takes `replacement` instead, whatever the kind of the edge."""
        if replacement is self:
            return
        self._changed()
        for user, count in self.uses.items():
            inputs = user.inputs
            for index, node in enumerate(inputs):
                if node is self:
                    inputs[index] = replacement
            replacement.uses[user] = replacement.uses.get(user, 0) + count
        self.uses = {}

    # Inputs by kind.

    @property
    def values(self) -> list[Node]:
        """The value inputs, in order."""
        return self.inputs[: self.op.value_in]

    @property
    def frame_state(self) -> Node:
        """The frame state input; the operator must have one."""
        return self.inputs[self.op.value_in]

    @property
    def effect(self) -> Node:
        """The first effect input; the operator must have one."""
        return self.inputs[self.op.effect_index]

    @property
    def effects(self) -> list[Node]:
        """The effect inputs, in order; one but for effect phis."""
        return self.inputs[self.op.effect_index : self.op.control_index]

    @property
    def control(self) -> Node:
        """The first control input; the operator must have one."""
        return self.inputs[self.op.control_index]

    @property
    def controls(self) -> list[Node]:
        """The control inputs, in order; one but for merges, loops and the end."""
        return self.inputs[self.op.control_index :]

    def edges_to(self, user: Node) -> list[int]:
        """Indices of the inputs of `user` that are this node."""
        return [index for index, node in enumerate(user.inputs) if node is self]

    @property
    def is_dead(self) -> bool:
        """Has it been killed?"""
        return self.op.is_dead

    def __repr__(self) -> str:
        return f"#{self.id}:{self.op!r}({', '.join(str(n.id) for n in self.inputs)})"


def is_effect_edge(user: Node, index: int) -> bool:
    """Is input `index` of a node an effect?"""
    return user.op.effect_index <= index < user.op.control_index


def is_control_edge(user: Node, index: int) -> bool:
    """Is input `index` of a node control?"""
    return index >= user.op.control_index


def _drop_use(node: Node, user: Node) -> None:
    count = node.uses[user]
    if count == 1:
        del node.uses[user]
    else:
        node.uses[user] = count - 1
