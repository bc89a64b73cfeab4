"""Every instruction form: our bytes are PeachPy's, and iced-x86 decodes them to what was meant."""

from __future__ import annotations

import random
from typing import Any

import iced_x86 as iced
import pytest

from seaofnodes.backend.assembler import Assembler, Label, Mem, Rip
from seaofnodes.backend.assembler.extraction import PeachPy
from seaofnodes.backend.assembler.forms import FORMS, RAW, Form

SAMPLES = 24  # random operands a form, on top of the corners

MNEMONICS = sorted({form.mnemonic for form in FORMS.values()})
CORNERS = {
    8: (0, 1, -1, 2, 127, -128),
    16: (0, 1, -1, 127, 128, 255, -128, -129, 0x7FFF, -0x8000),
    32: (0, 1, -1, 127, 128, 255, 256, -128, -129, 0x7FFFFFFF, -0x80000000),
    64: (0, 1, -1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, -0x80000000, -0x80000001, 2**63 - 1, -(2**63)),
}
WIDTHS = {kind: int(kind[1:]) for kind in ("r16", "r32", "r64", "m16", "m32", "m64")}
DISPLACEMENTS = (0, 1, -1, 8, 127, -128, 128, -129, 0x7FFFFFFF, -0x80000000)


@pytest.fixture(scope="module")
def peachpy() -> PeachPy:
    return PeachPy()


def a_memory(rng: random.Random) -> Mem:
    base = rng.choice([*range(16), None])
    index = rng.choice([None, *(n for n in range(16) if n != 4)]) if base is not None else rng.choice([0, 5, 9, 12, 13])
    disp = rng.choice([*DISPLACEMENTS, rng.randrange(-(2**31), 2**31)])
    return Mem(base, disp, index, rng.choice((1, 2, 4, 8)) if index is not None else 1)


def an_immediate(rng: random.Random, bits: int) -> int:
    return rng.choice([*CORNERS[bits], rng.randrange(-(2 ** (bits - 1)), 2 ** (bits - 1))])


def some_operands(form: Form, rng: random.Random) -> list[int | Mem]:
    """Operands for Assembler.emit."""
    makers = {"r": lambda _: rng.randrange(16), "x": lambda _: rng.randrange(16), "m": lambda _: a_memory(rng)}
    makers["i"] = lambda kind: an_immediate(rng, int(kind[1:]))
    return [makers[kind[0]](kind) for kind in form.kinds if kind != "cl"]


def all_samples(form: Form) -> list[list[int | Mem]]:
    """Random operands, and every register and every corner of the immediate in each place."""
    rng = random.Random(form.name)
    samples = [some_operands(form, rng) for _ in range(SAMPLES)]
    for place, kind in enumerate(kind for kind in form.kinds if kind != "cl"):
        values = range(16) if kind[0] in "rx" else CORNERS[int(kind[1:])] if kind[0] == "i" else ()
        for value in values:
            sample = some_operands(form, rng)
            sample[place] = value
            samples.append(sample)
    return samples if form.kinds else [[]]


def assemble(form: Form, operands: list[int | Mem]) -> bytes:
    asm = Assembler()
    asm.emit(form.name, *operands)
    return asm.finish().data


def peachpy_address(peachpy: PeachPy, memory: Mem) -> Any:
    registers = peachpy.registers["r64"]
    if memory.index is None:
        assert memory.base is not None
        return registers[memory.base] + memory.disp
    address = registers[memory.index] * memory.scale
    return (address if memory.base is None else registers[memory.base] + address) + memory.disp


def peachpy_instruction(peachpy: PeachPy, form: Form, operands: list[int | Mem]) -> Any:
    given, theirs = iter(operands), []
    for kind in form.kinds:
        if kind == "cl":
            theirs.append(peachpy.registers["r8"][1])
            continue
        operand = next(given)
        if isinstance(operand, Mem):
            theirs.append(peachpy.memory(kind, peachpy_address(peachpy, operand)))
        else:
            theirs.append(operand if kind[0] == "i" else peachpy.registers[kind][operand])
    return peachpy.instruction(form, theirs)


