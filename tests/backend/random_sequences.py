"""Random instruction sequences for the register allocator: structured control flow, all kinds of operands."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from seaofnodes.backend.instruction import (
    Block,
    Instruction,
    Sequence,
    anywhere,
    fixed,
    incoming,
    late,
    register,
    register_or_slot,
    same_as_first,
)

RAX, RCX, RDX = 0, 1, 2


@dataclass
class Shape:
    """What to generate: how much, and with how many registers per bank it must be feasible."""

    size: int = 40  # instructions, about
    registers: int = 13
    calls: float = 0.1
    fixed: float = 0.1
    floats: float = 0.3
    wide: float = 0.1
    references: float = 0.3
    constants: float = 0.1
    deferred: float = 0.3
    depth: int = 4
    fresh: float = 0.6  # how often an operand is one of the latest values
    old: int = 1 << 30  # how many of the first values the other operands are taken from
    straight: int = 6  # longest run of straight code


class Generator:
    """Makes one sequence."""

    def __init__(self, random: Random, shape: Shape) -> None:
        self.random = random
        self.shape = shape
        self.sequence = Sequence()
        self.block = self.sequence.new_block()
        self.values: dict[str, list[int]] = {"r": [], "x": []}
        self.left = shape.size

    def make(self) -> Sequence:
        self._start()
        self._region(0)
        results = [fixed(self._pick("r"), RAX)]
        if self.random.random() < 0.5:
            results.append(fixed(self._pick("x"), 16))
        self._emit("return", [], results)
        return self.sequence

    def _vreg(self, kind: str) -> int:
        random = self.random
        if kind == "x":
            return self.sequence.new_register("x", 16 if random.random() < self.shape.wide else 8)
        reference = random.random() < self.shape.references
        return self.sequence.new_register("r", 8 if reference else random.choice((4, 8)), reference)

    def _kind(self) -> str:
        return "x" if self.random.random() < self.shape.floats else "r"

    def _pick(self, kind: str) -> int:
        values = self.values[kind]
        if self.random.random() < self.shape.fresh:
            return self.random.choice(values[-5:])
        return self.random.choice(values[: self.shape.old])

    def _emit(self, opcode: str, defs: list[int], uses: list[int], **more: object) -> Instruction:
        instruction = Instruction(opcode, defs, uses, **more)  # type: ignore[arg-type]
        self.block.instructions.append(instruction)
        self.left -= 1
        return instruction

    def _new(self, kind: str) -> int:
        vreg = self._vreg(kind)
        self.values[kind].append(vreg)
        return vreg

    def _start(self) -> None:
        defs = []
        for index in range(self.random.randint(1, min(3, self.shape.registers))):
            defs.append(fixed(self._new("r"), index))
        defs.append(fixed(self._new("x"), 16))
        for index in range(self.random.randint(0, 3)):
            vreg = self.sequence.new_register("r", 8, self.random.random() < 0.3)
            self.values["r"].append(vreg)
            defs.append(incoming(vreg, index))
        if self.random.random() < 0.5:  # the instance: in a register at first, to be had again from the frame
            self.sequence.rematerializable[defs[0] >> 16] = "instance"
        self._emit("start", defs, [])

    def _operand(self, vreg: int, budget: list[int], may_be_late: bool) -> int:
        random = self.random
        choice = random.random()
        if choice < 0.5 and budget[0] > 0:
            operand = register(vreg)
            budget[0] -= 1
        elif choice < 0.85 and (budget[0] > 0 or vreg not in self.sequence.rematerializable):
            operand = register_or_slot(vreg)
            if vreg in self.sequence.rematerializable:
                budget[0] -= 1
        else:
            operand = anywhere(vreg)
        if may_be_late and random.random() < 0.2 and budget[0] > 0:
            operand = late(operand)
            budget[0] -= 1  # a definition needs another register
        return operand

    def _straight(self) -> None:
        for _ in range(self.random.randint(1, self.shape.straight)):
            self._instruction()

    def _instruction(self) -> None:
        random, shape, sequence = self.random, self.shape, self.sequence
        choice = random.random()
        if random.random() < 0.1:
            self._emit("poll", [], [], is_safepoint=True)
        if choice < shape.calls:
            self._call()
        elif choice < shape.calls + shape.fixed:
            random.choice((self._divide, self._shift))()
        elif choice < shape.calls + shape.fixed + shape.constants:
            kind = self._kind()
            vreg = sequence.new_register(kind, 8)
            sequence.rematerializable[vreg] = f"constant {vreg}"
            if kind == "r" and random.random() < 0.3:
                sequence.wide.add(vreg)
            self._emit("constant", [anywhere(vreg)], [])
            self.values[kind].append(vreg)
        elif choice < 0.7:
            self._two_address()
        else:
            budget = [shape.registers - 1]
            uses = [self._operand(self._pick(self._kind()), budget, True) for _ in range(random.randint(0, 3))]
            temps = None
            if budget[0] > 0 and random.random() < 0.2:
                budget[0] -= 1
                temps = [register(self._vreg(self._kind()))]
            kind = self._kind()
            defs = [register(self._new(kind))] if random.random() < 0.8 else []
            self._emit("op", defs, uses, temps=temps)

    def _two_address(self) -> None:
        random = self.random
        kind = self._kind()
        budget = [self.shape.registers - 2]
        first = self._pick(kind)
        uses = [random.choice((register, register_or_slot, anywhere))(first)]
        for _ in range(random.randint(0, 2)):
            uses.append(self._operand(first if random.random() < 0.15 else self._pick(kind), budget, False))
        commutative = len(uses) == 2 and random.random() < 0.5
        self._emit("add", [same_as_first(self._new(kind))], uses, commutative=commutative)

    def _divide(self) -> None:
        uses = [fixed(self._pick("r"), RAX), late(register(self._pick("r")))]
        if self.random.random() < 0.5:
            self._emit("div", [fixed(self._new("r"), RAX)], uses, temps=[fixed(0, RDX)])
        elif self.random.random() < 0.5:
            self._emit("rem", [fixed(self._new("r"), RDX)], uses, temps=[fixed(0, RAX)])
        else:
            wide = [*uses, fixed(self._pick("r"), RDX)]
            self._emit("divmod", [fixed(self._new("r"), RDX), fixed(self._new("r"), RAX)], wide)

    def _shift(self) -> None:
        first, count = self._pick("r"), self._pick("r")
        self._emit("shl", [same_as_first(self._new("r"))], [register(first), fixed(count, RCX)])

    def _call(self) -> None:
        random, count = self.random, self.shape.registers
        arguments = random.randint(0, min(3, count))
        uses = [fixed(self._pick("r"), index) for index in range(arguments)]
        if arguments < count and random.random() < 0.3:
            uses.append(register(self._pick("r")))
        for _ in range(random.randint(0, 2)):
            uses.append(random.choice((anywhere, register_or_slot))(self._pick(self._kind())))
            if uses[-1] >> 16 in self.sequence.rematerializable:
                uses[-1] = anywhere(uses[-1] >> 16)
        for _ in range(random.choice((0, 0, 2))):
            uses.append(late(anywhere(self._pick(self._kind()))))
        if random.random() < 0.3:
            uses.append(fixed(self._pick("x"), 16))
        defs = [fixed(self._new("r"), index) for index in range(random.randint(0, 2))]
        if random.random() < 0.3:
            defs.append(fixed(self._new("x"), 16))
        self._emit("call", defs, uses, is_call=True)

    def _jump(self, source: Block, target: Block) -> None:
        source.instructions.append(Instruction("jump", [], []))
        self.sequence.connect(source.index, target.index)

    def _branch(self) -> None:
        budget = [self.shape.registers - 1]
        uses = [self._operand(self._pick("r"), budget, False) for _ in range(self.random.randint(1, 2))]
        self._emit("branch", [], uses)

    def _region(self, depth: int) -> None:
        self._straight()
        while self.left > 0:
            choice = self.random.random()
            if depth < self.shape.depth and choice < 0.35:
                self._switch(depth)
            elif depth < self.shape.depth and choice < 0.6:
                self._loop(depth)
            elif choice < 0.75 and depth:
                return
            else:
                self._straight()

    def _merge(self, ends: list[tuple[Block, dict[str, list[int]]]], outer: dict[str, list[int]]) -> None:
        """Join blocks, with the values that each has at its end."""
        sequence, random = self.sequence, self.random
        target = sequence.new_block(all(block.deferred for block, _ in ends))
        for block, _ in ends:
            self._jump(block, target)
        self.values = {kind: list(values) for kind, values in outer.items()}
        self.block = target
        for _ in range(random.randint(0, 5)):
            kind = self._kind()
            inputs = [random.choice(values[kind][-8:]) for _, values in ends]
            width = max(sequence.widths[vreg] for vreg in inputs)
            if any(sequence.widths[vreg] != width for vreg in inputs):
                continue
            output = sequence.new_register(kind, width, all(vreg in sequence.references for vreg in inputs))
            target.phis.append((output, inputs))
        for output, _ in target.phis:
            self.values[sequence.kinds[output]].append(output)

    def _switch(self, depth: int) -> None:
        random = self.random
        source, outer = self.block, self.values
        self._branch()
        ends = []
        for _ in range(random.choice((2, 2, 2, 3, 5))):
            arm = self.sequence.new_block(source.deferred or random.random() < self.shape.deferred)
            self.sequence.connect(source.index, arm.index)
            self.block = arm
            self.values = {kind: list(values) for kind, values in outer.items()}
            if random.random() < 0.7:
                self._region(depth + 1)
            if random.random() < 0.15:
                self._emit("return", [], [fixed(self._pick("r"), RAX)])
            else:
                ends.append((self.block, self.values))
        if not ends:
            ends.append(self._extra_arm(source, outer))
        self._merge(ends, outer)

    def _extra_arm(self, source: Block, outer: dict[str, list[int]]) -> tuple[Block, dict[str, list[int]]]:
        arm = self.sequence.new_block(source.deferred)
        self.sequence.connect(source.index, arm.index)
        return arm, outer

    def _loop(self, depth: int) -> None:
        sequence, random = self.sequence, self.random
        before = self.block
        header = sequence.new_block(before.deferred)
        self._jump(before, header)
        phis = []
        for _ in range(random.randint(0, 5)):
            kind = self._kind()
            vreg = random.choice(self.values[kind])
            reference = vreg in sequence.references
            phis.append((sequence.new_register(kind, sequence.widths[vreg], reference), [vreg]))
        header.phis = phis
        for output, _ in phis:
            self.values[sequence.kinds[output]].append(output)
        self.block = header
        self._region(depth + 1)
        self._branch()
        latch = sequence.new_block(self.block.deferred or random.random() < 0.1)
        sequence.connect(self.block.index, latch.index)
        leave = self.block
        self.block = latch
        after_body = {kind: list(values) for kind, values in self.values.items()}
        if random.random() < 0.5:
            self._straight()
        for output, inputs in phis:
            kind, width = sequence.kinds[output], sequence.widths[output]
            candidates = [v for v in self.values[kind] if sequence.widths[v] == width]
            if output in sequence.references:
                candidates = [v for v in candidates if v in sequence.references]
            inputs.append(random.choice(candidates[-6:]))
        self._jump(self.block, header)
        exit_block = sequence.new_block(leave.deferred)
        sequence.connect(leave.index, exit_block.index)
        self.block = exit_block
        self.values = after_body


def random_sequence(seed: int, shape: Shape) -> Sequence:
    """The sequence of that seed."""
    return Generator(Random(seed), shape).make()
