"""Moves between registers that are left out, as long as nobody can tell.

After V8's register optimizer: registers that hold the same value are in one equivalence set, of which some members are
materialized, i.e. really have it. Variables of the source are observable, and get their value at once; temporaries and
the accumulator when something reads them, or when the last one that has the value is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.javascript.bytecode.registers import index_of, register

ACCUMULATOR = 1  # not a number that a register has


class _Info:
    __slots__ = ("allocated", "before", "following", "materialized", "observable", "order", "register", "set")

    def __init__(self, register: int, order: int, observable: bool) -> None:
        self.register = register
        self.order = order
        self.observable = observable
        self.materialized = True
        self.allocated = True
        self.set = object()
        self.following = self.before = self

    def others(self) -> list[_Info]:
        found = []
        walk = self.following
        while walk is not self:
            found.append(walk)
            walk = walk.following
        return found

    def leave(self, materialized: bool) -> None:
        """Be alone, with a value of its own."""
        self.following.before, self.before.following = self.before, self.following
        self.following = self.before = self
        self.set = object()
        self.materialized = materialized

    def join(self, other: _Info) -> None:
        self.leave(False)
        self.following, self.before = other.following, other
        other.following.before = self
        other.following = self
        self.set = other.set


class Transfers:
    """emit(name, operands): writes a move.

    parameters: how many there are, with the receiver; variables: registers of the source's variables, from 0 on.
    """

    def __init__(self, parameters: int, variables: int, emit: Callable[[str, tuple[int, ...]], None]) -> None:
        self.emit = emit
        self.variables = variables
        self.used = variables  # registers of the frame that really have values
        self.infos: dict[int, _Info] = {}
        self.accumulator = _Info(ACCUMULATOR, -1, False)
        self.dirty: dict[_Info, None] = {}

    def _info(self, number: int) -> _Info:
        found = self.infos.get(number)
        if found is None:
            index = index_of(number)
            found = self.infos[number] = _Info(number, index, index < self.variables)
        return found

    # --- What the code wants

    def load(self, source: int) -> None:
        self._transfer(self._info(source), self.accumulator)

    def store(self, target: int) -> None:
        self._transfer(self.accumulator, self._info(target))

    def move(self, source: int, target: int) -> None:
        self._transfer(self._info(source), self._info(target))

    def reads_accumulator(self) -> None:
        self._materialize(self.accumulator)

    def writes_accumulator(self) -> None:
        self._overwrite(self.accumulator)

    def writes(self, target: int) -> None:
        self._overwrite(self._info(target))
        self.used = max(self.used, index_of(target) + 1)

    def reads(self, source: int) -> int:
        """A register that has the value of another one, or that one, which has it from now on."""
        found = self._info(source)
        if found.materialized:
            return source
        for other in found.others():
            if other.materialized and other is not self.accumulator:
                return other.register
        self._materialize(found)
        return source

    def reads_in_place(self, source: int) -> None:
        """That very register is read."""
        self._materialize(self._info(source))

    def flush(self) -> None:
        """All have their own values: before a jump, and where one leads to."""
        for found in list(self.dirty):
            holder = (
                found if found.materialized else next((other for other in found.others() if other.materialized), None)
            )
            if holder is None:
                continue
            for other in holder.others():
                if other.allocated and not other.materialized:
                    self._output(holder, other)
            for other in [*holder.others(), holder]:
                other.leave(True)
        self.dirty.clear()

    # --- Registers come and go

    def allocated(self, first: int, count: int) -> None:
        for index in range(first, first + count):
            found = self._info(register(index))
            found.allocated = True
            if not found.materialized:
                found.leave(True)

    def freed(self, first: int, count: int) -> None:
        for index in range(first, first + count):
            self._info(register(index)).allocated = False

    # --- Inside

    def _output(self, source: _Info, target: _Info) -> None:
        if source is self.accumulator:
            self.emit("Star", (target.register,))
        elif target is self.accumulator:
            self.emit("Ldar", (source.register,))
        else:
            self.emit("Mov", (source.register, target.register))
        target.materialized = True
        self.used = max(self.used, target.order + 1)

    def _holder(self, found: _Info) -> _Info:
        if found.materialized:
            return found
        return next(other for other in found.others() if other.materialized)

    def _materialize(self, found: _Info) -> None:
        if not found.materialized:
            self._output(self._holder(found), found)

    def _keep(self, found: _Info) -> None:
        """The value of a register that is overwritten is kept by another one, if it is the last that has it."""
        best = None
        for other in found.others():
            if other.materialized:
                return
            if other.allocated and (best is None or other.order < best.order):
                best = other
        if best is not None:
            self._output(found, best)

    def _overwrite(self, found: _Info) -> None:
        if found.materialized:
            self._keep(found)
        found.leave(True)

    def _transfer(self, source: _Info, target: _Info) -> None:
        same = source.set is target.set
        if same and (not target.observable or target.materialized):
            return
        if target.materialized:
            self._keep(target)
        if not same:
            target.join(source)
            self.dirty[target] = None
        if target.observable:
            target.materialized = False
            self._output(self._holder(source), target)
        if source.observable:
            for other in source.others():
                if not other.observable and other is not self.accumulator:
                    other.materialized = False
