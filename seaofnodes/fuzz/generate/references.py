"""Random references, and what is done with them: calls through them, branches on null, tail calls."""

from __future__ import annotations

from seaofnodes.fuzz.generate.calls import Calls
from seaofnodes.fuzz.generate.encode import EMPTY
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.types import EXTERN, FUNC, I32, FuncType, RefType, ValType, reference


class References(Calls):
    """Values of reference types (nullable ones), and statements with them."""

    def reference(self, kind: RefType, depth: int) -> None:
        """One reference: a local, a global, an entry of a table, a function, or null."""
        rng, world = self.rng, self.world
        way = rng.random()
        if depth > 0 and way < 0.1 and not self.is_tight():
            self.reference(kind, depth - 1)
            self.reference(kind, depth - 1)
            self.value(I32, 1)
            self.emit(w.SELECT_T, (kind,))
        elif way < 0.4 and self.readable[kind]:
            self.emit(w.LOCAL_GET, rng.choice(self.readable[kind]))
        elif way < 0.5 and world.globals.get(kind):
            self.emit(w.GLOBAL_GET, rng.choice(world.globals[kind]))
        elif way < 0.65 and (tables := self.tables_of(kind)):
            table = rng.choice(tables)
            self.table_index(table)
            self.emit(w.TABLE_GET, table)
        elif way < 0.95 and kind.heap is EXTERN:
            self._object(kind)
        elif way < 0.95 and (functions := self._functions(kind)):
            self.emit(w.REF_FUNC, rng.choice(functions))
        else:
            self.constant(kind)

    def _object(self, kind: RefType) -> None:
        """A Python object, if the host makes some."""
        made = [i for i, signature in enumerate(self.world.signatures) if signature.results == (kind,)]
        made = [i for i in made if i < self.world.draft.imported("function")]
        if made:
            self.call_of(made[0], 1)
        else:
            self.constant(kind)

    def _functions(self, kind: RefType) -> list[int]:
        targets, signatures = self.world.targets, self.world.signatures
        if kind.heap is FUNC:
            return targets
        return [target for target in targets if signatures[target] == kind.heap]

    def tables_of(self, kind: RefType) -> list[int]:
        """The tables of such references, the first table left out."""
        return [i for i, table in enumerate(self.world.tables) if i and table.element == kind]

    def table_index(self, table: int, most: int = 3) -> None:
        """An index that is mostly in bounds."""
        kind = self.world.tables[table].address
        if self.chance(self.profile.wild):
            self.value(kind, 1)
        elif self.chance(0.5):
            self.constant(kind, self.rng.randint(0, most))
        else:
            self.value(kind, 1)
            self.constant(kind, most)
            self.emit(w.I32_AND if kind is I32 else w.I64_AND)

    def is_null(self, kind: ValType, depth: int) -> None:
        if kind is not I32 or not self.world.kinds:
            self.leaf(kind)
            return
        self.reference(self.rng.choice(self.world.kinds), depth)
        self.emit(w.REF_IS_NULL)

    def table_size(self, kind: ValType, depth: int) -> None:
        found = [i for i, table in enumerate(self.world.tables) if table.address is kind]
        if found:
            self.emit(w.TABLE_SIZE, self.rng.choice(found))
        else:
            self.leaf(kind)

    def assign_reference(self, depth: int) -> None:
        if not self.world.kinds:
            self.assign(depth)
            return
        kind = self.rng.choice(self.world.kinds)
        self.reference(kind, 2)
        self.keep((kind,))

    def branch_on_null(self, depth: int) -> None:
        """A reference that is used where it is not null."""
        world, rng = self.world, self.rng
        if not world.kinds:
            self.assign(depth)
            return
        kind = rng.choice(world.kinds)
        way = rng.randrange(4)
        if way == 0:  # br_on_null: out of a block without it
            self.emit(w.BLOCK, EMPTY)
            self.reference(kind, 2)
            self.emit(w.BR_ON_NULL, 0)
            self.keep((kind,))
            self.emit(w.END)
        elif way == 1:  # br_on_non_null: out of a block with it
            self.emit(w.BLOCK, FuncType((), (reference(kind.heap, False),)))
            self.reference(kind, 2)
            self.emit(w.BR_ON_NON_NULL, 0)
            self.leave_function()
            self.emit(w.END)
            self.keep((kind,))
        elif way == 2:  # ref.as_non_null: mostly of what is not null
            local = self.new_local(kind)
            self.reference(kind, 2)
            if self.chance(self.profile.wild):
                self.emit(w.REF_AS_NON_NULL)
                self.keep((kind,))
                return
            self.emit(w.LOCAL_TEE, local)
            self.emit(w.REF_IS_NULL)
            self.emit(w.I32_EQZ)
            self.emit(w.IF, EMPTY)
            self.emit(w.LOCAL_GET, local)
            self.emit(w.REF_AS_NON_NULL)
            self.keep((kind,))
            self.emit(w.END)
        else:
            self.reference(kind, 2)
            self.emit(w.REF_IS_NULL)
            self.keep((I32,))

    def leave_function(self) -> None:
        """Return, with some results."""
        for kind in self.kind.results:
            self.leaf(kind)
        self.emit(w.RETURN)

    # Calls through references, and tail calls.

    def call_reference(self, depth: int) -> None:
        signature = self._called(None, 2)
        if signature is None:
            self.assign(depth)
        else:
            self.keep(signature.results)

    def call_reference_value(self, kind: ValType, depth: int) -> None:
        if self._called((kind,), depth) is None:
            self.leaf(kind)

    def _called(self, results: tuple[ValType, ...] | None, depth: int) -> FuncType | None:
        """Call a reference to a function, of that type; None if there is none that may be called."""
        signature = self._arguments(results, depth)
        if signature is not None:
            self.emit(w.CALL_REF, self.world.draft.type_index(signature))
            self.cost_of_target()
        return signature

    def _arguments(self, results: tuple[ValType, ...] | None, depth: int) -> FuncType | None:
        """Arguments of such a call, and the reference."""
        world, rng = self.world, self.rng
        wanted = [t for t in world.targets if results is None or world.signatures[t].results == results]
        if not wanted or not world.profile.references or not self.may_call_targets():
            return None
        signature = world.signatures[rng.choice(wanted)]
        self.values(signature.params, depth)
        typed = reference(signature, True)
        if typed in world.kinds and self.chance(0.6):
            self.reference(typed, 2)
            if self.chance(0.7):  # not null, or another one
                local = self.new_local(typed)
                self.emit(w.LOCAL_TEE, local)
                self.emit(w.REF_FUNC, rng.choice(self._functions(typed)))
                self.emit(w.LOCAL_GET, local)
                self.emit(w.REF_IS_NULL)
                self.emit(w.SELECT_T, (typed,))
        else:
            self.emit(w.REF_FUNC, rng.choice([t for t in wanted if world.signatures[t] == signature]))
        return signature

    def tail_call(self, depth: int) -> None:
        """A call in the place of this function, on a condition."""
        world, rng = self.world, self.rng
        results = self.kind.results
        direct = [i for i, s in enumerate(world.signatures) if s.results == results and self.callable(i)]
        direct = [i for i in direct if i != world.reenter]
        positions = sorted(i for i, f in world.positions.items() if world.signatures[f].results == results)
        self.value(I32, 2)
        self.emit(w.IF, EMPTY)
        way = rng.choice(("direct", "indirect", "indirect", "reference", "reference"))  # seldom possible
        if way == "reference" and (signature := self._arguments(results, 1)) is not None:
            self.emit(w.RETURN_CALL_REF, world.draft.type_index(signature))
            self.cost_of_target()
        elif way == "indirect" and self.indirect_call(positions, 1):
            self.body[-1] = (w.RETURN_CALL_INDIRECT, self.body[-1][1])
        elif direct:
            index = rng.choice(direct)
            self.call_of(index, 1)
            self.body[-1] = (w.RETURN_CALL, index)
        else:
            self.leave_function()
        self.emit(w.END)