def peachpy_bytes(peachpy: PeachPy, form: Form, operands: list[int | Mem]) -> bytes:
    """PeachPy's encoding: the shortest, as it chooses itself, but for two traps, where we want the longest.

    PeachPy takes an IMUL immediate of 128 to 255 for one that fits in a byte, and XCHG of eax with itself for NOP,
    which would not clear the upper half.
    """
    instruction = peachpy_instruction(peachpy, form, operands)
    imul = form.mnemonic == "IMUL" and len(operands) == 3 and 128 <= operands[2] <= 255  # type: ignore[operator]
    if imul or form.mnemonic == "XCHG":
        choices = [bytes(encode(instruction.operands)) for _, encode in instruction.encodings]
        return max(choices, key=len)
    return bytes(instruction.encode())


REGISTERS = {
    "r64": "RAX RCX RDX RBX RSP RBP RSI RDI R8 R9 R10 R11 R12 R13 R14 R15",
    "r32": "EAX ECX EDX EBX ESP EBP ESI EDI R8D R9D R10D R11D R12D R13D R14D R15D",
    "r16": "AX CX DX BX SP BP SI DI R8W R9W R10W R11W R12W R13W R14W R15W",
    "r8": "AL CL DL BL SPL BPL SIL DIL R8L R9L R10L R11L R12L R13L R14L R15L",
    "x": " ".join(f"XMM{n}" for n in range(16)),
}
ICED = {kind: [getattr(iced.Register, name) for name in names.split()] for kind, names in REGISTERS.items()}
MNEMONIC_NAMES = {value: name for name, value in vars(iced.Mnemonic).items() if isinstance(value, int)}


def decode(data: bytes) -> iced.Instruction:
    decoder = iced.Decoder(64, data)
    instruction = decoder.decode()
    assert instruction.len == len(data) and decoder.last_error == iced.DecoderError.NONE
    return instruction


def check_decoded(form: Form, operands: list[int | Mem], data: bytes) -> None:
    """The disassembler sees the mnemonic, the operands and the widths that were asked for."""
    instruction = decode(data)
    assert MNEMONIC_NAMES[instruction.mnemonic] == form.mnemonic
    given = iter(operands)
    for place, kind in enumerate(form.kinds):
        if kind == "cl":
            assert instruction.op_register(place) == iced.Register.CL
            continue
        operand = next(given)
        if isinstance(operand, Mem):
            check_memory(instruction, place, kind, operand)
        elif kind[0] == "i":
            wide = kind in ("i16", "i32", "i64")  # sign-extended to the width of the operation
            bits = max(int(kind[1:]), WIDTHS.get(form.kinds[0], 0)) if wide else 8
            assert (instruction.immediate(place) - operand) % 2**bits == 0
        else:
            assert instruction.op_kind(place) == iced.OpKind.REGISTER
            assert instruction.op_register(place) == ICED[kind][operand]


def check_memory(instruction: iced.Instruction, place: int, kind: str, memory: Mem) -> None:
    assert instruction.op_kind(place) == iced.OpKind.MEMORY
    none = iced.Register.NONE
    assert instruction.memory_base == (none if memory.base is None else ICED["r64"][memory.base])
    assert instruction.memory_index == (none if memory.index is None else ICED["r64"][memory.index])
    assert instruction.memory_index_scale == memory.scale
    assert (instruction.memory_displacement - memory.disp) % 2**64 == 0
    if kind != "m":
        assert iced.MemorySizeExt.size(instruction.memory_size) == int(kind[1:]) // 8


@pytest.mark.parametrize("mnemonic", MNEMONICS)
def test_form(mnemonic: str, peachpy: PeachPy) -> None:
    for form in FORMS.values():
        if form.mnemonic != mnemonic:
            continue
        for operands in all_samples(form):
            data = assemble(form, operands)
            assert data.hex() == peachpy_bytes(peachpy, form, operands).hex(), (form.name, operands)
            check_decoded(form, operands, data)


@pytest.mark.parametrize("name", [form.name for form in FORMS.values() if any(kind[0] == "m" for kind in form.kinds)])
def test_rip_relative(name: str, peachpy: PeachPy) -> None:
    """The displacement counts from the end of the instruction, with an immediate or without."""
    form = FORMS[name]
    rng = random.Random(name)
    for _ in range(4):
        operands = some_operands(form, rng)
        place = next(place for place, kind in enumerate(form.kinds) if kind[0] == "m")
        label, external = Label(), ("context", 24)
        asm = Assembler()
        operands[place] = Rip(label)
        asm.emit(name, *operands)
        length = asm.pc
        operands[place] = Rip(reloc=external, addend=2)
        asm.emit(name, *operands)
        asm.align(32)
        asm.bind(label)
        code = asm.finish()
        near, far = decode(code.data[:length]), decode(code.data[length : 2 * length])
        assert near.is_ip_rel_memory_operand and near.ip_rel_memory_address == label.offset
        (relocation,) = code.relocations
        # the runtime fills in target + addend - (address of the field)
        displacement = 1000 + relocation.addend - relocation.offset
        patched = bytearray(code.data)
        patched[relocation.offset : relocation.offset + 4] = displacement.to_bytes(4, "little", signed=True)
        far = iced.Decoder(64, bytes(patched[length : 2 * length]), ip=length).decode()
        assert (relocation.kind, relocation.target) == external and far.ip_rel_memory_address == 1000 + 2


