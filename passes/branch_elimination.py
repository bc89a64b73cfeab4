"""Branch elimination: branches and traps whose condition is known, from a constant or from a dominating branch or
trap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common, machine as m
from seaofnodes.passes.analyses.manager import AnalysisManager
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.control import bypass, cut_after, end_here, sweep

Facts = dict[Node, tuple[int, Node]]  # condition -> 0 or 1 (not zero), and the first control node where that is known


@dataclass(frozen=True)
class BranchElimination(Pass):
    """Fold branches, switches, traps and guards with a known condition; drop diamonds that do nothing; normalize
    conditions.
    """

    name = "branch-elimination"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        order = graph.trim()
        folded = 0
        tests = [node for node in order if node.op.is_branch or node.op.is_guard or node.op.is_trap]
        normalized = sum(map(_normalize, tests))
        known = _known_conditions(graph, tests, context.analyses)
        for node in order:
            op = node.op
            if not (op.is_branch or op.is_switch or op.is_guard or op.is_trap):
                continue
            if op.is_guard and node.op.parameters.stress:
                continue
            graph.origin = Origin(node.origin[0], node.origin[1], context.phase, "fold-branch", node.id)
            condition = node.inputs[0]
            if condition.op.is_int32_constant:
                value, where = condition.op.parameters, None
            elif (fact := known.get(node.id, {}).get(condition)) is not None:
                value, where = fact
            else:
                continue
            folded += 1
            if op.is_branch:
                _fold_branch(graph, node, value)
            elif op.is_switch:
                _fold_switch(graph, node, value)
            else:
                _fold_check(graph, node, (value != 0) == op.fires_on_true, where)
        diamonds = _drop_diamonds(graph, graph.reachable() if folded else order)
        if folded or normalized or diamonds:
            graph.trim()
        statistics = {"folded": folded, "normalized": normalized, "diamonds": diamonds}
        return PassResult(folded + normalized + diamonds > 0, statistics)


def _known_conditions(graph: Graph, tests: list[Node], analyses: AnalysisManager) -> dict[int, Facts]:
    """For each branch or check, by id: conditions that dominating ones have decided."""
    tested: dict[Node, int] = {}  # condition -> how many test it: only conditions tested twice are of interest
    for node in tests:
        tested[node.inputs[0]] = tested.get(node.inputs[0], 0) + 1
    if not any(count > 1 for count in tested.values()):
        return {}
    leaving: dict[Block, Facts] = {}
    found: dict[int, Facts] = {}
    for block in analyses.get(ControlFlow, graph).blocks:
        facts = leaving[block.dominator] if block.dominator is not None else {}
        header = block.header
        if header.op.is_if and header.control.op.is_branch and tested.get(header.control.inputs[0], 0) > 1:
            facts = {header.control.inputs[0]: (int(header.op is common.IF_TRUE), header), **facts}
        for node in block.fixed:
            if (node.op.is_guard or node.op.is_trap) and tested[node.inputs[0]] > 1:
                found[node.id] = facts
                facts = {node.inputs[0]: (int(not node.op.fires_on_true), node), **facts}
        if block.control is not None and block.control.op.is_branch:
            found[block.control.id] = facts
        leaving[block] = facts
    return found


def _normalize(node: Node) -> int:
    """A test for zero becomes the opposite test of the value."""
    condition = node.inputs[0]
    if condition.op is not m.WORD32_EQUAL or condition.inputs[1].op.parameters != 0:
        return 0
    if not condition.inputs[1].op.is_int32_constant:
        return 0
    node.replace_input(0, condition.inputs[0])
    if node.op.is_branch:
        for user in node.uses:
            user.op = common.IF_FALSE if user.op is common.IF_TRUE else common.IF_TRUE
        hint = node.op.parameters
        node.op = {"likely": common.BRANCH_UNLIKELY, "unlikely": common.BRANCH_LIKELY}.get(hint, common.BRANCH)
    else:
        node.op = node.op.opposite
    return 1


def _fold_branch(graph: Graph, node: Node, value: int) -> None:
    taken = common.IF_TRUE if value else common.IF_FALSE
    for user in list(node.uses):
        if user.op is taken:
            graph.replace(user, node.control)
            graph.kill(user)
        else:
            sweep(graph, [user])
    graph.kill(node)


def _fold_switch(graph: Graph, node: Node, value: int) -> None:
    users = list(node.uses)
    cases = [u for u in users if u.op.is_case and u.op.parameters == value & 0xFFFFFFFF]
    taken = cases[0] if cases else next(u for u in users if u.op is common.IF_DEFAULT)
    for user in users:
        if user is taken:
            graph.replace(user, node.control)
            graph.kill(user)
        else:
            sweep(graph, [user])
    graph.kill(node)


def _fold_check(graph: Graph, node: Node, fires: bool, where: Node | None) -> None:
    """A trap or guard that never fires goes; behind one that always does nothing is reached.

    where: what has decided it, if that was another one: a read that needs no more than this check needs no more than
    that.
    """
    if not fires:
        for user in list(node.uses):
            if where is not None and user.op.is_indexed_read:
                user.replace_input(user.op.control_index, where)
        bypass(graph, node)
        return
    following = [u for u in node.uses if u.op.control_out and node in u.controls]
    if all(user.op is common.UNREACHABLE for user in following):
        return
    cut_after(graph, node)
    if node.op.is_guard:
        leave = common.deoptimize(node.op.parameters)
        graph.add_end(graph.node(leave, node.frame_state, node.effect, node.control))
        graph.kill(node)
    else:
        end_here(graph, node, node)


def _drop_diamonds(graph: Graph, nodes: Sequence[Node]) -> int:
    """Both arms of a branch are empty and meet at once: the branch decides nothing."""
    dropped = 0
    for node in nodes:
        if not node.op.is_merge or node.op.is_loop or node.is_dead or len(node.inputs) != 2:
            continue
        first, second = node.inputs
        branch = first.control if first.op.is_if else node
        if not branch.op.is_branch or not second.op.is_if or second.control is not branch:
            continue
        if len(first.uses) > 1 or len(second.uses) > 1:
            continue
        if any(user.op.is_phi for user in node.uses):
            continue
        graph.replace(node, branch.control)
        for gone in (node, first, second, branch):
            graph.kill(gone)
        dropped += 1
    return dropped
