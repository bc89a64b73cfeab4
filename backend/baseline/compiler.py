"""The compiler's frame: one pass over the bytecode, handlers by opcode, code out of line, and the finished machine code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.backend.assembler import Assembler, Label, Mem, Rip
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.baseline.analysis import analyse
from seaofnodes.backend.baseline.merge import Merger, State
from seaofnodes.backend.baseline.moves import Moves
from seaofnodes.backend.baseline.values import MEM, SCRATCH, XMM, constant, float_constant
from seaofnodes.backend.code import MachineCode, Position
from seaofnodes.backend.layout import (
    CONTEXT_STACK_LIMIT,
    FEEDBACK_BUDGET,
    FEEDBACK_INVOCATIONS,
    FRAME_ARGUMENTS,
    INSTANCE,
    RBP,
    RSP,
    TRAP_REASONS,
    InstanceLayout,
    Locations,
    locations,
)
from seaofnodes.wasm import opcodes as op

if TYPE_CHECKING:
    from seaofnodes.wasm.module import Module
    from seaofnodes.wasm.types import FuncType

Handler = Callable[["Compiler", Any], None]

STACK_LIMIT: Final = Rip(reloc=("context", CONTEXT_STACK_LIMIT))
TRAP_INDEX: Final = {reason: index for index, reason in enumerate(TRAP_REASONS)}
NEGATED: Final = {
    "E": "NE", "NE": "E", "L": "GE", "GE": "L", "G": "LE", "LE": "G", "B": "AE", "AE": "B", "A": "BE", "BE": "A",
    "E_NP": "NE_P", "NE_P": "E_NP", "S": "NS", "NS": "S",
}  # fmt: skip

_PATCHED: Final = -0x1000_0000  # a displacement that takes four bytes; the frame size is known only in the end
_SMALL_FRAME: Final = 2000  # locals and instructions: no frame is larger than 16 KiB
_LAZY_ZEROS: Final = 12  # zero locals kept as constants; more are stored in the prologue


def signature(kind: FuncType) -> Locations:
    """The calling convention of a function type."""
    return locations([t.is_float for t in kind.params], [t.is_float for t in kind.results])


class Control:
    """An open block, loop or if.

    Attributes: kind: its opcode, 0 for the function itself; base: number of entries below its operands; arity: of a branch to it; live: what
    the enclosing loops need, as a bit set of locals; label_live: what is live at the label; state: what the label expects, None while
    nothing has gone there; otherwise: of an if, the label and the state of its else part until that is reached.
    """

    __slots__ = ("arity", "base", "end", "kind", "label", "label_live", "live", "otherwise", "start", "state")

    def __init__(self, kind: int, base: int, arity: int, start: int, end: int, live: int, label_live: int) -> None:
        self.kind = kind
        self.base = base
        self.arity = arity
        self.start = start
        self.end = end
        self.live = live
        self.label_live = label_live
        self.label = Label()
        self.state: State | None = None
        self.otherwise: tuple[Label, State] | None = None


class Compiler(Merger):
    """Compiles one function. Handlers (control.py, integer.py, ...) are functions of the compiler and the immediate.

    Attributes: index: the instruction being compiled; reachable: False after a branch, until the next end or else; condition: the
    condition code of a compare just made for the next instruction, or None.
    """

    def __init__(
        self,
        module: Module,
        function_index: int,
        layout: InstanceLayout,
        *,
        feedback: bool,
        type_ids: Sequence[int],
        tier_up: bool,
        features: CpuFeatures,
    ) -> None:
        self.body = module.body(function_index)
        self.type = module.functions[function_index]
        self.signature = signature(self.type)
        homes = {
            index: FRAME_ARGUMENTS + 8 * number
            for index, (kind, number) in enumerate(self.signature.parameters)
            if kind == "s"
        }
        super().__init__(Assembler(), layout, [kind.is_float for kind in self.body.locals], homes)
        self.module = module
        self.function_index = function_index
        self.own_index = function_index - module.imported_functions
        self.feedback = feedback
        self.type_ids = type_ids
        self.tier_up = tier_up
        self.features = features
        self.analysis = analyse(self.body)
        self.index = 0
        self.reachable = True
        self.condition: str | None = None
        self.controls: list[Control] = []
        self.deferred: list[tuple[Label, Callable[[], None], int]] = []
        self.faults: list[tuple[int, int]] = []
        self.frame_patches: list[int] = []
        self.position_pcs: list[int] = []
        self.position_offsets: list[int] = []
        self.observer: Callable[[int], None] | None = None
        self.return_observer: Callable[[int], None] | None = None

    # The pass.

    def run(self, handlers: dict[int, Handler]) -> None:
        """Emit all code."""
        body, buffer = self.body, self.asm.buffer
        opcodes, immediates, offsets = body.opcodes, body.immediates, body.offsets
        pcs, positions = self.position_pcs, self.position_offsets
        pcs.append(0)
        positions.append(offsets[0])
        self.prologue()
        count = len(opcodes)
        self.controls.append(Control(0, self.locals, len(self.type.results), -1, count - 1, 0, 0))
        index = 0
        while index < count:
            self.index = index
            if self.observer is not None:
                self.observer(index)
            at = len(buffer)
            handlers[opcodes[index]](self, immediates[index])
            if len(buffer) != at:
                pcs.append(at)
                positions.append(offsets[index])
            if self.reachable:
                index += 1
            elif self.controls:
                # Nothing reaches what follows: go on at the else or the end.
                control = self.controls[-1]
                index = control.end
                if control.otherwise is not None:
                    index = body.matches.get(~control.start, index)
            else:
                break
        # Deferred code may defer more.
        for label, emit, index in self.deferred:
            pcs.append(len(buffer))
            positions.append(offsets[index])
            self.index = index
            self.asm.bind(label)
            emit()

    def finish(self) -> MachineCode:
        """Resolve branches, fill in the frame size, and collect the facts."""
        frame_size = 8 * (self.slots_used + 1)
        frame_size += -frame_size % 16
        code = self.asm.finish()
        data = bytearray(code.data)
        for pc in self.frame_patches:
            at = code.offset(pc) - 4
            data[at : at + 4] = (8 - frame_size).to_bytes(4, "little", signed=True)
        positions = [
            Position(pc, -1, offset) for pc, offset in zip(code.offsets(self.position_pcs), self.position_offsets, strict=True)
        ]
        return MachineCode(
            function_index=self.function_index,
            tier="baseline",
            data=bytes(data),
            code_size=code.code_size,
            relocations=code.relocations,
            traps={code.offset(pc): reason for pc, reason in self.faults},
            positions=positions,
            frame_size=frame_size,
        )

    # The function's start.

    def prologue(self) -> None:
        """Make the frame, check for stack overflow, count the invocation, and note where the parameters are."""
        emit, asm = self.emit, self.asm
        emit("PUSH_r64", RBP)
        emit("MOV_r64_r64", RBP, RSP)
        emit("PUSH_r64", INSTANCE)
        frame = Mem(RSP, _PATCHED)
        small = self.locals + len(self.body.opcodes) <= _SMALL_FRAME
        if small:
            emit("LEA_r64_m", RSP, frame)
            self.frame_patches.append(asm.pc)
            emit("CMP_r64_m64", RSP, STACK_LIMIT)
        else:
            emit("LEA_r64_m", SCRATCH, frame)
            self.frame_patches.append(asm.pc)
            emit("CMP_r64_m64", SCRATCH, STACK_LIMIT)
        back = Label()
        asm.jcc("BE", self.defer(lambda: self._poll_entry(small, back)))
        asm.bind(back)
        if not small:
            emit("LEA_r64_m", RSP, frame)
            self.frame_patches.append(asm.pc)
        self.instance_register = INSTANCE
        self.free &= ~(1 << INSTANCE)
        for index, (kind, number) in enumerate(self.signature.parameters):
            if kind != "s":
                register = number if kind == "r" else XMM + number
                self.entries[index] = register
                self.owners[register].append(index)
                self.free &= ~(1 << register)
        if self.feedback:
            emit("INC_m32", Mem(INSTANCE, self.layout.feedback[self.own_index] + FEEDBACK_INVOCATIONS))
        self._zero_locals(len(self.signature.parameters))
        self.count_down(1)

    def _poll_entry(self, small: bool, back: Label) -> None:
        if small:
            self.emit("MOV_r64_r64", SCRATCH, RSP)
        self.asm.call_reloc("builtin", "poll_entry")
        self.asm.jmp(back)

    def _zero_locals(self, first: int) -> None:
        """Locals start as zero; those that are written before they are read may hold anything."""
        live = self.analysis.live_at_entry
        zeros = [index for index in range(first, self.locals) if live >> index & 1] if live else []
        if len(zeros) <= _LAZY_ZEROS:
            for index in zeros:
                self.entries[index] = float_constant(0) if self.float_locals[index] else constant(0)
                self.constant_locals.add(index)
            return
        count = zeros[-1] - zeros[0] + 1
        if count <= 24:
            for index in zeros:
                self.emit("MOV_m64_i32", self.home(index), 0)
            return
        # Slots of consecutive locals lie downwards: zero them from the last one up.
        end = self.home(zeros[0]).disp + 8
        self.emit("MOV_r64_i32", SCRATCH, -count)
        again = self.asm.mark()
        self.emit("MOV_m64_i32", Mem(RBP, end, SCRATCH, 8), 0)
        self.emit("INC_r64", SCRATCH)
        self.asm.jcc("NE", again)

    def count_down(self, cost: int) -> None:
        """Take `cost` off the function's budget; below zero, ask for better code."""
        if not self.tier_up:
            return
        budget = Mem(self.instance(), self.layout.feedback[self.own_index] + FEEDBACK_BUDGET)
        self.emit("SUB_m32_i32", budget, cost)
        back = Label()

        def slow() -> None:
            self.asm.call_reloc("builtin", "tier_up")
            self.asm.jmp(back)

        self.asm.jcc("S", self.defer(slow))
        self.asm.bind(back)

    # Code out of line.

    def defer(self, emit: Callable[[], None]) -> Label:
        """Emit this after the function's own code, for the current instruction; what it needs must be fixed now."""
        label = Label()
        self.deferred.append((label, emit, self.index))
        return label

    def trap_label(self, reason: str) -> Label:
        """A label that traps."""
        name = f"trap_{TRAP_INDEX[reason]}"
        return self.defer(lambda: self.asm.call_reloc("builtin", name))

    def trap(self, reason: str) -> None:
        """Trap here."""
        self.asm.call_reloc("builtin", f"trap_{TRAP_INDEX[reason]}")

    def may_fault(self, reason: str) -> None:
        """The next instruction traps when the address it accesses is not there."""
        self.faults.append((self.asm.pc, TRAP_INDEX[reason]))

    def note_return(self, area: int) -> None:
        """A call returns here, with `area` bytes below the frame that hold results."""
        if self.return_observer is not None:
            self.return_observer(area)

    # Conditions.

    def next_opcode(self) -> int:
        """The opcode after the current instruction."""
        return self.body.opcodes[self.index + 1]

    def push_condition(self, condition: str, result: Callable[[], None]) -> None:
        """The flags hold an i32 result: leave them to a branch or select that follows, else call `result` to push it."""
        following = self.next_opcode()
        if following == op.I32_EQZ:
            following = self.body.opcodes[self.index + 2]
        if following in (op.BR_IF, op.IF, op.SELECT):
            self.condition = condition
            self.flags_live = True
        else:
            result()

    def take_condition(self) -> str:
        """The condition that a branch or select depends on; pops the operand if it is not in the flags. Flags are live until the branch."""
        condition = self.condition
        self.condition = None
        if condition is None:
            register = self.pop()
            self.emit("TEST_r32_r32", register, register)
            condition = "NE"
            self.flags_live = True
        return condition

    def jump_if(self, condition: str, label: Label) -> None:
        """Jump if the condition holds, floats' equality included. The flags are not needed afterwards."""
        asm = self.asm
        if condition == "NE_P":
            asm.jcc("NE", label)
            asm.jcc("P", label)
        elif condition == "E_NP":
            unordered = Label()
            asm.jcc("P", unordered)
            asm.jcc("E", label)
            asm.bind(unordered)
        else:
            asm.jcc(condition, label)
        self.flags_live = False

    # Joins.

    def branch_moves(self, control: Control) -> Moves:
        """What a branch from here to a label has to move."""
        if not control.kind:
            return self.return_moves()
        if control.state is None:
            control.state = self.label_state(control.base, control.arity, control.label_live)
        return self.transfer(control.state, control.arity)

    def return_moves(self) -> Moves:
        """The results into their places."""
        moves = Moves()
        first = len(self.entries) - len(self.type.results)
        area = FRAME_ARGUMENTS + 8 * self.signature.stack_arguments
        for offset, (kind, number) in enumerate(self.signature.results):
            entry = self.entries[first + offset]
            slot = None if entry < MEM else self.home(first + offset)
            if kind == "s":
                moves.stores.append((entry, slot, Mem(RBP, area + 8 * number)))
            else:
                moves.assign(number if kind == "r" else XMM + number, entry, slot)
        return moves

    def leave(self) -> None:
        """Drop the frame and the arguments, return."""
        self.emit("LEAVE")
        self.asm.ret(8 * self.signature.stack_arguments)

    def finish_branch(self, control: Control, moves: Moves) -> None:
        """Move and jump."""
        moves.perform(self)
        if control.kind:
            self.asm.jmp(control.label)
        else:
            self.leave()