RAW_MEANING = {
    "REP_STOSB": "rep stosb", "REP_STOSD": "rep stosd", "REP_STOSQ": "rep stosq", "REP_MOVSB": "rep movsb",
    "REP_MOVSD": "rep movsd", "REP_MOVSQ": "rep movsq", "LEAVE": "leave", "INT3": "int3",
}  # fmt: skip


@pytest.mark.parametrize("name", RAW)
def test_raw(name: str) -> None:
    asm = Assembler()
    asm.emit(name)
    formatter = iced.Formatter(iced.FormatterSyntax.NASM)
    assert formatter.format(decode(asm.finish().data)) == RAW_MEANING[name]


def test_unsigned_immediates() -> None:
    """They stand for the negative numbers of the same bits, where the operation is no wider than the immediate."""
    for form, large, same in (
        ("ADD_r32_i32", 0xFFFFFFFF, -1),
        ("CMP_m32_i32", 0xFFFF0000, -0x10000),
        ("AND_r16_i16", 0xFFF0, -16),
        ("XOR_r8_i8", 0xFF, -1),
        ("MOV_r64_i64", 2**64 - 1, -1),
        ("MOV_r64_i64", 2**63, -(2**63)),
    ):
        first = Mem(3, 8) if "_m" in form else 3
        assert assemble(FORMS[form], [first, large]) == assemble(FORMS[form], [first, same])


@pytest.mark.parametrize(
    ("form", "operands"),
    [
        ("ADD_r32_r33", (0, 0)),
        ("ADD_r32_r32", (16, 0)),
        ("ADD_r32_r32", (0, -1)),
        ("ADD_r32_r32", (0,)),
        ("ADD_r32_r32", (0, Mem(0))),
        ("ADD_r32_m32", (0, 0)),
        ("ADD_r32_i32", (0, 2**32)),
        ("ADD_r32_i32", (0, -(2**31) - 1)),
        ("ADD_r64_i32", (0, 2**31)),
        ("ADD_r8_i8", (0, 256)),
        ("ADD_r8_i8", (0, -129)),
        ("RET_i16", (65536,)),
        ("PUSH_i32", (2**31,)),
    ],
)
def test_what_cannot_be_encoded(form: str, operands: tuple[int | Mem, ...]) -> None:
    asm = Assembler()
    with pytest.raises(ValueError, match=form):
        asm.emit(form, *operands)
    assert asm.pc == 0


@pytest.mark.parametrize(
    "arguments", [(None,), (16,), (-1,), (0, 2**31), (0, 0, 4), (0, 0, 16), (None, 2**31, 1), (0, 0, 1, 3)]
)
def test_no_such_address(arguments: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"register|displacement"):
        Mem(*arguments)


@pytest.mark.parametrize("value", [0, 1, -1, 2**31, 2**32 - 1, 2**32, -(2**31), -(2**31) - 1, 2**63, -(2**63)])
@pytest.mark.parametrize("flags_dead", [False, True])
def test_move_constant(value: int, flags_dead: bool) -> None:
    asm = Assembler()
    asm.move_constant(9, value, flags_dead=flags_dead)
    instruction = decode(asm.finish().data)
    if instruction.mnemonic == iced.Mnemonic.XOR:
        assert value == 0 and flags_dead
        return
    assert instruction.mnemonic == iced.Mnemonic.MOV
    seen = instruction.immediate(1)
    if instruction.op0_register == iced.Register.R9D:
        assert seen & 0xFFFFFFFF == value
    else:
        assert instruction.op0_register == iced.Register.R9 and (seen - value) % 2**64 == 0
    assert (asm.pc <= 6) == (0 <= value <= 0xFFFFFFFF)
