"""What changed between two moments of a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from seaofnodes.ir.dialect import format_operator
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.labels import operator_label
from seaofnodes.ir.records.snapshot import GraphSnapshot, NodeSnapshot


class Difference(NamedTuple):
    """Nodes by what happened to them; `changed` has (before, after) of those with another operator or other inputs."""

    added: list[NodeSnapshot]
    removed: list[NodeSnapshot]
    changed: list[tuple[NodeSnapshot, NodeSnapshot]]

    @property
    def is_empty(self) -> bool:
        """Is there no difference?"""
        return not (self.added or self.removed or self.changed)


def difference(before: GraphSnapshot, after: GraphSnapshot) -> Difference:
    """Compare by id: ids are never reused."""
    if before is after:
        return Difference([], [], [])
    old = {node.id: node for node in before.nodes}
    new = {node.id: node for node in after.nodes}
    return Difference(
        [node for id, node in sorted(new.items()) if id not in old],
        [node for id, node in sorted(old.items()) if id not in new],
        [
            (old[id], node)
            for id, node in sorted(new.items())
            if id in old and (old[id].op != node.op or old[id].inputs != node.inputs)
        ],
    )


def format_snapshot_node(node: NodeSnapshot, label: Callable[[Operator], str] = operator_label) -> str:
    """`n5 = Load[Word32, Word32, memory=0, offset=40](n3, n4, n2, n2)`."""
    return f"n{node.id} = {label(node.op)}({', '.join(f'n{id}' for id in node.inputs)})"


def format_difference(found: Difference) -> str:
    """One line a node: `-` removed, `+` added (with the rule that made it), `-` and `+` in turn where it changed."""
    lines: list[str] = []
    for before, after in found.changed:
        brief = before.op == after.op or operator_label(before.op) != operator_label(after.op)
        label = operator_label if brief else format_operator  # which says all
        lines += [f"- {format_snapshot_node(before, label)}", f"+ {format_snapshot_node(after, label)}"]
    lines += [f"- {format_snapshot_node(node)}" for node in found.removed]
    for node in found.added:
        origin = node.origin
        rule = f"  ; {origin.rule}" if origin.rule else ""
        of = f" of n{origin.node}" if origin.rule and origin.node >= 0 else ""
        lines.append(f"+ {format_snapshot_node(node)}{rule}{of}")
    return "".join(f"{line}\n" for line in lines)
