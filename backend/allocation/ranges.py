"""Live ranges: where each virtual register is live, and where it is used, along the instructions in emission order.

Instruction i has four positions: 4i, where moves inserted before it start (a range that is split at 4i changes its place there, and operands that moves
read are used there); 4i+1, where they end (same_as_first definitions begin, fixed uses are in their registers); 4i+2, where it reads; 4i+3, where it
writes. A range is one contiguous piece of a virtual register's lifetime: a lifetime with holes is several ranges from the start. So a
register is free as soon as the range in it has ended, and no set of inactive ranges is needed; that the ranges of one
virtual register agree across edges is left to the resolution. In the order of emission deferred blocks come last, and no range
reaches from the hot blocks into them: what calls in slow paths clobber costs the fast path nothing.

After Wimmer and Franz, "Linear Scan Register Allocation on SSA Form" (2010), and V8's register-allocator.
"""

from __future__ import annotations

from seaofnodes.backend.allocation.errors import AllocationError
from seaofnodes.backend.allocation.liveness import Liveness, bits
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

UNASSIGNED = 1 << 28  # location of a range that is to be allocated
MEMORY = 1 << 29  # location of a range whose value is in its slot, or to be rematerialized

# Kinds of uses; a use is position << 2 | kind.
LOOP_END = 0  # not a use: the next one is in the loop's next iteration
SOURCE = 1  # a move reads it, from anywhere
OPERAND = 2  # a register is better, memory will do
MUST = 3  # in a register


class LiveRange:
    """[start, end) of a virtual register, in one location.

    Attributes: uses: in descending order, so that the next one is the last in the list; hint: a register that would save a move, -1 none;
    last: position of the last use that has been passed.
    """

    __slots__ = ("end", "hint", "last", "location", "start", "uses", "vreg")

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

    def __repr__(self) -> str:
        return f"v{self.vreg}[{self.start}, {self.end}) in {self.location}, uses {[(u >> 2, u & 3) for u in self.uses[::-1]]}"


