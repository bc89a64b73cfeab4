"""One pass over a body before it is lifted: what loops assign, which are branched to, the number of each call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from seaofnodes.errors import UnsupportedError
from seaofnodes.wasm.body import Body
from seaofnodes.wasm.opcodes import (
    BLOCKS,
    BR,
    BR_IF,
    BR_ON_CAST,
    BR_ON_CAST_FAIL,
    BR_ON_NON_NULL,
    BR_ON_NULL,
    BR_TABLE,
    CALLS,
    DELEGATE,
    END,
    LOCAL_SET,
    LOCAL_TEE,
    LOOP,
    TRY_TABLE,
)

_WRITES = frozenset((LOCAL_SET, LOCAL_TEE))
_PLAIN_BLOCKS = BLOCKS - {LOOP}
_BRANCHES = frozenset((BR, BR_IF, BR_ON_NULL, BR_ON_NON_NULL))
_CASTS = frozenset((BR_ON_CAST, BR_ON_CAST_FAIL))
_INTERESTING = _WRITES | _PLAIN_BLOCKS | _BRANCHES | _CASTS | CALLS | {LOOP, END, DELEGATE, BR_TABLE}


MAX_WORK: Final = 1 << 25  # seconds, and a few hundred megabytes
PHI_WORK: Final = 256  # what a phi costs
EDGE_WORK: Final = 16  # what an input of a phi or a frame state costs
_MOST_BYTES: Final = 1 << 20  # of bytecode; some may stand for a node each
_MOST_INSTRUCTIONS: Final = 250_000


@dataclass(slots=True)
class BodyFacts:
    """Attributes: loops: index of each loop that something branches to -> locals assigned in it, nested loops included;
    sites: index of each call instruction -> its number in bytecode order, unreachable ones counted."""

    loops: dict[int, set[int]]
    sites: dict[int, int]


def check_size(name: str, size: int, instructions: int = 0) -> None:
    """Raises UnsupportedError for a function of so many bytes of bytecode, or instructions, that it is not tried."""
    if size > _MOST_BYTES or instructions > _MOST_INSTRUCTIONS:
        raise UnsupportedError(f"function {name} is too large to be optimized")


class Work:
    """Counts work that may be locals times branches; real functions stay far below the limit.

    Attributes: done: cells of lists of locals copied or compared, and entries of sets of locals.
    """

    __slots__ = ("done", "locals", "name")

    def __init__(self, name: str, locals: int) -> None:
        self.name = name
        self.locals = locals
        self.done = 0

    def spend(self, work: int) -> None:
        """Raises UnsupportedError beyond the limit."""
        self.done += work
        if self.done > MAX_WORK:
            raise UnsupportedError(
                f"function {self.name} has too many branches for its {self.locals:,} locals to be optimized"
            )


def analyze(body: Body, work: Work) -> BodyFacts:
    """Linear in the body, but for nested loops that assign the same locals (their phis are as many)."""
    loops: dict[int, set[int]] = {}
    sites: dict[int, int] = {}
    targets: set[int] = set()
    blocks: list[int] = [-1]  # indices of open blocks; the function itself first
    assigned: list[set[int] | None] = [None]  # of each open block that is a loop
    innermost: list[set[int]] = [set()]
    immediates = body.immediates
    interesting, writes, plain_blocks, branches = _INTERESTING, _WRITES, _PLAIN_BLOCKS, _BRANCHES
    for index, opcode in enumerate(body.opcodes):
        if opcode not in interesting:
            continue
        if opcode in writes:
            innermost[-1].add(immediates[index])
        elif opcode in plain_blocks:
            if opcode == TRY_TABLE:
                targets.update(blocks[-1 - catch.depth] for catch in immediates[index].catches)
            blocks.append(index)
            assigned.append(None)
        elif opcode == LOOP:
            blocks.append(index)
            found: set[int] = set()
            assigned.append(found)
            innermost.append(found)
        elif opcode in (END, DELEGATE):
            start, own = blocks.pop(), assigned.pop()
            if own is not None:
                innermost.pop()
                work.spend(len(own))
                innermost[-1] |= own
                if start in targets:
                    loops[start] = own
        elif opcode in branches:
            targets.add(blocks[-1 - immediates[index]])
        elif opcode in _CASTS:
            targets.add(blocks[-1 - immediates[index].depth])
        elif opcode == BR_TABLE:
            targets.update(blocks[-1 - depth] for depth in immediates[index])
        else:
            sites[index] = len(sites)
    return BodyFacts(loops, sites)
