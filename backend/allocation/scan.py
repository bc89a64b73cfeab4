"""Linear scan: a register for each live range of one bank, with splitting and spilling.

Ranges are taken in the order of their starts. One that spans a call is cut after its last use before the call and put
in memory until it is wanted again. The others get a register that is free to their end (one that saves a move, or the
one that is wanted elsewhere soonest), or free for a part, or the register of the range whose next use is farthest
away; that one goes to memory (Belady's choice; what is used in the next iteration of a loop counts as used at the
loop's end). Ranges enter and leave memory outside of loops where they can: a range that is not used inside a loop
leaves its register before the loop, and one that is used in a loop is loaded before it.

After Wimmer and Mössenböck, "Optimized Interval Splitting in a Linear Scan Register Allocator" (2005), and V8's
register-allocator.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from heapq import heappop, heappush

from seaofnodes.backend.allocation.arrivals import Arrivals
from seaofnodes.backend.allocation.errors import AllocationError
from seaofnodes.backend.allocation.order import Order
from seaofnodes.backend.allocation.ranges import MEMORY, MUST, OPERAND, SOURCE, UNASSIGNED, LiveRange, Ranges

FOREVER = 1 << 60
JOINS_TRIED = 32
_MOST_SIBLINGS = 16  # of a phi, looked at for a hint: keeps switches linear
_MOST_SOURCES = 64  # the same, of what flows into a phi
_MOST_USES = 200  # looked at behind a call: keeps many calls with one argument linear


class LinearScan:
    """One bank.

    Attributes: finished: the ranges, each with a register or MEMORY, in no particular order; splits, evictions: how
    many.
    """

    def __init__(
        self,
        order: Order,
        ranges: Ranges,
        rematerializable: Collection[int],
        bank: str,
        registers: tuple[int, ...],
        latest: list[int],
    ) -> None:
        self.finished: list[LiveRange] = []
        self.evictions = 0
        self.splits = 0
        self._registers = registers
        self._allowed = frozenset(registers)
        self._initial = ranges.unhandled[bank]
        self._heap: list[tuple[int, int, LiveRange]] = []
        self._free_from = [0] * 32  # per register: end of the range in it
        self._owner: list[LiveRange | None] = [None] * 32
        self._blocked_index = [0] * 32
        self._rematerializable = rematerializable
        self._in_memory = set(rematerializable)  # virtual registers that have been spilled, or need not be
        self._defined = [-1] * len(latest)  # position of the definition
        self._latest = latest  # virtual register -> the register it was in last, -1 none
        self._calls = ranges.calls
        self._blocked = ranges.blocked
        self._targets = ranges.targets
        self._sources = ranges.sources
        self._order = order
        self._loops = order.loops
        self._joins = order.joins
        self._join_starts = [join[0] for join in order.joins]
        self._arrivals = Arrivals(order, self.finished)

    def run(self) -> list[LiveRange]:
        """Allocate all ranges.

        Raises AllocationError if an instruction wants more registers than there are.
        """
        heap, initial = self._heap, self._initial
        index, count = 0, len(initial)
        finished, defined, deferred = self.finished, self._defined, self._order.deferred_start
        while True:
            if heap and (index == count or heap[0][0] < initial[index].start):
                current = heappop(heap)[2]
            elif index < count:
                current = initial[index]
                index += 1
                if defined[current.vreg] < 0:
                    defined[current.vreg] = current.start
            else:
                return finished
            if current.start >= deferred:
                self._arrive(current)
            if current.location == MEMORY:
                self._spill(current, current.start)
            if current.location != MEMORY:
                self._allocate(current)
            finished.append(current)

    def _arrive(self, range_: LiveRange) -> None:
        """A range that starts with a deferred block stays where its value is; in memory, until it is wanted."""
        if range_.location == UNASSIGNED and not range_.loaded:
            location = self._arrivals.location(range_)
            if location == MEMORY:
                range_.location = MEMORY
            elif location < UNASSIGNED:
                self._latest[range_.vreg] = location

    def _requeue(self, range_: LiveRange) -> None:
        self.splits += 1
        heappush(self._heap, (range_.start, self.splits, range_))

    def _split(self, range_: LiveRange, position: int, location: int = UNASSIGNED) -> LiveRange:
        """Cut a range; the second part has the uses from the position on."""
        uses = range_.uses
        low = position << 2
        cut = len(uses)
        while cut and uses[cut - 1] < low:
            cut -= 1
        range_.uses = uses[cut:]  # the short part is copied
        del uses[cut:]
        rest = LiveRange(range_.vreg, position, range_.end, uses, location, range_.hint)
        range_.end = position
        return rest

    def _next_call(self, position: int) -> int:
        calls = self._calls
        index = bisect_left(calls, position)
        return calls[index] if index < len(calls) else FOREVER

    def _hoist(self, after: int, position: int, past_calls: bool) -> int:
        """The start of the outermost loop around a position that starts after another position; or the position itself.

        If not past_calls, only loops without calls.
        """
        loops = self._loops
        index = self._order.innermost_loop(position)
        while index >= 0:
            start, end, parent = loops[index]
            if start <= after or not (past_calls or self._next_call(start) >= end):
                break
            position, index = start, parent
        return position

    def _spill(self, range_: LiveRange, now: int, since: int = FOREVER, pressure: bool = False) -> None:
        """Put a range in memory until a use wants it in a register, and requeue the rest.

        The range becomes UNASSIGNED if that use is here and now. Under pressure, operands in memory are good enough
        here and now. The value has been in a register between `since` and the start of the range.
        """
        start = range_.start
        range_.location = MEMORY
        self._in_memory.add(range_.vreg)
        if since < start:
            position = self._resumption(range_, start, max(start, now), since)
            if position < FOREVER:
                self._requeue(self._split(range_, position))
        uses = range_.uses
        for index in range(len(uses) - 1, -1, -1):
            use = uses[index]
            kind = use & 3
            # One use as an operand in memory is as cheap as a load.
            if kind == MUST or (kind == OPERAND and index and uses[index - 1] >> 2 < self._next_call(use >> 2)):
                position = use >> 4 << 2
                if position <= start and kind == OPERAND and (pressure or position < start):
                    continue
                if position < start:
                    raise self._error(range_, position)
                if position == start:
                    range_.location = UNASSIGNED
                else:
                    rest = self._split(range_, self._hoist(max(start, now), position, False))
                    rest.loaded = True
                    self._requeue(rest)
                return

    def _loop_around_call(self, current: LiveRange, call: int) -> int:
        """Start of the outermost loop around a call that a range enters and that ends with the value in memory, or -1.

        It had better be in memory when the loop starts: else every iteration ends with a load.
        """
        wanted = FOREVER
        looked = 0
        for use in reversed(current.uses):
            if use >> 2 > call:
                if use & 3 >= OPERAND:
                    wanted = use >> 2
                    break
                looked += 1
                if looked > _MOST_USES:
                    break
        found = -1
        loops = self._loops
        index = self._order.innermost_loop(call)
        while index >= 0:
            start, end, index = loops[index]
            if start <= current.start or wanted < end:
                break
            found = start
        return found

    def _resumption(self, range_: LiveRange, leave: int, now: int, since: int) -> int:
        """Start of the first block where a value that leaves its register may be in one again, or FOREVER.

        The block is reached from a block that was left with the value in its register, though others come between
        them in emission order; and the value is used before the next call.
        """
        joins = self._joins
        wanted = OPERAND if range_.vreg in self._rematerializable else SOURCE
        index = bisect_right(self._join_starts, now)
        for position, leaving in joins[index : index + JOINS_TRIED]:
            if position >= range_.end:
                break
            first = bisect_right(leaving, since)
            if first < len(leaving) and leaving[first] <= leave:
                for use in reversed(range_.uses):
                    if use >> 2 >= position:
                        if use & 3 >= wanted and use >> 2 < self._next_call(position):
                            return position
                        break
        return FOREVER

    def _error(self, range_: LiveRange, position: int) -> AllocationError:
        return AllocationError(f"no register for virtual register {range_.vreg} at instruction {position >> 2}")

    def _blocked_from(self, register: int, position: int) -> int:
        """Where a fixed operand next has the register; at or before the position: now."""
        pairs = self._blocked[register]
        index = self._blocked_index[register]
        while index < len(pairs) and pairs[index][1] <= position:
            index += 1
        self._blocked_index[register] = index
        return pairs[index][0] if index < len(pairs) else FOREVER

    def _allocate(self, current: LiveRange) -> None:
        start, calls = current.start, self._calls
        index = bisect_left(calls, start)
        call = calls[index] if index < len(calls) else FOREVER
        if call < current.end:
            uses = current.uses
            index = len(uses)
            while index and uses[index - 1] >> 2 < call:
                index -= 1
            loop = self._loop_around_call(current, call)
            if self._resumption(current, call, call, start) < FOREVER:
                leave = (
                    max(self._order.starts[self._order.place(call)], uses[index] >> 2 if index < len(uses) else 0) + 1
                )
            elif index < len(uses) and (loop < 0 or uses[-1] >> 2 < loop):
                leave = loop if loop >= 0 else (uses[index] >> 2) + 1
            else:
                self._spill(current, start)
                return
            rest = self._split(current, leave, MEMORY)
            self._spill(rest, start, since=start)
            (self.finished.append if rest.location == MEMORY else self._requeue)(rest)
        register = self._hinted(current)
        if register < 0:
            end, fit, longest, until = current.end, FOREVER + 1, -1, start
            free_from, blocked_from, blocked = self._free_from, self._blocked_from, self._blocked
            for candidate in self._registers:
                if free_from[candidate] <= start:
                    free = blocked_from(candidate, start) if blocked[candidate] else FOREVER
                    if free >= end:
                        if free < fit:
                            register, fit = candidate, free
                    elif free > until:
                        longest, until = candidate, free
            if register < 0:
                needed = self._needed(current)
                if longest >= 0 and until >= max(needed, start + 1):
                    register = longest
                    self._leave(current, until)
                else:
                    register = self._evict(current, needed)
                    if register < 0:
                        self._spill(current, start, pressure=True)
                        return
        current.location = register
        self._owner[register] = current
        self._free_from[register] = current.end
        self._latest[current.vreg] = register

    def _hinted(self, current: LiveRange) -> int:
        """A register that is free for the whole range and saves a move, or -1."""
        vreg, start, latest = current.vreg, current.start, self._latest
        hints = [latest[vreg], current.hint]
        target, sources = self._targets.get(vreg), self._sources.get(vreg)
        if target is not None:
            hints.append(latest[target])
        if sources is not None:
            if len(sources) == 1:
                hints.append(latest[sources[0]])
            else:
                hints += [latest[source] for source in sources[:_MOST_SOURCES]]
        if target is not None and latest[target] < 0:
            hints += [latest[source] for source in self._sources[target][:_MOST_SIBLINGS]]
        free_from = self._free_from
        for hint in hints:
            if (
                hint >= 0
                and free_from[hint] <= start
                and hint in self._allowed
                and self._blocked_from(hint, start) >= current.end
            ):
                return hint
        return -1

    def _needed(self, range_: LiveRange) -> int:
        """Until where the range must be in a register for the instruction at its start; 0 if it need not."""
        needed = 0
        instruction = range_.start >> 2
        for use in reversed(range_.uses):
            if use >> 4 != instruction:
                break
            if use & 3 == MUST:
                needed = (use >> 2) + 1
        return needed

    def _leave(self, current: LiveRange, until: int) -> None:
        """Cut a range that gets a register which is blocked later: another register from there on, or memory."""
        position = until & ~3  # values change registers in the moves before an instruction
        if position > current.start:
            self._requeue(self._split(current, self._hoist(current.start, position, True)))
        else:
            rest = self._split(current, until, MEMORY)
            self._spill(rest, current.start)
            self.finished.append(rest)

    def _distance(self, range_: LiveRange, loop_start: int, start: int = -1) -> int:
        """How far away the use is for which the range wants its register; half as far if giving it up costs a store.

        A value that is in memory wants a register for its second use if the first can have it as an operand in memory.
        A store costs nothing here if it has been done, or is done outside of the loop where the value is defined.
        """
        uses = range_.uses
        if start < 0:
            start = range_.start
            if range_.loaded and uses and uses[-1] & 3 == OPERAND:
                return (uses[-2] >> 2 if len(uses) > 1 else FOREVER) - start
        distance = (uses[-1] >> 2 if uses else FOREVER) - start
        vreg = range_.vreg
        if vreg in self._in_memory or 0 <= self._defined[vreg] < loop_start:
            return distance
        return distance // 2

    def _evict(self, current: LiveRange, needed: int) -> int:
        """Free the register whose owner is used last; -1 if the current range is the one that should go to memory."""
        start = current.start
        instruction = start >> 2
        loop = self._order.innermost_loop(start)
        loop_start = self._loops[loop][0] if loop >= 0 else 0
        victim: LiveRange | None = None
        register, farthest = -1, -1
        if not needed:
            farthest = self._distance(current, loop_start)
        owners, blocked, least, first = self._owner, self._blocked, max(needed, start + 1), start << 2
        for candidate in self._registers:
            owner = owners[candidate]
            if owner is None or owner.end <= start:
                continue
            if blocked[candidate] and self._blocked_from(candidate, start) < least:
                continue
            uses = owner.uses
            while uses and uses[-1] < first:
                owner.last = uses.pop() >> 2
            distance = self._distance(owner, loop_start, start)
            if distance > farthest:
                for use in reversed(uses):
                    if use >> 4 != instruction:
                        victim, register, farthest = owner, candidate, distance
                        break
                    if use & 3 == MUST:
                        break
                else:
                    victim, register, farthest = owner, candidate, distance
        if victim is None:
            if needed:
                raise self._error(current, start)
            return -1
        self.evictions += 1
        if victim.start == start:
            self._spill(victim, start, pressure=True)
        else:
            rest = self._split(victim, self._hoist(max(victim.start, victim.last), start, True), MEMORY)
            self._spill(rest, start, since=victim.start, pressure=True)
            self.finished.append(rest)
        free = self._blocked_from(register, start)
        if free < current.end:
            self._leave(current, free)
        return register
