"""Positions of machine code."""

from __future__ import annotations

from seaofnodes.backend.positions import Position, Positions


def test_positions_are_found_and_read() -> None:
    positions = Positions([0, 5, 9], [-1, 7, 8], [-1, 30, 40], [-1, -1, 2])
    assert list(positions) == [Position(0, -1, -1), Position(5, 7, 30), Position(9, 8, 40, 2)]
    assert positions[-1] == positions.at(9) == positions.at(1000) and positions.at(4) == positions[0]
    assert positions.at(-1) is None and Positions([], [], [], []).at(3) is None
    assert positions[1:] == [positions[1], positions[2]] and len(positions) == 3


def test_of_baseline_code() -> None:
    assert list(Positions.of_baseline([0, 3], [10, 20])) == [Position(0, -1, 10), Position(3, -1, 20)]
