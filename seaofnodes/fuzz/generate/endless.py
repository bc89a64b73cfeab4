"""Loops that no branch leaves, only exceptions, traps, returns of callees or tail calls: inlining makes them endless.

Helpers are small functions that such loops call. Either the loop counts its turns itself, or its helper counts them in
a global: the turn that comes to zero traps, or throws what nobody catches here. So the loop ends.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

from seaofnodes.fuzz.generate.encode import EMPTY
from seaofnodes.fuzz.generate.exceptions import Exceptions
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.opcodes import Catch, TryTable
from seaofnodes.wasm.types import EXNREF, I32, FuncType, ValType

Types = tuple[ValType, ...]

HELPERS: Final = ("throws", "throws", "returns", "traps", "counts, throws", "counts, returns")
_TRIPS: Final = (1, 2, 3, 5, 9)


class Endless(Exceptions):
    """Statements."""

    @abstractmethod
    def statement(self, depth: int) -> None:
        """A statement; see Statements."""

    def helper(self, what: str) -> None:
        """The body of a helper, one of HELPERS."""
        if what.startswith("counts"):
            turns = self.world.turns
            self.emit(w.GLOBAL_GET, turns)
            self.constant(I32, 1)
            self.emit(w.I32_SUB)
            self.emit(w.GLOBAL_SET, turns)
            self._end_at_zero(w.GLOBAL_GET, turns)
        if self.chance(0.3):
            self.assign(0)
        if what == "traps":
            self._trap()
        if what.endswith("throws") and self.world.tags:
            tag = self.rng.randrange(len(self.world.tags))
            self.values(self.world.tags[tag], 1)
            self.emit(w.THROW, tag)
        else:
            self.values(self.kind.results, 1)

    def endless(self, depth: int) -> None:
        """Such a loop, on a condition: behind an if, or behind arms of a br_table."""
        if self.calm or depth >= 5 or self.is_tight() or not self._helpers():
            self.assign(depth)
        elif self.chance(0.5):
            self.value(I32, 1)
            self.constant(I32, self.rng.choice((1, 3, 7)))
            self.emit(w.I32_AND)
            if self.chance(0.5):
                self.emit(w.I32_EQZ)
            self.emit(w.IF, EMPTY)
            self.labels.append(())
            self._loop(depth)
            self._go_on(depth)
            self.labels.pop()
            self.emit(w.END)
        else:
            self._arms_of_switch(depth)

    def _arms_of_switch(self, depth: int) -> None:
        count = self.rng.randint(2, 4)
        for _ in range(count):
            self.emit(w.BLOCK, EMPTY)
            self.labels.append(())
        self.value(I32, 1)
        self.constant(I32, 7)
        self.emit(w.I32_AND)
        self.emit(w.BR_TABLE, tuple(self.rng.randrange(count) for _ in range(self.rng.randint(2, 9))))
        for left in reversed(range(count)):
            self.labels.pop()
            self.emit(w.END)
            if not left:
                break
            if self.chance(0.6):
                self._loop(depth)
                self._go_on(depth)
            else:
                self.assign(depth)
                self.emit(w.BR, left - 1)

    def _go_on(self, depth: int) -> None:
        """What stands behind such a loop."""
        way = self.rng.randrange(4)
        if way == 0:
            self.emit(w.UNREACHABLE)
        elif way == 1:
            self.values(self.kind.results, 1)
            self.emit(w.RETURN)
        elif way == 2:
            self.assign(depth)

    def _helpers(self) -> list[int]:
        return [index for index in self.world.helpers if index < self.index and self.affords(self._cost(index))]

    def _cost(self, helper: int) -> int:
        """What one turn costs about, with room for the loop's own."""
        return self.world.costs[helper] + 60

    def _loop(self, depth: int) -> None:
        helpers = self._helpers()
        if not helpers:  # the arms before have been too costly
            self.assign(depth)
            return
        index = self.rng.choice(helpers)
        most = (self.cost_limit - self.cost) // (self._cost(index) * self.multiplier)
        trips = self.rng.choice([trips for trips in _TRIPS if trips <= most] or [1])
        counts = self.world.helpers[index].startswith("counts")
        counter = self.world.turns if counts else self.new_local(I32)
        self.constant(I32, trips)
        self.emit(w.GLOBAL_SET if counts else w.LOCAL_SET, counter)
        if not self.world.tags:
            form = self._plain
        elif self.world.profile.legacy:
            form = self._legacy
        else:
            form = self.rng.choice((self._caught_in_front, self._caught_in_front, self._caught_behind, self._plain))
        self.multiplier *= trips
        form(depth, index, -1 if counts else counter)
        self.multiplier //= trips

    # The forms of the loop. helper: what it calls; counter: a local that counts turns down, -1 where the helper does.

    def _caught_in_front(self, depth: int, helper: int, counter: int) -> None:
        """An exception continues with the next iteration; an exit edge, if any, is where the helper returns."""
        catch, carried = self._clause(0)
        self.values(carried, 0)
        self.emit(w.LOOP, FuncType(carried, ()))
        self.labels.append(None)
        self.keep(carried)
        self._turn(depth, counter)
        self.emit(w.TRY_TABLE, TryTable(EMPTY, (catch,)))
        self._call(helper)
        self.emit(w.END)
        if self.chance(0.4):
            self.values(carried, 0)
            self.emit(w.BR, 0)
        self.labels.pop()
        self.emit(w.END)

    def _caught_behind(self, depth: int, helper: int, counter: int) -> None:
        """Only an exception leads out."""
        catch, carried = self._clause(1)
        self.emit(w.BLOCK, FuncType((), carried))
        self.labels.append(carried)
        self.emit(w.LOOP, EMPTY)
        self.labels.append(None)
        self._turn(depth, counter)
        self.emit(w.TRY_TABLE, TryTable(EMPTY, (catch,)))
        self._call(helper)
        self.emit(w.END)
        self.emit(w.BR, 0)
        self.labels.pop()
        self.emit(w.END)
        self.emit(w.UNREACHABLE)
        self.labels.pop()
        self.emit(w.END)
        self.keep(carried)

    def _clause(self, label: int) -> tuple[Catch, Types]:
        tag = self.rng.randrange(len(self.world.tags)) if self.chance(0.5) else None
        kept = self.chance(0.3)
        return Catch(tag, kept, label), self._carried(tag) + (EXNREF,) * kept

    def _legacy(self, depth: int, helper: int, counter: int) -> None:
        """The same with tries of the older form."""
        behind = self.chance(0.4)
        if behind:
            self.emit(w.BLOCK, EMPTY)
            self.labels.append(())
        self.emit(w.LOOP, EMPTY)
        self.labels.append(None)
        self._turn(depth, counter)
        self.emit(w.TRY, EMPTY)
        self._call(helper)
        tag = self.rng.randrange(len(self.world.tags)) if self.chance(0.4) else None
        self.emit(w.CATCH_ALL if tag is None else w.CATCH, tag)
        self.keep(self._carried(tag))
        self.emit(w.BR, 1 + behind)
        self.emit(w.END)
        if behind or self.chance(0.4):
            self.emit(w.BR, 0)
        self.labels.pop()
        self.emit(w.END)
        if behind:
            self.labels.pop()
            self.emit(w.END)

    def _plain(self, depth: int, helper: int, counter: int) -> None:
        """Nothing is caught; perhaps a tail call leads out."""
        self.emit(w.LOOP, EMPTY)
        self.labels.append(None)
        self._turn(depth, counter)
        if self.chance(0.3):
            self._leave_by_tail_call()
        self._call(helper)
        self.emit(w.BR, 0)
        self.labels.pop()
        self.emit(w.END)

    def _leave_by_tail_call(self) -> None:
        results = self.kind.results
        found = [i for i in self.world.helpers if self.world.signatures[i].results == results and i < self.index]
        if found:
            self.value(I32, 0)
            self.emit(w.IF, EMPTY)
            self.call_of(index := self.rng.choice(found), 0)
            self.body[-1] = (w.RETURN_CALL, index)
            self.emit(w.END)

    def _call(self, helper: int) -> None:
        self.call_of(helper, 0)
        self.keep(self.world.signatures[helper].results)

    def _turn(self, depth: int, counter: int) -> None:
        """Count, if the helper does not; then anything may happen here, as nothing else counts with that local."""
        if counter < 0:
            return
        if self.chance(0.3):
            self.statement(depth + 1)
        self.emit(w.LOCAL_GET, counter)
        self.constant(I32, 1)
        self.emit(w.I32_SUB)
        self.emit(w.LOCAL_TEE, counter)
        self.emit(w.DROP)
        self._end_at_zero(w.LOCAL_GET, counter)

    # Ends.

    def _end_at_zero(self, get: int, counter: int) -> None:
        """Trap where the counter is zero, mostly without a branch."""
        memories = self.world.memories
        way = self.rng.randrange(4)
        if way == 0 and memories and memories[0].address is I32:
            self.emit(get, counter)
            self.constant(I32, 1)
            self.emit(w.I32_SUB)
            self.emit(w.I32_LOAD8_U, (0, 0, 0))
            self.emit(w.DROP)
        elif way == 1:
            self.emit(get, counter)
            self.emit(w.I32_EQZ)
            self.emit(w.IF, EMPTY)
            self._trap()
            self.emit(w.END)
        else:
            self.constant(I32, 1)
            self.emit(get, counter)
            self.emit(self.rng.choice((w.I32_DIV_U, w.I32_DIV_S, w.I32_REM_U)))
            self.emit(w.DROP)

    def _trap(self) -> None:
        if self.chance(0.5):
            self.emit(w.UNREACHABLE)
        else:
            self.constant(I32, 1)
            self.constant(I32, 0)
            self.emit(w.I32_DIV_U)
            self.emit(w.DROP)
