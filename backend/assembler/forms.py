"""Which instruction forms exist: declared here, once.

A form is a mnemonic and the kinds of its operands, joined by underscores: `ADD_r32_m32`, `ROUNDSD_x_x_i8`,
`SHL_r64_cl`. Kinds: r8 r16 r32 r64 (general register by width), m8 to m128 (memory by width; m: only its address
counts), x (xmm register), i8 i16 i32 i64 (immediate; i32 of a 64-bit operation is sign-extended), cl (implied, not
passed).
"""

from __future__ import annotations

from typing import Final, NamedTuple

CONDITIONS: Final = {  # condition code -> its number in the opcodes of Jcc, SETcc, CMOVcc
    "O": 0x0, "NO": 0x1, "B": 0x2, "AE": 0x3, "E": 0x4, "NE": 0x5, "BE": 0x6, "A": 0x7,
    "S": 0x8, "NS": 0x9, "P": 0xA, "NP": 0xB, "L": 0xC, "GE": 0xD, "LE": 0xE, "G": 0xF,
}  # fmt: skip


class Form(NamedTuple):
    """An instruction form: `name` is what Assembler.emit takes."""

    name: str
    mnemonic: str
    kinds: tuple[str, ...]


# Mnemonics; widths; shapes. In a shape a bare r, m or i takes the width (i at most 32 bits).
_GENERIC: Final = (
    ("ADD OR ADC SBB AND SUB XOR CMP", "8 16 32 64", "r_r r_m m_r r_i m_i"),
    ("TEST", "8 16 32 64", "r_r m_r r_i m_i"),
    ("MOV", "8 16 32 64", "r_r r_m m_r r_i m_i"),
    ("MOV", "64", "r_i64"),
    ("XCHG", "8 16 32 64", "r_r m_r"),
    ("XADD CMPXCHG", "8 16 32 64", "m_r"),
    ("NEG NOT INC DEC", "8 16 32 64", "r m"),
    ("MUL IMUL DIV IDIV", "8 16 32 64", "r m"),
    ("IMUL", "16 32 64", "r_r r_m r_r_i r_m_i"),
    ("SHL SHR SAR ROL ROR", "8 16 32 64", "r_cl r_i8 m_cl m_i8"),
    ("SHLD SHRD", "16 32 64", "r_r_i8 r_r_cl"),
    ("MOVZX MOVSX", "16 32 64", "r_r8 r_m8"),
    ("MOVZX MOVSX", "32 64", "r_r16 r_m16"),
    ("MOVSXD", "64", "r_r32 r_m32"),
    ("LEA", "32 64", "r_m*"),
    ("BSWAP", "32 64", "r"),
    ("BT BTS BTR BTC", "16 32 64", "r_r r_i8 m_i8"),
    ("BSF BSR POPCNT LZCNT TZCNT", "16 32 64", "r_r r_m"),
    ("MOVBE", "16 32 64", "r_m m_r"),
    (" ".join(f"CMOV{condition}" for condition in CONDITIONS), "16 32 64", "r_r r_m"),
    (" ".join(f"SET{condition}" for condition in CONDITIONS), "8", "r m"),
    ("PUSH POP", "64", "r m"),
    ("PUSH", "64", "i32"),
    ("CALL JMP", "64", "r m"),
    ("SHLX SHRX SARX BZHI", "32 64", "r_r_r r_m_r"),
    ("RORX", "32 64", "r_r_i8 r_m_i8"),
    ("ANDN PDEP PEXT MULX", "32 64", "r_r_r r_r_m"),
    ("BLSR BLSI BLSMSK", "32 64", "r_r r_m"),
    ("CBW CWDE CDQE CWD CDQ CQO UD2 PAUSE MFENCE RET CPUID RDTSC XGETBV", "", ""),
    ("RET", "", "i16"),
)  # fmt: skip

_SCALAR_PAIRS: Final = (  # shapes of (SS, SD) pairs; the width of m follows the suffix
    ("ADD SUB MUL DIV MIN MAX SQRT UCOMI COMI", "x_x x_m"),
    ("ROUND", "x_x_i8 x_m_i8"),
    ("VADD VSUB VMUL VDIV VMIN VMAX VSQRT", "x_x_x x_x_m"),
    ("VROUND", "x_x_x_i8 x_x_m_i8"),
    ("VUCOMI", "x_x x_m"),
    ("VMOV", "x_m m_x x_x_x"),
    ("MOV", "x_x x_m m_x"),
)

_PACKED_PAIRS: Final = (  # (PS, PD) pairs
    ("AND ANDN OR XOR ADD SUB MUL DIV MIN MAX SQRT", "x_x x_m128"),
    ("MOVA MOVU", "x_x x_m128 m128_x"),
    ("UNPCKL UNPCKH", "x_x x_m128"),
    ("SHUF", "x_x_i8 x_m128_i8"),
    ("VAND VANDN VOR VXOR", "x_x_x x_x_m128"),
    ("VMOVA VMOVU", "x_x x_m128 m128_x"),
    ("MOVMSK", "r32_x"),
)

