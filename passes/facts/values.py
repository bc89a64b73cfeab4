"""Abstract words of nodes, on demand: through operands, phis, and the conditions that are known at a place.

Sparse, as LLVM's LazyValueInfo: only what is asked for is computed, and kept. The phi of a loop begins with what
enters it; a set that it is assumed to stay in is proven by induction over iterations: with it, the back edges bring
nothing else. Sets to try come from the conditions on back edges, which bound counters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator, Order
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.types import WORD32, WORD64
from seaofnodes.passes.facts.conditions import Conditions, Known, Place
from seaofnodes.passes.facts.words import AbstractFloat, AbstractWord

DEPTH: Final = 8  # of expressions looked through
_ASSUMED: Final = 2  # loops around each other that are assumed something of at a time
_EQUAL: Final = frozenset((m.WORD32_EQUAL, m.WORD64_EQUAL))
_TOP: Final = {32: AbstractWord.top(32), 64: AbstractWord.top(64)}
Key = tuple[Node, Place | None]


class Values:
    """Abstract words of the nodes of a graph."""

    __slots__ = ("_active", "_constants", "_layers", "conditions")

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self._constants: dict[Operator, AbstractWord] = {}
        self._active: list[set[Key]] = [set()]  # what is being computed, by layer
        # What is known, to which depth it was looked into; each further one is of an assumption on the one before.
        self._layers: list[dict[Key, tuple[int, AbstractWord]]] = [{}]

    def word(self, node: Node, place: Place | None = None, depth: int = DEPTH) -> AbstractWord:
        """The words that a node of type Word32 or Word64 may be, wherever it is used, or at a place."""
        op = node.op
        bits = node.type.bits
        if op.is_int32_constant or op.is_int64_constant:
            constant = self._constants.get(op)
            if constant is None:
                constant = self._constants[op] = AbstractWord.of(bits, op.parameters)
            return constant
        key = (node, place)
        for layer in reversed(self._layers):
            known = layer.get(key)
            if known is not None and known[0] >= depth:
                return known[1]
        active = self._active[-1]
        if depth <= 0 or key in active:
            return _TOP[bits]
        active.add(key)
        if op.is_value_phi:
            found = self.word(node, None, depth) if place is not None else self._phi(node, depth)
        else:
            found = self._result(node, place, depth - 1)
        if place is not None:
            for known_here in self.conditions.about(node):
                if self.conditions.is_behind(place, known_here.control):
                    found = self._learned(found, node, known_here, place, depth - 1)
        active.discard(key)
        self._layers[-1][key] = depth, found
        return found

    def _result(self, node: Node, place: Place | None, depth: int) -> AbstractWord:
        """What the operator makes of its operands: its meaning, run on abstract words."""
        op, bits = node.op, node.type.bits
        bounds = op.declaration.bounds
        if bounds is not None:
            low, high = bounds(op)
            return (AbstractWord.signed if low < 0 else AbstractWord.unsigned)(bits, low, high)
        if op.meaning is None:
            return AbstractWord.unsigned(bits, 0, 1) if op.is_comparison else _TOP[bits]
        operands: list[AbstractWord | AbstractFloat] = []
        for value in node.inputs[: op.value_in]:
            is_word = value.type is WORD32 or value.type is WORD64
            operands.append(self.word(value, place, depth) if is_word else AbstractFloat(value.type.bits))
        try:
            found = op.meaning(*operands)
        except (AttributeError, TypeError):  # it looks into words: no other domain can run it
            return _TOP[bits]
        if type(found) is not AbstractWord:
            return _TOP[bits]
        return found if found.width == bits else found.zext(bits)

    def _learned(self, word: AbstractWord, node: Node, known: Known, place: Place, depth: int) -> AbstractWord:
        """The same where a condition on the node is known."""
        condition, holds = known.condition, known.holds
        op = condition.op
        if op.is_case:
            return word.meet(word.constant(op.parameters))
        if condition is node:
            return _without(word, 0) if holds else word.meet(word.constant(0))
        left, right = condition.inputs[:2] if op.value_in == 2 else (node, node)
        if left is right:
            return word
        other = right if left is node else left
        order = op.order
        if order is not None:
            return _ordered(word, self.word(other, place, depth), order, holds, left is node)
        if op not in _EQUAL:
            return word
        value = self.word(other, place, depth)
        if holds:
            return word.meet(value)
        return word if value.number is None else _without(word, value.number)

    # Phis.

    def _phi(self, phi: Node, depth: int) -> AbstractWord:
        block = self.conditions.flow.block_of.get(phi.control.id)
        if block is None or len(block.predecessors) != len(phi.inputs) - 1:
            return _TOP[phi.type.bits]
        if block.is_loop_header:
            return self._loop_phi(phi, block, depth - 1)
        return self._join(phi, block, range(len(block.predecessors)), depth - 1)

    def _join(self, phi: Node, block: Block, ways: range, depth: int) -> AbstractWord:
        found: AbstractWord | None = None
        top = _TOP[phi.type.bits]
        for way in ways:
            word = self.word(phi.inputs[way], self.conditions.end(block.predecessors[way]), depth)
            found = word if found is None else found.join(word)
            if found == top:
                return top
        return top if found is None else found

    def _loop_phi(self, phi: Node, block: Block, depth: int) -> AbstractWord:
        first = self._join(phi, block, range(1), depth)
        if len(self._layers) > _ASSUMED:
            return _TOP[phi.type.bits]

        def back(assumed: AbstractWord) -> AbstractWord:
            """What back edges bring if the phi is one of these."""
            self._layers[-1] = {(phi, None): (DEPTH, assumed)}
            return self._join(phi, block, range(1, len(block.predecessors)), depth)

        self._layers.append({})
        self._active.append(set())
        found = self._induction(first, back)
        self._active.pop()
        self._layers[-2].update(self._layers.pop())  # all of it follows from what has been proven last
        return found

    def _induction(self, first: AbstractWord, back: Callable[[AbstractWord], AbstractWord]) -> AbstractWord:
        """A set with `first` in it that an iteration stays in; what was asked of `back` last follows from it."""
        top = _TOP[first.width]
        once = first.join(back(first))
        if once == first:
            return first
        widest = first.join(back(top))  # what conditions say behind it
        for candidate in _candidates(once, widest):
            found = first.join(back(candidate))
            if candidate.includes(found):
                return found if found == candidate else _narrowed(first, found, candidate, back)
        back(top)
        return widest


def _narrowed(
    first: AbstractWord, found: AbstractWord, proven: AbstractWord, back: Callable[[AbstractWord], AbstractWord]
) -> AbstractWord:
    """What follows from a set that is proven is proven, too."""
    again = first.join(back(found))
    if found.includes(again):
        return found
    back(proven)
    return proven


def _candidates(once: AbstractWord, widest: AbstractWord) -> list[AbstractWord]:
    """Sets that an iteration may stay in: from the lowest number up to where conditions stop it, or down from the
    highest one; with the lowest bits that stay as they are.
    """
    width, half = once.width, 1 << (once.width - 1)
    low = (once.zeros | once.ones) & ~((once.zeros | once.ones) + 1)  # the lowest bits, without a gap
    zeros, ones = once.zeros & low, once.ones & low
    found = []
    if widest.umax < 2 * half - 1 or widest.smax < half - 1 or widest.smin > -half:
        up = once.umin, max(once.umax, widest.umax), once.smin, max(once.smax, widest.smax)
        down = min(once.umin, widest.umin), once.umax, min(once.smin, widest.smin), once.smax
        for bounds in (up, down):
            found += [AbstractWord(width, *bounds, zeros, ones)] * bool(low)
            found.append(AbstractWord(width, *bounds))
    if low:
        found.append(AbstractWord(width, 0, 2 * half - 1, -half, half - 1, zeros, ones))
    return found


def _ordered(word: AbstractWord, other: AbstractWord, order: Order, holds: bool, is_left: bool) -> AbstractWord:
    """A word that is compared with another one, as the left or right operand."""
    signed, strict = order
    if not holds:  # not left < right: right <= left
        strict, is_left = not strict, not is_left
    umin, umax, smin, smax = word.umin, word.umax, word.smin, word.smax
    if is_left:
        if signed:
            smax = min(smax, other.smax - strict)
        else:
            umax = min(umax, other.umax - strict)
    elif signed:
        smin = max(smin, other.smin + strict)
    else:
        umin = max(umin, other.umin + strict)
    return _narrowed_to(word, umin, umax, smin, smax)


def _narrowed_to(word: AbstractWord, umin: int, umax: int, smin: int, smax: int) -> AbstractWord:
    """A word within bounds, of which none are wider than its own; the word itself where nothing is left."""
    if umin == word.umin and umax == word.umax and smin == word.smin and smax == word.smax:
        return word
    if umin > umax or smin > smax:
        return word
    found = AbstractWord(word.width, umin, umax, smin, smax, word.zeros, word.ones)
    return word if found.is_empty else found


def _without(word: AbstractWord, number: int) -> AbstractWord:
    """Without a number, which tells something if it is a bound."""
    if word.umin == word.umax:
        return word
    end = 1 << word.width
    signed = number - end if number >> (word.width - 1) else number
    umin, umax = word.umin + (word.umin == number), word.umax - (word.umax == number)
    smin, smax = word.smin + (word.smin == signed), word.smax - (word.smax == signed)
    return _narrowed_to(word, umin, umax, smin, smax)
