"""What references there are in a random module: functions that they are to, tables, segments, tags."""

from __future__ import annotations

from typing import Final

from seaofnodes.fuzz.generate.choices import NUMBERS
from seaofnodes.fuzz.generate.objects.types import draw_types, is_object, object_constant
from seaofnodes.fuzz.generate.values import World
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.constexpr import ConstExpr
from seaofnodes.wasm.module import ACTIVE, DECLARATIVE, PASSIVE, TABLE, ElementSegment, Import
from seaofnodes.wasm.types import (
    ANY,
    ARRAY,
    EQ,
    EXNREF,
    EXTERNREF,
    FUNC,
    FUNCREF,
    I31,
    I32,
    I64,
    STRUCT,
    ArrayType,
    DefinedType,
    FuncType,
    HeapType,
    Limits,
    RefType,
    TableType,
    TagType,
    ValType,
    reference,
)

HOST: Final = "host"  # imports that log their arguments and give numbers made of them


class Tables:
    """Chooses these parts of a module; see generate.py for the order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.draft = world.draft
        self.rng = world.rng

    def chance(self, probability: float) -> bool:
        """Happens with that probability."""
        return self.rng.random() < probability

    def targets(self, first: int, count: int) -> None:
        """Which functions references are to, those in the table too."""
        some = range(first, first + max(count * 2 // 3, 1))
        functions = range(first, first + count)
        self.world.targets = [index for index in functions if index in some or index in self.world.fueled]

    def kinds(self) -> None:
        """Reference types to use. What typed references are to comes first among the types."""
        world, profile, rng = self.world, self.world.profile, self.rng
        if profile.references:
            world.kinds = [EXTERNREF, FUNCREF]
            signatures = list(dict.fromkeys(world.signatures[target] for target in world.targets))
            for signature in signatures[:2]:
                world.kinds.append(reference(signature, True))
            self.draft.types = [*signatures[:2], *self.draft.types]
        if profile.objects:
            world.objects = draw_types(rng)
            self.draft.types = [*world.objects, *self.draft.types]
            some: list[HeapType | DefinedType] = [ANY, EQ, I31, STRUCT, ARRAY, *world.objects]
            world.kinds += [reference(heap, True) for heap in rng.sample(some, rng.randint(1, 5))]
        if profile.exceptions and not profile.legacy:
            world.kinds.append(EXNREF)

    def tags(self) -> None:
        """Tags, some of whose exceptions carry references."""
        world, rng = self.world, self.rng
        for _ in range(rng.randint(1, 3) if world.profile.exceptions else 0):
            kinds = rng.choices(NUMBERS, world.profile.types, k=rng.choice((0, 1, 1, 2, 3)))
            carried: tuple[ValType, ...] = tuple(kinds)
            if world.kinds and self.chance(0.2):
                carried += (rng.choice(world.kinds),)
            world.tags.append(carried)
            self.draft.tags.append(TagType(FuncType(carried, ())))

    def more_signatures(self, first: int, count: int) -> None:
        """Some functions that nobody outside calls take or give references."""
        world, rng = self.world, self.rng
        for index in range(first, first + count - 1):
            if world.kinds and index not in world.targets and self.chance(0.6):
                kind = world.signatures[index]
                params, results = list(kind.params), list(kind.results)
                rng.choice((params, results)).insert(0, rng.choice(world.kinds))
                params.insert(rng.randint(0, len(params)), rng.choice(world.kinds))
                world.signatures[index] = FuncType(tuple(params), tuple(results))

    def more_tables(self) -> None:
        """Tables of references that code may change, with segments for them; two imported ones may be the same."""
        world, rng, draft = self.world, self.rng, self.draft
        if not world.profile.references:
            return
        draft.elements.append(ElementSegment(0, None, tuple(world.targets), DECLARATIVE))
        if not world.tables:
            return
        if self.chance(0.2):
            kind = TableType(FUNCREF, Limits(4, 9))
            names = rng.choice((("shared0", "shared1"), ("other",)))
            imports = [Import(HOST, f"{name} table", TABLE, kind) for name in names]
            own = len(draft.tables)
            if own:  # imports come before
                draft.tables.clear()
                imports.insert(0, Import(HOST, "table", TABLE, world.tables[0]))
            draft.imports += imports
            world.tables += [kind] * len(names)
        for element in rng.sample(world.kinds, rng.randint(0, min(3, len(world.kinds)))):
            if element is not EXNREF:
                address = I64 if self.chance(0.3) else I32
                kind = TableType(element, Limits(rng.choice((1, 4, 4, 5)), rng.choice((None, 6, 10))), address)
                world.tables.append(kind)
                draft.tables.append(kind)
        for table, kind in enumerate(world.tables):
            if table and self.chance(0.7):
                init = tuple(self.reference(kind.element) for _ in range(rng.randint(0, 3)))
                draft.elements.append(ElementSegment(0, None, (), PASSIVE, kind.element, init))

    def object_segments(self) -> None:
        """For arrays of references."""
        for kind in self.world.objects:
            element = kind.element.type if isinstance(kind, ArrayType) else None
            if isinstance(element, RefType) and self.chance(0.6):
                init = tuple(self.reference(element) for _ in range(self.rng.randint(0, 5)))
                self.draft.elements.append(ElementSegment(0, None, (), PASSIVE, element, init))

    def reference(self, kind: RefType) -> ConstExpr:
        """A constant expression for a reference: to a function, to an object, or null where it may be."""
        if is_object(kind) and (not kind.nullable or self.chance(0.6)):
            return object_constant(kind, self.world.objects, self.draft.types, self.rng)
        targets = self.world.targets
        fitting = [t for t in targets if kind.heap in (FUNC, self.world.signatures[t])]
        if fitting and self.chance(0.7):
            return ((w.REF_FUNC, self.rng.choice(fitting)),)
        return ((w.REF_NULL, kind),)

    def table(self, first: int) -> None:
        """A table, with functions of one type side by side, in groups of 2 and 4."""
        world, rng, draft = self.world, self.rng, self.draft
        if self.chance(0.25):
            return
        world.table_size = size = rng.choice((4, 8, 16))
        draft.tables.append(TableType(FUNCREF, Limits(size, size if self.chance(0.5) else None)))
        world.tables.append(draft.tables[0])
        if self.chance(0.2):
            draft.imports.append(Import(HOST, "table", TABLE, draft.tables.pop()))
        functions = world.targets
        by_type: dict[FuncType, list[int]] = {}
        for index in functions:
            by_type.setdefault(world.signatures[index], []).append(index)
        at = 0
        for members in by_type.values():
            width = 4 if len(members) > 2 else 2 if len(members) > 1 or self.chance(0.3) else 1
            at = (at + width - 1) // width * width
            for i in range(width):
                if at + i < size:
                    world.positions[at + i] = members[i % len(members)]
            at += width
        self._segments(functions)

    def _segments(self, functions: list[int]) -> None:
        world, rng = self.world, self.rng
        run: list[int] = []
        for at in range(world.table_size + 1):
            if at in world.positions:
                run.append(world.positions[at])
            elif run:
                offset = ((w.I32_CONST, at - len(run)),)
                self.draft.elements.append(ElementSegment(0, offset, tuple(run), ACTIVE))
                run = []
        for _ in range(rng.choice((0, 0, 1, 2))):
            mode = PASSIVE if self.chance(0.8) else DECLARATIVE
            chosen = tuple(rng.choice(functions) for _ in range(rng.randint(0, 5)))
            self.draft.elements.append(ElementSegment(0, None, chosen, mode))
