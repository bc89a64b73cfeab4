"""Parallel moves, in sequence: through scratch registers where they form cycles or go from memory to memory."""

from __future__ import annotations

from seaofnodes.backend import layout
from seaofnodes.backend.instruction import FIRST_FLOAT, REMATERIALIZE, Move, Sequence, is_memory

SCRATCH = layout.SCRATCH
FLOAT_SCRATCH = FIRST_FLOAT + layout.FLOAT_SCRATCH
NOWHERE = 1 << 40


def sequentialize(moves: dict[int, tuple[int, int]], sequence: Sequence) -> list[Move]:
    """Order parallel moves, given as destination -> (source, virtual register).

    Rideau, Serpette, Leroy, "Tilting at windmills with Coq: formal verification of a compilation algorithm for
    parallel moves" (2008): a move is made once no other move reads its destination; when only cycles are left, one
    destination is saved in a scratch register.
    """
    result: list[Move] = []
    if len(moves) == 1:
        for target, (source, vreg) in moves.items():
            if source != target:
                _emit(result, source, target, vreg, sequence)
        return result
    pending: dict[int, tuple[int, int]] = {}
    constants: list[tuple[int, int]] = []
    readers: dict[int, int] = {}
    for target, (source, vreg) in moves.items():
        if source == REMATERIALIZE:
            constants.append((target, vreg))
        elif source != target:
            pending[target] = (source, vreg)
            readers[source] = readers.get(source, 0) + 1
    ready = [target for target in pending if not readers.get(target)]
    saved = NOWHERE  # the location whose value is in a scratch register, and which one
    scratch = -1
    while pending:
        if not ready:  # cycles only
            saved = next(iter(pending))
            reader = next(vreg for source, vreg in pending.values() if source == saved)
            scratch = SCRATCH if sequence.kinds[reader] == "r" else FLOAT_SCRATCH
            result.append((saved, scratch, reader))
            ready.append(saved)
        target = ready.pop()
        source, vreg = pending.pop(target)
        if source == saved:
            result.append((scratch, target, vreg))
            saved, scratch = NOWHERE, -1
        else:
            _emit(result, source, target, vreg, sequence, scratch)
        readers[source] -= 1
        if not readers[source] and source in pending:
            ready.append(source)
    for target, vreg in constants:
        _emit(result, REMATERIALIZE, target, vreg, sequence)
    return result


def _emit(result: list[Move], source: int, target: int, vreg: int, sequence: Sequence, busy: int = -1) -> None:
    """One move; from memory to memory through a scratch register, the other bank's if the own one is busy."""
    if not is_memory(target) or not (is_memory(source) or source == REMATERIALIZE):
        result.append((source, target, vreg))
        return
    own, other = SCRATCH, FLOAT_SCRATCH
    if sequence.kinds[vreg] == "x":
        own, other = other, own
    if own != busy:
        result.append((source, own, vreg))
        result.append((own, target, vreg))
        return
    result.append((source, other, vreg))
    result.append((other, target, vreg))
    if sequence.widths[vreg] == 16:  # in an integer register, 8 bytes at a time
        result.append((source + 1, other, vreg))
        result.append((other, target + 1, vreg))
