"""From ranges with locations to instructions with locations, and the moves between them.

Moves before an instruction come in two steps, which are then composed: at its position 4i values that were split
there, or that cross an edge, change their places; at 4i+1 fixed uses, the input of a two-address instruction, stores
of values that leave their register inside the instruction, and what an edge from the end of a block wants.
"""

from __future__ import annotations

from bisect import bisect_right

from seaofnodes.backend.allocation.liveness import Liveness, bits
from seaofnodes.backend.allocation.moves import sequentialize
from seaofnodes.backend.allocation.order import Order
from seaofnodes.backend.allocation.ranges import MEMORY, LiveRange
from seaofnodes.backend.allocation.spilling import Slots, Stores
from seaofnodes.backend.instruction import (
    CONSTRAINT_MASK,
    LATE,
    REGISTER,
    REMATERIALIZE,
    SAME_AS_FIRST,
    VREG_SHIFT,
    Block,
    Instruction,
    Sequence,
    is_memory,
)
from seaofnodes.ir.budget import Budget

Moves = dict[int, dict[int, tuple[int, int]]]  # instruction -> destination -> (source, virtual register)


CHUNK = 32


class Boundaries:
    """Which globals change their places between two blocks of the emission order, as masks.

    An edge has to look at those only.
    """

    def __init__(self, order: Order) -> None:
        self._starts = order.starts
        self._linear = order.linear
        count = len(order.blocks)
        self._at_start = [0] * count  # changes at a block's start
        self._inside = [0] * count  # changes after it
        # Changes in 1, CHUNK, CHUNK**2, ... blocks.
        self._levels = [[0] * count]
        while len(self._levels[-1]) > 2 * CHUNK:
            self._levels.append([0] * (len(self._levels[-1]) // CHUNK + 1))

    def add(self, number: int, starts: list[int]) -> None:
        """Note the pieces of a global."""
        bit = 1 << number
        block_starts = self._starts
        for position in starts[1:]:
            linear = bisect_right(block_starts, position) - 1
            if block_starts[linear] == position:
                self._at_start[linear] |= bit
            else:
                self._inside[linear] |= bit
            for level in self._levels:
                level[linear] |= bit
                linear //= CHUNK

    def crossed(self, source: int, target: int) -> int:
        """Globals with a change between the end of a block and the start of another, given by their indices."""
        first, last = self._linear[source], self._linear[target]
        if first < last:
            mask = self._at_start[last]
            low, high = first + 1, last
        else:
            mask = self._inside[last]
            low, high = last + 1, first + 1
        for level in self._levels:
            if high - low <= 2 * CHUNK or level is self._levels[-1]:
                for changes in level[low:high]:
                    mask |= changes
                break
            while low % CHUNK:
                mask |= level[low]
                low += 1
            while high % CHUNK:
                high -= 1
                mask |= level[high]
            low, high = low // CHUNK, high // CHUNK
        return mask


class Resolution:
    """Fills in the instructions of a sequence whose ranges have been allocated."""

    def __init__(
        self,
        sequence: Sequence,
        liveness: Liveness,
        order: Order,
        pieces: list[list[LiveRange]],
        slots: Slots,
        stores: Stores,
        budget: Budget,
    ) -> None:
        self._sequence = sequence
        self._liveness = liveness
        self._order = order
        self._pieces = pieces
        self._stores = stores
        self._budget = budget
        self._first: Moves = {}
        self._second: Moves = {}
        self._only = [0] * len(pieces)  # location of a virtual register that is never split, else -1 << 20
        self._starts: dict[int, list[int]] = {}  # for the others: starts of their pieces, and where they are
        self._locations: dict[int, list[int]] = {}
        rematerializable = self._sequence.rematerializable
        self._boundaries = Boundaries(order)
        for vreg, own in enumerate(pieces):
            if not own:
                continue
            memory = REMATERIALIZE if vreg in rematerializable else slots.of.get(vreg, 0)
            if len(own) == 1:
                location = own[0].location
                self._only[vreg] = memory if location == MEMORY else location
                continue
            self._only[vreg] = SPLIT
            self._starts[vreg] = [piece.start for piece in own]
            self._locations[vreg] = [memory if piece.location == MEMORY else piece.location for piece in own]
            number = liveness.numbers.get(vreg)
            if number is not None:
                self._boundaries.add(number, self._starts[vreg])

    def at(self, vreg: int, position: int) -> int:
        """Where a virtual register is at a position."""
        location = self._only[vreg]
        if location != SPLIT:
            return location
        return self._locations[vreg][bisect_right(self._starts[vreg], position) - 1]

    def run(self) -> int:
        """Assign all operands and insert all moves; the number of moves."""
        self._connect()
        assign, edge, blocks = self._assign, self._edge, self._sequence.blocks
        for block in self._order.blocks:
            for instruction in block.instructions:
                assign(instruction)
            for which, predecessor in enumerate(block.predecessors):
                edge(blocks[predecessor], block, which)
        return self._insert()

    def _connect(self) -> None:
        """Moves between the pieces of one virtual register inside blocks, and the stores."""
        starts = set(self._order.starts)
        stores = self._stores
        rematerializable = self._sequence.rematerializable
        for vreg, locations in self._locations.items():
            own = self._pieces[vreg]
            spillable = vreg not in rematerializable
            for index in range(1, len(own)):
                piece = own[index]
                source, target = locations[index - 1], locations[index]
                position = piece.start
                if source == target or own[index - 1].end != position or position in starts:
                    continue
                if piece.location == MEMORY:
                    if spillable and not stores.stored(vreg, position):
                        self._store(vreg, position, source, target)
                else:
                    self._first.setdefault(position >> 2, {})[target] = source, vreg
            point = stores.points.get(vreg)
            if point is not None and point[1] >= 0 and point[1] not in starts:  # at a block's start the edge stores
                memory = next(locations[i] for i, piece in enumerate(own) if piece.location == MEMORY)
                before = point[1] - 1
                index = bisect_right(self._starts[vreg], before) - 1
                if own[index].end <= before:  # starts just here
                    raise AssertionError(f"v{vreg} is not live at its store")
                self._store(vreg, point[1], locations[index], memory)

    def _store(self, vreg: int, position: int, source: int, target: int) -> None:
        step = self._second if position & 3 else self._first
        step.setdefault(position >> 2, {})[target] = source, vreg

    def _assign(self, instruction: Instruction) -> None:
        only, at = self._only, self.at
        position = 4 * instruction.position
        same = -1
        if instruction.defs:
            found = []
            for operand in instruction.defs:
                constraint = operand & CONSTRAINT_MASK
                if constraint >= REGISTER:
                    if constraint == SAME_AS_FIRST:
                        same = instruction.uses[0] >> VREG_SHIFT
                    vreg = operand >> VREG_SHIFT
                    constraint = only[vreg]
                    if constraint == SPLIT:
                        constraint = at(vreg, position + 3)
                found.append(constraint)
            instruction.def_locations = found
        if instruction.temps:
            instruction.temp_locations = [
                constraint
                if (constraint := operand & CONSTRAINT_MASK) < REGISTER
                else at(operand >> VREG_SHIFT, position + 2)
                for operand in instruction.temps
            ]
        if not instruction.uses:
            return
        found = []
        for operand in instruction.uses:
            vreg, constraint = operand >> VREG_SHIFT, operand & CONSTRAINT_MASK & ~LATE
            location = only[vreg]
            if constraint < REGISTER:
                source = location if location != SPLIT else at(vreg, position)
                if source != constraint:
                    self._second.setdefault(position >> 2, {})[constraint] = source, vreg
                found.append(constraint)
            elif vreg == same:
                found.append(instruction.def_locations[0])
            elif location != SPLIT:
                found.append(location)
            else:
                found.append(at(vreg, position + 3 if operand & LATE else position + 2))
        if same >= 0:
            source, target = at(same, position), instruction.def_locations[0]
            if source != target:
                self._second.setdefault(position >> 2, {})[target] = source, same
        instruction.use_locations = found

    def _edge(self, source: Block, target: Block, which: int) -> None:
        """Moves for the values that are in different places at the two ends of an edge, and for phis."""
        split = self._liveness.live_in[target.index]
        if split:
            split &= self._boundaries.crossed(source.index, target.index)
        if not split and not target.phis:
            return
        end = 4 * source.instructions[-1].position + 3
        start = 4 * target.instructions[0].position
        moves: dict[int, tuple[int, int]] = {}
        at = self.at
        if split:
            self._budget.spend(split.bit_count())
            vregs, stores = self._liveness.vregs, self._stores
            for number in bits(split):
                vreg = vregs[number]
                starts, locations = self._starts[vreg], self._locations[vreg]
                before, after = locations[bisect_right(starts, end) - 1], locations[bisect_right(starts, start) - 1]
                if before == after or after == REMATERIALIZE:
                    continue
                if is_memory(after) and stores.stored(vreg, end):
                    continue
                moves[after] = before, vreg
        only = self._only
        for output, inputs in target.phis:
            vreg = inputs[which]
            before, after = only[vreg], only[output]
            if before == SPLIT:
                before = at(vreg, end)
            if after == SPLIT:
                after = at(output, start)
            if before != after:
                moves[after] = before, vreg
        if not moves:
            return
        if len(source.successors) == 1:
            self._second.setdefault(end >> 2, {}).update(moves)
        else:
            self._first.setdefault(start >> 2, {}).update(moves)

    def _insert(self) -> int:
        count = 0
        first, second = self._first, self._second
        if not first and not second:
            return 0
        instructions = [instruction for block in self._order.blocks for instruction in block.instructions]
        for index in {**first, **second}:
            moves, after = first.get(index), second.get(index)
            if after:
                moves = {t: m for t, m in compose(moves, after).items() if m[0] != t} if moves else after
            if moves:
                instructions[index].moves = found = sequentialize(moves, self._sequence)
                count += len(found)
        return count


def compose(first: dict[int, tuple[int, int]], second: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """One parallel move that does what two do, one after the other."""
    result = dict(first)
    for target, (source, vreg) in second.items():
        moved = first.get(source)
        result[target] = (source, vreg) if moved is None else (moved[0], vreg)
    return result


SPLIT = -1 << 20
