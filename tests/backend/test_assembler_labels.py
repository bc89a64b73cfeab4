"""Labels, branch relaxation, alignment, constants, jump tables, relocations."""

from __future__ import annotations

import ctypes
import mmap
import random
import struct
from collections.abc import Callable

import iced_x86 as iced
import pytest
from hypothesis import given, settings, strategies as st

from seaofnodes.backend.assembler import AssembledCode, Assembler, Label, Mem, Rip
from seaofnodes.backend.code import Relocation
from seaofnodes.backend.layout import R11, RAX, RCX, RDI, RSI

# A step of a random program: bind label n, branch to it, refer to it, pad, align, mark.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["bind", "jmp", "jcc", "call", "lea"]), st.integers(0, 7)),
        st.tuples(st.just("pad"), st.integers(0, 130)),
        st.tuples(st.just("align"), st.sampled_from([1, 2, 8, 16, 32])),
        st.tuples(st.sampled_from(["mark", "external"]), st.just(0)),
    ),
    max_size=60,
)

MNEMONICS = {"jmp": iced.Mnemonic.JMP, "jcc": iced.Mnemonic.JLE, "call": iced.Mnemonic.CALL}


def decoded(code: AssembledCode) -> dict[int, iced.Instruction]:
    """Offset -> instruction; all of the code decodes."""
    decoder = iced.Decoder(64, code.data[: code.code_size])
    found = {instruction.ip: instruction for instruction in decoder}
    assert sum(instruction.len for instruction in found.values()) == code.code_size
    assert not any(instruction.is_invalid for instruction in found.values())
    return found


class Program:
    """Runs steps through an assembler, and checks the outcome."""

    def __init__(self, steps: list[tuple[str, int]]) -> None:
        self.asm = asm = Assembler()
        labels = [Label() for _ in range(8)]
        self.references: list[tuple[str, Label, Label, int]] = []  # what, where, to, pc
        self.aligned: list[tuple[Label, int]] = []
        self.external: list[Label] = []
        bound = set()
        for what, value in steps:
            if what == "bind":
                if value not in bound:
                    bound.add(value)
                    asm.bind(labels[value])
            elif what == "pad":
                for _ in range(value):
                    asm.emit("CDQ")
            elif what == "align":
                asm.align(value)
                self.aligned.append((asm.mark(), value))
            elif what == "mark":
                asm.mark()
            elif what == "external":
                self.external.append(asm.mark())
                asm.emit("CMP_m32_i32", Rip(reloc=("context", 16)), 1000)
            else:
                self.references.append((what, asm.mark(), labels[value], asm.pc))
                self.refer(what, labels[value])
        for index, label in enumerate(labels):
            if index not in bound:
                asm.bind(label)
        asm.ret()

    def refer(self, what: str, label: Label) -> None:
        if what == "jcc":
            self.asm.jcc("LE", label)
        elif what == "lea":
            self.asm.lea_label("r64", R11, label)
        elif what == "jmp":
            self.asm.jmp(label)
        else:
            self.asm.call(label)

    def check(self) -> AssembledCode:
        code = self.asm.finish()
        instructions = decoded(code)
        for what, where, to, pc in self.references:
            assert where.offset == code.offset(pc)
            instruction = instructions[where.offset]
            if what == "lea":
                assert instruction.mnemonic == iced.Mnemonic.LEA
                assert instruction.ip_rel_memory_address == to.offset
            else:
                assert instruction.mnemonic == MNEMONICS[what]
                assert instruction.near_branch_target == to.offset
        for where, alignment in self.aligned:
            assert where.offset % alignment == 0
        assert [relocation.offset for relocation in code.relocations] == [label.offset + 2 for label in self.external]
        assert set(code.relocations) <= {Relocation(label.offset + 2, "context", 16, -8) for label in self.external}
        pcs = [pc for _, _, _, pc in self.references]
        assert code.offsets(pcs) == [where.offset for _, where, _, _ in self.references]
        return code


@settings(max_examples=150)
@given(STEPS)
def test_any_program(steps: list[tuple[str, int]]) -> None:
    Program(steps).check()


@pytest.mark.parametrize("seed", range(20))
def test_large_programs_are_relaxed(seed: int) -> None:
    """Without alignments, hardly a branch stays long that would reach with a byte."""
    rng = random.Random(seed)
    choices = ["bind", "jmp", "jcc", "pad"]
    steps = [(what := rng.choice(choices), rng.randrange(40 if what == "pad" else 8)) for _ in range(300)]
    program = Program(steps)
    instructions = decoded(program.check())
    wasted = 0
    for what, where, to, _ in program.references:
        if what in ("jmp", "jcc") and instructions[where.offset].len > 2:
            end = where.offset + instructions[where.offset].len
            wasted += -124 <= to.offset - end <= 127
    assert wasted <= 1


@pytest.mark.parametrize(("gap", "size"), [(0, 2), (127, 2), (128, 5), (129, 5)])
def test_reach_forwards(gap: int, size: int) -> None:
    asm, label = Assembler(), Label()
    asm.jmp(label)
    start = asm.mark()
    asm.nop(gap)
    asm.bind(label)
    code = asm.finish()
    assert start.offset == size and code.code_size == size + gap


@pytest.mark.parametrize(("gap", "size"), [(0, 2), (126, 2), (127, 6), (128, 6)])
def test_reach_backwards(gap: int, size: int) -> None:
    asm = Assembler()
    top = asm.mark()
    asm.nop(gap)
    asm.jcc("NE", top)
    assert asm.finish().code_size == gap + size


