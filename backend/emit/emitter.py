"""The emitter: frame, blocks in layout order, moves, out-of-line code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seaofnodes.backend.allocation import Allocation
from seaofnodes.backend.assembler import AssembledCode, Assembler, Label, Mem, Rip
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.block_order import BlockOrder
from seaofnodes.backend.emit.exits import deopt_exit, exit_references, lazy_exit
from seaofnodes.backend.instruction import (
    FIRST_SLOT,
    REMATERIALIZE,
    VREG_SHIFT,
    Block,
    Instruction,
    Move,
    frame_offset,
    safepoint_place,
)
from seaofnodes.backend.layout import (
    CONTEXT_STACK_LIMIT,
    FRAME_INSTANCE,
    INSTANCE,
    RBP,
    RSP,
    SCRATCH,
)
from seaofnodes.backend.select.address import Address

Handler = Callable[["Emitter", Instruction], None]
_LARGE_FRAME = 16 * 1024  # bytes; larger ones are checked before rsp moves


class Emission:
    """What emission gives.

    Attributes: code: the finished layout; frame_size: bytes below rbp; traps: (pc, reason) of instructions that may
    fault; positions: (pc, node id); block_offsets: (pc, block index); safepoints: pc after a call -> places of
    references, see MachineCode; handlers: pc after a call in a try -> pc of its handler; deopts: pc after a call of
    `deoptimize` -> its exit; lazy_exits: pc after a call -> the exit there; ranges: per emitted instruction
    (start, end, instruction), if traced. All pcs are final.
    """

    __slots__ = (
        "block_offsets", "code", "deferred_pc", "deopts", "frame_size", "handlers", "lazy_exits", "positions", "ranges",
        "safepoints", "traps",
    )  # fmt: skip

    def __init__(self, emitter: Emitter, code: AssembledCode) -> None:
        final = code.offset
        self.code = code
        self.frame_size = emitter.frame_size
        self.traps = {final(pc): reason for pc, reason in emitter.traps}
        self.positions = list(zip(code.offsets(emitter.position_pcs), emitter.position_nodes, strict=True))
        self.block_offsets = [(label.offset, index) for label, index in emitter.block_starts]
        self.safepoints = {final(pc): slots for pc, slots in emitter.safepoints}
        sequence = emitter.allocation.sequence
        self.deopts = {final(pc): deopt_exit(n, i, sequence, jump) for n, (pc, i, jump) in enumerate(emitter.deopts)}
        self.safepoints |= {pc: exit_references(exit) for pc, exit in self.deopts.items()}
        self.lazy_exits = {
            final(pc): lazy_exit(n, i, sequence, emitter.frame_size)
            for n, (pc, i) in enumerate(emitter.lazy_exits, len(self.deopts))
        }
        self.handlers = {final(pc): label.offset for pc, label in emitter.handlers}
        self.ranges = [(final(start), final(end), i) for start, end, i in emitter.ranges]
        self.deferred_pc = final(emitter.deferred_pc)


class Emitter:
    """The state of one emission, and what handlers use.

    Attributes: asm: the assembler; avx: use AVX; block, following: block being emitted and the one laid out after it
    (or None); has_frame: False where nothing can look at a frame; position: of the instruction being emitted, in its
    block.
    """

    __slots__ = (
        "_constants", "_handlers", "_labels", "_memory", "_order", "_out_of_line", "_slots", "allocation", "asm", "avx",
        "block", "block_starts", "deferred_pc", "deopts", "following", "frame_size", "handlers",
        "has_frame", "lazy_exits", "node", "position", "position_nodes", "position_pcs", "ranges", "safepoints",
        "trace", "traps",
    )  # fmt: skip

    def __init__(
        self, allocation: Allocation, features: CpuFeatures, handlers: Mapping[str, Handler], trace: bool
    ) -> None:
        self.asm = Assembler()
        self.avx = features.avx
        self.allocation = allocation
        self.trace = trace
        self.frame_size = 0
        self.has_frame = True
        self.traps: list[tuple[int, int]] = []
        self.position_pcs: list[int] = []
        self.position_nodes: list[int] = []
        self.safepoints: list[tuple[int, tuple[int, ...]]] = []
        self.deopts: list[tuple[int, Instruction, bytes]] = []  # pc behind the call; see DeoptExit.jump
        self.lazy_exits: list[tuple[int, Instruction]] = []  # pc after the call
        self.handlers: list[tuple[int, Label]] = []
        self.ranges: list[tuple[int, int, Instruction]] = []
        self.block_starts: list[tuple[Label, int]] = []
        self.deferred_pc = 0
        self.node = -1
        self.position = 0
        self._handlers = handlers
        self._memory: dict[tuple[int, int, int, int], Mem] = {}
        self._slots: dict[int, Mem] = {}
        self._constants: dict[bytes, Rip] = {}
        self._out_of_line: list[tuple[Label, int, Callable[[], None]]] = []
        self._order = BlockOrder(allocation)
        self._labels: list[Label] = self._order.labels
        self.block: Block = allocation.order[0]
        self.following: Block | None = None

    # Driving.

    def run(self) -> Emission:
        asm, buffer = self.asm, self.asm.buffer
        order = self._order.blocks
        self._prologue(order[0])
        handlers = self._handlers
        for index, block in enumerate(order):
            self.block = block
            self.following = order[index + 1] if index + 1 < len(order) else None
            if block.deferred and not self.deferred_pc:
                self.deferred_pc = asm.pc
            if block.index in self._order.aligned:
                asm.align(16)
            label = asm.bind(self._labels[block.index])
            self.block_starts.append((label, block.index))
            for position, instruction in enumerate(block.instructions):
                if instruction.node != self.node:
                    self.at_node(instruction.node)
                start = len(buffer)
                self.position = position
                if instruction.moves is not None:
                    self.moves(instruction.moves)
                handlers[instruction.opcode](self, instruction)
                if self.trace:
                    self.ranges.append((start, asm.pc, instruction))
        if not self.deferred_pc:
            self.deferred_pc = asm.pc
        for label, node, body in self._out_of_line:  # bodies may add more
            self.at_node(node)
            asm.bind(label)
            body()
        return Emission(self, asm.finish())

    def at_node(self, node: int) -> None:
        """Code from here on is for that node."""
        self.node = node
        self.position_pcs.append(len(self.asm.buffer))
        self.position_nodes.append(node)

    def out_of_line(self, body: Callable[[], None]) -> Label:
        """A label whose code is emitted after all blocks, for the same node."""
        label = Label()
        self._out_of_line.append((label, self.node, body))
        return label

    def label(self, index: int) -> Label:
        """Of a block; what jumps to an empty block goes where that one goes."""
        return self._labels[self._order.target(index)]

    def falls_into(self, index: int) -> bool:
        """Is it the block laid out next?"""
        return self.following is not None and self._order.target(index) == self.following.index

    def is_hotter(self, index: int, other: int) -> bool:
        """Is a block executed more often than another, as far as loops tell?"""
        blocks = self.allocation.sequence.blocks
        return blocks[index].loop_depth > blocks[other].loop_depth

    # The frame.

    def _prologue(self, first: Block) -> None:
        asm = self.asm
        outgoing = 0
        has_calls = False
        entry_poll: Instruction | None = None
        for block in self._order.blocks:
            for instruction in block.instructions:
                if instruction.opcode == "CALL":
                    target: Any = instruction.payload
                    outgoing = max(outgoing, target.arguments + target.results)
                    has_calls = True
                elif instruction.opcode == "TAIL_CALL":
                    has_calls = True
                elif instruction.opcode == "POLL_ENTRY" and block is first:
                    entry_poll = instruction
        below = 8 + 8 * self.allocation.slots + 8 * outgoing
        self.at_node(-1 if entry_poll is None else entry_poll.node)
        if self.allocation.sequence.osr:
            self.frame_size = (below + 15) & ~15
            asm.emit("LEA_r64_m", RSP, Mem(RBP, -self.frame_size))
            return
        if not has_calls and self._needs_no_frame():
            self.has_frame = False
            return
        self.frame_size = (below + 15) & ~15 if has_calls else below
        asm.emit("PUSH_r64", RBP)
        asm.emit("MOV_r64_r64", RBP, RSP)
        asm.emit("PUSH_r64", INSTANCE)
        large = self.frame_size > _LARGE_FRAME
        if entry_poll is not None and (has_calls or large):
            self._entry_poll(large)
        if self.frame_size > 8:
            asm.emit("SUB_r64_i32", RSP, self.frame_size - 8)

    def _needs_no_frame(self) -> bool:
        """Can nothing look at the frame? Then the function neither calls, traps nor polls, and has no slots."""
        if self.allocation.slots:
            return False
        rematerializable = self.allocation.sequence.rematerializable
        for block in self._order.blocks:
            for instruction in block.instructions:
                if instruction.opcode in _LOOKS_AT_FRAME or _may_fault(instruction.payload):
                    return False
                if instruction.opcode == "PARAMETERS" and any(location < 0 for location in instruction.def_locations):
                    return False
                for source, _, vreg in instruction.moves or ():
                    if source == REMATERIALIZE and rematerializable[vreg] == ("instance",):
                        return False
        return True

    def _entry_poll(self, large: bool) -> None:
        asm = self.asm
        limit = Rip(reloc=("context", CONTEXT_STACK_LIMIT))
        back = Label()
        if large:
            asm.emit("LEA_r64_m", SCRATCH, Mem(RSP, 8 - self.frame_size))
            asm.emit("CMP_r64_m64", SCRATCH, limit)
        else:
            asm.emit("CMP_r64_m64", RSP, limit)

        def slow() -> None:
            if not large:
                asm.emit("MOV_r64_r64", SCRATCH, RSP)
            asm.call_reloc("builtin", "poll_entry")
            self.safepoints.append((asm.pc, self._reference_parameters()))
            asm.jmp(back)

        asm.jcc("BE", self.out_of_line(slow))
        asm.bind(back)

    def _reference_parameters(self) -> tuple[int, ...]:
        sequence = self.allocation.sequence
        told = sequence.references - sequence.rematerializable.keys()
        return tuple(
            safepoint_place(location)
            for instruction in sequence.blocks[0].instructions
            if instruction.opcode == "PARAMETERS"
            for operand, location in zip(instruction.defs, instruction.def_locations, strict=True)
            if operand >> VREG_SHIFT in told
        )

    def safepoint(self, i: Instruction) -> None:
        """The call that has just been emitted returns here; the instruction is a safepoint."""
        locations = self.allocation.safepoints.get(i.position, ())
        self.safepoints.append((self.asm.pc, tuple(map(safepoint_place, locations))))

    # Operands.

    def memory(self, address: Address, uses: list[int]) -> Mem:
        """The memory operand; notes that the instruction emitted next may fault."""
        base, index, scale, disp, trap, constant, node = address
        if constant is not None:
            return self.constant(constant)
        if trap >= 0:
            if node >= 0 and node != self.node:
                self.at_node(node)
            self.traps.append((self.asm.pc, trap))
        key = (uses[base] if base >= 0 else -1, uses[index] if index >= 0 else -1, scale, disp)
        found = self._memory.get(key)
        if found is None:
            found = self._memory[key] = Mem(key[0] if base >= 0 else None, disp, key[1] if index >= 0 else None, scale)
        return found

    def slot(self, location: int) -> Mem:
        """A frame slot, or an argument of the caller's."""
        found = self._slots.get(location)
        if found is None:
            found = self._slots[location] = Mem(RBP, frame_offset(location))
        return found

    def constant(self, data: bytes) -> Rip:
        """A constant in memory."""
        found = self._constants.get(data)
        if found is None:
            found = self._constants[data] = Rip(self.asm.constant(data))
        return found

    # Moves.

    def moves(self, moves: list[Move]) -> None:
        """The allocator's moves; flags stay as they are if they are live."""
        emit = self.asm.emit
        sequence = self.allocation.sequence
        widths, kinds = sequence.widths, sequence.kinds  # integers may pass through a float register
        for source, target, vreg in moves:
            if source == REMATERIALIZE:
                self.materialize(sequence.rematerializable[vreg], target)
            elif 0 <= source < FIRST_SLOT:
                if 0 <= target < FIRST_SLOT:
                    self.move(source, target, widths[vreg])
                elif source < 16:
                    emit("MOV_m64_r64", self.slot(target), source)
                else:
                    width = widths[vreg] if kinds[vreg] == "x" else 8
                    emit(_STORE_FLOAT[self.avx, width], self.slot(target), source & 15)
            elif target < 16:
                # As wide as it was stored: processors then take the value from the store without going to memory.
                emit("MOV_r64_m64", target, self.slot(source))
            else:
                width = widths[vreg] if kinds[vreg] == "x" else 8
                emit(_LOAD_FLOAT[self.avx, width], target & 15, self.slot(source))

    def _reads_flags(self) -> bool:
        """Do flags that are set before the instruction being emitted matter to it? Between what sets them and what
        reads them are constants at most.
        """
        instructions, position = self.block.instructions, self.position
        while instructions[position].opcode == "CONSTANT":
            position += 1
        return instructions[position].opcode.startswith(_FLAG_READERS)

    def move(self, source: int, target: int, width: int) -> None:
        """Between registers of one bank."""
        if source >= 16:
            self.asm.emit("VMOVAPS_x_x" if self.avx else "MOVAPS_x_x", target & 15, source & 15)
        elif width == 4:
            self.asm.emit("MOV_r32_r32", target, source)
        else:
            self.asm.emit("MOV_r64_r64", target, source)

    def materialize(self, payload: Any, target: int) -> None:
        """Make a value anew in a register."""
        asm = self.asm
        kind = payload[0]
        if kind == "int":
            asm.move_constant(target, payload[1], flags_dead=not self._reads_flags())
        elif kind == "instance":
            asm.emit("MOV_r64_m64", target, Mem(RBP, FRAME_INSTANCE))
        else:
            data: bytes = payload[1]
            register = target & 15
            if any(data):
                asm.emit(_LOAD_FLOAT[self.avx, len(data)], register, self.constant(data))
            elif self.avx:
                asm.emit("VXORPS_x_x_x", register, register, register)
            else:
                asm.emit("XORPS_x_x", register, register)


_LOOKS_AT_FRAME = frozenset(
    """CALL TRAP TRAPCC TRAPCC_SUBTYPE DEOPT DEOPTCC DEOPT_END POLL_LOOP POLL_SLOW STORE_RESULT STORE_RESULT_i
    UNREACHABLE ALLOCATE ALLOCATE_ARRAY TEST_FUNCTION_TYPE""".split()
)


def _may_fault(payload: object) -> bool:
    """Is it, or has it, an address where an access may fault?"""
    if type(payload) is tuple and payload:
        payload = payload[0]
    return type(payload) is Address and payload.trap >= 0


_FLAG_READERS = ("JCC", "TRAPCC", "DEOPTCC", "SET", "CMOV", "SELECT")


_STORE_FLOAT = {
    (False, 4): "MOVSS_m32_x", (False, 8): "MOVSD_m64_x", (True, 4): "VMOVSS_m32_x", (True, 8): "VMOVSD_m64_x",
}  # fmt: skip
_LOAD_FLOAT = {
    (False, 4): "MOVSS_x_m32", (False, 8): "MOVSD_x_m64", (True, 4): "VMOVSS_x_m32", (True, 8): "VMOVSD_x_m64",
}  # fmt: skip
