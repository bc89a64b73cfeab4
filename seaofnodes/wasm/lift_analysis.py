"""One pass over a body before it is lifted: what loops assign, which are branched to, the number of each call."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.wasm.body import Body
from seaofnodes.wasm.opcodes import (
    BLOCK,
    BR,
    BR_IF,
    BR_TABLE,
    CALL,
    CALL_INDIRECT,
    END,
    IF,
    LOCAL_SET,
    LOCAL_TEE,
    LOOP,
)

_WRITES = frozenset((LOCAL_SET, LOCAL_TEE))
_PLAIN_BLOCKS = frozenset((BLOCK, IF))
_BRANCHES = frozenset((BR, BR_IF))
_INTERESTING = _WRITES | _PLAIN_BLOCKS | _BRANCHES | {LOOP, END, BR_TABLE, CALL, CALL_INDIRECT}


@dataclass(slots=True)
class BodyFacts:
    """Attributes: loops: index of each loop that something branches to -> locals assigned in it, nested loops included;
    sites: index of each call instruction -> its number in bytecode order, unreachable ones counted."""

    loops: dict[int, set[int]]
    sites: dict[int, int]


def analyze(body: Body) -> BodyFacts:
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
            blocks.append(index)
            assigned.append(None)
        elif opcode == LOOP:
            blocks.append(index)
            found: set[int] = set()
            assigned.append(found)
            innermost.append(found)
        elif opcode == END:
            start, own = blocks.pop(), assigned.pop()
            if own is not None:
                innermost.pop()
                innermost[-1] |= own
                if start in targets:
                    loops[start] = own
        elif opcode in branches:
            targets.add(blocks[-1 - immediates[index]])
        elif opcode == BR_TABLE:
            targets.update(blocks[-1 - depth] for depth in immediates[index])
        else:
            sites[index] = len(sites)
    return BodyFacts(loops, sites)
