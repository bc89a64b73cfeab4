"""Parts of the register allocator against simple definitions of what they compute."""

from __future__ import annotations

from random import Random

import networkx
import pytest
from hypothesis import given, strategies as st

from seaofnodes.backend.allocation.dominators import Dominators
from seaofnodes.backend.allocation.liveness import Liveness, bits
from seaofnodes.backend.allocation.moves import sequentialize
from seaofnodes.backend.allocation.resolution import compose
from seaofnodes.backend.instruction import REMATERIALIZE, VREG_SHIFT, Sequence, is_memory
from seaofnodes.ir.budget import Budget
from tests.backend.random_sequences import Shape, random_sequence

LOCATIONS = [0, 1, 2, 3, 16, 17, 18, 32, 34, 36, 38]


@given(st.dictionaries(st.sampled_from(LOCATIONS), st.sampled_from([*LOCATIONS, REMATERIALIZE]), min_size=1))
def test_parallel_moves(moves: dict[int, int]) -> None:
    """Any assignment of locations to locations, floats in memory 16 bytes wide."""
    sequence = Sequence()
    parallel = {}
    content: dict[int, object] = {place: ("in", place) for location in LOCATIONS for place in (location, location + 1)}
    expected = dict(content)
    for target, source in moves.items():
        is_float = 16 in (target & ~15, source & ~15)
        if is_float and (target < 16 or source < 16):
            continue  # values stay in their bank
        vreg = sequence.new_register("x" if is_float else "r", 16 if is_float and 16 <= source < 32 <= target else 8)
        sequence.rematerializable[vreg] = vreg
        parallel[target] = (source, vreg)
        expected[target] = ("anew", vreg) if source == REMATERIALIZE else content[source]
    for source, target, vreg in sequentialize(parallel, sequence):
        assert not (is_memory(source) and is_memory(target))
        content[target] = ("anew", vreg) if source == REMATERIALIZE else content[source]
    for location in LOCATIONS:
        assert content[location] == expected[location]


@given(
    st.dictionaries(st.integers(0, 5), st.integers(0, 5)),
    st.dictionaries(st.integers(0, 5), st.integers(0, 5)),
)
def test_composed_moves(first: dict[int, int], second: dict[int, int]) -> None:
    def apply(moves: dict[int, tuple[int, int]], content: dict[int, int]) -> dict[int, int]:
        return content | {target: content[source] for target, (source, _) in moves.items()}

    one = {target: (source, 0) for target, source in first.items()}
    two = {target: (source, 0) for target, source in second.items()}
    start = {location: location * 10 for location in range(6)}
    assert apply(compose(one, two), start) == apply(two, apply(one, start))


@pytest.mark.parametrize("seed", range(20))
def test_dominators(seed: int) -> None:
    sequence = random_sequence(seed, Shape(size=200))
    graph = networkx.DiGraph([(0, 0)])
    graph.add_edges_from((block.index, target) for block in sequence.blocks for target in block.successors)
    expected = networkx.immediate_dominators(graph, 0)
    found = Dominators(sequence)
    assert {i: p for i, p in enumerate(found.parent) if i} == {i: p for i, p in expected.items() if i}
    chains = {}
    for index in range(len(sequence.blocks)):
        chain = [index]
        while chain[-1]:
            chain.append(expected[chain[-1]])
        chains[index] = chain
    random = Random(seed)
    for _ in range(200):
        one, two = random.choice(list(chains)), random.choice(list(chains))
        assert found.common(one, two) == next(i for i in chains[one] if i in chains[two])
        assert found.dominates(one, two) == (one in chains[two])


@pytest.mark.parametrize("seed", range(20))
def test_liveness(seed: int) -> None:
    """Against iteration to a fixed point."""
    sequence = random_sequence(seed, Shape(size=150))
    sequence.finish()
    live: list[set[int]] = [set() for _ in sequence.blocks]
    changed = True
    while changed:
        changed = False
        for block in reversed(sequence.blocks):
            now = set()
            for index in block.successors:
                target = sequence.blocks[index]
                which = target.predecessors.index(block.index)
                now |= live[index] | {inputs[which] for _, inputs in target.phis}
            for instruction in reversed(block.instructions):
                now -= {operand >> VREG_SHIFT for operand in instruction.defs}
                now |= {operand >> VREG_SHIFT for operand in instruction.uses}
            now -= {output for output, _ in block.phis}
            changed |= now != live[block.index]
            live[block.index] = now
    found = Liveness(sequence, Budget("test"))
    for block in sequence.blocks:
        assert {found.vregs[number] for number in bits(found.live_in[block.index])} == live[block.index]


@pytest.mark.parametrize("seed", range(20))
def test_loops(seed: int) -> None:
    """Against natural loops: what reaches a back edge without passing the header."""
    sequence = random_sequence(seed, Shape(size=200, deferred=0))
    sequence.finish()
    loops: dict[int, set[int]] = {}
    for block in sequence.blocks:
        for header in block.successors:
            if header <= block.index:
                body = loops.setdefault(header, {header})
                pending = [block.index]
                while pending:
                    index = pending.pop()
                    if index not in body:
                        body.add(index)
                        pending += sequence.blocks[index].predecessors
    for block in sequence.blocks:
        around = [header for header, body in loops.items() if block.index in body]
        assert block.loop_depth == len(around)
        assert block.loop == max((header for header in around if header != block.index), default=-1)
        assert block.loop_end == (max(loops[block.index]) + 1 if block.index in loops else -1)
