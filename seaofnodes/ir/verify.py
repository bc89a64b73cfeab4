"""The verifier: is this a graph that means something?

Checked: input kinds and counts, use lists, types, phis against their merges, one control successor a node, one effect
chain per path, dominance of definitions over uses, no dead node reachable.
"""

from __future__ import annotations

from seaofnodes.errors import PassError
from seaofnodes.ir.control_flow import Block, ControlFlow, flow_user
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.placement import early_blocks
from seaofnodes.ir.text import format_node
from seaofnodes.ir.types import NONE, REFERENCE, WORD32, WORD64, Type

_ENDS = frozenset("Branch Switch Return TailCall TailCallRef Throw Unreachable Deoptimize Terminate".split())
_AFTER_CALLS = frozenset(("IfSuccess", "IfException"))
_RESULTS = frozenset(("Start", "Call", "CallRef", "IfSuccess"))


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
        nodes = graph.reachable()
        for node in nodes:
            _check_edges(node)
        live = set(nodes)
        for node in nodes:
            _check_types(node, graph)
            _check_control(node, live)
        _check_flow(graph, nodes, live)
    except VerificationError as error:
        raise VerificationError(error.problem, error.node, after) from None


def _check_edges(node: Node) -> None:
    op = node.op
    if op.name == "Dead":
        raise VerificationError("a dead node is reachable", next(iter(node.uses), node))
    if len(node.inputs) != op.input_count:
        raise VerificationError(f"{op!r} takes {op.input_count} inputs, and has {len(node.inputs)}", node)
    counts: dict[Node, int] = {}
    for index, child in enumerate(node.inputs):
        counts[child] = counts.get(child, 0) + 1
        if index < op.value_in:
            if child.type is NONE and not _has_value_later(node, child):
                raise VerificationError(f"value input {index} (n{child.id}) has no value", node)
        elif index < op.effect_index:
            if child.op.name != "FrameState":
                raise VerificationError(f"input {index} (n{child.id}) is not a frame state", node)
        elif index < op.control_index:
            if not child.op.effect_out:
                raise VerificationError(f"effect input {index} (n{child.id}) has no effect", node)
            if child.op.control_out > 1 and op.name not in _AFTER_CALLS:
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


def _has_value_later(node: Node, child: Node) -> bool:
    """Start, calls with several results, and the IfSuccess of a call are inputs of parameters and projections."""
    return node.op.name in ("Parameter", "OsrValue", "Projection") and child.op.name in _RESULTS


def _expected_types(node: Node, graph: Graph) -> tuple[Type | None, ...]:
    """Types of the value inputs; None where any will do."""
    op = node.op
    name = op.name
    if op.signature:
        return op.signature
    if name == "Phi":
        return (op.parameters[0],) * op.value_in
    if name in ("Branch", "TrapIf", "TrapUnless", "DeoptimizeIf", "DeoptimizeUnless", "Switch"):
        return (WORD32,)
    if name == "Return":
        return graph.results
    if name == "Load":
        return (WORD64, WORD32)
    if name == "Store":
        return (WORD64, WORD32, op.parameters.type)
    if name == "GlobalSet":
        return (WORD64, op.parameters[1])
    if name == "TableGet":
        return (WORD64, WORD32)
    if name == "TableSet":
        return (WORD64, WORD32, REFERENCE)
    if name == "FrameState":
        types: tuple[Type | None, ...] = op.parameters.types
        return types
    if name in ("Call", "CallRef", "TailCall", "TailCallRef"):
        first = REFERENCE if name.endswith("Ref") else WORD64
        return (first, *op.parameters.parameters)
    if name == "NewException":
        return (WORD64, *op.parameters[1])
    if name in ("Throw", "ExceptionHasTag"):
        return (WORD64, REFERENCE)
    if name == "ExceptionPayload":
        return (REFERENCE,)
    return (None,) * op.value_in


