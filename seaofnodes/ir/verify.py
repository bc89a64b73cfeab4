"""The verifier: is this a graph that means something?

Checked: input kinds and counts, use lists, types, phis against their merges, one control successor a node, one effect
chain per path, dominance of definitions over uses, no dead node reachable; and that all control which the start reaches
reaches the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from seaofnodes.errors import PassError
from seaofnodes.ir.control_flow import Block, ControlFlow, flow_user
from seaofnodes.ir.endless import lost_control
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common
from seaofnodes.ir.placement import early_blocks
from seaofnodes.ir.text import format_node
from seaofnodes.ir.types import ANY, NONE, Type


class VerificationError(PassError):
    """A broken graph. Attributes: node: the broken node; problem: one line; after: the pass that ran last, or ""."""

    def __init__(self, problem: str, node: Node, after: str = "") -> None:
        where = f" after {after}" if after else ""
        super().__init__(f"broken graph{where}: {problem}\n{neighbourhood(node)}")
        self.problem = problem
        self.node = node
        self.after = after


def neighbourhood(node: Node) -> str:
    """The node between its inputs and its users, a line each."""
    lines = [f"    {format_node(child)}" for child in dict.fromkeys(node.inputs)]
    lines.append(f"  > {format_node(node)}  : {node.type}")
    lines += [f"    {format_node(user)}" for user in list(node.uses)[:12]]
    if len(node.uses) > 12:
        lines.append(f"    ... {len(node.uses) - 12} more uses")
    return "\n".join(lines)


def verify(graph: Graph, after: str = "") -> None:
    """Raises VerificationError for the first thing that is wrong; `after` names the pass that ran last."""
    try:
        nodes = graph.walk()
        live = set(nodes)
        for node in nodes:
            _check_edges(node)
        _check_ends(nodes, live)
        if graph.is_trimmed:
            _check_trimmed(nodes, live)
        for node in nodes:
            _check_types(node, graph)
            _check_control(node, live)
        if any(node.op.is_object_state or node.op.is_object_id for node in nodes):
            for node in nodes:
                if node.op.frame_in and not node.op.is_frame_state:
                    _check_objects(node)
        _check_flow(graph, nodes, live)
    except VerificationError as error:
        raise VerificationError(error.problem, error.node, after) from None


def _check_trimmed(nodes: list[Node], live: set[Node]) -> None:
    for node in nodes:
        for user in node.uses:
            if user not in live:
                raise VerificationError(f"n{user.id} uses n{node.id}, and is not reachable after a trim", node)


def _check_ends(nodes: list[Node], live: set[Node]) -> None:
    """Endless loops are ended by a Terminate; nothing else goes on to where no end is."""
    for node in nodes:
        if live.issuperset(node.uses):
            continue
        lost = lost_control([user for user in node.uses if user not in live], {node})
        if lost is not None:
            raise VerificationError(f"control goes on from n{node.id} to where the end is not reached", lost)


def _check_edges(node: Node) -> None:
    op = node.op
    if op is common.DEAD:
        raise VerificationError("a dead node is reachable", next(iter(node.uses), node))
    if len(node.inputs) != op.input_count:
        raise VerificationError(f"{op!r} takes {op.input_count} inputs, and has {len(node.inputs)}", node)
    counts: dict[Node, int] = {}
    for index, child in enumerate(node.inputs):
        counts[child] = counts.get(child, 0) + 1
        if index < op.value_in:
            if (child.op.is_object_state or child.op.is_object_id) and not _may_have_objects(op):
                raise VerificationError(f"value input {index} (n{child.id}) is an object that is not made", node)
            if child.type is NONE and not _has_value_later(node, child):
                raise VerificationError(f"value input {index} (n{child.id}) has no value", node)
        elif index < op.effect_index:
            if not child.op.is_frame_state:
                raise VerificationError(f"input {index} (n{child.id}) is not a frame state", node)
        elif index < op.control_index:
            if not child.op.effect_out:
                raise VerificationError(f"effect input {index} (n{child.id}) has no effect", node)
            if child.op.control_out > 1 and not op.is_after_call:
                raise VerificationError(f"effect input {index} (n{child.id}) is a call in a try", node)
        elif not child.op.control_out:
            raise VerificationError(f"control input {index} (n{child.id}) is not control", node)
    for child, count in counts.items():
        if child.uses.get(node) != count:
            raise VerificationError(
                f"n{child.id} counts {child.uses.get(node, 0)} uses by n{node.id}, which has {count}", node
            )
    for user in node.uses:
        if node not in user.inputs:
            raise VerificationError(f"n{user.id} is in the use list of n{node.id} and does not use it", node)


def _may_have_objects(op: Operator) -> bool:
    return op.is_frame_state or op.is_state_values or op.is_object_state


def _has_value_later(node: Node, child: Node) -> bool:
    """Start, calls with several results, and the IfSuccess of a call are inputs of parameters and projections."""
    results = child.op is common.START or child.op.is_call or child.op is common.IF_SUCCESS
    return results and (node.op.is_parameter or node.op.is_projection)


def _check_types(node: Node, graph: Graph) -> None:
    expected = node.op.signature
    if node.op.is_return:
        expected = graph.results
    if len(expected) != node.op.value_in:
        raise VerificationError(f"{node.op!r} has {node.op.value_in} values, {len(expected)} are declared", node)
    for index, type in enumerate(expected):
        if type is not ANY and node.inputs[index].type is not type:
            raise VerificationError(f"input {index} is {node.inputs[index].type}, not {type}", node)
    if node.op.is_frame_state and tuple(value.type for value in common.values_of(node)) != node.op.parameters.types:
        raise VerificationError("the values of the frame state are not of its types", node)
    if node.op.is_parameter and not node.op.is_osr_value:
        _check_part(node, graph.parameters, "parameter", "the graph")
    elif node.op.is_projection and (call := _call_of(node.inputs[0])) is not None:
        _check_part(node, call.op.parameters.results, "result", f"n{call.id}")
    if node.type is not node.op.type:
        raise VerificationError(f"the node's type is {node.type}, its operator's {node.op.type}", node)


def _check_objects(node: Node) -> None:
    """In the frame states that a node has, does each number stand for one object?"""
    states, named = common.objects_of(node.frame_state)
    numbers = [state.op.parameters.number for state in states]
    if len(set(numbers)) < len(numbers):
        raise VerificationError("different objects of its frame states have the same number", node)
    for number in named.difference(numbers):
        raise VerificationError(f"its frame states have no object of the number {number}", node)


def _check_part(node: Node, types: Sequence[Type], what: str, owner: str) -> None:
    """Is there a parameter or result of that index and type?"""
    index, type = node.op.parameters
    if not 0 <= index < len(types):
        raise VerificationError(f"{owner} has no {what} {index}, but {len(types)}", node)
    if types[index] is not type:
        raise VerificationError(f"{what} {index} of {owner} is {types[index]}, not {type}", node)


def _call_of(node: Node) -> Node | None:
    """The call whose results are projections of this."""
    if node.op is common.IF_SUCCESS:
        node = node.inputs[node.op.control_index]
    return node if node.op.is_call else None


def _check_control(node: Node, live: set[Node]) -> None:
    op = node.op
    if op.is_phi:
        merge = node.control
        count = node.op.value_in + node.op.effect_in
        if not merge.op.is_merge:
            raise VerificationError(f"the control of a phi is n{merge.id}, no merge", node)
        if merge.op.control_in != count:
            raise VerificationError(f"a phi of {count} inputs at n{merge.id}, which has {merge.op.control_in}", node)
    elif op.is_branch:
        _check_projections(node, ["IfFalse", "IfTrue"], live)
    elif op.is_switch:
        names = ["IfDefault"] + ["IfValue"] * (node.op.parameters - 1)
        _check_projections(node, names, live)
    elif node.op.control_out > 1:
        _check_projections(node, ["IfException", "IfSuccess"], live)
    elif op.is_after_call:
        if node.control.op.control_out != 2 or node.control is not node.effect:
            raise VerificationError(f"{op.name} of n{node.control.id}, no call in a try", node)
    elif (op is common.IF_TRUE or op is common.IF_FALSE) and not node.control.op.is_branch:
        raise VerificationError(f"{op.name} of n{node.control.id}, no branch", node)
    elif op.is_if and not (node.control.op.is_branch or node.control.op.is_switch):
        raise VerificationError(f"{op.name} of n{node.control.id}, no switch", node)
    elif op is common.TERMINATE and not node.control.op.is_loop:
        raise VerificationError(f"Terminate of n{node.control.id}, no loop", node)
    elif op.is_merge:
        if len(set(node.inputs)) < len(node.inputs):
            raise VerificationError("control comes in twice from one node", node)
        if op.is_loop and op.control_in < 2:
            raise VerificationError("a loop without a back edge", node)


def _check_projections(node: Node, names: list[str], live: set[Node]) -> None:
    found = sorted(user.op.name for user in flow_user(node) if user in live)
    if found != names:
        raise VerificationError(f"the successors are {', '.join(found) or 'none'}, not {', '.join(names)}", node)


def _check_flow(graph: Graph, nodes: list[Node], live: set[Node]) -> None:
    for node in nodes:
        if node.op.control_out == 1 and not node.op.is_terminator and node.op is not common.TERMINATE:
            users = [user for user in flow_user(node) if user is not graph.end and user in live]
            if len(users) != 1:
                following = ", ".join(f"n{user.id}" for user in users) or "nothing"
                raise VerificationError(f"control goes on to {following}: exactly one is needed", node)
    control_flow = ControlFlow(graph)
    block_of, order = early_blocks(graph, control_flow)
    placed = {node.id for node in order}
    for node in nodes:
        if node.id not in placed and node is not graph.end and node.op is not common.TERMINATE:
            raise VerificationError("the node depends on itself, or on code that cannot be reached", node)
    for node in order:
        _check_dominance(node, block_of)
    _check_effects(control_flow, block_of, order)


def _check_dominance(node: Node, block_of: dict[int, Block]) -> None:
    block = block_of[node.id]
    if node.op.is_merge:
        return
    for index, child in enumerate(node.inputs):
        at = block
        if node.op.is_phi and index < node.op.control_index:
            at = block.predecessors[index]
        if not block_of[child.id].dominates(at):
            raise VerificationError(f"input {index} (n{child.id}) in {block_of[child.id]} does not dominate {at}", node)


def _check_effects(control_flow: ControlFlow, block_of: dict[int, Block], order: list[Node]) -> None:
    """Walk each block along its effect chain, from what its predecessors leave."""
    members: dict[Block, list[Node]] = {}
    phi_of: dict[Block, Node] = {}
    for node in order:
        if node.op.is_effect_phi:
            block = block_of[node.id]
            if block in phi_of:
                raise VerificationError(f"a second effect phi at n{block.header.id}", node)
            phi_of[block] = node
        elif node.op.effect_in and (node.op.effect_out or node.op.is_terminator or node.op is common.TERMINATE):
            members.setdefault(block_of[node.id], []).append(node)
    leaving: dict[Block, Node] = {}
    for block in control_flow.blocks:
        state = _entering(block, phi_of, leaving, control_flow)
        chain = {node.effect.id: node for node in members.get(block, [])}
        for _ in members.get(block, []):
            if state.id not in chain:
                broken = next(iter(chain.values()), members[block][0])
                raise VerificationError(f"the effect chain forks or breaks: n{state.id} should come before", broken)
            state = chain.pop(state.id)
        leaving[block] = state
    for block in control_flow.blocks:
        phi = phi_of.get(block)
        for index, predecessor in enumerate(block.predecessors):
            expected = leaving[predecessor]
            if phi is not None and phi.inputs[index] is not expected:
                raise VerificationError(f"effect input {index} is not n{expected.id}, the last effect before", phi)
            if phi is None and block.is_loop_header and expected is not leaving[block.predecessors[0]]:
                raise VerificationError(f"the loop has effects (n{expected.id}) and no effect phi", block.header)


def _entering(block: Block, phi_of: dict[Block, Node], leaving: dict[Block, Node], control_flow: ControlFlow) -> Node:
    if block in phi_of:
        return phi_of[block]
    if not block.predecessors:
        return control_flow.graph.start
    states = [leaving[p] for p in block.predecessors if p in leaving]
    if any(state is not states[0] for state in states):
        raise VerificationError("different effects meet without an effect phi", block.header)
    return states[0]
