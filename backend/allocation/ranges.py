"""Live ranges: where each virtual register is live and where it is used, in the order of emission.

A range is one contiguous piece of a virtual register's lifetime; a lifetime with holes is several ranges from the
start. So a register is free as soon as the range in it has ended, and no set of inactive ranges is needed; that the
ranges of one virtual register agree across edges is left to the resolution. No range reaches from the hot blocks into
the deferred ones behind them: what calls in slow paths clobber costs the fast path nothing.

After Wimmer and Franz, "Linear Scan Register Allocation on SSA Form" (2010), and V8's register-allocator.
"""

from __future__ import annotations

from seaofnodes.backend.allocation.errors import AllocationError
from seaofnodes.backend.allocation.liveness import Liveness, bits
from seaofnodes.backend.allocation.order import Order
from seaofnodes.backend.instruction import (
    ANYWHERE,
    CONSTRAINT_MASK,
    INCOMING,
    LATE,
    REGISTER,
    REGISTER_OR_SLOT,
    SAME_AS_FIRST,
    VREG_SHIFT,
    Block,
    Instruction,
    Sequence,
)
from seaofnodes.ir.budget import Budget

UNASSIGNED = 1 << 28  # location of a range that is to be allocated
MEMORY = 1 << 29  # location of a range whose value is in its slot, or to be rematerialized

_RANGE = 8  # steps to allocate it, and to connect it with others

# Kinds of uses; a use is position << 2 | kind.
LOOP_END = 0  # not a use: the next one is in the loop's next iteration
SOURCE = 1  # a move reads it, from anywhere
OPERAND = 2  # a register is better, memory will do
MUST = 3  # in a register


class LiveRange:
    """[start, end) of a virtual register, in one location.

    Attributes: uses: descending, so that the next one is the last in the list; hint: a register that would save a
    move, -1 none; last: the last position at which it is known to be used or defined; loaded: it comes from memory.
    """

    __slots__ = ("end", "hint", "last", "loaded", "location", "start", "uses", "vreg")

    def __init__(
        self, vreg: int, start: int, end: int, uses: list[int], location: int = UNASSIGNED, hint: int = -1
    ) -> None:
        self.vreg = vreg
        self.start = start
        self.end = end
        self.uses = uses
        self.location = location
        self.hint = hint
        self.last = start
        self.loaded = False

    def __repr__(self) -> str:
        uses = [(use >> 2, use & 3) for use in reversed(self.uses)]
        return f"v{self.vreg} [{self.start}, {self.end}) in {self.location}, used {uses}"


