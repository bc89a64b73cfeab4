"""Random modules from a seed: valid, ending, deterministic, and full of edges.

Execution ends by construction: a function calls only functions written before it, loops have counters of their own (or
their callees count turns in a global), and recursion uses up a global of fuel. A bound on the instructions of every
call is known when it is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from seaofnodes.fuzz.generate.choices import CONST, NUMBERS, draw_profile, edge
from seaofnodes.fuzz.generate.draft import FunctionDraft, ModuleDraft
from seaofnodes.fuzz.generate.endless import HELPERS
from seaofnodes.fuzz.generate.objects.types import is_object
from seaofnodes.fuzz.generate.recipe import Recipe
from seaofnodes.fuzz.generate.rule_patterns import shapes
from seaofnodes.fuzz.generate.statements import Statements
from seaofnodes.fuzz.generate.tables import HOST, Tables
from seaofnodes.fuzz.generate.values import World
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.constexpr import ConstExpr
from seaofnodes.wasm.module import (
    ACTIVE,
    FUNCTION,
    GLOBAL,
    MEMORY,
    PASSIVE,
    DataSegment,
    Export,
    Import,
)
from seaofnodes.wasm.types import (
    EXTERNREF,
    F32,
    F64,
    I32,
    I64,
    FuncType,
    GlobalType,
    Limits,
    MemoryType,
    ValType,
)

FUZZ: Final = "fuzz"  # imports with a meaning: see host.py
FUEL: Final = 24
_COST: Final = 3000  # of a function, its callees included
_FUELED_COST: Final = 200
_HELPER_COST: Final = 60
_NEVER: Final = 1 << 60
_HOSTS: Final = {
    "log_i32": FuncType((I32,), ()),
    "log_i64": FuncType((I64,), ()),
    "log_f32": FuncType((F32,), ()),
    "log_f64": FuncType((F64,), ()),
    "mix": FuncType((I32, F64, I64, F32), (I32,)),
    "wide": FuncType((), (I64,)),
    "pair": FuncType((I32,), (I64, F64)),
    "many": FuncType((I32,) * 10 + (F32,) * 9 + (I64,), (F32, I32, I64)),
}
_OBJECTS: Final = {  # hosts that know references
    "object": FuncType((I32,), (EXTERNREF,)),
    "log_object": FuncType((EXTERNREF,), ()),
    "same": FuncType((EXTERNREF, I32), (EXTERNREF,)),
}


@dataclass(slots=True)
class Generated:
    """A module and how much its functions may execute. costs: by function index, imports first."""

    draft: ModuleDraft
    costs: list[int]


def generate(recipe: str | Recipe, rules: Iterable[Rule] = (), *, objects: bool = False) -> Generated:
    """The module of a seed, or of a recipe. rules: whose patterns occur in it; objects: may it have objects?"""
    rng = (recipe if isinstance(recipe, Recipe) else Recipe(recipe)).random()
    world = World(ModuleDraft(), rng, draw_profile(rng, objects), shapes(rules))
    _Generator(world).module()
    return Generated(world.draft, world.costs)


class _Generator(Tables):
    def module(self) -> None:
        world, rng = self.world, self.rng
        for name, kind in _HOSTS.items():
            if self.chance(0.4):
                self._import_function(HOST, name, kind, 5)
        for name, kind in _OBJECTS.items() if world.profile.references else ():
            if self.chance(0.7):
                self._import_function(HOST, name, kind, 5)
        if self.chance(0.15):
            self._import_function(FUZZ, "fail", FuncType((I32,), ()), 5)
        if self.chance(0.4):
            world.reenter = len(world.signatures)
            self._import_function(FUZZ, "reenter", FuncType((I32,), ()), _NEVER)
        self._memories()
        world.pokes = rng.randint(1, 3) if world.reenter >= 0 else 0
        world.calm = set(range(len(world.signatures), len(world.signatures) + world.pokes))
        count = rng.choice((1, 2, 2, 3, 4, 5, 7))
        self._signatures(count)
        first = len(world.signatures) - count
        self.targets(first, count)
        self.kinds()
        self._globals()
        self.table(first)
        self.more_tables()
        self.object_segments()
        self.tags()
        self.more_signatures(first, count)
        self._data()
        for number in range(world.pokes):
            index = self._function(rng.randint(3, 12), 100)
            self.draft.exports.append(Export(f"poke{number}", FUNCTION, index))
        if world.reenter >= 0:
            world.costs[world.reenter] = 10 + max(world.costs[-world.pokes :])
        for index, what in world.helpers.items():
            writer = Statements(world, index, world.signatures[index], 20, _HELPER_COST)
            writer.helper(what)
            self._finish(writer)
        for number in range(count):
            fueled = len(world.costs) in world.fueled
            size = world.profile.size
            room = min(size, 60) if fueled else max(int(size * rng.uniform(0.3, 1.4)), 1)
            index = self._function(room, _FUELED_COST if fueled else _COST)
            kind = world.signatures[index]
            of_numbers = not any(part.is_reference for part in kind.params + kind.results)
            if of_numbers and (number == count - 1 or self.chance(0.8)):
                self.draft.exports.append(Export(f"f{number}", FUNCTION, index))
        if self.chance(0.2):
            world.signatures.append(FuncType((), ()))
            self.draft.start = self._function(rng.randint(2, 20), 300)

    def _function(self, room: int, cost: int) -> int:
        """Write the next function."""
        world = self.world
        index = len(world.costs)
        writer = Statements(world, index, world.signatures[index], room, cost)
        writer.write()
        self._finish(writer)
        return index

    def _finish(self, writer: Statements) -> None:
        self.draft.functions.append(writer.finished())
        self.world.costs.append(writer.cost)

    def _import_function(self, module: str, name: str, kind: FuncType, cost: int) -> None:
        self.draft.imports.append(Import(module, name, FUNCTION, kind))
        self.world.signatures.append(kind)
        self.world.costs.append(cost)

    # State.

    def _memories(self) -> None:
        """Imported ones first; two of those may be one and the same."""
        if self.chance(0.07):
            return
        count = self.rng.choice((1, 2, 3)) if self.world.profile.memories else 1
        imported = self.rng.randint(1, count) if self.chance(0.15 * count) else 0
        name = "shared" if self.chance(0.5) else "memory"
        for number in range(count):
            address = I64 if self.world.profile.memories and self.chance(0.4) else I32
            kind = MemoryType(Limits(self.rng.choice((1, 1, 1, 2)), self.rng.choice((2, 3, 4))), address)
            if number and number < imported and name == "shared":
                kind = self.world.memories[0]
            if number < imported:
                self.draft.imports.append(Import(HOST, f"{name}{number}", MEMORY, kind))
            else:
                self.draft.memories.append(kind)
            self.world.memories.append(kind)
            self.draft.exports.append(Export(f"memory{number or ''}", MEMORY, number))

    def _globals(self) -> None:
        rng, draft, world = self.rng, self.draft, self.world
        imported = []
        for number in range(rng.choice((0, 0, 1, 3))):
            kind = GlobalType(rng.choice(NUMBERS), self.chance(0.6))
            draft.imports.append(Import(HOST, f"global{number}", GLOBAL, kind))
            imported.append(kind)
        kinds = list(imported)
        for _ in range(rng.randint(0, 6)):
            kind = GlobalType(rng.choice(NUMBERS), self.chance(0.75))
            draft.globals.append((kind, self._initial(kind.type, imported)))
            kinds.append(kind)
        for index, kind in enumerate(kinds):
            world.globals.setdefault(kind.type, []).append(index)
            if kind.mutable:
                world.settable.setdefault(kind.type, []).append(index)
        world.fuel = len(kinds)
        draft.globals.append((GlobalType(I32, True), ((w.I32_CONST, FUEL),)))
        world.turns = world.fuel + 1
        draft.globals.append((GlobalType(I32, True), ((w.I32_CONST, 0),)))
        draft.exports += [Export(f"g{index}", GLOBAL, index) for index in range(len(kinds) + 2)]
        for index, found in enumerate(world.kinds, len(kinds) + 2):
            world.globals[found] = world.settable[found] = [index]
            init = self.reference(found) if is_object(found) else ((w.REF_NULL, found),)
            draft.globals.append((GlobalType(found, True), init))

    def _initial(self, kind: ValType, imported: list[GlobalType]) -> ConstExpr:
        constant = (CONST[kind], edge(kind, self.rng))
        found = [index for index, other in enumerate(imported) if other == GlobalType(kind, False)]
        if found and self.chance(0.5):
            read = (w.GLOBAL_GET, found[0])
            if kind.is_float or self.chance(0.5):
                return (read,)
            add, sub, mul = (w.I32_ADD, w.I32_SUB, w.I32_MUL) if kind is I32 else (w.I64_ADD, w.I64_SUB, w.I64_MUL)
            return (read, constant, (self.rng.choice((add, sub, mul)), 0))
        return (constant,)

    # Functions and the table.

    def _signatures(self, count: int) -> None:
        """Of the pokes, then of helpers, then of the functions, which often share one."""
        world, rng = self.world, self.rng
        world.signatures += [FuncType((), ())] * world.pokes
        for _ in range(rng.randint(1, 4) if "endless" in world.profile.statements else 0):
            world.helpers[len(world.signatures)] = rng.choice(HELPERS)
            world.signatures.append(self._signature() if self.chance(0.3) else FuncType((), ()))
        shared = self._signature()
        for _ in range(count):
            if self.chance(0.15):
                world.fueled.add(len(world.signatures))
            world.signatures.append(shared if self.chance(0.4) else self._signature())
        if rng.random() < 0.3:
            self.draft.types = [self._signature() for _ in range(rng.randint(1, 3))]

    def _signature(self) -> FuncType:
        rng = self.rng
        weights = self.world.profile.types
        params = rng.randint(0, 4) if self.chance(0.93) else rng.randint(8, 16)
        results = rng.choice((0, 1, 1, 1, 1, 2, 3)) if self.chance(0.95) else rng.randint(4, 9)
        return FuncType(tuple(rng.choices(NUMBERS, weights, k=params)), tuple(rng.choices(NUMBERS, weights, k=results)))

    def _data(self) -> None:
        rng = self.rng
        if not self.world.memories:
            return
        for _ in range(rng.choice((0, 1, 1, 2, 4))):
            contents = rng.randbytes(rng.choice((0, 1, 8, 40, 200)))
            if self.chance(0.4):
                self.draft.data.append(DataSegment(0, None, contents, PASSIVE))
                continue
            at = rng.choice((0, 1, 16, 1000, 65536 - len(contents)))
            memory = rng.randrange(len(self.world.memories))
            constant = CONST[self.world.memories[memory].address], at
            self.draft.data.append(DataSegment(memory, (constant,), contents, ACTIVE))


__all__ = ["FunctionDraft", "Generated", "generate"]