_VECTOR: Final = (  # spelled out
    ("MOVD", "x_r32 x_m32 r32_x m32_x"),
    ("MOVQ", "x_r64 x_m64 r64_x m64_x x_x"),
    ("MOVDQA MOVDQU", "x_x x_m128 m128_x"),
    ("VMOVD", "x_r32 x_m32 r32_x m32_x"),
    ("VMOVQ", "x_r64 x_m64 r64_x m64_x x_x"),
    ("CVTSI2SD CVTSI2SS", "x_r32 x_m32 x_r64 x_m64"),
    ("CVTTSD2SI CVTSD2SI", "r32_x r32_m64 r64_x r64_m64"),
    ("CVTTSS2SI CVTSS2SI", "r32_x r32_m32 r64_x r64_m32"),
    ("CVTSD2SS", "x_x x_m64"),
    ("CVTSS2SD", "x_x x_m32"),
    ("CVTDQ2PS CVTTPS2DQ CVTPD2PS CVTTPD2DQ", "x_x x_m128"),
    ("CVTDQ2PD CVTPS2PD", "x_x x_m64"),
    ("VCVTSI2SD VCVTSI2SS", "x_x_r32 x_x_m32 x_x_r64 x_x_m64"),
    ("VCVTTSD2SI", "r32_x r32_m64 r64_x r64_m64"),
    ("VCVTTSS2SI", "r32_x r32_m32 r64_x r64_m32"),
    ("VCVTSD2SS", "x_x_x x_x_m64"),
    ("VCVTSS2SD", "x_x_x x_x_m32"),
    ("PXOR POR PAND PANDN PADDB PADDW PADDD PADDQ PSUBB PSUBW PSUBD PSUBQ", "x_x x_m128"),
    ("PCMPEQB PCMPEQW PCMPEQD PCMPEQQ PSHUFB", "x_x x_m128"),
    ("PSLLW PSLLD PSLLQ PSRLW PSRLD PSRLQ PSRAW PSRAD PSLLDQ PSRLDQ", "x_i8"),
    ("PSHUFD", "x_x_i8 x_m128_i8"),
    ("PMOVMSKB", "r32_x"),
    ("PEXTRB", "r32_x_i8 m8_x_i8"),
    ("PEXTRW", "r32_x_i8 m16_x_i8"),
    ("PEXTRD", "r32_x_i8 m32_x_i8"),
    ("PEXTRQ", "r64_x_i8 m64_x_i8"),
    ("PINSRB", "x_r32_i8 x_m8_i8"),
    ("PINSRW", "x_r32_i8 x_m16_i8"),
    ("PINSRD", "x_r32_i8 x_m32_i8"),
    ("PINSRQ", "x_r64_i8 x_m64_i8"),
    ("VPXOR VPOR VPAND", "x_x_x x_x_m128"),
)  # fmt: skip

# Instructions that PeachPy does not have (string instructions, LEAVE), or encodes longer (INT 3).
RAW: Final = {
    "REP_STOSB": b"\xf3\xaa",
    "REP_STOSD": b"\xf3\xab",
    "REP_STOSQ": b"\xf3\x48\xab",
    "REP_MOVSB": b"\xf3\xa4",
    "REP_MOVSD": b"\xf3\xa5",
    "REP_MOVSQ": b"\xf3\x48\xa5",
    "LEAVE": b"\xc9",
    "INT3": b"\xcc",
}


def _kind(letter: str, width: str) -> str:
    if letter == "m*":
        return "m"
    if letter == "i":
        return "i" + str(min(int(width), 32))
    return letter + width if letter in ("r", "m") else letter


def _declare() -> dict[str, Form]:
    forms: dict[str, Form] = {}

    def add(mnemonic: str, shape: str, width: str) -> None:
        kinds = tuple(_kind(letter, width) for letter in shape.split("_")) if shape else ()
        name = "_".join((mnemonic, *kinds))
        forms[name] = Form(name, mnemonic, kinds)

    for mnemonics, widths, shapes in _GENERIC:
        for mnemonic in mnemonics.split():
            for width in widths.split() or [""]:
                for shape in shapes.split() or [""]:
                    add(mnemonic, shape, width)
    for suffixes, table in ((("SS", "SD"), _SCALAR_PAIRS), (("PS", "PD"), _PACKED_PAIRS)):
        for mnemonics, shapes in table:
            for mnemonic in mnemonics.split():
                for suffix, width in zip(suffixes, ("32", "64"), strict=True):
                    for shape in shapes.split():
                        add(mnemonic + suffix, shape, width)
    for mnemonics, shapes in _VECTOR:
        for mnemonic in mnemonics.split():
            for shape in shapes.split():
                add(mnemonic, shape, "")
    return forms


FORMS: Final[dict[str, Form]] = _declare()
