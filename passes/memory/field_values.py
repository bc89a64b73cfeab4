"""Fields of objects as variables: what is in them at a place, with phis where paths meet (as in Braun et al., "Simple
and Efficient Construction of Static Single Assignment Form", 2013).
"""

from __future__ import annotations

from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common
from seaofnodes.ir.ops.shapes import StructShape
from seaofnodes.ir.types import Type
from seaofnodes.passes.memory.candidates import Candidates, Place


class FieldValues:
    """Asked in the order of blocks, for places whose object dominates them; then `finish` completes the phis.

    Attributes: leaving: of blocks that have been walked, what they have written; replaced: values that go away -> what
    stands for them; made: phis.
    """

    __slots__ = ("_candidates", "_entering", "_graph", "_initial", "_pending", "leaving", "made", "replaced")

    def __init__(self, graph: Graph, candidates: Candidates) -> None:
        self._graph = graph
        self._candidates = candidates
        self._entering: dict[tuple[Block, Place], Node] = {}
        self._initial: dict[Place, Node] = {}
        self._pending: list[tuple[Node, Block, list[Place]]] = []  # phis, with what each predecessor is asked for
        self.leaving: dict[Block, dict[Place, Node]] = {}
        self.replaced: dict[Node, Node] = {}
        self.made: list[Node] = []

    def current(self, value: Node) -> Node:
        """What stands for a value now."""
        replaced = self.replaced
        while value in replaced:
            value = replaced[value]
        return value

    def initial(self, place: Place) -> Node:
        """What is there at first."""
        node, index = place
        if not node.op.is_phi:
            shape = self._candidates.shapes[node]
            if node.op.allocates:
                return self.current(node.inputs[index])
            assert not isinstance(shape, StructShape)
            return self._graph.constant_of(shape.element.type, 0)
        found = self._initial.get(place)
        if found is None:
            found = self._phi(self._candidates.home(node), [(value, index) for value in node.values])
            self._initial[place] = found
        return found

    def value(self, block: Block, written: dict[Place, Node], place: Place) -> Node:
        """What is there in a block that has written so much so far."""
        found = written.get(place)
        if found is not None:
            return self.current(found)
        home = self._candidates.home(place[0])
        if block is home or not home.dominates(block):  # read in an earlier state, as nothing has been written since
            return self.initial(place)
        return self._at_start(block, place)

    def finish(self) -> None:
        """Give phis their inputs."""
        for phi, block, places in self._pending:  # it grows
            for predecessor, place in zip(block.predecessors, places, strict=True):
                phi.append_input(self._at_end(predecessor, place))
            phi.append_input(block.header)

    def _at_start(self, block: Block, place: Place) -> Node:
        node = place[0]
        home = self._candidates.home(node)
        stores = self._candidates.stores.get(place)
        if not stores:
            return self.initial(place)
        if len(stores) == 1 and home in stores:
            return self.current(self.leaving[home][place])
        while block is not home:
            found = self._entering.get((block, place))
            if found is not None:
                return self.current(found)
            if len(block.predecessors) > 1:
                found = self._entering[block, place] = self._phi(block, [place] * len(block.predecessors))
                return found
            block = block.predecessors[0]
            found = self.leaving[block].get(place)
            if found is not None:
                return self.current(found)
        return self.initial(place)

    def _at_end(self, block: Block, place: Place) -> Node:
        found = self.leaving[block].get(place)
        if found is not None:
            return self.current(found)
        return self.initial(place) if block is self._candidates.home(place[0]) else self._at_start(block, place)

    def _phi(self, block: Block, places: list[Place]) -> Node:
        phi = self._graph.node(common.phi(self._type(places[0]), len(places)))
        if self._graph.budget is not None:
            self._graph.budget.spend(len(places))
        self.made.append(phi)
        self._pending.append((phi, block, places))
        return phi

    def _type(self, place: Place) -> Type:
        shape = self._candidates.shapes[place[0]]
        return shape.fields[place[1]].type if isinstance(shape, StructShape) else shape.element.type

    def simplify(self) -> int:
        """Remove phis that choose nothing; how many are left?"""
        ours = set(self.made)
        work = list(self.made)
        while work:
            phi = work.pop()
            if phi.is_dead:
                continue
            others = {value for value in phi.inputs[:-1] if value is not phi}
            if len(others) == 1:
                same = others.pop()
                work += [user for user in phi.uses if user in ours and user is not phi]
                self._graph.replace(phi, same)
                self._graph.kill(phi)
        return sum(not phi.is_dead for phi in self.made)