class Ranges:
    """What the linear scan starts from.

    Attributes: order: blocks in emission order; starts: their first positions, and the end; deferred_start: where deferred blocks start; unhandled: ranges to be
    allocated, per bank ("r", "x"), in order of their starts; assigned: ranges that have their location from the start; blocked: per register, ascending pairs
    [start, end) where a fixed operand has it; calls: positions (4i+3) where all registers are clobbered; targets: virtual register -> phi output that it
    flows into; sources: virtual register -> those that flow into it; loops: (start, end, index of the loop around, -1 none) of the loops outside deferred code, by start;
    incoming: virtual register -> the caller's stack argument that it is in.
    """

    def __init__(self, sequence: Sequence, liveness: Liveness) -> None:
        count = len(sequence.kinds)
        self.sequence = sequence
        self.liveness = liveness
        self.order = sequence.order()
        self.starts: list[int] = []
        self.deferred_start = -1
        self.unhandled: dict[str, list[LiveRange]] = {"r": [], "x": []}
        self.assigned: list[LiveRange] = []
        self.blocked: list[list[tuple[int, int]]] = [[] for _ in range(32)]
        self.calls: list[int] = []
        self.targets: dict[int, int] = {}
        self.sources: dict[int, list[int]] = {}
        self.incoming: dict[int, int] = {}
        self.loops: list[tuple[int, int, int]] = []
        self._end = [0] * count  # of the range that is open while walking backwards, 0 none
        self._uses: list[list[int]] = [[]] * count
        self._hint = [-1] * count
        self.joins: list[tuple[int, list[int]]] = []
        self._number_instructions()
        self._find_joins()
        self._loop_marks = self._find_loops()
        self._build()

    def _number_instructions(self) -> None:
        index = 0
        for block in self.order:
            self.starts.append(4 * index)
            if block.deferred and self.deferred_start < 0:
                self.deferred_start = 4 * index
            for instruction in block.instructions:
                instruction.position = index
                index += 1
        self.starts.append(4 * index)
        if self.deferred_start < 0:
            self.deferred_start = 4 * index

    def _find_joins(self) -> None:
        linear_of = {block.index: linear for linear, block in enumerate(self.order)}
        starts = self.starts
        for linear, block in enumerate(self.order):
            if block.deferred:
                break
            before = [linear_of[p] for p in block.predecessors]
            if any(p < linear - 1 for p in before):
                self.joins.append((starts[linear], [starts[p + 1] for p in before if p < linear]))

    def _find_loops(self) -> dict[int, int]:
        """Fill in loops; and for the blocks that end loops: the globals that are used again in the next iteration."""
        starts, exposed, live_in = self.starts, self.liveness.exposed, self.liveness.live_in
        marks: dict[int, int] = {}
        around: list[tuple[int, int, int]] = []  # (loop end, linear index of the header, mask of what is used)
        found: list[tuple[int, int]] = []
        last = 0

        def close() -> None:
            _, header, used = around.pop()
            if around:
                outer = around[-1]
                around[-1] = (outer[0], outer[1], outer[2] | used)
            marks[last] = marks.get(last, 0) | live_in[self.order[header].index] & used
            found.append((starts[header], starts[last + 1]))

        for linear, block in enumerate(self.order):
            if block.deferred:
                break
            while around and around[-1][0] <= block.index:
                close()
            if block.loop_end >= 0:
                around.append((block.loop_end, linear, 0))
            if around:
                end, header, used = around[-1]
                around[-1] = (end, header, used | exposed[block.index])
            last = linear
        while around:
            close()
        parents: list[int] = []
        for start, end in sorted(found, key=lambda loop: (loop[0], -loop[1])):
            while parents and self.loops[parents[-1]][1] <= start:
                parents.pop()
            self.loops.append((start, end, parents[-1] if parents else -1))
            parents.append(len(self.loops) - 1)
        return marks

    def _build(self) -> None:
        live_in, live_out, vregs = self.liveness.live_in, self.liveness.live_out, self.liveness.vregs
        ends, uses, hints = self._end, self._uses, self._hint
        kinds, unhandled = self.sequence.kinds, self.unhandled
        blocks = self.sequence.blocks
        after = 0  # globals live into the block that comes next in emission order
        for linear in range(len(self.order) - 1, -1, -1):
            block = self.order[linear]
            start, end = self.starts[linear], self.starts[linear + 1]
            live = live_out[block.index]
            closing, opening = after & ~live, live & ~after
            if end == self.deferred_start:
                closing, opening = after, live
            for number in bits(closing):
                vreg = vregs[number]
                unhandled[kinds[vreg]].append(LiveRange(vreg, end, ends[vreg], uses[vreg], hint=hints[vreg]))
                ends[vreg] = 0
            for number in bits(opening):
                vreg = vregs[number]
                ends[vreg], uses[vreg], hints[vreg] = end, [], -1
            for successor in block.successors:
                if blocks[successor].phis:
                    self._use_by_phis(block, blocks[successor], end)
            for number in bits(self._loop_marks.get(linear, 0)):
                uses[vregs[number]].append(end - 1 << 2 | LOOP_END)
            self._walk(block)
            for output, inputs in block.phis:
                if not ends[output]:
                    ends[output], uses[output], hints[output] = start + 1, [], -1
                unhandled[kinds[output]].append(
                    LiveRange(output, start, ends[output], uses[output], hint=hints[output])
                )
                ends[output] = 0
                self.sources[output] = inputs
            after = live_in[block.index]
        for ranges in unhandled.values():
            ranges.reverse()  # now what continues into a block comes before the block's phis
            ranges.sort(key=lambda r: r.start)
        self.calls.reverse()
        for pairs in self.blocked:
            pairs.reverse()

    def _use_by_phis(self, block: Block, successor: Block, end: int) -> None:
        ends, uses, hints, targets = self._end, self._uses, self._hint, self.targets
        which = successor.predecessors.index(block.index)
        for output, inputs in successor.phis:
            vreg = inputs[which]
            if not ends[vreg]:
                ends[vreg], uses[vreg], hints[vreg] = end, [], -1
            if hints[vreg] < 0:
                hints[vreg] = hints[output]
            uses[vreg].append(end - 1 << 2 | SOURCE)
            targets.setdefault(vreg, output)

    def _walk(self, block: Block) -> None:
        """Walk one block's instructions backwards."""
        ends, uses, hints, blocked = self._end, self._uses, self._hint, self.blocked
        rematerializable = self.sequence.rematerializable
        for instruction in reversed(block.instructions):
            at = 4 * instruction.position
            if instruction.is_call:
                self.calls.append(at + 3)
            operands = instruction.uses
            same = -1  # the virtual register that the first definition takes its place from
            if instruction.defs:
                first = instruction.defs[0]
                if first & CONSTRAINT_MASK == SAME_AS_FIRST:
                    if instruction.commutative:
                        self._exchange(instruction)
                    same = operands[0] >> VREG_SHIFT
                for operand in instruction.defs:
                    self._define(operand, at)
            if instruction.temps:
                for operand in instruction.temps:
                    self._temporary(operand, at)
            for operand in operands:
                vreg = operand >> VREG_SHIFT
                constraint = operand & CONSTRAINT_MASK
                hint = -1
                if constraint & ~LATE < REGISTER:
                    register = constraint & ~LATE
                    blocked[register].append((at + 1, at + 4 if constraint & LATE else at + 3))
                    use = at << 2 | SOURCE
                    hint = register
                elif vreg == same:
                    use = at << 2 | SOURCE
                    output = first >> VREG_SHIFT
                    hint = hints[output]
                    self.sources[output] = [vreg]
                    if output in self.targets:
                        self.targets[vreg] = self.targets[output]
                else:
                    position = at + 3 if constraint & LATE else at + 2
                    kind = constraint & ~LATE
                    if kind == REGISTER or (kind == REGISTER_OR_SLOT and vreg in rematerializable):
                        use = position << 2 | MUST
                    else:
                        use = position << 2 | (OPERAND if kind == REGISTER_OR_SLOT else SOURCE)
                if not ends[vreg]:
                    ends[vreg], uses[vreg], hints[vreg] = (use >> 2) + 1, [use], hint
                    continue
                pending = uses[vreg]
                if pending and pending[-1] < use:  # an instruction's operands come in any order
                    pending.append(use)
                    pending.sort(reverse=True)
                    if ends[vreg] <= use >> 2:
                        ends[vreg] = (use >> 2) + 1
                else:
                    pending.append(use)
                if hint >= 0:
                    hints[vreg] = hint

    def _exchange(self, instruction: Instruction) -> None:
        """Let the operand that dies be the one that is overwritten."""
        one, two = instruction.uses[0], instruction.uses[1]
        if self._end[one >> VREG_SHIFT] and not self._end[two >> VREG_SHIFT]:
            instruction.uses[0] = two & ~CONSTRAINT_MASK | one & CONSTRAINT_MASK
            instruction.uses[1] = one & ~CONSTRAINT_MASK | two & CONSTRAINT_MASK

    def _define(self, operand: int, at: int) -> None:
        vreg = operand >> VREG_SHIFT
        constraint = operand & CONSTRAINT_MASK
        end = self._end[vreg]
        uses = self._uses[vreg] if end else []
        ranges = self.unhandled[self.sequence.kinds[vreg]]
        hint = self._hint[vreg]
        if constraint < REGISTER or constraint & INCOMING:
            location = constraint
            if constraint < REGISTER:
                self.blocked[constraint].append((at + 3, at + 4))
            else:
                location = MEMORY
                self.incoming[vreg] = -1 - (constraint & ~INCOMING)
            self.assigned.append(LiveRange(vreg, at + 3, at + 4, [], location))
            if end > at + 4:
                if constraint < REGISTER:
                    ranges.append(LiveRange(vreg, at + 4, end, uses, hint=hint if hint >= 0 else constraint))
                else:
                    ranges.append(LiveRange(vreg, at + 4, end, uses, MEMORY, hint))
        elif constraint == ANYWHERE:
            if vreg not in self.sequence.rematerializable:
                raise AllocationError(f"virtual register {vreg} is defined anywhere, but not rematerializable")
            ranges.append(LiveRange(vreg, at + 3, max(end, at + 4), uses, MEMORY, hint))
        else:
            uses.append(at + 3 << 2 | MUST)
            start = at + 1 if constraint == SAME_AS_FIRST else at + 3
            ranges.append(LiveRange(vreg, start, max(end, at + 4), uses, hint=hint))
        self._end[vreg] = 0

    def _temporary(self, operand: int, at: int) -> None:
        vreg, constraint = operand >> VREG_SHIFT, operand & CONSTRAINT_MASK
        if constraint < REGISTER:
            self.blocked[constraint].append((at + 2, at + 4))
        else:
            self.unhandled[self.sequence.kinds[vreg]].append(
                LiveRange(vreg, at + 2, at + 4, [at + 3 << 2 | MUST, at + 2 << 2 | MUST])
            )
