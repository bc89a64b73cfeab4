"""Random calls, direct ones and through the first table. What may be called where keeps executions finite."""

from __future__ import annotations

from seaofnodes.fuzz.generate.choices import COMPARISONS
from seaofnodes.fuzz.generate.encode import EMPTY
from seaofnodes.fuzz.generate.values import Values
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.module import FUNCTION
from seaofnodes.wasm.types import I32, I64, FuncType, ValType


class Calls(Values):
    """Values that calls give."""

    def callable(self, index: int) -> bool:
        """May this function call that one? So that calls end, only lower ones, or those that need fuel."""
        world = self.world
        if self.calm:  # only the host
            return index < world.draft.imported(FUNCTION) and self.affords(world.costs[index])
        if index in world.fueled:
            return self.affords(100)
        return index < self.index and self.affords(world.costs[index])

    def call_of(self, index: int, depth: int) -> None:
        """A direct call; leaves the results."""
        self.values(self.world.signatures[index].params, depth)
        self.emit(w.CALL, index)
        if index not in self.world.fueled:
            self.cost += self.world.costs[index] * self.multiplier

    def call_value(self, kind: ValType, depth: int) -> None:
        found = [i for i, s in enumerate(self.world.signatures) if s.results == (kind,) and self.callable(i)]
        if not found:
            self.leaf(kind)
            return
        self.call_of(self.rng.choice(found), depth)

    def ask_calls(self, depth: int) -> None:
        """A statement, twice in a row: a call, and right behind it branches on comparisons of its result."""
        world = self.world
        asked = [i for i, s in enumerate(world.signatures) if i != world.reenter and {I32, I64} & {*s.results}]
        for _ in range(2):
            found = [index for index in asked if self.callable(index)]
            if not found:
                self.assign(depth)
                return
            imported = [index for index in found if index < world.draft.imported(FUNCTION)]  # are not inlined
            index = self.rng.choice(imported if imported and self.chance(0.5) else found)
            self.call_of(index, 1)
            results = world.signatures[index].results
            last = max(at for at, kind in enumerate(results) if kind is I32 or kind is I64)
            local = self.new_local(results[last])
            self.keep(results[last + 1 :])
            self.emit(w.LOCAL_SET, local)
            self.keep(results[:last])
            if self.chance(0.75):
                self._answer(local, 2)
            else:
                self._answer_by_case(local)
            if world.settable.get(I32) and self.chance(0.5):
                self.emit(w.GLOBAL_SET, self.rng.choice(world.settable[I32]))
            else:
                self.keep((I32,))

    def _answer(self, local: int, tests: int) -> None:
        """A number that tells what a local is, as far as so many comparisons show it."""
        if not tests:
            self.constant(I32, self.rng.getrandbits(8))
            return
        kind = self.local_types[local]
        self.emit(w.LOCAL_GET, local)
        if self.chance(0.8):
            self.constant(kind)
        else:
            self.leaf(kind)
        self.emit(self.rng.choice(COMPARISONS[kind]))
        self.emit(w.IF, FuncType((), (I32,)))
        self._answer(local, tests - 1)
        self.emit(w.ELSE)
        self._answer(local, tests - 1)
        self.emit(w.END)

    def _answer_by_case(self, local: int) -> None:
        """The same behind a switch on something else."""
        self.emit(w.BLOCK, FuncType((), (I32,)))
        self.emit(w.BLOCK, EMPTY)
        self.emit(w.BLOCK, EMPTY)
        self.leaf(I32)
        self.emit(w.BR_TABLE, tuple(self.rng.randrange(2) for _ in range(self.rng.randint(2, 5))))
        self.emit(w.END)
        self._answer(local, 1)
        self.emit(w.BR, 1)
        self.emit(w.END)
        self._answer(local, 1)
        self.emit(w.END)

    def call_indirect_value(self, kind: ValType, depth: int) -> None:
        wanted = sorted(i for i, f in self.world.positions.items() if self.world.signatures[f].results == (kind,))
        if not self.indirect_call(wanted, depth):
            self.leaf(kind)

    def indirect_call(self, positions: list[int], depth: int) -> bool:
        """A call through one of these positions of the table, or others of its type; False if none may be called."""
        world, rng = self.world, self.rng
        if not positions or not self.may_call_targets():
            return False
        position = rng.choice(positions)
        signature = world.signatures[world.positions[position]]
        self.values(signature.params, depth)
        same = [
            at in world.positions and world.signatures[world.positions[at]] == signature
            for at in range(world.table_size)
        ]
        if self.chance(self.profile.wild):
            self.value(I32, depth)
            if self.chance(0.5):
                self.constant(I32, world.table_size - 1)
                self.emit(w.I32_AND)
        elif self.chance(0.5) and all(same[position & ~1 : (position & ~1) + 2]):
            self.value(I32, depth)  # polymorphic: one of a group
            size = 4 if all(same[position & ~3 : (position & ~3) + 4]) else 2
            self.constant(I32, size - 1)
            self.emit(w.I32_AND)
            if position & -size:
                self.constant(I32, position & -size)
                self.emit(w.I32_ADD if self.chance(0.5) else w.I32_OR)
        else:
            self.constant(I32, position)
        self.emit(w.CALL_INDIRECT, (world.draft.type_index(signature), 0))
        self.cost_of_target()
        return True

    def may_call_targets(self) -> bool:
        """May any of the functions that references are to be called here?"""
        fueled = self.world.fueled
        return not self.calm and all(self.callable(target) or target in fueled for target in self.world.targets)

    def cost_of_target(self) -> None:
        """One of them is called."""
        costs, fueled = self.world.costs, self.world.fueled
        known = (costs[target] for target in self.world.targets if target not in fueled and target < len(costs))
        self.cost += max(known, default=0) * self.multiplier
