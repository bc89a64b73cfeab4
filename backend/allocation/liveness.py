"""Which virtual registers are live into each block.

Only those that are live across an edge count ("globals"); they are numbered densely and sets of them are Python ints,
which keeps set operations in C. After Boissinot et al., "A Non-iterative Data-flow Algorithm for Computing Liveness
Sets in Strict SSA Programs" (2011): one pass backwards over the blocks, one forwards that spreads what is live into a
loop's header over the loop. No iteration.
"""

from __future__ import annotations

from collections.abc import Iterator

from seaofnodes.backend.allocation.errors import AllocationError
from seaofnodes.backend.instruction import VREG_SHIFT, Sequence
from seaofnodes.ir.budget import Budget

_WIDE = 1024  # bits
_MOST_CELLS = 1 << 28  # bits of the sets of all blocks: each kind of set takes 32 MB then


def bits(mask: int) -> Iterator[int]:
    """Indices of the ones in a mask, ascending."""
    if mask >> _WIDE:  # each step on a wide mask costs its width
        half = mask.bit_length() // 2
        yield from bits(mask & (1 << half) - 1)
        for number in bits(mask >> half):
            yield half + number
        return
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Liveness:
    """Sets of globals, by index of the block.

    Attributes: numbers: virtual register -> its bit; vregs: bit -> virtual register; live_in (without the block's
    phis), live_out (without the inputs of the successor's phis), exposed (used in the block before any definition in
    it, or by a phi at its end); calls_before: per virtual register, how many calls come before its definition in
    `blocks`.
    """

    __slots__ = ("calls_before", "exposed", "live_in", "live_out", "numbers", "vregs")

    def __init__(self, sequence: Sequence, budget: Budget) -> None:
        self.numbers: dict[int, int] = {}
        self.vregs: list[int] = []
        self.calls_before = [0] * len(sequence.kinds)
        self.exposed, defined = self._local_sets(sequence)
        cells = len(sequence.blocks) * len(self.vregs)
        if cells > _MOST_CELLS:
            raise budget.exceeded()
        budget.spend(cells >> 8)
        self.live_in: list[int] = [0] * len(sequence.blocks)
        self.live_out: list[int] = [0] * len(sequence.blocks)
        self._spread(sequence, defined)
        for vreg in map(self.vregs.__getitem__, bits(self.live_in[0])):
            raise AllocationError(f"virtual register {vreg} is used where its definition has not been executed")

    def _local_sets(self, sequence: Sequence) -> tuple[list[int], list[int]]:
        home = [-1] * len(
            sequence.kinds
        )  # block of the definition; in reverse post order it is known before any use but a phi's
        exposed: list[int] = []
        calls, calls_before = 0, self.calls_before
        for block in sequence.blocks:
            index = block.index
            for output, _ in block.phis:
                home[output] = index
                calls_before[output] = calls
            used: set[int] = set()
            for instruction in block.instructions:
                for operand in instruction.uses:
                    if home[operand >> VREG_SHIFT] != index:
                        used.add(operand >> VREG_SHIFT)
                calls += instruction.is_call
                for operand in instruction.defs:
                    home[operand >> VREG_SHIFT] = index
                    calls_before[operand >> VREG_SHIFT] = calls
            exposed.append(self._mask(used))
        for block in sequence.blocks:
            if block.phis:
                for which, predecessor in enumerate(block.predecessors):
                    used = {inputs[which] for _, inputs in block.phis if home[inputs[which]] != predecessor}
                    exposed[predecessor] |= self._mask(used)
        defined = [0] * len(sequence.blocks)
        for vreg, number in self.numbers.items():
            if home[vreg] < 0:
                raise AllocationError(f"virtual register {vreg} is used but not defined")
            defined[home[vreg]] |= 1 << number
        return exposed, defined

    def _mask(self, vregs: set[int]) -> int:
        numbers = self.numbers
        mask = 0
        for vreg in vregs:
            number = numbers.get(vreg)
            if number is None:
                number = numbers[vreg] = len(self.vregs)
                self.vregs.append(vreg)
            mask |= 1 << number
        return mask

    def _spread(self, sequence: Sequence, defined: list[int]) -> None:
        live_in, live_out, exposed = self.live_in, self.live_out, self.exposed
        for block in reversed(sequence.blocks):
            live = 0
            for successor in block.successors:
                live |= live_in[successor]  # 0 along a back edge, see below
            live_out[block.index] = live
            live_in[block.index] = live & ~defined[block.index] | exposed[block.index]
        for block in sequence.blocks:
            if block.loop >= 0:
                live_in[block.index] |= live_in[block.loop]
                live_out[block.index] |= live_in[block.loop]
            if block.loop_end >= 0:
                live_out[block.index] |= live_in[block.index]