def test_relaxation_cascades() -> None:
    """A branch that reaches only when the branches between it and its target have become short."""
    asm, far, near = Assembler(), Label(), Label()
    asm.jmp(far)
    for _ in range(20):
        asm.jcc("E", near)
    asm.nop(60)
    asm.bind(near)
    asm.nop(20)
    asm.bind(far)
    assert asm.finish().code_size == 2 + 20 * 2 + 80


def test_label_bound_twice() -> None:
    asm = Assembler()
    label = asm.mark()
    with pytest.raises(ValueError, match="bound already"):
        asm.bind(label)


@pytest.mark.parametrize(
    "use",
    [
        lambda asm, label: asm.jmp(label),
        lambda asm, label: asm.call(label),
        lambda asm, label: asm.lea_label("r64", RAX, label),
        lambda asm, label: asm.table([label]),
    ],
)
def test_label_never_bound(use: Callable[[Assembler, Label], None]) -> None:
    asm = Assembler()
    use(asm, Label())
    with pytest.raises(ValueError, match="never bound"):
        asm.finish()


def test_constants() -> None:
    asm = Assembler()
    asm.nop(3)
    double = asm.constant(struct.pack("<d", 1.5))
    single = asm.constant(struct.pack("<f", 2.5))
    assert asm.constant(struct.pack("<d", 1.5), 16) is double  # once, with the stricter alignment
    mask = asm.constant(bytes(range(16)))
    asm.emit("ADDSD_x_m64", 3, Rip(double))
    asm.emit("ANDPD_x_m128", 3, Rip(mask))
    asm.emit("MOVSS_x_m32", 3, Rip(single, addend=0))
    code = asm.finish()
    for label, data, align in ((double, struct.pack("<d", 1.5), 16), (mask, bytes(range(16)), 16)):
        assert label.offset % align == 0 and label.offset >= code.code_size
        assert code.data[label.offset : label.offset + len(data)] == data
    assert code.data[single.offset : single.offset + 4] == struct.pack("<f", 2.5)
    targets = [i.ip_rel_memory_address for i in decoded(code).values() if i.is_ip_rel_memory_operand]
    assert targets == [double.offset, mask.offset, single.offset]
    with pytest.raises(ValueError, match="power of two"):
        Assembler().constant(b"abc")
    with pytest.raises(ValueError, match="power of two"):
        Assembler().align(12)


def test_external_targets() -> None:
    asm = Assembler()
    asm.call_reloc("builtin", "trap")
    asm.jmp_reloc("builtin", "lazy")
    asm.jcc_reloc("BE", "builtin", "poll")
    asm.call_mem(Rip(reloc=("slot", 3)))
    asm.jmp_mem(Rip(reloc=("slot", 4)))
    asm.ret(24)
    code = asm.finish()
    assert code.relocations == [
        Relocation(1, "builtin", "trap"),
        Relocation(6, "builtin", "lazy"),
        Relocation(12, "builtin", "poll"),
        Relocation(18, "slot", 3),
        Relocation(24, "slot", 4),
    ]
    assert [str(i).split()[0] for i in decoded(code).values()] == ["call", "jmp", "jbe", "call", "jmp", "ret"]


@pytest.mark.parametrize("size", range(40))
def test_nops(size: int) -> None:
    asm = Assembler()
    asm.nop(size)
    found = decoded(asm.finish())
    assert all(instruction.mnemonic == iced.Mnemonic.NOP for instruction in found.values())
    assert len(found) == -(-size // 9)


def callable_of(code: AssembledCode) -> Callable[[int, int], int]:
    """Machine code as a C function of two 64-bit integers."""
    pages = mmap.mmap(-1, len(code.data), prot=mmap.PROT_READ | mmap.PROT_WRITE)
    pages.write(code.data)
    view = ctypes.c_char.from_buffer(pages)
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    address = ctypes.addressof(view)
    assert protect(ctypes.c_void_p(address), ctypes.c_size_t(len(code.data)), mmap.PROT_READ | mmap.PROT_EXEC) == 0
    function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(address)
    function.keep = (pages, view)  # type: ignore[attr-defined]
    return function


def test_jump_table_runs() -> None:
    asm = Assembler()
    cases, bad = [Label() for _ in range(5)], Label()
    table = asm.table(cases)
    asm.emit("CMP_r64_i32", RDI, len(cases))
    asm.jcc("AE", bad)
    asm.lea_label("r64", R11, table)
    asm.emit("MOVSXD_r64_m32", RAX, Mem(R11, 0, RDI, 4))
    asm.emit("ADD_r64_r64", RAX, R11)
    asm.emit("JMP_r64", RAX)
    for index, case in enumerate(cases):
        asm.align(16)
        asm.bind(case)
        asm.emit("LEA_r64_m", RAX, Mem(RSI, index * 100))
        asm.ret()
    asm.bind(bad)
    asm.emit("MOV_r64_i32", RAX, -1)
    asm.ret()
    function = callable_of(asm.finish())
    assert [function(index, 7) for index in range(-1, 6)] == [-1, 7, 107, 207, 307, 407, -1]


def test_loop_runs() -> None:
    """Sums 1 to n, in steps that make the loop's branch long."""
    asm = Assembler()
    done = Label()
    asm.emit("XOR_r32_r32", RAX, RAX)
    asm.emit("XOR_r32_r32", RCX, RCX)
    top = asm.mark()
    asm.emit("CMP_r64_r64", RCX, RDI)
    asm.jcc("AE", done)
    asm.emit("INC_r64", RCX)
    asm.emit("ADD_r64_r64", RAX, RCX)
    asm.align(64)
    asm.nop(200)
    asm.jmp(top)
    asm.bind(done)
    asm.ret()
    assert callable_of(asm.finish())(1000, 0) == 500500
