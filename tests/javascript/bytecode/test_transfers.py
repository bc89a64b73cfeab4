"""Moves that are left out change nothing: random programs of moves, against a machine that does all of them."""

from __future__ import annotations

import random

import pytest

from seaofnodes.javascript.bytecode.registers import parameter, register
from seaofnodes.javascript.bytecode.transfers import ACCUMULATOR, Transfers

VARIABLES, TEMPORARIES = 3, 5


class Machine:
    """Registers with values; what is moved really."""

    def __init__(self) -> None:
        self.values: dict[int, object] = {}

    def emit(self, name: str, operands: tuple[int, ...]) -> None:
        if name == "Ldar":
            self.values[ACCUMULATOR] = self.get(operands[0])
        elif name == "Star":
            self.values[operands[0]] = self.get(ACCUMULATOR)
        else:
            self.values[operands[1]] = self.get(operands[0])

    def get(self, number: int) -> object:
        return self.values.get(number, f"first of {number}")


@pytest.mark.parametrize("seed", range(200))
def test_nothing_is_lost(seed: int) -> None:
    draw = random.Random(seed)
    real, wanted = Machine(), Machine()
    transfers = Transfers(2, VARIABLES, real.emit)
    transfers.allocated(VARIABLES, TEMPORARIES)
    all_registers = [*(register(index) for index in range(VARIABLES + TEMPORARIES)), parameter(0), parameter(1)]
    observable = [*all_registers[:VARIABLES], parameter(0), parameter(1)]
    for step in range(60):
        one, other = draw.choice(all_registers), draw.choice(all_registers)
        match draw.randrange(7):
            case 0:
                transfers.load(one)
                wanted.emit("Ldar", (one,))
            case 1:
                transfers.store(one)
                wanted.emit("Star", (one,))
            case 2:
                transfers.move(one, other)
                wanted.emit("Mov", (one, other))
            case 3:
                assert real.get(transfers.reads(one)) == wanted.get(one)
            case 4:
                transfers.reads_accumulator()
                assert real.get(ACCUMULATOR) == wanted.get(ACCUMULATOR)
                transfers.writes_accumulator()
                real.values[ACCUMULATOR] = wanted.values[ACCUMULATOR] = step
            case 5:
                transfers.writes(one)
                real.values[one] = wanted.values[one] = step
            case 6:
                transfers.flush()
                assert all(real.get(found) == wanted.get(found) for found in all_registers)
        assert all(real.get(found) == wanted.get(found) for found in observable), "variables have their values at once"
