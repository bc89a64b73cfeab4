"""Random statements: code that leaves the operand stack as it was. Loops are bounded, each by a counter of its own."""

from __future__ import annotations

from seaofnodes.fuzz.generate.choices import OPERATORS, STORES
from seaofnodes.fuzz.generate.encode import EMPTY
from seaofnodes.fuzz.generate.endless import Endless
from seaofnodes.fuzz.generate.rule_patterns import write
from seaofnodes.fuzz.generate.values import World
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.types import I32, I64, FuncType, ValType

_DEEPEST = 6
_OF_RULES = 0.3  # of stores
_TRIPS = (1, 2, 3, 4, 4, 7, 8, 16, 33, 100)


class Statements(Endless):
    """A function while it is written: `write` makes all of it."""

    def __init__(self, world: World, index: int, kind: FuncType, room: int, cost_limit: int) -> None:
        super().__init__(world, index, kind, room, cost_limit)
        self._names = list(self.profile.statements)
        self._weights = list(self.profile.statements.values())

    def write(self) -> None:
        """Statements until there is no more room, then the results."""
        for _ in range(self.rng.randint(0, self.profile.locals)):
            self.add_variable(self.type())
        for kind in self.world.kinds:
            for _ in range(self.rng.choice((0, 1, 2))):
                self.add_variable(kind)
        if self.index in self.world.fueled:
            self._take_fuel()
        while not self.is_tight():
            self.statement(0)
        self.values(self.kind.results, 2)

    def _take_fuel(self) -> None:
        """Return at once when there is no fuel; else use some."""
        fuel = self.world.fuel
        self.emit(w.GLOBAL_GET, fuel)
        self.emit(w.I32_EQZ)
        self.emit(w.IF, EMPTY)
        for kind in self.kind.results:
            self.constant(kind)
        self.emit(w.RETURN)
        self.emit(w.END)
        self.emit(w.GLOBAL_GET, fuel)
        self.constant(I32, 1)
        self.emit(w.I32_SUB)
        self.emit(w.GLOBAL_SET, fuel)

    def statement(self, depth: int) -> None:
        name = self.rng.choices(self._names, self._weights)[0]
        if depth >= _DEEPEST and name in ("if_else", "block", "loop", "switch"):
            name = "assign"
        getattr(self, name)(depth)

    def statements(self, depth: int) -> None:
        for _ in range(self.rng.randint(1, 4)):
            self.statement(depth)
            if self.is_tight():
                break

    # Plain ones.

    def drop(self, depth: int) -> None:
        self.value(self.type(), self.profile.depth)
        self.emit(w.DROP)

    def nothing(self, depth: int) -> None:
        self.emit(w.NOP)

    def store(self, depth: int) -> None:
        if not self.world.memories:
            self.assign(depth)
            return
        found = self.shapes(None)
        if found and self.chance(_OF_RULES):
            write(self.rng.choice(found), self, self.profile.depth)
            return
        kind = self.type()
        code, memory = self.rng.choice(STORES[kind]), self.memory()
        offset = self.address(memory)
        self.value(kind, self.profile.depth - 1)
        if kind.is_float:
            self.known_nan(kind)
        self.access(code, offset, memory)

    def set_global(self, depth: int) -> None:
        kind = self.any_type()
        found = self.world.settable.get(kind)
        if not found:
            self.assign(depth)
            return
        self.value(kind, self.profile.depth - 1)
        self.emit(w.GLOBAL_SET, self.rng.choice(found))

    # Calls.

    def call(self, depth: int) -> None:
        world = self.world
        found = [index for index in range(len(world.signatures)) if self.callable(index)]
        if not found:
            self.assign(depth)
            return
        index = self.rng.choice(found)
        if index == world.reenter:
            self.constant(I32, self.rng.randrange(world.pokes + 1))
            self.emit(w.CALL, index)
            self.cost += world.costs[index] * self.multiplier
            return
        self.call_of(index, 2)
        self.keep(world.signatures[index].results)

    def call_indirect(self, depth: int) -> None:
        positions = sorted(self.world.positions)
        if not self.indirect_call(positions, 2):
            self.assign(depth)
            return
        type_index = self.body[-1][1][0]
        self.keep(self.world.draft.called_type(type_index).results)

    # Control.

    def if_else(self, depth: int) -> None:
        results = tuple(self.any_type() for _ in range(self.rng.choice((0, 0, 0, 1, 2))))
        self.value(I32, self.profile.depth - 1)
        self.emit(w.IF, FuncType((), results))
        self.labels.append(results)
        self.statements(depth + 1)
        self.values(results, 2)
        if results or self.chance(0.6):
            self.emit(w.ELSE)
            self.statements(depth + 1)
            self.values(results, 2)
        self.labels.pop()
        self.emit(w.END)
        self.keep(results)

    def block(self, depth: int) -> None:
        params = tuple(self.any_type() for _ in range(self.rng.choice((0, 0, 0, 1, 2))))
        results = tuple(self.any_type() for _ in range(self.rng.choice((0, 0, 1, 2, 3))))
        self.values(params, 2)
        self.emit(w.BLOCK, FuncType(params, results))
        self.labels.append(results)
        self.keep(params)
        self.statements(depth + 1)
        self.values(results, 2)
        if self.chance(0.08):
            self.emit(w.BR, 0)
            self._unreachable_code()
        self.labels.pop()
        self.emit(w.END)
        self.keep(results)

    def leave(self, depth: int) -> None:
        """Branch out or return, mostly on a condition."""
        targets = [(d, kinds) for d, kinds in enumerate(reversed(self.labels)) if kinds is not None]
        if targets and self.chance(0.75):
            target, kinds = self.rng.choice(targets)
            self.values(kinds, 1)
            self.value(I32, 2)
            self.emit(w.BR_IF, target)
            self.keep(kinds)
            return
        self.value(I32, 2)
        self.emit(w.IF, EMPTY)
        self.values(self.kind.results, 1)
        if self.chance(0.7):
            self.emit(w.RETURN)
        else:
            self.emit(w.BR, len(self.labels) + 1)
        self.emit(w.END)

    def trap(self, depth: int) -> None:
        self.value(I32, 2)
        self.value(I32, 2)
        self.emit(w.I32_EQ)
        self.emit(w.IF, EMPTY)
        self.emit(w.UNREACHABLE)
        self.emit(w.END)

    def dead(self, depth: int) -> None:
        """Code that nothing reaches."""
        self.emit(w.BLOCK, EMPTY)
        self.value(I32, 1)
        self.emit(w.BR_TABLE, (0,))
        self._unreachable_code()
        self.emit(w.END)

    def _unreachable_code(self) -> None:
        """Operands come from nowhere; leaves nothing more on the stack."""
        for _ in range(self.rng.randint(0, 3)):
            kind = self.type()
            way = self.rng.randrange(4)
            if way == 0:
                self.emit(self.rng.choice(OPERATORS[kind]["unary"]))
                self.emit(w.DROP)
            elif way == 1:
                self.emit(w.SELECT)
                self.emit(w.DROP)
            elif way == 2:
                self.value(kind, 2)
                self.emit(w.DROP)
            else:
                self.emit(w.LOOP, EMPTY)
                self.emit(w.BR, 0)
                self.emit(w.END)

    def switch(self, depth: int) -> None:
        """br_table out of nested blocks, each with its own code behind it."""
        kinds = (self.any_type(),) if self.chance(0.3) else ()
        count = self.rng.randint(1, 4)
        for _ in range(count):
            self.emit(w.BLOCK, FuncType((), kinds))
            self.labels.append(kinds)
        self.values(kinds, 1)
        self.value(I32, 2)
        if self.chance(0.7):
            self.constant(I32, 7)
            self.emit(w.I32_AND)
        others = [d for d, k in enumerate(reversed(self.labels)) if k == kinds]
        self.emit(w.BR_TABLE, tuple(self.rng.choice(others) for _ in range(self.rng.randint(1, 9))))
        for left in reversed(range(count)):
            self.labels.pop()
            self.emit(w.END)
            self.keep(kinds)
            if left:
                self.statements(depth + 1)
                self.values(kinds, 1)

    # Loops.

    def loop(self, depth: int) -> None:
        most = max((self.cost_limit - self.cost) // (40 * self.multiplier), 0)
        trips = [trips for trips in _TRIPS if trips <= most and (trips <= 8 or self.chance(self.profile.hot))]
        if not trips:
            self.assign(depth)
            return
        self.rng.choice((self._count_down, self._count_up))(depth, self.rng.choice(trips))

    def _count_down(self, depth: int, trips: int) -> None:
        """do { ... } while (--counter > 0), with a value that is carried round."""
        kind = self.rng.choice((I32, I64))
        greater, sub = (w.I32_GT_S, w.I32_SUB) if kind is I32 else (w.I64_GT_S, w.I64_SUB)
        counter = self.new_local(kind)
        carried = tuple(self.any_type() for _ in range(self.rng.choice((0, 0, 1, 2))))
        self.constant(kind, trips)
        self.emit(w.LOCAL_SET, counter)
        self.values(carried, 1)
        self.emit(w.LOOP, FuncType(carried, carried))
        self.readable[kind].append(counter)
        self.labels.append(None)
        self.multiplier *= trips
        self.keep(carried)
        self._loop_body(depth)
        self.values(carried, 1)
        self.emit(w.LOCAL_GET, counter)
        self.constant(kind, 1)
        self.emit(sub)
        self.emit(w.LOCAL_TEE, counter)
        self.constant(kind, 0)
        self.emit(greater)
        self.emit(w.BR_IF, 0)
        self._end_loop(kind, trips)
        self.keep(carried)

    def _count_up(self, depth: int, trips: int) -> None:
        """for (counter = start; counter < start + trips * step; counter += step) { ... }"""
        kind = self.rng.choice((I32, I32, I64))
        ends, add = (w.I32_GE_U, w.I32_ADD) if kind is I32 else (w.I64_GE_U, w.I64_ADD)
        counter = self.new_local(kind)
        start, step = self.rng.choice((0, 0, 0, 1, 100)), self.rng.choice((1, 1, 1, 2, 4, 8))
        self.constant(kind, start)
        self.emit(w.LOCAL_SET, counter)
        self.emit(w.BLOCK, EMPTY)
        self.emit(w.LOOP, EMPTY)
        self.labels += [(), None]
        self.multiplier *= trips
        self.emit(w.LOCAL_GET, counter)
        if trips < 8 and self.chance(0.4):  # how often depends on data, but is bounded
            self.value(kind, 1)
            self.constant(kind, trips * step)
            self.emit(w.I32_REM_U if kind is I32 else w.I64_REM_U)
            if start:
                self.constant(kind, start)
                self.emit(add)
        else:
            self.constant(kind, start + trips * step)
        self.emit(ends)
        self.emit(w.BR_IF, 1)
        self.readable[kind].append(counter)
        self._loop_body(depth)
        self.emit(w.LOCAL_GET, counter)
        self.constant(kind, step)
        self.emit(add)
        self.emit(w.LOCAL_SET, counter)
        self.emit(w.BR, 0)
        self.emit(w.END)
        self.labels.pop()
        self._end_loop(kind, trips)

    def _loop_body(self, depth: int) -> None:
        if self.chance(0.5):  # a block to leave the rest of the body
            self.emit(w.BLOCK, EMPTY)
            self.labels.append(())
            self.statements(depth + 1)
            self.labels.pop()
            self.emit(w.END)
        else:
            self.statements(depth + 1)

    def _end_loop(self, kind: ValType, trips: int) -> None:
        self.readable[kind].pop()
        self.multiplier //= trips
        self.labels.pop()
        self.emit(w.END)
