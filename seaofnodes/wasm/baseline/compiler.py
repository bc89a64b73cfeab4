"""The compiler: one pass over the bytecode, a handler for each opcode, code out of line, the finished machine code."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import MachineCode
from seaofnodes.backend.layout import (
    FRAME_ARGUMENTS,
    RBP,
    TRAP_REASONS,
    Locations,
    locations,
)
from seaofnodes.backend.positions import Positions
from seaofnodes.backend.template.moves import Moves
from seaofnodes.backend.template.values import MEM, XMM
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.analysis import analyse
from seaofnodes.wasm.baseline.merge import Merger
from seaofnodes.wasm.baseline.state import State
from seaofnodes.wasm.types import I64

if TYPE_CHECKING:
    from seaofnodes.wasm.instance_layout import InstanceLayout
    from seaofnodes.wasm.module import Module
    from seaofnodes.wasm.types import DefinedType, FuncType

Handler = Callable[["Compiler", Any], None]

TRAP_INDEX: Final = {reason: index for index, reason in enumerate(TRAP_REASONS)}
NEGATED: Final = {
    "E": "NE", "NE": "E", "L": "GE", "GE": "L", "G": "LE", "LE": "G", "B": "AE", "AE": "B", "A": "BE", "BE": "A",
    "E_NP": "NE_P", "NE_P": "E_NP", "S": "NS", "NS": "S",
}  # fmt: skip

_CONDITIONAL: Final = frozenset((op.BR_IF, op.IF, op.SELECT, op.SELECT_T))  # they take a condition in the flags


@functools.cache
def this_machine() -> CpuFeatures:
    """What this machine's processor can do."""
    return CpuFeatures.detect()


@functools.lru_cache(maxsize=1024)
def signature(kind: FuncType) -> Locations:
    """The calling convention of a function type."""
    return locations([t.is_float for t in kind.params], [t.is_float for t in kind.results])


class ExceptionHandler:
    """What catches exceptions in a try or try_table.

    Attributes: entry: where its code starts, with the exception in rax and all values in slots; outer: who gets what
    none of its clauses catches; used: may anything come here?
    """

    __slots__ = ("entry", "outer", "used")

    def __init__(self, outer: ExceptionHandler | None) -> None:
        self.entry = Label()
        self.outer = outer
        self.used = False


class Control:
    """An open block, loop, if, try or try_table.

    Attributes: kind: its opcode, 0 for the function itself; base: number of entries below its operands; arity: of a
    branch to it; start, end: indices of its instructions; live: what the enclosing loops need, as a bit set of locals;
    label_live: what is live at the label; state: what the label expects, None while nothing has gone there; otherwise:
    of an if, the label and the state of its else part until that is reached; handler: of exceptions thrown here, or
    None; arm: of a try, the index of its next catch, or -1; arms: of a try in whose catches we are, the tag (None: any)
    and the label of each, by index.
    """

    __slots__ = (
        "arity",
        "arm",
        "arms",
        "base",
        "end",
        "handler",
        "kind",
        "label",
        "label_live",
        "live",
        "otherwise",
        "start",
        "state",
    )

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
        self.handler: ExceptionHandler | None = None
        self.arm = -1
        self.arms: dict[int, tuple[int | None, Label]] = {}


