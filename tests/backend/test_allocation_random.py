"""The register allocator on random sequences: the checker and a simulation agree that all is well."""

from __future__ import annotations

from random import Random

import pytest

from seaofnodes.backend.allocation import Allocation, CheckError, allocate, check
from seaofnodes.backend.instruction import FIRST_FLOAT, Sequence
from seaofnodes.backend.layout import ALLOCATABLE_INTEGER
from tests.backend.random_sequences import Shape, random_sequence
from tests.backend.simulate import Mismatch, run

BATCH = 100


def random_shape(random: Random, size: int) -> Shape:
    """What to generate; the number of registers is small more often than not."""
    return Shape(
        size=random.choice((5, 10, size, size)),
        registers=random.choice((3, 3, 4, 5, 8, 13)),
        calls=random.choice((0, 0.05, 0.2)),
        fixed=random.choice((0, 0.1, 0.3)),
        deferred=random.choice((0, 0.3, 0.6)),
        fresh=random.choice((0.2, 0.6, 0.9)),
        floats=random.choice((0.0, 0.3, 0.6)),
    )


def allocated(seed: int, size: int) -> tuple[Sequence, Allocation]:
    """A random sequence, allocated."""
    shape = random_shape(Random(seed), size)
    sequence = random_sequence(seed, shape)
    floats = tuple(range(FIRST_FLOAT, FIRST_FLOAT + shape.registers))
    return sequence, allocate(sequence, ALLOCATABLE_INTEGER[: shape.registers], floats)


@pytest.mark.parametrize("batch", range(12))
def test_small_sequences(batch: int) -> None:
    for seed in range(BATCH * batch, BATCH * (batch + 1)):
        sequence, allocation = allocated(seed, 40)
        try:
            check(allocation)
            run(sequence, seed)
        except (CheckError, Mismatch) as error:
            raise AssertionError(f"seed {seed}") from error


@pytest.mark.parametrize("seed", range(50_000, 50_012))
def test_large_sequences(seed: int) -> None:
    sequence, allocation = allocated(seed, 1000)
    check(allocation)
    for path in range(10):
        run(sequence, path, 2000)


def test_result_does_not_depend_on_what_was_allocated_before() -> None:
    def outcome() -> list[object]:
        sequence, allocation = allocated(7, 400)
        return [allocation.statistics, [i.moves for block in sequence.blocks for i in block.instructions]]

    assert outcome() == outcome()


@pytest.mark.parametrize("batch", range(4))
def test_checker_finds_what_a_simulation_finds(batch: int) -> None:
    """Break allocations; whatever goes wrong on some path, the checker must have refused."""
    wrong = 0
    for seed in range(90_000 + 40 * batch, 90_040 + 40 * batch):
        sequence, allocation = allocated(seed, 40)
        if not spoil(sequence, Random(seed)):
            continue
        try:
            for path in range(6):
                run(sequence, path)
        except Mismatch:
            wrong += 1
            with pytest.raises(CheckError):
                check(allocation)
    assert wrong >= 10


def spoil(sequence: Sequence, random: Random) -> bool:
    """Change one move or one location."""
    instructions = [instruction for block in sequence.blocks for instruction in block.instructions]
    moving = [instruction for instruction in instructions if instruction.moves]
    choice = random.random()
    if moving and choice < 0.6:
        moves = random.choice(moving).moves
        assert moves is not None
        which = random.randrange(len(moves))
        source, target, vreg = moves[which]
        if choice < 0.3:
            del moves[which]
        elif choice < 0.45:
            moves[which] = (source, target + 1 if target in range(2) else target, vreg)
        else:
            moves.reverse()
        return True
    using = [instruction for instruction in instructions if instruction.use_locations]
    if not using:
        return False
    locations = random.choice(using).use_locations
    locations[random.randrange(len(locations))] = random.choice((0, 1, 2, 32, 33, FIRST_FLOAT))
    return True
