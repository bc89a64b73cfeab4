"""Random expressions. Every method leaves what it says on the operand stack, valid by construction."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from seaofnodes.fuzz.generate import choices
from seaofnodes.fuzz.generate.choices import CONST, LOADS, NUMBERS, OPERATORS, Profile, edge, is_nan
from seaofnodes.fuzz.generate.draft import FunctionDraft, ModuleDraft
from seaofnodes.fuzz.generate.encode import Instruction
from seaofnodes.fuzz.generate.rule_patterns import Shape, write
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.opcodes import OPCODES
from seaofnodes.wasm.types import F32, F64, I32, I64, DefinedType, FuncType, MemoryType, RefType, TableType, ValType

_CANONICAL_NAN = {F32: 0x7FC00000, F64: 0x7FF8000000000000}
_EQUAL = {F32: w.F32_EQ, F64: w.F64_EQ}
AND = {I32: w.I32_AND, I64: w.I64_AND}
_OR = {I32: w.I32_OR, I64: w.I64_OR}
# Instructions whose NaNs have known bits, or that give none.
_KNOWN_BITS = {
    w.F32_REINTERPRET_I32, w.F64_REINTERPRET_I64, w.F32_LOAD, w.F64_LOAD,
    *range(w.F32_CONVERT_I32_S, w.F32_CONVERT_I64_U + 1), *range(w.F64_CONVERT_I32_S, w.F64_CONVERT_I64_U + 1),
}  # fmt: skip


@dataclass(slots=True)
class World:
    """What the functions of a module may use.

    Attributes: signatures: of all functions, imports first; costs: instructions that a call executes at most, for each;
    globals: indices by type, and which of them may be set; memories, tables: their types, by index; positions: index in
    table 0 -> function, as the segments put them; targets: functions that references may be to; tags: types of what
    exceptions carry; kinds: reference types to use; objects: struct and array types; shapes: patterns of rules, by
    result; pokes: how many exports the host may call back; fuel: global that bounds recursion; helpers: functions that
    endless loops call, and what they do; turns: global in which some of these count.
    """

    draft: ModuleDraft
    rng: random.Random
    profile: Profile
    shapes: dict[ValType | None, list[Shape]]
    signatures: list[FuncType] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)
    globals: dict[ValType, list[int]] = field(default_factory=dict)
    settable: dict[ValType, list[int]] = field(default_factory=dict)
    memories: list[MemoryType] = field(default_factory=list)
    tables: list[TableType] = field(default_factory=list)
    tags: list[tuple[ValType, ...]] = field(default_factory=list)
    kinds: list[RefType] = field(default_factory=list)
    objects: list[DefinedType] = field(default_factory=list)
    table_size: int = 0
    positions: dict[int, int] = field(default_factory=dict)
    targets: list[int] = field(default_factory=list)
    fueled: set[int] = field(default_factory=set)
    calm: set[int] = field(default_factory=set)  # functions that throw nothing
    fuel: int = -1
    helpers: dict[int, str] = field(default_factory=dict)
    turns: int = -1
    reenter: int = -1
    pokes: int = 0


class Values:
    """A function while it is written. Attributes: room: instructions left; cost, multiplier: see `emit`."""

    def __init__(self, world: World, index: int, kind: FuncType, room: int, cost_limit: int) -> None:
        self.world = world
        self.rng = world.rng
        self.profile = world.profile
        self.index = index
        self.kind = kind
        self.room = room
        self.cost = 0
        self.cost_limit = cost_limit
        self.multiplier = 1
        self.body: list[Instruction] = []
        self.local_types = list(kind.params)
        self.readable: defaultdict[ValType, list[int]] = defaultdict(list)
        self.writable: defaultdict[ValType, list[int]] = defaultdict(list)
        self.calm = index in world.calm
        for local, type in enumerate(kind.params):
            self.readable[type].append(local)
            self.writable[type].append(local)
        self.labels: list[tuple[ValType, ...] | None] = []  # what a branch carries; None: must not be branched to
        self.catching: list[int] = []  # of them, those of catches of the older form, by position
        self._value_names = list(self.profile.values)
        self._value_weights = list(self.profile.values.values())
        self._scratch: dict[ValType, int] = {}
        self._nested = 0

    def emit(self, opcode: int, immediate: Any = None) -> None:
        """Append an instruction; it will be executed at most `multiplier` times a call, which is added to the cost."""
        self.body.append((opcode, immediate))
        self.room -= 1
        self.cost += self.multiplier

    def finished(self) -> FunctionDraft:
        """The function, as it is."""
        return FunctionDraft(self.kind, self.local_types[len(self.kind.params) :], self.body)

    def new_local(self, kind: ValType) -> int:
        """A further local that nothing else knows."""
        self.local_types.append(kind)
        return len(self.local_types) - 1

    def add_variable(self, kind: ValType) -> None:
        """A further local that any code may use."""
        local = self.new_local(kind)
        self.readable[kind].append(local)
        self.writable[kind].append(local)

    def type(self) -> ValType:
        """A number type, by the profile's weights."""
        return self.rng.choices(NUMBERS, self.profile.types)[0]

    def any_type(self) -> ValType:
        """A number type, or now and then a reference type."""
        if self.world.kinds and self.chance(self.profile.reference):
            return self.rng.choice(self.world.kinds)
        return self.type()

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def is_tight(self) -> bool:
        """Is there no more room for much?"""
        return self.room <= 0 or self.cost >= self.cost_limit

    def affords(self, cost: int) -> bool:
        """May something that costs so much run here?"""
        return self.cost + cost * self.multiplier <= self.cost_limit

    # Leaves.

    def constant(self, kind: ValType, bits: int | None = None) -> None:
        """A number, or a null."""
        if isinstance(kind, RefType):
            self.emit(w.REF_NULL, kind)
            return
        self.emit(CONST[kind], edge(kind, self.rng) if bits is None else bits)

    def leaf(self, kind: ValType) -> None:
        way = self.rng.random()
        if way < self.profile.local and self.readable[kind]:
            self.emit(w.LOCAL_GET, self.rng.choice(self.readable[kind]))
        elif way > 0.9 and self.world.globals.get(kind):
            self.emit(w.GLOBAL_GET, self.rng.choice(self.world.globals[kind]))
        else:
            self.constant(kind)

    # Values.

    def value(self, kind: ValType, depth: int) -> None:
        """One value of a type."""
        if isinstance(kind, RefType):
            self.reference(kind, depth)
            return
        if depth <= 0 or self._nested > 40 or self.is_tight() or self.rng.random() < 0.15:
            self.leaf(kind)
            return
        name = self.rng.choices(self._value_names, self._value_weights)[0]
        self._nested += 1
        getattr(self, name)(kind, depth - 1)
        self._nested -= 1

    def reference(self, kind: RefType, depth: int) -> None:
        """One reference of a type; see References."""
        self.leaf(kind)

    def values(self, kinds: tuple[ValType, ...], depth: int) -> None:
        for kind in kinds:
            self.value(kind, depth)

    def _operator(self, kind: ValType, group: str, depth: int) -> None:
        found = OPERATORS[kind].get(group)
        if not found:
            self.leaf(kind)
            return
        code = self.rng.choice(found)
        params = OPCODES[code].params or ()
        if code in choices.TRUNCATIONS and not self.chance(self.profile.wild):
            self._in_range(params[0], depth)
        else:
            self.value(params[0], depth)
        if len(params) == 2:
            if code in choices.DIVISIONS and not self.chance(self.profile.wild):
                self._divisor(params[1], depth)
            elif self.chance(self.profile.constant):
                self.constant(params[1])
            else:
                self.value(params[1], depth)
        if code in choices.SHOWS_NAN:
            self.known_nan(params[-1])
        self.emit(code)

    def binary(self, kind: ValType, depth: int) -> None:
        self._operator(kind, "binary", depth)

    def unary(self, kind: ValType, depth: int) -> None:
        self._operator(kind, "unary", depth)

    def convert(self, kind: ValType, depth: int) -> None:
        self._operator(kind, "convert", depth)

    def compare(self, kind: ValType, depth: int) -> None:
        self._operator(kind, "compare" if kind is I32 else "binary", depth)

    def _divisor(self, kind: ValType, depth: int) -> None:
        """Not zero, mostly not -1."""
        if self.chance(0.6):
            self.constant(kind, edge(kind, self.rng) or 7)
            return
        self.value(kind, depth)
        self.constant(kind, 1)
        self.emit(_OR[kind])

    def _in_range(self, kind: ValType, depth: int) -> None:
        """A number that fits mostly in any integer."""
        if kind is F64 and self.chance(0.5):
            self.value(I32, depth)
            self.constant(I32, 0x7FFFFFFF)
            self.emit(w.I32_AND)
            self.emit(w.F64_CONVERT_I32_S)
            return
        self.value(I32, depth)
        self.constant(I32, 0xFFFF)
        self.emit(w.I32_AND)
        self.emit(w.F32_CONVERT_I32_U if kind is F32 else w.F64_CONVERT_I32_U)

    def known_nan(self, kind: ValType) -> None:
        """Make a NaN on the stack the canonical one: which one it is, is open, and must not be seen."""
        code, immediate = self.body[-1]
        if code in _KNOWN_BITS or code in (w.F32_CONST, w.F64_CONST) and not is_nan(kind, immediate):
            return
        if kind not in self._scratch:
            self._scratch[kind] = self.new_local(kind)
        local = self._scratch[kind]
        self.emit(w.LOCAL_TEE, local)
        self.constant(kind, _CANONICAL_NAN[kind])
        self.emit(w.LOCAL_GET, local)
        self.emit(w.LOCAL_GET, local)
        self.emit(_EQUAL[kind])
        self.emit(w.SELECT)

    @property
    def memories(self) -> list[MemoryType]:
        """Those of the module."""
        return self.world.memories

    def shapes(self, kind: ValType | None) -> list[Shape]:
        """The patterns of rules that give such a value, or of stores, where there are memories if they need one."""
        found = self.world.shapes.get(kind, [])
        if self.memories:
            return found
        return [one for one in found if one.rule.state is None or not one.rule.state.addresses]

    def pattern(self, kind: ValType, depth: int) -> None:
        """What a rewrite rule looks for."""
        found = self.shapes(kind)
        if not found:
            self.binary(kind, depth)
            return
        write(self.rng.choice(found), self, depth)

    def assign(self, depth: int) -> None:
        """A statement that is always possible."""
        kind = self.type()
        self.value(kind, self.profile.depth)
        self.keep((kind,))

    def keep(self, kinds: tuple[ValType, ...]) -> None:
        """Take values of these types from the stack: into locals, or nowhere."""
        for kind in reversed(kinds):
            if self.writable[kind] and self.chance(0.85):
                self.emit(w.LOCAL_SET, self.rng.choice(self.writable[kind]))
            else:
                self.emit(w.DROP)

    # Memory.

    def memory(self) -> int:
        """One of the memories, mostly the first; there must be one."""
        count = len(self.world.memories)
        return self.rng.randrange(count) if count > 1 and self.chance(0.5) else 0

    def address(self, memory: int) -> int:
        """An address, seldom out of bounds; gives the offset to use."""
        rng, kind = self.rng, self.world.memories[memory].address
        if self.chance(self.profile.wild):
            self.value(kind, 1)
            offsets = [0, 1, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, rng.getrandbits(32)]
            return rng.choice(offsets if kind is I32 else [*offsets, 1 << 32, (1 << 64) - 1, rng.getrandbits(64)])
        if self.chance(0.25):
            self.constant(kind, rng.choice((0, 4, 8, 12, 16, 100, 1024, 65528 - 64)))
        else:
            self.value(kind, 2)
            self.constant(kind, rng.choice((7, 15, 0x3F, 0x7F, 0xFF, 0xFFF, 0x7FFF, 0x38)))
            self.emit(AND[kind])
            if self.chance(0.3):
                self.constant(kind, rng.randrange(4))
                self.emit(w.I32_SHL if kind is I32 else w.I64_SHL)
        constant = self.body[-1][0] in (w.I32_CONST, w.I64_CONST)
        return 0 if constant else rng.choice((0, 0, 0, 0, 1, 2, 4, 8, 16, 64, 4096, 32000))

    def access(self, code: int, offset: int, memory: int) -> None:
        """Emit a load or store."""
        natural = OPCODES[code].width.bit_length() - 1
        align = natural if self.chance(0.7) else self.rng.randint(0, natural)
        self.emit(code, (align, offset, memory))

    def load(self, kind: ValType, depth: int) -> None:
        if not self.world.memories:
            self.leaf(kind)
            return
        memory = self.memory()
        self.access(self.rng.choice(LOADS[kind]), self.address(memory), memory)

    def memory_size(self, kind: ValType, depth: int) -> None:
        fitting = [i for i, memory in enumerate(self.world.memories) if memory.address is kind]
        if fitting:
            self.emit(w.MEMORY_SIZE, self.rng.choice(fitting))
        else:
            self.leaf(kind)

    # Choices.

    def select(self, kind: ValType, depth: int) -> None:
        self.value(kind, depth)
        self.value(kind, depth)
        self.value(I32, depth)
        if self.chance(0.9):
            self.emit(w.SELECT)
        else:
            self.emit(w.SELECT_T, (kind,))

    def tee(self, kind: ValType, depth: int) -> None:
        self.value(kind, depth)
        if self.writable[kind]:
            self.emit(w.LOCAL_TEE, self.rng.choice(self.writable[kind]))

    def if_value(self, kind: ValType, depth: int) -> None:
        self.value(I32, depth)
        self.emit(w.IF, FuncType((), (kind,)))
        self.labels.append((kind,))
        self.value(kind, depth)
        self.emit(w.ELSE)
        self.value(kind, depth)
        self.labels.pop()
        self.emit(w.END)

    def block_value(self, kind: ValType, depth: int) -> None:
        params = (self.type(),) if self.chance(0.2) else ()
        self.values(params, depth - 1)
        self.emit(w.BLOCK, FuncType(params, (kind,)))
        self.labels.append((kind,))
        for _ in params:
            self.emit(w.DROP)
        self.value(kind, depth)
        self.value(I32, depth)
        self.emit(w.BR_IF, 0)
        if self.chance(0.5):
            self.emit(w.DROP)
            self.value(kind, depth)
        self.labels.pop()
        self.emit(w.END)
