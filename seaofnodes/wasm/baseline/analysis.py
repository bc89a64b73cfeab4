"""What the baseline compiler wants to know before its one pass: which locals are live, and what each loop uses.

One backward walk over the bytecode. Back edges are ignored: what a loop's header needs is live everywhere in the loop,
and what a handler of exceptions needs everywhere in its try, so the compiler adds the sets of the enclosing headers and
handlers to every set found here (Boissinot et al., "Fast liveness checking for SSA-form programs", 2008; without SSA
this is an upper bound, which is all that is needed).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.body import Body
from seaofnodes.wasm.bulk import BULK, OBJECT_BULK

MOST_LOCALS: Final = 1024  # beyond, sets would get expensive: everything counts as live
INNER_LOOP: Final = 8  # how often an inner loop is taken to turn for each turn of the outer one
_MOST_WEIGHTS: Final = 32  # locals whose weights an inner loop hands to the outer one

ALL_LIVE: Final = -1

_KIND: Final = dict.fromkeys(range(op.I32_LOAD, op.MEMORY_SIZE), "m") | {
    op.LOCAL_GET: "g",
    op.LOCAL_SET: "s",
    op.LOCAL_TEE: "s",
    **dict.fromkeys((op.GLOBAL_GET, op.GLOBAL_SET, op.TABLE_GET, op.TABLE_SET, op.TABLE_SIZE, op.REF_FUNC), "i"),
    op.END: "e",
    op.ELSE: "l",
    **dict.fromkeys(op.BLOCKS, "b"),
    op.DELEGATE: "e",
    op.CATCH: "a",
    op.CATCH_ALL: "a",
    op.BR: "r",
    op.RETURN: "u",
    **dict.fromkeys((op.UNREACHABLE, op.THROW, op.THROW_REF, op.RETHROW), "u"),
    **dict.fromkeys((op.BR_IF, op.BR_ON_NULL, op.BR_ON_NON_NULL), "c"),
    op.BR_TABLE: "t",
    **dict.fromkeys(op.CALLS, "f"),
    **dict.fromkeys((op.MEMORY_GROW, op.TABLE_GROW, op.TABLE_FILL), "h"),
    **dict.fromkeys((*BULK, *OBJECT_BULK), "h"),
    **dict.fromkeys((op.STRUCT_NEW, op.STRUCT_NEW_DEFAULT), "n"),
    **dict.fromkeys((op.ARRAY_NEW, op.ARRAY_NEW_DEFAULT, op.ARRAY_NEW_FIXED), "n"),
    **dict.fromkeys((op.REF_TEST, op.REF_TEST_NULL, op.REF_CAST, op.REF_CAST_NULL), "n"),
    **dict.fromkeys((op.BR_ON_CAST, op.BR_ON_CAST_FAIL), "o"),
    op.I32_DIV_S: "d",
    op.I32_DIV_U: "d",
    op.I32_REM_S: "d",
    op.I32_REM_U: "d",
    op.I64_DIV_S: "d",
    op.I64_DIV_U: "d",
    op.I64_REM_S: "d",
    op.I64_REM_U: "d",
}


@dataclass(slots=True)
class Loop:
    """What happens in a loop, inner loops included.

    Attributes: live: locals live at its header, as a bit set; assigned: locals set in it, as a bit set; weights: how
    often each local is used, inner loops counting more; calls, memory, instance, divides: does it do that?
    """

    live: int = 0
    assigned: int = 0
    weights: dict[int, int] = field(default_factory=dict)
    calls: bool = False
    memory: bool = False
    instance: bool = False
    divides: bool = False

    def hottest(self) -> list[int]:
        """The locals that are used, most used first."""
        return sorted(self.weights, key=lambda local: -self.weights[local])


@dataclass(slots=True)
class Analysis:
    """Sets are bit sets of locals, by index of an instruction.

    Attributes: loops: by index of the loop instruction; live: after the end of a block or if, after an else, after a
    br_if that is not taken, after a call, an allocation or a cast, and of a try or try_table what its handlers need;
    live_at_entry: locals read before they are written; last_uses: local.get instructions after which the local is dead,
    when no enclosing loop or handler needs it; sites: number of each call instruction, in bytecode order; tries: the
    try_tables and catches.
    """

    loops: dict[int, Loop] = field(default_factory=dict)
    live: dict[int, int] = field(default_factory=dict)
    live_at_entry: int = 0
    last_uses: set[int] = field(default_factory=set)
    sites: dict[int, int] = field(default_factory=dict)
    tries: list[int] = field(default_factory=list)


def analyse(body: Body) -> Analysis:
    """Walk a body backwards; linear in its length for up to MOST_LOCALS locals."""
    found = Analysis()
    opcodes, immediates = body.opcodes, body.immediates
    track = len(body.locals) <= MOST_LOCALS
    nothing = 0 if track else ALL_LIVE
    bits = [1 << index for index in range(len(body.locals))] if track else []
    starts = {end: start for start, end in body.matches.items() if start >= 0}
    labels: list[int] = [nothing]  # live at each open label, the function's own first
    elses: list[int] = []  # live at the else of each open if
    arms: list[int] = []  # live at the catches of each open try
    loops: list[Loop] = []
    sites: list[int] = []
    live = nothing
    loop: Loop | None = None
    kinds = _KIND
    last = len(opcodes) - 1
    for index in range(last - 1, -1, -1):
        kind = kinds.get(opcodes[index])
        if kind is None:
            continue
        if kind == "g" or kind == "s":
            local = immediates[index]
            if loop is not None:
                loop.weights[local] = loop.weights.get(local, 0) + 1
            if track:
                bit = bits[local]
                if kind == "g":
                    if not live & bit:
                        found.last_uses.add(index)
                        live |= bit
                else:
                    if live & bit:
                        live ^= bit
                    if loop is not None:
                        loop.assigned |= bit
        elif kind == "m":
            if loop is not None:
                loop.memory = True
        elif kind == "e":
            start = starts[index]
            if opcodes[start] == op.LOOP:
                labels.append(nothing)
                loop = Loop(live=nothing, assigned=nothing)
                loops.append(loop)
            else:
                labels.append(live)
                found.live[index] = live
                if opcodes[start] == op.TRY:
                    arms.append(nothing)
                elif ~start not in body.matches and opcodes[start] == op.IF:
                    elses.append(live)
        elif kind == "l":
            found.live[index] = live
            elses.append(live)
            live = labels[-1]
        elif kind == "a":
            arms[-1] |= live
            live = labels[-1]
            if opcodes[index] == op.CATCH:
                found.tries.append(index)
        elif kind == "b":
            labels.pop()
            opcode = opcodes[index]
            if opcode == op.IF:
                live |= elses.pop()
            elif opcode == op.TRY or opcode == op.TRY_TABLE:
                if opcode == op.TRY:
                    handlers = arms.pop()
                else:
                    handlers = nothing
                    found.tries.append(index)
                    for catch in immediates[index].catches:
                        handlers |= labels[-1 - catch.depth]
                found.live[index] = handlers
                live |= handlers
            elif opcode == op.LOOP:
                assert loop is not None
                loop.live = live
                found.loops[index] = loop
                inner = loops.pop()
                loop = loops[-1] if loops else None
                if loop is not None:
                    _add(loop, inner)
        elif kind == "r":
            live = labels[-1 - immediates[index]]
        elif kind == "u":
            live = nothing
        elif kind == "c":
            found.live[index] = live
            live |= labels[-1 - immediates[index]]
        elif kind == "o":
            found.live[index] = live
            live |= labels[-1 - immediates[index].depth]
        elif kind == "n":
            found.live[index] = live
        elif kind == "t":
            live = nothing
            for depth in immediates[index]:
                live |= labels[-1 - depth]
        elif kind == "f" or kind == "h":
            if kind == "f":
                sites.append(index)
                if opcodes[index] in op.TAIL_CALLS:
                    live = nothing
                    continue
            found.live[index] = live
            if loop is not None:
                loop.calls = True
        elif kind == "d":
            if loop is not None:
                loop.divides = True
        elif loop is not None:
            loop.instance = True
    found.live_at_entry = live
    found.sites = {index: site for site, index in enumerate(reversed(sites))}
    return found


def _add(outer: Loop, inner: Loop) -> None:
    """The outer loop does what the inner one does."""
    outer.calls |= inner.calls
    outer.memory |= inner.memory
    outer.instance |= inner.instance
    outer.divides |= inner.divides
    outer.assigned |= inner.assigned
    weights = outer.weights
    hottest = inner.hottest() if len(inner.weights) > _MOST_WEIGHTS else list(inner.weights)
    for local in hottest[:_MOST_WEIGHTS]:
        weights[local] = weights.get(local, 0) + INNER_LOOP * inner.weights[local]
