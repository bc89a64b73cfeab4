"""Random tries and throws, of both forms; a module has one of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from seaofnodes.fuzz.generate.bulk import Bulk
from seaofnodes.fuzz.generate.encode import EMPTY
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.opcodes import Catch, TryTable
from seaofnodes.wasm.types import EXNREF, I32, FuncType, ValType

Types = tuple[ValType, ...]


class Exceptions(Bulk):
    """Statements."""

    @abstractmethod
    def statements(self, depth: int) -> None:
        """Some statements; see Statements."""

    def throw(self, depth: int) -> None:
        """On a condition."""
        tags = self.world.tags
        if not tags or self.calm:
            self.assign(depth)
            return
        self.value(I32, 2)
        self.emit(w.IF, EMPTY)
        tag = self.rng.randrange(len(tags))
        self.values(tags[tag], 2)
        self.emit(w.THROW, tag)
        self.emit(w.END)

    def throw_again(self, depth: int) -> None:
        """throw_ref of an exception that has been caught, mostly not null; or rethrow."""
        if not self.world.tags or self.calm:
            self.assign(depth)
        elif self.world.profile.legacy:
            self._rethrow(depth)
        else:
            local = self.new_local(EXNREF)
            self.reference(EXNREF, 2)
            self.emit(w.LOCAL_TEE, local)
            self.emit(w.REF_IS_NULL)
            if not self.chance(self.profile.wild):
                self.emit(w.I32_EQZ)
            self.emit(w.IF, EMPTY)
            self.emit(w.LOCAL_GET, local)
            self.emit(w.THROW_REF)
            self.emit(w.END)

    def _rethrow(self, depth: int) -> None:
        if not self.catching:
            self.throw(depth)
            return
        self.value(I32, 2)
        self.emit(w.IF, EMPTY)
        self.emit(w.RETHROW, len(self.labels) - self.rng.choice(self.catching))
        self.emit(w.END)

    def catch(self, depth: int) -> None:
        """A try with some clauses."""
        if not self.world.tags or depth >= 5 or self.is_tight():
            self.assign(depth)
        elif self.world.profile.legacy:
            self._try(depth)
        else:
            self._try_table(depth)

    def _tags(self) -> list[int | None]:
        tags = self.world.tags
        found: list[int | None] = [self.rng.randrange(len(tags)) for _ in range(self.rng.choice((0, 1, 1, 2, 3)))]
        return [*found, None] if not found or self.chance(0.35) else found

    def _carried(self, tag: int | None) -> Types:
        return () if tag is None else self.world.tags[tag]

    def _try_table(self, depth: int) -> None:
        """A block around it for each clause, and one around all of them, where all end."""
        results = self._results()
        clauses = [(tag, self.chance(0.4)) for tag in self._tags()]
        carried = [self._carried(tag) + (EXNREF,) * kept for tag, kept in clauses]
        self._block(results)
        for types in reversed(carried):
            self._block(types)
        catches = tuple(Catch(tag, kept, at) for at, (tag, kept) in enumerate(clauses))
        self.emit(w.TRY_TABLE, TryTable(FuncType((), results), catches))
        self.labels.append(results)
        self._body(depth, results)
        self.labels.pop()
        self.emit(w.END)
        self.emit(w.BR, len(clauses))
        for left, types in zip(reversed(range(len(clauses))), carried, strict=True):
            self.labels.pop()
            self.emit(w.END)
            self.keep(types)
            self._body(depth, results)
            if left:
                self.emit(w.BR, left)
        self.labels.pop()
        self.emit(w.END)
        self.keep(results)

    def _block(self, types: Types) -> None:
        self.emit(w.BLOCK, FuncType((), types))
        self.labels.append(types)

    def _results(self) -> Types:
        return tuple(self.any_type() for _ in range(self.rng.choice((0, 0, 1, 2))))

    def _body(self, depth: int, results: Types) -> None:
        self.statements(depth + 1)
        self.values(results, 1)

    def _try(self, depth: int) -> None:
        """The older form."""
        results = self._results()
        self.emit(w.TRY, FuncType((), results))
        self.labels.append(results)
        self._body(depth, results)
        if self.chance(0.25):
            self.labels.pop()
            self.emit(w.DELEGATE, self.rng.randrange(len(self.labels) + 1))
            self.keep(results)
            return
        self._arms(depth, results, self._tags())
        self.labels.pop()
        self.emit(w.END)
        self.keep(results)

    def _arms(self, depth: int, results: Types, tags: Sequence[int | None]) -> None:
        self.catching.append(len(self.labels) - 1)
        for tag in tags:
            self.emit(w.CATCH_ALL if tag is None else w.CATCH, tag)
            self.keep(self._carried(tag))
            if self.chance(0.2):
                self._rethrow(depth)
            self._body(depth, results)
        self.catching.pop()