def _check_types(node: Node, graph: Graph) -> None:
    expected = _expected_types(node, graph)
    if len(expected) != node.op.value_in:
        raise VerificationError(f"{node.op!r} has {node.op.value_in} values, {len(expected)} are declared", node)
    for index, type in enumerate(expected):
        if type is not None and node.inputs[index].type is not type:
            raise VerificationError(f"input {index} is {node.inputs[index].type}, not {type}", node)
    if node.type is not node.op.type:
        raise VerificationError(f"the node's type is {node.type}, its operator's {node.op.type}", node)


def _check_control(node: Node, live: set[Node]) -> None:
    name = node.op.name
    if name in ("Phi", "EffectPhi"):
        merge = node.control
        count = node.op.value_in + node.op.effect_in
        if merge.op.name not in ("Merge", "Loop"):
            raise VerificationError(f"the control of a phi is n{merge.id}, no merge", node)
        if merge.op.control_in != count:
            raise VerificationError(f"a phi of {count} inputs at n{merge.id}, which has {merge.op.control_in}", node)
    elif name == "Branch":
        _check_projections(node, ["IfFalse", "IfTrue"], live)
    elif name == "Switch":
        names = ["IfDefault"] + ["IfValue"] * (node.op.parameters - 1)
        _check_projections(node, names, live)
    elif node.op.control_out > 1:
        _check_projections(node, ["IfException", "IfSuccess"], live)
    elif name in _AFTER_CALLS:
        if node.control.op.control_out != 2 or node.control is not node.effect:
            raise VerificationError(f"{name} of n{node.control.id}, no call in a try", node)
    elif name in ("IfTrue", "IfFalse") and node.control.op.name != "Branch":
        raise VerificationError(f"{name} of n{node.control.id}, no branch", node)
    elif name in ("IfValue", "IfDefault") and node.control.op.name != "Switch":
        raise VerificationError(f"{name} of n{node.control.id}, no switch", node)
    elif name in ("Merge", "Loop"):
        if len(set(node.inputs)) < len(node.inputs):
            raise VerificationError("control comes in twice from one node", node)
        if name == "Loop" and node.op.control_in < 2:
            raise VerificationError("a loop without a back edge", node)


def _check_projections(node: Node, names: list[str], live: set[Node]) -> None:
    found = sorted(user.op.name for user in flow_user(node) if user in live)
    if found != names:
        raise VerificationError(f"the successors are {', '.join(found) or 'none'}, not {', '.join(names)}", node)


def _check_flow(graph: Graph, nodes: list[Node], live: set[Node]) -> None:
    for node in nodes:
        if node.op.control_out == 1 and node.op.name not in _ENDS:
            users = [user for user in flow_user(node) if user is not graph.end and user in live]
            if len(users) != 1:
                following = ", ".join(f"n{user.id}" for user in users) or "nothing"
                raise VerificationError(f"control goes on to {following}: exactly one is needed", node)
    control_flow = ControlFlow(graph)
    block_of, order = early_blocks(graph, control_flow)
    placed = {node.id for node in order}
    for node in nodes:
        if node.id not in placed and node.op.name not in ("End", "Terminate"):
            raise VerificationError("the node depends on itself, or on code that cannot be reached", node)
    for node in order:
        _check_dominance(node, block_of)
    _check_effects(control_flow, block_of, order)


def _check_dominance(node: Node, block_of: dict[int, Block]) -> None:
    block = block_of[node.id]
    name = node.op.name
    if name in ("Merge", "Loop"):
        return
    for index, child in enumerate(node.inputs):
        at = block
        if name in ("Phi", "EffectPhi") and index < node.op.control_index:
            at = block.predecessors[index]
        if not block_of[child.id].dominates(at):
            raise VerificationError(f"input {index} (n{child.id}) in {block_of[child.id]} does not dominate {at}", node)


def _check_effects(control_flow: ControlFlow, block_of: dict[int, Block], order: list[Node]) -> None:
    """Walk each block along its effect chain, from what its predecessors leave."""
    members: dict[Block, list[Node]] = {}
    phi_of: dict[Block, Node] = {}
    for node in order:
        if node.op.name == "EffectPhi":
            block = block_of[node.id]
            if block in phi_of:
                raise VerificationError(f"a second effect phi at n{block.header.id}", node)
            phi_of[block] = node
        elif node.op.effect_in and (node.op.effect_out or node.op.name in _ENDS):
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
