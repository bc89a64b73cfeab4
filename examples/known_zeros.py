"""A dataflow pass: which bits of a word are zero whatever happens, through loops too."""

from collections import deque
from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.types import WORD32
from seaofnodes.passes.base import Pass, PassContext, PassResult

ALL = 0xFFFFFFFF


def zeros_of(node: Node, zeros: dict[Node, int]) -> int:
    """The bits of a word that are surely zero, given those of its inputs."""
    name, known = node.op.name, [zeros.get(value, 0) for value in node.values]
    if name == "Int32Constant":
        return ~node.op.parameters & ALL
    if name == "Word32And":
        return known[0] | known[1]
    if name in ("Word32Or", "Word32Xor"):
        return known[0] & known[1]
    if name == "Phi":
        found = ALL
        for bits in known:
            found &= bits
        return found
    if name == "Word32Shr" and node.values[1].op.name == "Int32Constant":
        count = node.values[1].op.parameters & 31
        return known[0] >> count | ALL & ~(ALL >> count)
    if name == "Load" and node.op.parameters.rep in ("Uint8", "Uint16"):
        return ALL << node.op.parameters.width & ALL
    return 0


@dataclass(frozen=True)
class KnownZeros(Pass):
    """Drop masks that clear nothing but zeros."""

    name = "known-zeros"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        words = [node for node in graph.reachable() if node.type is WORD32]
        zeros = dict.fromkeys(words, ALL)  # as long as nothing else is known
        worklist, visits = deque(words), 0
        while worklist:
            node = worklist.popleft()
            visits += 1
            found = zeros[node] & zeros_of(node, zeros)
            if found != zeros[node]:
                zeros[node] = found
                worklist.extend(user for user in node.uses if user in zeros)
        dropped = 0
        for node in words:
            if node.op.name == "Word32And" and node.values[1].op.name == "Int32Constant":
                word, mask = node.values
                if not ~mask.op.parameters & ~zeros[word] & ALL:
                    context.passed("mask dropped", node, mask=mask.op.parameters)
                    graph.replace(node, word)
                    dropped += 1
        return PassResult(dropped > 0, {"visits": visits, "dropped": dropped})
