"""Branch elimination: branches, traps, guards and type checks whose outcome is known, from a constant or from what
facts (facts/facts.py) say at their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common, machine as m, objects
from seaofnodes.ir.ops.shapes import TypeTest
from seaofnodes.passes.analyses.manager import AnalysisManager
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.control import bypass, cut_after, end_here, sweep
from seaofnodes.passes.facts.facts import Facts
from seaofnodes.passes.facts.promising import Promising
from seaofnodes.passes.facts.references import AbstractReference

# A test -> the value of its condition, 0 or 1 (not zero), and the control node that has tested it before, if one has.
Decisions = dict[Node, tuple[int, Node | None]]


@dataclass(frozen=True)
class BranchElimination(Pass):
    """Fold branches, switches, traps and guards with a known condition; drop diamonds that do nothing; normalize
    conditions.
    """

    name = "branch-elimination"
    settles = True

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        order = graph.trim()
        folded = 0
        flow = [node for node in order if node.op.control_out]
        tests = [node for node in flow if node.op.is_branch or node.op.is_guard or node.op.is_trap]
        normalized = sum(_normalize(graph, node) for node in tests)
        decided, improved = _decide(graph, order, tests, context.analyses)
        for node in flow:
            op = node.op
            if not (op.is_branch or op.is_switch or op.is_guard or op.is_trap):
                continue
            if op.is_guard and node.op.parameters.stress:
                continue
            graph.origin = Origin(node.origin[0], node.origin[1], context.phase, "fold-branch", node.id)
            condition = node.inputs[0]
            where: Node | None = None
            if condition.op.is_int32_constant:
                value = condition.op.parameters
            elif node in decided:
                value, where = decided[node]
            else:
                continue
            folded += 1
            if op.is_branch:
                _fold_branch(graph, node, value)
            elif op.is_switch:
                _fold_switch(graph, node, value)
            else:
                _fold_check(graph, node, (value != 0) == op.fires_on_true, where)
            graph.applied("fold-branch", node)
        diamonds = _drop_diamonds(graph, flow)
        if folded or normalized or diamonds:
            graph.trim()
        statistics = {"folded": folded, "normalized": normalized, "diamonds": diamonds, "type checks": improved}
        return PassResult(folded + normalized + diamonds + improved > 0, statistics)


def _decide(graph: Graph, order: Sequence[Node], tests: list[Node], analyses: AnalysisManager) -> tuple[Decisions, int]:
    """What facts say of the conditions of branches, traps and guards; and how many type checks have been replaced by
    their value, or made cheaper, as their operand is known better.
    """
    tests = [node for node in tests if not node.inputs[0].op.is_constant]
    promising = Promising(order, tests)
    chosen = [node for node in tests if promising.is_condition(node.inputs[0])]
    checks = [node for node in promising.type_checks if promising.is_reference(node.inputs[0])]
    if not chosen and not checks:
        return {}, 0
    facts = analyses.get(Facts, graph)
    decided: Decisions = {}
    for node in chosen:
        condition = node.inputs[0]
        before = facts.tested(condition, node.control)
        if before is not None:
            decided[node] = int(before[0]), before[1]
        elif (value := facts.condition(condition, node.control)) is not None:
            decided[node] = int(value), None
    operands = [facts.reference(node.inputs[0], node.control) for node in checks]
    values = [facts.condition(node, node.control) for node in checks]
    improved = 0
    for node, value, operand in zip(checks, values, operands, strict=True):
        test: TypeTest = node.op.parameters
        if value is not None:
            constant = graph.int32(int(value))
            graph.replace(node, constant)
            graph.applied("fold-type-check", node, constant)
            improved += 1
        elif (narrowed := _narrowed(test, operand)) != test:
            node.op = objects.type_check(narrowed)
            graph.applied("narrow-type-check", node, node)
            improved += 1
    return decided, improved


def _narrowed(test: TypeTest, operand: AbstractReference) -> TypeTest:
    """The same test, for an operand of which more is known: machine code need not look for null, or for no object."""
    if operand.is_object and test.operand != "object":
        test = replace(test, operand="object" if operand.null is False else "object or null")
    if operand.null is False:  # the form with an instruction less, see backend/emit/objects.py
        test = replace(test, nullable=test.target in ("eq", "i31"))
    return test


def _normalize(graph: Graph, node: Node) -> int:
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
    graph.applied("normalize-condition", node, node)
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
        graph.applied("drop-diamond", node, branch)
        dropped += 1
    return dropped
