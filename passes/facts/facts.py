"""Facts: what is known of a value, and of a condition, at a place in the control flow.

An analysis that computes what it is asked for. It puts together abstract words (`values.py`), references, and relations
of two values; a pass asks it at the control node where it needs to know:

    facts = context.analyses.get(Facts, graph)
    facts.word(index, at=access.control).umax
    facts.condition(check.inputs[0], at=check.control)
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.types import REFERENCE, WORD32, WORD64
from seaofnodes.passes.facts.conditions import Conditions, Place
from seaofnodes.passes.facts.references import UNKNOWN, AbstractReference, made, tested_value
from seaofnodes.passes.facts.relations import Less, Relations
from seaofnodes.passes.facts.values import Values
from seaofnodes.passes.facts.words import AbstractWord

_DEPTH: Final = 4  # of references looked through
_SELECT: Final = m.SELECT[REFERENCE]


class Facts:
    """What is known of a graph's values, computed when asked for.

    `at` is a control node: facts are asked for right behind it. Without it they hold wherever the value is used.
    """

    __slots__ = ("_asked", "_conditions", "_references", "_relations", "_values")
    needs: ClassVar[tuple[type[Any], ...]] = (ControlFlow,)
    control_only: ClassVar[bool] = False

    def __init__(self, graph: Graph, flow: ControlFlow) -> None:
        self._conditions = Conditions(flow)
        self._values = Values(self._conditions)
        self._relations = Relations(self._conditions, self._values)
        self._references: dict[tuple[Node, Place | None], AbstractReference] = {}
        self._asked: dict[tuple[Node, Node | None], AbstractWord] = {}

    def difference(self, fresh: Facts) -> str:
        """What a fresh one for the same graph says otherwise, when asked the same, as text; "" if nothing."""
        for (node, at), known in self._asked.items():
            if fresh.word(node, at) != known:
                return f"n{node.id} has other bounds"
        return ""

    def of(self, node: Node, at: Node | None = None) -> AbstractWord | AbstractReference | None:
        """What is known of a value: a word, or a reference. None for all else."""
        if node.type is WORD32 or node.type is WORD64:
            return self.word(node, at)
        return self.reference(node, at) if node.type is REFERENCE else None

    def word(self, node: Node, at: Node | None = None) -> AbstractWord:
        """Bounds and known bits of a Word32 or Word64."""
        key = (node, at)
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = self._values.word(node, self._place(at))
        return found

    def reference(self, node: Node, at: Node | None = None) -> AbstractReference:
        """Is a reference null, and of which type?"""
        return self._reference(node, self._place(at), _DEPTH)

    def tested(self, condition: Node, at: Node) -> tuple[bool, Node] | None:
        """Has this very condition been tested before a control node? If it holds, and the first control node where that
        is known.
        """
        place = self._conditions.place(at)
        known = None if place is None else self._conditions.first_test(condition, place)
        return None if known is None else (known.holds, known.control)

    def condition(self, condition: Node, at: Node) -> bool | None:
        """Is a Word32 not zero at a control node? None if that is not known."""
        op = condition.op
        if op.is_int32_constant:
            return bool(op.parameters)
        place = self._conditions.place(at)
        if place is None:
            return None
        known = self._conditions.first_test(condition, place)
        if known is not None:
            return known.holds
        value = tested_value(condition)
        if value is not None:
            return self._reference(value, place, _DEPTH).answer(condition)
        if op.is_comparison and op.order is not None:
            found = self._relations.compare(condition, op.order, place)
            if found is not None:
                return found
            if not all(self._may_be_bounded(value) for value in condition.inputs[:2]):
                return None
        elif op.is_value_phi:
            return None
        word = self._values.word(condition, place)
        return True if word.umin else False if not word.umax else None

    def less_than(self, value: Node, at: Node) -> list[Less]:
        """What conditions say, at a control node, that a word is less than."""
        place = self._conditions.place(at)
        return [] if place is None else self._relations.known(value, place)

    def _may_be_bounded(self, word: Node) -> bool:
        """Is anything known of a word beside what compares it with words that may be any number?"""
        op = word.op
        if op.is_constant or op.is_value_phi or op.meaning is not None or op.declaration.bounds is not None:
            return True
        about = self._conditions.about(word)
        return any(value.op.is_constant for known in about for value in known.condition.inputs[:2])

    def _place(self, at: Node | None) -> Place | None:
        return None if at is None else self._conditions.place(at)

    def _reference(self, node: Node, place: Place | None, depth: int) -> AbstractReference:
        key = (node, place)
        found = self._references.get(key)
        if found is not None:
            return found
        self._references[key] = found = made(node)  # while it is computed
        if depth and node.op.is_value_phi:
            found = self._phi(node, depth - 1)
        elif depth and node.op is _SELECT:
            found = self._reference(node.inputs[1], place, depth - 1)
            found = found.join(self._reference(node.inputs[2], place, depth - 1))
        if place is not None:
            for known in self._conditions.about(node):
                about = tested_value(known.condition) is node
                if about and self._conditions.is_behind(place, known.control):
                    found = found.learned(known.condition, known.holds)
        self._references[key] = found
        return found

    def _phi(self, phi: Node, depth: int) -> AbstractReference:
        block = self._conditions.flow.block_of.get(phi.control.id)
        if block is None or len(block.predecessors) != len(phi.inputs) - 1:
            return UNKNOWN
        found: AbstractReference | None = None
        for value, predecessor in zip(phi.inputs, block.predecessors, strict=False):
            if value is phi:
                continue
            one = self._reference(value, self._conditions.end(predecessor), depth)
            found = one if found is None else found.join(one)
            if found == UNKNOWN:
                break
        return UNKNOWN if found is None else found
