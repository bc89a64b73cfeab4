"""Which locals are still needed where execution may leave for baseline code: frame states keep no others alive.

One backward walk over the bytecode; back edges are ignored, and what a loop's header needs counts as needed everywhere
in the loop (Boissinot et al., "Fast liveness checking for SSA-form programs", 2008; here an upper bound). So does what
the handlers of a try need, everywhere in the try.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.body import Body
from seaofnodes.wasm.bulk import BULK

MOST_LOCALS: Final = 1024  # beyond, sets would get expensive: everything counts as live
ALL_LIVE: Final = -1

_BRANCHES: Final = frozenset((op.BR_IF, op.BR_ON_NULL, op.BR_ON_NON_NULL))
_CASTS: Final = frozenset((op.BR_ON_CAST, op.BR_ON_CAST_FAIL))
_ENDS: Final = frozenset((op.UNREACHABLE, op.RETURN, op.THROW, op.THROW_REF, op.RETHROW, *op.TAIL_CALLS))
_ARMS: Final = frozenset((op.CATCH, op.CATCH_ALL))
_ACCESSES: Final = frozenset(
    (*range(op.I32_LOAD, op.I64_STORE32 + 1), op.MEMORY_GROW, op.TABLE_SET, op.TABLE_GROW, op.TABLE_FILL, *BULK)
) | (op.OBJECTS - _CASTS)
_INTERESTING: Final = _BRANCHES | _CASTS | _ENDS | op.BLOCKS | op.CALLS | _ARMS | _ACCESSES | {
    op.LOCAL_GET, op.LOCAL_SET, op.LOCAL_TEE, op.END, op.DELEGATE, op.ELSE, op.BR, op.BR_TABLE,
}  # fmt: skip


class Liveness:
    """Locals, as bit sets, that may be read before they are written.

    Attributes: before: by index of a call, an access to memory or an object, or a loop (its header); for a call also
    what is live after it.
    """

    __slots__ = ("before",)

    def __init__(self, body: Body) -> None:
        self.before: dict[int, int] = {}
        if len(body.locals) <= MOST_LOCALS:
            self._walk(body)
            self._add_loops(body)

    def at(self, index: int) -> int:
        """Live before the call or access, or at the loop's header, with that index; ALL_LIVE of other instructions."""
        return self.before.get(index, ALL_LIVE)

    def _add_loops(self, body: Body) -> None:
        """What a loop's header needs, everything in the loop needs."""
        before = self.before
        around: list[tuple[int, int]] = []  # end of each open loop, and what it and those around it need
        for index in sorted(before):
            while around and around[-1][0] < index:
                around.pop()
            if around:
                before[index] |= around[-1][1]
            if body.opcodes[index] == op.LOOP:
                around.append((body.matches[index], before[index]))

    def _walk(self, body: Body) -> None:
        opcodes, immediates, before = body.opcodes, body.immediates, self.before
        starts = {end: start for start, end in body.matches.items() if start >= 0}
        labels = [0]  # live at each open label, the function's own first
        elses: list[int] = []  # live at the else of each open if
        tries = [0]  # what handlers need, of all the tries that are open at each open try
        arms: list[tuple[int, int]] = []  # of open legacy tries: index of the first arm, what those seen need
        needed = live = 0  # needed: by the handlers of all open tries, whatever is written meanwhile
        for index in range(len(opcodes) - 2, -1, -1):
            opcode = opcodes[index]
            if opcode not in _INTERESTING:
                continue
            if opcode == op.LOCAL_GET:
                live |= 1 << immediates[index]
            elif opcode == op.LOCAL_SET or opcode == op.LOCAL_TEE:
                live = live & ~(1 << immediates[index]) | needed
            elif opcode == op.END or opcode == op.DELEGATE:
                start = starts[index]
                opened = opcodes[start]
                if opened == op.TRY_TABLE:
                    for clause in immediates[start].catches:
                        needed |= labels[-1 - clause.depth]
                if opened == op.TRY_TABLE or opened == op.TRY:
                    tries.append(needed)
                    arms.append((body.matches.get(~start, -1), 0))
                labels.append(0 if opened == op.LOOP else live)
                live |= needed
                if opened == op.IF and ~start not in body.matches:
                    elses.append(live)
            elif opcode == op.ELSE:
                elses.append(live)
                live = labels[-1] | needed
            elif opcode in _ARMS:
                first, seen = arms.pop()
                arms.append((first, seen | live))
                if index == first:  # the arms are no part of what they handle
                    tries[-1] = needed = needed | seen | live
                live = labels[-1] | needed
            elif opcode in op.BLOCKS:
                labels.pop()
                if opcode == op.IF:
                    live |= elses.pop()
                elif opcode == op.LOOP:
                    before[index] = live
                elif opcode == op.TRY_TABLE or opcode == op.TRY:
                    live |= tries.pop()
                    arms.pop()
                    needed = tries[-1]
            elif opcode == op.BR:
                live = labels[-1 - immediates[index]] | needed
            elif opcode in _BRANCHES:
                live |= labels[-1 - immediates[index]]
            elif opcode in _CASTS:
                live |= labels[-1 - immediates[index].depth]
            elif opcode == op.BR_TABLE:
                live = needed
                for depth in immediates[index]:
                    live |= labels[-1 - depth]
            elif opcode in _ACCESSES or opcode in op.CALLS and opcode not in op.TAIL_CALLS:
                before[index] = live
            else:
                if opcode in op.CALLS:
                    before[index] = 0
                live = needed
