"""Branch elimination: branches and traps whose condition is known, from a constant or from a dominating branch or
trap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.control import bypass, end_here, sweep, terminate_endless_loops

_CHECKS = frozenset(("TrapIf", "TrapUnless", "DeoptimizeIf", "DeoptimizeUnless"))
_FIRES_IF = frozenset(("TrapIf", "DeoptimizeIf"))
_TESTS = _CHECKS | {"Branch"}
Facts = dict[Node, tuple[int, Node]]  # condition -> 0 or 1 (not zero), and the first control node where that is known
_OPPOSITE: dict[str, Callable[[Any], Operator]] = {
    "TrapIf": common.trap_unless,
    "TrapUnless": common.trap_if,
    "DeoptimizeIf": common.deoptimize_unless,
    "DeoptimizeUnless": common.deoptimize_if,
}


@dataclass(frozen=True)
class BranchElimination(Pass):
    """Fold branches, switches, traps and guards with a known condition; drop diamonds that do nothing; normalize
    conditions.
    """

    name = "branch-elimination"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        order = graph.trim()
        folded = 0
        tests = [node for node in order if node.op.name in _TESTS]
        normalized = sum(map(_normalize, tests))
        known = _known_conditions(graph, tests)
        gone: set[Node] = set()
        for node in order:
            name = node.op.name
            if not (name in _TESTS or name == "Switch") or node in gone:
                continue
            if name in common.GUARDS and node.op.parameters.stress:
                continue
            graph.origin = Origin(node.origin[0], node.origin[1], context.phase, "fold-branch", node.id)
            condition = node.inputs[0]
            if condition.op.name == "Int32Constant":
                value, where = condition.op.parameters, None
            elif (fact := known.get(node.id, {}).get(condition)) is not None:
                value, where = fact
            else:
                continue
            folded += 1
            if name == "Branch":
                _fold_branch(graph, node, value, gone)
            elif name == "Switch":
                _fold_switch(graph, node, value, gone)
            else:
                _fold_check(graph, node, (value != 0) == (name in _FIRES_IF), where, gone)
        diamonds = _drop_diamonds(graph, graph.reachable() if folded else order)
        if folded:
            terminate_endless_loops(graph, gone)
        if folded or normalized or diamonds:
            graph.trim()
        statistics = {"folded": folded, "normalized": normalized, "diamonds": diamonds}
        return PassResult(folded + normalized + diamonds > 0, statistics)


def _known_conditions(graph: Graph, tests: list[Node]) -> dict[int, Facts]:
    """For each branch or check, by id: conditions that dominating ones have decided."""
    tested: dict[Node, int] = {}  # condition -> how many test it: only conditions tested twice are of interest
    for node in tests:
        tested[node.inputs[0]] = tested.get(node.inputs[0], 0) + 1
    if not any(count > 1 for count in tested.values()):
        return {}
    leaving: dict[Block, Facts] = {}
    found: dict[int, Facts] = {}
    for block in ControlFlow(graph).blocks:
        facts = leaving[block.dominator] if block.dominator is not None else {}
        header = block.header
        if header.op.name in ("IfTrue", "IfFalse") and tested.get(header.control.inputs[0], 0) > 1:
            facts = {header.control.inputs[0]: (int(header.op.name == "IfTrue"), header), **facts}
        for node in block.fixed:
            if node.op.name in _CHECKS and tested[node.inputs[0]] > 1:
                found[node.id] = facts
                facts = {node.inputs[0]: (int(node.op.name not in _FIRES_IF), node), **facts}
        if block.control is not None and block.control.op.name == "Branch":
            found[block.control.id] = facts
        leaving[block] = facts
    return found


def _normalize(node: Node) -> int:
    """A test for zero becomes the opposite test of the value."""
    condition = node.inputs[0]
    if condition.op.name != "Word32Equal" or condition.inputs[1].op.parameters != 0:
        return 0
    if condition.inputs[1].op.name != "Int32Constant":
        return 0
    node.replace_input(0, condition.inputs[0])
    if node.op.name == "Branch":
        for user in node.uses:
            user.op = common.IF_FALSE if user.op.name == "IfTrue" else common.IF_TRUE
        hint = node.op.parameters
        node.op = {"likely": common.BRANCH_UNLIKELY, "unlikely": common.BRANCH_LIKELY}.get(hint, common.BRANCH)
    else:
        node.op = _OPPOSITE[node.op.name](node.op.parameters)
    return 1


def _fold_branch(graph: Graph, node: Node, value: int, gone: set[Node]) -> None:
    taken = "IfTrue" if value else "IfFalse"
    for user in list(node.uses):
        if user.op.name == taken:
            graph.replace(user, node.control)
        else:
            sweep(graph, [user], gone)


def _fold_switch(graph: Graph, node: Node, value: int, gone: set[Node]) -> None:
    users = list(node.uses)
    cases = [u for u in users if u.op.name == "IfValue" and u.op.parameters == value & 0xFFFFFFFF]
    taken = cases[0] if cases else next(u for u in users if u.op.name == "IfDefault")
    for user in users:
        if user is taken:
            graph.replace(user, node.control)
        else:
            sweep(graph, [user], gone)


def _fold_check(graph: Graph, node: Node, fires: bool, where: Node | None, gone: set[Node]) -> None:
    """A trap or guard that never fires goes; behind one that always does nothing is reached.

    where: what has decided it, if that was another one: a read that needs no more than this check needs no more than
    that.
    """
    if not fires:
        for user in list(node.uses):
            if where is not None and user.op.name == "TableGet":
                user.replace_input(user.op.control_index, where)
        bypass(graph, node)
        return
    following = [u for u in node.uses if u.op.control_out and node in u.controls]
    if all(user.op.name == "Unreachable" for user in following):
        return
    after = graph.node(common.DEAD_CONTROL)
    for user in following:
        for index in node.edges_to(user):
            if index >= user.op.control_index:
                user.replace_input(index, after)
    sweep(graph, [after], gone)
    if node.op.name in common.GUARDS:
        leave = common.deoptimize(node.op.parameters)
        graph.add_end(graph.node(leave, node.frame_state, node.effect, node.control))
    else:
        end_here(graph, node, node)


def _drop_diamonds(graph: Graph, nodes: list[Node]) -> int:
    """Both arms of a branch are empty and meet at once: the branch decides nothing."""
    dropped = 0
    for node in nodes:
        if node.op.name != "Merge" or node.is_dead or len(node.inputs) != 2:
            continue
        first, second = node.inputs
        if first.op.name not in ("IfTrue", "IfFalse") or second.op.name not in ("IfTrue", "IfFalse"):
            continue
        branch = first.control
        if second.control is not branch or len(first.uses) > 1 or len(second.uses) > 1:
            continue
        if any(user.op.name in ("Phi", "EffectPhi") for user in node.uses):
            continue
        graph.replace(node, branch.control)
        graph.kill(node)
        dropped += 1
    return dropped
