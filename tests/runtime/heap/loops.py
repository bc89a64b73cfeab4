"""A loop in machine code that allocates: structs in a list, of which it begins a new one now and then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seaofnodes import Engine
from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.code import MachineCode
from seaofnodes.backend.layout import CONTEXT_STACK_LIMIT, R11, RAX, RBP, RCX, RDX, RSI, RSP, TYPE_ARRAY, TYPE_STRUCT
from seaofnodes.backend.positions import Positions
from seaofnodes.language.machine import Functions, Names
from seaofnodes.native.values import i64, machine_type
from seaofnodes.runtime.code.stub_tools import context, word
from seaofnodes.runtime.entry.signatures import Signature
from seaofnodes.runtime.heap.records import TypeRecord

NODE: Final = 7  # a struct: its successor in the list, and a number
INTS: Final = 8  # an array of i32
NODE_RECORD: Final = TypeRecord(TYPE_STRUCT, 24, (8,), (NODE,), "node")
INTS_RECORD: Final = TypeRecord(TYPE_ARRAY, 4, (), (INTS,), "ints")


def _list(a: Assembler) -> dict[int, tuple[int, ...]]:
    """(count, length): allocate `count` nodes, in lists of at most `length`; the last list."""
    slow, poll, keep = Label(), Label(), Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("PUSH_r64", RSI)
    a.emit("PUSH_r64", RSI)
    a.emit("PUSH_r64", RBP)  # the length, below the instance
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_m64_r64", Mem(RBP, -24), RCX)
    a.emit("MOV_r64_r64", RDX, RCX)
    a.emit("XOR_r32_r32", RCX, RCX)
    loop = a.mark()
    a.emit("CMP_r64_m64", RSP, context(CONTEXT_STACK_LIMIT))
    a.jcc("BE", poll)
    back = a.mark()
    a.emit("MOV_r64_m64", R11, word("heap_top"))
    a.emit("ADD_r64_i32", R11, 24)
    a.emit("CMP_r64_m64", R11, word("heap_limit"))
    a.jcc("A", slow)
    a.emit("MOV_m64_r64", word("heap_top"), R11)
    a.emit("SUB_r64_i32", R11, 24)
    made = a.mark()
    a.emit("MOV_m64_i32", Mem(R11), NODE)
    a.emit("MOV_m64_r64", Mem(R11, 8), RCX)
    a.emit("MOV_m64_r64", Mem(R11, 16), RAX)
    a.emit("LEA_r64_m", RCX, Mem(R11, 1))
    a.emit("DEC_r64", RDX)
    a.jcc("NE", keep)
    a.emit("MOV_r64_m64", RDX, Mem(RBP, -24))
    a.emit("XOR_r32_r32", RCX, RCX)
    a.bind(keep)
    a.emit("DEC_r64", RAX)
    a.jcc("NE", loop)
    a.emit("MOV_r64_r64", RAX, RCX)
    a.emit("LEAVE")
    a.ret()
    a.bind(slow)
    a.emit("MOV_r32_i32", R11, 24)
    a.call_reloc("builtin", "allocate")
    allocated = a.pc
    a.jmp(made)
    a.bind(poll)
    a.call_reloc("builtin", "poll_loop")
    polled = a.pc
    a.jmp(back)
    return {allocated: (RCX,), polled: (RCX,)}


def _array(a: Assembler) -> dict[int, tuple[int, ...]]:
    """(length, kept): an array of INTS; the address, or 0 if `kept`, a reference, is not the same afterwards."""
    same = Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("PUSH_r64", RSI)
    a.emit("PUSH_r64", RCX)
    a.emit("MOV_r64_r64", R11, RAX)
    a.emit("PUSH_i32", INTS)
    a.call_reloc("builtin", "allocate_array")
    allocated = a.pc
    a.emit("POP_r64", RDX)
    a.emit("MOV_r64_r64", RAX, R11)
    a.emit("CMP_r64_m64", RCX, Mem(RBP, -16))
    a.jcc("E", same)
    a.emit("XOR_r32_r32", RAX, RAX)
    a.bind(same)
    a.emit("LEAVE")
    a.ret()
    return {allocated: (RCX, -16)}


class Loops:
    """Attributes: engine; heap: its heap."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.heap = engine.runtime.heap
        self.heap.define_type(NODE, NODE_RECORD)
        self.heap.define_type(INTS, INTS_RECORD)
        pair = self._kind = Signature((machine_type(i64),) * 2, (machine_type(i64),))

        def interpret(function: int, arguments: tuple[int | float, ...]) -> Sequence[int | float]:
            raise AssertionError("there is code")

        self._functions = Functions(engine.runtime, engine, Names(["list", "array"]), [pair, pair], interpret)
        for index, build in enumerate((_list, _array)):
            a = Assembler()
            safepoints = build(a)
            code = a.finish()
            made = MachineCode(
                function_index=index, tier="optimized", data=code.data, code_size=len(code.data),
                relocations=list(code.relocations), traps={}, positions=Positions((), (), (), ()), frame_size=32,
                safepoints={code.offset(pc): places for pc, places in safepoints.items()},
            )  # fmt: skip
            self._functions.enter_at(index, self._functions.install(made))

    def make_list(self, count: int, length: int) -> int:
        """The reference to the last list."""
        return self._call(0, count, length)

    def make_array(self, length: int, kept: int = 0) -> int:
        """The address of an array."""
        return self._call(1, length, kept)

    def _call(self, index: int, *arguments: int) -> int:
        slot = self._functions.slots + 8 * index
        return int(self._functions.call(slot, self._kind, arguments, "loop")[0]) & (1 << 64) - 1
