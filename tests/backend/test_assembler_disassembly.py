"""Listings, and what the processor can do."""

from __future__ import annotations

from pathlib import Path

from seaofnodes.backend.assembler import Assembler, Label, Mem, Rip
from seaofnodes.backend.assembler.disassembly import disassemble
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import Relocation
from seaofnodes.backend.layout import RAX, RBP, RDX, RSP

LISTING = """
    top   0 483b2500000000           cmp rsp, [context+0x0]
          7 763f                     jbe slow
          9 c745e8fdffffff           mov dword ptr [rbp-0x18], -3
         10 f20f580d38000000         addsd xmm1, [one]
         18 4c8d1d39000000           lea r11, [table]
         1f 488b84d000040000         mov rax, [rax+rdx*8+0x400]
         27 ff1500000000             call qword ptr [slot 3]
         2d e800000000               call trap
         32 0f84cd0f0000             je 0x11005
         38 ebc6                     jmp top
         3a 0f1f8000000000           nop [rax]
         41 0f1f8000000000           nop [rax]
   slow  48 c21000                   ret 0x10
         4b cccccccccc               db 0xcc, 0xcc, 0xcc, 0xcc, 0xcc
    one  50 000000000000f03f         db 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf0, 0x3f
  table  58 a8ffffff                 db 0xa8, 0xff, 0xff, 0xff
"""


def assembled() -> tuple[bytes, int, list[Relocation], dict[int, str]]:
    asm, slow = Assembler(), Label()
    top = asm.mark()
    asm.emit("CMP_r64_m64", RSP, Rip(reloc=("context", 0)))
    asm.jcc("BE", slow)
    asm.emit("MOV_m32_i32", Mem(RBP, -24), -3)
    one = asm.constant(bytes.fromhex("000000000000f03f"))
    asm.emit("ADDSD_x_m64", 1, Rip(one))
    table = asm.table([top])
    asm.lea_label("r64", 11, table)
    asm.emit("MOV_r64_m64", RAX, Mem(RAX, 0x400, RDX, 8))
    asm.call_mem(Rip(reloc=("slot", 3)))
    asm.call_reloc("builtin", "trap")
    asm.buffer += bytes.fromhex("0f84cd0f0000")  # to a place outside
    asm.jmp(top)
    asm.nop(7)
    asm.nop(7)
    asm.bind(slow)
    asm.ret(16)
    code = asm.finish()
    names = {top.offset: "top", slow.offset: "slow", one.offset: "one", table.offset: "table"}
    return code.data, code.code_size, code.relocations, names


def shown(address: int, data: bytes, code_size: int, relocations: list[Relocation], names: dict[int, str]) -> str:
    lines = disassemble(data, code_size, address, relocations, names)
    assert "".join(line.hex for line in lines) == data.hex()
    return "\n".join(f"{line.label:>7} {line.offset:3x} {line.hex:24} {line.text}" for line in lines)


def test_listing() -> None:
    assert shown(0x10000, *assembled()) == LISTING.strip("\n")


def test_relocations_are_named_by_the_caller() -> None:
    data, size, relocations, _ = assembled()
    lines = disassemble(data, size, 0, relocations, name=lambda relocation: f"<{relocation.kind}>")
    assert [line.text for line in lines if "<" in line.text] == [
        "cmp rsp, [<context>]",
        "call qword ptr [<slot>]",
        "call <builtin>",
    ]


def test_features_of_this_machine() -> None:
    flags = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags")), "")
    assert CpuFeatures.detect() == CpuFeatures.from_flags(flags)


def test_features(tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    assert CpuFeatures.detect(file) == CpuFeatures()
    file.write_text("processor : 0\nflags\t\t: fpu sse2 abm bmi1 avx2\nflags : avx\n")
    assert CpuFeatures.detect(file) == CpuFeatures(lzcnt=True, bmi1=True)
    file.write_text("vendor_id : none\n")
    assert CpuFeatures.detect(file) == CpuFeatures()
    assert CpuFeatures.from_flags("avx bmi2") == CpuFeatures(avx=True, bmi2=True)