class Ranges:
    """What the linear scan starts from; built in one walk backwards over all instructions.

    Attributes: unhandled: ranges to be allocated, per bank ("r", "x"), by start; assigned: ranges whose location is
    given; blocked: per register, ascending [start, end) where a fixed operand has it; calls: positions 4i+3 where all
    registers are clobbered; safepoints: positions 4i+2 of instructions that keep registers; targets: virtual register
    -> phi output that it flows into; sources: virtual register -> those that flow into it; incoming: virtual register
    -> the stack argument where it is defined.
    """

    def __init__(self, sequence: Sequence, liveness: Liveness, order: Order, budget: Budget) -> None:
        count = len(sequence.kinds)
        self.unhandled: dict[str, list[LiveRange]] = {"r": [], "x": []}
        self.assigned: list[LiveRange] = []
        self.blocked: list[list[tuple[int, int]]] = [[] for _ in range(32)]
        self.calls: list[int] = []
        self.safepoints: list[int] = []
        self.targets: dict[int, int] = {}
        self.sources: dict[int, list[int]] = {}
        self.incoming: dict[int, int] = {}
        self._sequence = sequence
        self._liveness = liveness
        self._budget = budget
        # Which predecessor of a block with phis each block is; blocks before a join have no other successor.
        self._which = [0] * len(sequence.blocks)
        for block in sequence.blocks:
            if block.phis and len(block.predecessors) > 1:
                for which, predecessor in enumerate(block.predecessors):
                    self._which[predecessor] = which
        self._end = [0] * count  # of the range that the walk is in, 0 if it is in none
        self._uses: list[list[int]] = [[]] * count
        self._hint = [-1] * count
        after = 0  # globals live into the block that comes next
        for place in range(len(order.blocks) - 1, -1, -1):
            block = order.blocks[place]
            end = order.starts[place + 1]
            self._enter(block, end, after, end == order.deferred_start or self._parts(order, place))
            for number in bits(order.again.get(place, 0)):
                self._uses[liveness.vregs[number]].append(end - 1 << 2 | LOOP_END)
            for instruction in reversed(block.instructions):
                self._walk(instruction)
            if block.thrown >= 0:  # nothing may be loaded into it before
                self.blocked[block.thrown].append((order.starts[place], order.starts[place] + 3))
            self._leave(block, order.starts[place])
            after = liveness.live_in[block.index]
        for ranges in self.unhandled.values():
            ranges.reverse()  # what continues into a block now comes before the block's phis
            ranges.sort(key=lambda r: r.start)
        self.calls.reverse()
        self.safepoints.reverse()
        for pairs in self.blocked:
            pairs.reverse()

    @staticmethod
    def _parts(order: Order, place: int) -> bool:
        """Is the block after this one deferred and not reached from it?"""
        blocks = order.blocks
        return (
            blocks[place].deferred
            and place + 1 < len(blocks)
            and blocks[place].index not in blocks[place + 1].predecessors
        )

    def _enter(self, block: Block, end: int, after: int, is_last: bool) -> None:
        """Walk into a block from its end: only what is live out of it goes on; nothing does from the last one."""
        vregs, kinds = self._liveness.vregs, self._sequence.kinds
        ends, uses, hints = self._end, self._uses, self._hint
        live = self._liveness.live_out[block.index]
        closing, opening = (after, live) if is_last else (after & ~live, live & ~after)
        if closing:
            self._budget.spend(_RANGE * closing.bit_count())
        for number in bits(closing):
            vreg = vregs[number]
            self.unhandled[kinds[vreg]].append(LiveRange(vreg, end, ends[vreg], uses[vreg], hint=hints[vreg]))
            ends[vreg] = 0
        for number in bits(opening):
            vreg = vregs[number]
            ends[vreg], uses[vreg], hints[vreg] = end, [], -1
        for index in block.successors:
            successor = self._sequence.blocks[index]
            if successor.phis:
                which = self._which[block.index]
                for output, inputs in successor.phis:
                    vreg = inputs[which]
                    if not ends[vreg]:
                        ends[vreg], uses[vreg], hints[vreg] = end, [], -1
                    if hints[vreg] < 0 and index > block.index:
                        hints[vreg] = hints[output]
                    uses[vreg].append(end - 1 << 2 | SOURCE)
                    self.targets.setdefault(vreg, output)

    def _leave(self, block: Block, start: int) -> None:
        """Walk out of a block at its start, where its phis are defined."""
        ends, uses, hints = self._end, self._uses, self._hint
        for output, inputs in block.phis:
            if not ends[output]:
                ends[output], uses[output], hints[output] = start + 1, [], -1
            ranges = self.unhandled[self._sequence.kinds[output]]
            ranges.append(LiveRange(output, start, ends[output], uses[output], hint=hints[output]))
            ends[output] = 0
            self.sources[output] = inputs

    def _walk(self, instruction: Instruction) -> None:
        at = 4 * instruction.position
        if instruction.is_call:
            self.calls.append(at + 3)
        elif instruction.is_safepoint:
            self.safepoints.append(at + 2)
        output = -1  # a definition that takes its place from the first use
        if instruction.defs:
            first = instruction.defs[0]
            if first & CONSTRAINT_MASK == SAME_AS_FIRST:
                output = first >> VREG_SHIFT
                if instruction.commutative:
                    self._exchange(instruction, output)
                self._tie(output, instruction.uses[0] >> VREG_SHIFT)
            for operand in instruction.defs:
                self._define(operand, at)
        for operand in instruction.temps or ():
            self._clobber(operand, at)
        same = instruction.uses[0] >> VREG_SHIFT if output >= 0 else -1
        ends, use = self._end, self._use
        for operand in instruction.uses:
            vreg, constraint = operand >> VREG_SHIFT, operand & CONSTRAINT_MASK & ~LATE
            if constraint < REGISTER:
                end = at + 4 if operand & LATE else at + 3
                self.blocked[constraint].append((at + 1, end))
                use(vreg, at << 2 | SOURCE, constraint)
            elif vreg == same:
                kind = OPERAND if vreg in self._sequence.wide else SOURCE
                use(vreg, at << 2 | kind, self._hint[output])
            else:
                kind = MUST
                if constraint == ANYWHERE:
                    kind = SOURCE
                elif constraint == REGISTER_OR_SLOT and vreg not in self._sequence.rematerializable:
                    kind = OPERAND
                position = at + 3 if operand & LATE else at + 2
                if ends[vreg]:
                    use(vreg, position << 2 | kind, -1)
                else:
                    ends[vreg], self._uses[vreg], self._hint[vreg] = position + 1, [position << 2 | kind], -1

    def _use(self, vreg: int, use: int, hint: int) -> None:
        ends = self._end
        if not ends[vreg]:
            ends[vreg], self._uses[vreg], self._hint[vreg] = (use >> 2) + 1, [use], hint
            return
        uses = self._uses[vreg]
        if uses and uses[-1] < use:  # the operands of one instruction come in any order
            index = len(uses) - 1
            while index and uses[index - 1] < use:
                index -= 1
            uses.insert(index, use)
            ends[vreg] = max(ends[vreg], (use >> 2) + 1)
        else:
            uses.append(use)
        if hint >= 0:
            self._hint[vreg] = hint

    def _exchange(self, instruction: Instruction, output: int) -> None:
        """Choose the operand of a commutative instruction that is overwritten.

        One that dies; of two that die the one that the result flows back to, or else one that is computed after a
        call, when the other is in memory.
        """
        one, two = instruction.uses[0], instruction.uses[1]
        first, second = one >> VREG_SHIFT, two >> VREG_SHIFT
        if self._end[second] or first == second:
            return
        if not self._end[first]:
            target, calls = self.targets.get(output), self._liveness.calls_before
            if target == first or (target != second and calls[second] <= calls[first]):
                return
        instruction.uses[0] = two & ~CONSTRAINT_MASK | one & CONSTRAINT_MASK
        instruction.uses[1] = one & ~CONSTRAINT_MASK | two & CONSTRAINT_MASK

    def _tie(self, output: int, source: int) -> None:
        self.sources[output] = [source]
        if output in self.targets:
            self.targets[source] = self.targets[output]

    def _define(self, operand: int, at: int) -> None:
        vreg, constraint = operand >> VREG_SHIFT, operand & CONSTRAINT_MASK
        end, hint = self._end[vreg], self._hint[vreg]
        uses = self._uses[vreg] if end else []
        self._end[vreg] = 0
        ranges = self.unhandled[self._sequence.kinds[vreg]]
        if constraint < REGISTER:
            self.blocked[constraint].append((at + 3, at + 4))
            self.assigned.append(LiveRange(vreg, at + 3, at + 4, [], constraint))
            if end > at + 4:
                ranges.append(LiveRange(vreg, at + 4, end, uses, hint=hint if hint >= 0 else constraint))
        elif constraint & INCOMING:
            self.incoming[vreg] = -1 - (constraint & ~INCOMING)
            ranges.append(LiveRange(vreg, at + 3, max(end, at + 4), uses, MEMORY, hint))
        elif constraint == ANYWHERE:
            if vreg not in self._sequence.rematerializable:
                raise AllocationError(f"virtual register {vreg} is defined anywhere, but not rematerializable")
            ranges.append(LiveRange(vreg, at + 3, max(end, at + 4), uses, MEMORY, hint))
        else:
            uses.append(at + 3 << 2 | MUST)
            start = at + 1 if constraint == SAME_AS_FIRST else at + 3
            ranges.append(LiveRange(vreg, start, max(end, at + 4), uses, hint=hint))

    def _clobber(self, operand: int, at: int) -> None:
        vreg, constraint = operand >> VREG_SHIFT, operand & CONSTRAINT_MASK
        if constraint < REGISTER:
            self.blocked[constraint].append((at + 2, at + 4))
        else:
            uses = [at + 3 << 2 | MUST, at + 2 << 2 | MUST]
            self.unhandled[self._sequence.kinds[vreg]].append(LiveRange(vreg, at + 2, at + 4, uses))
