"""Escape analysis: objects that nobody else gets are not made; their fields become values (scalar replacement).

Frame states may have such objects: there they are ObjectStates, from which a deoptimization makes them. As in V8, but
flow-insensitive; what phis choose among is merged field by field, as in Stadler, Würthinger, Mössenböck, "Partial
Escape Analysis and Scalar Replacement for Java" (2014).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin, is_effect_edge
from seaofnodes.ir.ops import machine as m, objects
from seaofnodes.ir.ops.objects import ARRAY_LENGTH
from seaofnodes.ir.ops.shapes import VirtualObject
from seaofnodes.passes.analyses.effects import EffectChains
from seaofnodes.passes.analyses.locations import Fact
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.control import bypass
from seaofnodes.passes.memory.candidates import Candidates, Place, field_count, field_of
from seaofnodes.passes.memory.field_values import FieldValues
from seaofnodes.passes.memory.forwarding import forward
from seaofnodes.passes.memory.sinking import Sinking

_MOST_ROUNDS: Final = 12  # objects within objects come to light one after the other
_MOST_SUNK: Final = 400  # objects of a function, for those that escape on some paths only to be looked for
_RULE: Final = "scalar-replacement"


@dataclass(frozen=True)
class EscapeAnalysis(Pass):
    """Replace objects that only the function itself and its frame states refer to by the values of their fields.

    sinking: those that escape on some paths only are made there.
    """

    name = "escape-analysis"
    settles = True
    sinking: bool = True

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        counts: Counter[str] = Counter()
        for left in reversed(range(_MOST_ROUNDS)):  # rounds
            made = [node for node in graph.trim() if node.op.never_null and node.op.control_out]
            if not made:
                break
            chains = context.analyses.get(EffectChains, graph)
            if any(len(block.predecessors) != max(block.header.op.control_in, 1) for block in chains.flow.blocks[1:]):
                break  # some of it cannot be reached
            sinks = self.sinking and len(made) <= _MOST_SUNK
            candidates = Candidates(chains, made)
            if candidates.shapes:
                counts += _Replacement(graph, context.phase, chains, candidates).run()
            elif sinks and left and (sunk := Sinking(graph, context.phase, chains).run(made)):
                counts["sunk"] += sunk
            else:
                break
        names = ("objects", "loads", "stores", "phis", "states", "sunk")
        return PassResult(bool(counts), {name: counts[name] for name in names})


class _Replacement:
    """One round: all candidates at once."""

    def __init__(self, graph: Graph, phase: str, chains: EffectChains, candidates: Candidates) -> None:
        self.graph = graph
        self.phase = phase
        self.chains = chains
        self.shapes = candidates.shapes
        self.values = FieldValues(graph, candidates)
        self.states = _parts_of_states(candidates)
        self.loads: list[Node] = []
        self.counts: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        for node in self.shapes:
            self._fold(node)
        for block in self.chains.flow.blocks:
            self._walk(block)
        self.values.finish()
        for load in self.loads:
            self._replace(load, self.values.current(load))
        self.counts["phis"] = self.values.simplify()
        self._remove()
        return self.counts

    def spend(self, steps: int) -> None:
        """Work that may grow faster than the graph. Raises UnsupportedError if there is too much of it."""
        if self.graph.budget is not None:
            self.graph.budget.spend(steps)

    def stand_for(self, node: Node) -> None:
        """Nodes made from now on come from that one."""
        self.graph.origin = Origin(node.origin[0], node.origin[1], self.phase, _RULE, node.id)

    def _fold(self, node: Node) -> None:
        """What does not depend on the state: tests, lengths, fields that do not change."""
        graph, shape = self.graph, self.shapes[node]
        for user in list(node.uses):
            if node not in user.inputs[: user.op.value_in]:
                continue  # it comes after the object
            self.stand_for(user)
            if user.op is m.REFERENCE_EQUAL:
                self._replace(user, graph.int32(int(user.inputs[0] is user.inputs[1])))
            elif user.op is ARRAY_LENGTH:
                self._replace(user, graph.int32(field_count(shape)))
            elif user.op.declaration.name == "TypeCheck":
                self._replace(user, graph.int32(int(user.op.parameters.passes(shape.type))))
            elif user.op.is_object_load and user.op.pure:
                self._load(user, self.values.initial((node, field_of(shape, user))))

    def _walk(self, block: Block) -> None:
        written: dict[Place, Node] = {}
        readers, entering = self.chains.readers, self.chains.entering[block]
        self._read(block, written, readers.get(block.header.id, ()))
        if entering is not block.header and entering.op.is_effect_phi and entering.control is block.header:
            self._read(block, written, readers.get(entering.id, ()))
        for node in self.chains.chain[block]:
            if node.op.is_object_store and node.inputs[0] in self.shapes:
                owner = node.inputs[0]
                written[owner, field_of(self.shapes[owner], node)] = node.inputs[node.op.value_in - 1]
            elif node.op.frame_in:
                self._leave(block, written, node)
            self._read(block, written, readers.get(node.id, ()))
        last = block.control
        if last is not None and last.op.frame_in and not last.op.effect_out:
            self._leave(block, written, last)
        self.values.leaving[block] = written

    def _read(self, block: Block, written: dict[Place, Node], readers: list[Node] | tuple[()]) -> None:
        for load in readers:
            if load.op.is_object_load and load.inputs[0] in self.shapes:
                owner = load.inputs[0]
                self.stand_for(load)
                self._load(load, self.values.value(block, written, (owner, field_of(self.shapes[owner], load))))

    def _load(self, load: Node, value: Node) -> None:
        access = load.op.parameters
        self.values.replaced[load] = forward(self.graph, Fact(value, access.width), access)
        self.loads.append(load)

    def _leave(self, block: Block, written: dict[Place, Node], holder: Node) -> None:
        """The frame states of what may leave there."""
        if holder.frame_state in self.states:
            state = _State(self, block, written).copy(holder.frame_state)
            holder.replace_input(holder.op.value_in, state)
            self.graph.applied(_RULE, holder, holder)
            self.counts["states"] += 1

    def _replace(self, node: Node, value: Node) -> None:
        self.graph.replace(node, value)
        self.graph.kill(node)
        self.graph.applied(_RULE, node, value)

    def _remove(self) -> None:
        """Nobody needs the objects any more."""
        graph = self.graph
        unused = [state for state in self.states if not state.uses]
        while unused:
            state = unused.pop()
            if not state.is_dead:
                inputs = list(state.inputs)
                graph.kill(state)
                unused += [child for child in inputs if child in self.states and not child.uses]
        for node in self.shapes:
            for store in [user for user in node.uses if user.op.is_object_store and user.inputs[0] is node]:
                self._drop(store)
        for node in self.shapes:
            if node.op.is_phi:
                graph.kill(node)
        for node in reversed(self.shapes):  # what has others in it comes later
            if not node.is_dead:
                bypass(graph, node)
            graph.applied(_RULE, node)
            self.counts["objects"] += 1
        self.counts["loads"] = len(self.loads)

    def _drop(self, store: Node) -> None:
        for user in list(store.uses):
            for index in store.edges_to(user):
                assert is_effect_edge(user, index), f"{store!r} is used by {user!r}"
                user.replace_input(index, store.effect)
        self.graph.kill(store)
        self.graph.applied(_RULE, store)
        self.counts["stores"] += 1


class _State:
    """Copies of frame states at one place, with ObjectStates where objects were."""

    def __init__(self, replacement: _Replacement, block: Block, written: dict[Place, Node]) -> None:
        self.replacement = replacement
        self.block = block
        self.written = written
        self.made: dict[Node, Node | None] = {}  # None: it is being made

    def copy(self, node: Node) -> Node:
        """A frame state, or a part of one."""
        if node in self.replacement.shapes:
            return self._object(node)
        if node not in self.replacement.states:
            return node
        found = self.made.get(node)
        if found is None:
            inputs = [self.copy(child) for child in node.inputs]
            self.replacement.spend(len(inputs))
            self.replacement.stand_for(node)
            found = self.made[node] = self.replacement.graph.node(node.op, *inputs)
        return found

    def _object(self, node: Node) -> Node:
        replacement = self.replacement
        graph = replacement.graph
        if node in self.made:
            return self.made[node] or graph.node(objects.object_id(node.id))
        self.made[node] = None
        shape, values = replacement.shapes[node], replacement.values
        replacement.spend(field_count(shape))
        inputs = [
            self.copy(values.value(self.block, self.written, (node, index))) for index in range(field_count(shape))
        ]
        replacement.stand_for(node)
        found = self.made[node] = graph.node(objects.object_state(VirtualObject(node.id, shape)), *inputs)
        return found


def _parts_of_states(candidates: Candidates) -> set[Node]:
    """The frame states that have candidates in them, and their parts and callees."""
    found: set[Node] = set()
    work = list(candidates.shapes)
    while work:
        for user in work.pop().uses:
            op = user.op
            if user not in found and (op.is_frame_state or op.is_state_values or op.is_object_state):
                found.add(user)
                work.append(user)
    return found