class Compiler(Merger):
    """Compiles one function. Handlers (control.py, integer.py, ...) are functions of the compiler and the immediate.

    Attributes: index: the instruction being compiled; reachable: False after a branch, until the next end or else;
    wide_memories: is a memory a 64-bit one? condition: the condition code of a compare just made for the next
    instruction, or None; observer: called before each instruction, of a loop at its header; return_observer: called
    where a call returns.
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
        kinds = self.body.locals
        references = int("".join("01"[kind.is_reference] for kind in reversed(kinds)) or "0", 2)
        super().__init__(Assembler(), layout.memories, [kind.is_float for kind in kinds], references, homes)
        self.module = module
        self.layout = layout
        self.function_index = function_index
        self.own_index = function_index - module.imported_functions
        self.feedback = feedback
        self.type_ids = type_ids
        self._type_ids: dict[DefinedType, int] = {}
        self.tier_up = tier_up
        self.features = features
        self.wide_memories = [kind.address is I64 for kind in module.memories]
        self.analysis = analyse(self.body)
        self.index = 0
        self.reachable = True
        self.condition: str | None = None
        self.controls: list[Control] = []
        self.deferred: list[tuple[Label, Callable[[], None], int]] = []
        self.faults: list[tuple[int, int]] = []
        self.safepoints: list[tuple[int, tuple[int, ...]]] = []
        self.told: dict[int, tuple[int, ...]] = {0: ()}  # slots of reference locals, by bit set
        self.handled: list[tuple[int, ExceptionHandler]] = []
        self.frame_patches: list[int] = []
        self.position_pcs: list[int] = []
        self.position_offsets: list[int] = []
        self.observer: Callable[[int], None] | None = None
        self.return_observer: Callable[[int], None] | None = None

    # The pass.

    def run(self, prologue: Callable[[Compiler], None], handlers: dict[int, Handler]) -> None:
        """Emit all code."""
        body, buffer = self.body, self.asm.buffer
        opcodes, immediates, offsets = body.opcodes, body.immediates, body.offsets
        pcs, positions = self.position_pcs, self.position_offsets
        pcs.append(0)
        positions.append(offsets[0])
        prologue(self)
        count = len(opcodes)
        self.controls.append(Control(0, self.locals, len(self.type.results), -1, count - 1, 0, 0))
        index = 0
        observer = self.observer
        while index < count:
            self.index = index
            if observer is not None and opcodes[index] != op.LOOP:
                observer(index)
            at = len(buffer)
            handlers[opcodes[index]](self, immediates[index])
            if len(buffer) != at:
                pcs.append(at)
                positions.append(offsets[index])
            if self.reachable:
                index += 1
            elif self.controls:
                # Nothing reaches what follows: go on at the else, the catch or the end.
                control = self.controls[-1]
                index = control.end
                if control.otherwise is not None:
                    index = body.matches.get(~control.start, index)
                elif control.arm >= 0:
                    index = control.arm
            else:
                break
        # Deferred code may defer more.
        for label, emit, index in self.deferred:
            pcs.append(len(buffer))
            positions.append(offsets[index])
            self.index = index
            self.asm.bind(label)
            emit()

    @property
    def frame_size(self) -> int:
        """Bytes below rbp that the frame takes so far: the instance, and the slots used."""
        size = 8 * (self.slots_used + 1)
        return size + -size % 16

    def finish(self) -> MachineCode:
        """Resolve branches, fill in the frame size, and collect the facts."""
        frame_size = self.frame_size
        code = self.asm.finish()
        data = bytearray(code.data)
        for pc in self.frame_patches:
            at = code.offset(pc) - 4
            data[at : at + 4] = (8 - frame_size).to_bytes(4, "little", signed=True)
        return MachineCode(
            function_index=self.function_index,
            tier="baseline",
            data=bytes(data),
            code_size=code.code_size,
            relocations=code.relocations,
            traps={code.offset(pc): reason for pc, reason in self.faults},
            positions=Positions.of_baseline(code.offsets(self.position_pcs), self.position_offsets),
            frame_size=frame_size,
            safepoints={code.offset(pc): slots for pc, slots in self.safepoints},
            handlers={code.offset(pc): handler.entry.offset for pc, handler in self.handled},
        )

    def type_id(self, kind: DefinedType) -> int:
        """The engine's id of a type of the module."""
        found = self._type_ids.get(kind)
        if found is None:
            found = self._type_ids[kind] = self.type_ids[self.module.types.index(kind)]
        return found

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

    def note(self, index: int) -> None:
        """The header of a loop is here."""
        if self.observer is not None:
            self.observer(index)

    # Conditions.

    def next_opcode(self) -> int:
        """The opcode after the current instruction."""
        return self.body.opcodes[self.index + 1]

    def push_condition(self, condition: str, result: Callable[[], None]) -> None:
        """The flags hold an i32: leave them to a branch or select that follows, else call `result` to push it."""
        following = self.next_opcode()
        if following == op.I32_EQZ:
            following = self.body.opcodes[self.index + 2]
        if following in _CONDITIONAL:
            self.condition = condition
            self.flags_live = True
        else:
            result()

    def take_condition(self) -> str:
        """The condition that a branch or select depends on; pops the operand if it is not in the flags.

        The flags stay live until the branch.
        """
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

    # Blocks.

    def open(self, kind: int, block_type: FuncType) -> Control:
        """Open a construct; the label's live locals are filled in for a loop by the caller."""
        end = self.body.matches[self.index]
        outer = self.controls[-1]
        live = outer.live
        params = len(block_type.params)
        arity = params if kind == op.LOOP else len(block_type.results)
        label_live = 0 if kind == op.LOOP else self.analysis.live[end] | live
        control = Control(kind, len(self.entries) - params, arity, self.index, end, live, label_live)
        control.handler = outer.handler
        self.controls.append(control)
        return control

    # Joins.

    def branch_moves(self, control: Control) -> Moves:
        """What a branch from here to a label has to move."""
        if not control.kind:
            return self._return_moves()
        if control.state is None:
            control.state = self.label_state(control.base, control.arity, control.label_live)
        return self.transfer(control.state, control.arity)

    def _return_moves(self) -> Moves:
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

    def finish_branch(self, control: Control, moves: Moves) -> None:
        """Move and jump; a branch to the end of the function returns."""
        moves.perform(self)
        if control.kind:
            self.asm.jmp(control.label)
        else:
            self.emit("LEAVE")
            self.asm.ret(8 * self.signature.stack_arguments)
