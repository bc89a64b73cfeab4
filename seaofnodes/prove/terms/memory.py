"""Memories as arrays of Z3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

from seaofnodes.passes.rules.rule import Rule
from seaofnodes.prove.memory import MEMORY_BIT, Numbers, all_accesses
from seaofnodes.prove.terms.bitvectors import SymbolicBits, Term


class SymbolicState:
    """A state with unknown contents and sizes; see State."""

    def __init__(self, rule: Rule, case: int) -> None:
        state = rule.state
        count = len(state.addresses) if state is not None else 0
        self.case = case
        self._array = z3.Array("memory", z3.BitVecSort(64), z3.BitVecSort(8))
        self._sizes = [z3.BitVec(f"size of memory {i}", 64) for i in range(count)]

    def byte(self, address: SymbolicBits) -> SymbolicBits:
        """See State."""
        return SymbolicBits(8, z3.Select(self._array, address.term))

    def size(self, address: SymbolicBits) -> SymbolicBits:
        """See State."""
        memory = z3.LShR(address.term, MEMORY_BIT)
        found: Term = z3.BitVecVal(0, 64)
        for index, size in enumerate(self._sizes):
            found = z3.If(memory == index, size, found)
        return SymbolicBits(64, found)

    def numbers(self, rule: Rule, symbols: dict[str, Any], number: Callable[[Term], int]) -> Numbers:
        """The state in a model. number: the value of a term in it."""
        bytes: dict[int, int] = {}
        for access in all_accesses(rule):
            begin = symbols[access.address.name]
            for place in range(access.address.displacement, access.address.displacement + access.width):
                address = begin + begin.constant(place)
                bytes[number(address.term)] = number(self.byte(address).term)
        return Numbers(self.case, bytes, tuple(map(number, self._sizes)))
