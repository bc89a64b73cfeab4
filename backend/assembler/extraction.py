"""Ask PeachPy how it encodes a form: encode probe operands, and read prefix, opcode and fields out of the bytes.

PeachPy takes over a second to import and 20 to 30 microseconds an instruction, and has no usable release in the package
index; so its answers for all declared forms are shipped, see learned.py.
"""

from __future__ import annotations

import functools
from typing import Any

from seaofnodes.backend.assembler.encoding import Encoding
from seaofnodes.backend.assembler.forms import FORMS, Form
from seaofnodes.errors import Error

# Registers: not 0 (accumulator encodings), not 4 to 7 (r8, rsp); flipping the lowest bit gives another such.
_PROBE, _HIGH_PROBE = 3, 11
_SMALL, _LARGE = 5, {1: 0x5A, 2: 0x5A5A, 4: 0x5A5A5A5A, 8: 0x5A5A5A5A5A5A5A5A}


class PeachPy:
    """PeachPy's instructions and operands by our names. Raises Error where PeachPy is not installed."""

    def __init__(self) -> None:
        try:
            import peachpy.x86_64 as x86  # costs a second
            from peachpy.x86_64 import registers as reg
        except ImportError as error:
            raise Error(
                "new instruction forms are learned from PeachPy, which cannot be imported here"
                f" ({error}): tools/setup.sh, in a checkout of seaofnodes, installs it"
            ) from None

        self._x86: Any = x86
        names = ("rax rcx rdx rbx rsp rbp rsi rdi", "eax ecx edx ebx esp ebp esi edi", "ax cx dx bx sp bp si di")
        high = range(8, 16)

        def numbered(low: str, pattern: str) -> list[Any]:
            return [getattr(reg, name) for name in low.split()] + [getattr(reg, pattern.format(n)) for n in high]

        self.registers: dict[str, list[Any]] = {
            "r64": numbered(names[0], "r{}"),
            "r32": numbered(names[1], "r{}d"),
            "r16": numbered(names[2], "r{}w"),
            "r8": numbered("al cl dl bl spl bpl sil dil", "r{}b"),
            "x": [getattr(reg, f"xmm{n}") for n in range(16)],
        }
        sizes = {8: x86.byte, 16: x86.word, 32: x86.dword, 64: x86.qword, 128: x86.oword}
        self._sizes: dict[str, Any] = {f"m{bits}": size for bits, size in sizes.items()}

    def memory(self, kind: str, address: Any) -> Any:
        """A memory operand of that kind from PeachPy's address."""
        return [address] if kind == "m" else self._sizes[kind][address]

    def instruction(self, form: Form, operands: list[Any]) -> Any:
        """PeachPy's instruction object; `operands` are PeachPy's, cl included."""
        return getattr(self._x86, form.mnemonic)(*operands)

    def probe(self, form: Form, registers: list[int], immediate: int) -> bytes:
        """PeachPy's bytes for those registers, [rbx] for memory and that immediate."""
        operands: list[Any] = []
        for kind, number in zip(form.kinds, registers, strict=True):
            if kind == "cl":
                operands.append(self.registers["r8"][1])
            elif kind[0] == "m":
                operands.append(self.memory(kind, self.registers["r64"][_PROBE]))
            else:
                operands.append(immediate if kind[0] == "i" else self.registers[kind][number])
        return bytes(self.instruction(form, operands).encode())


class _Parsed:
    """The fields of an instruction without SIB and displacement."""

    def __init__(self, data: bytes, immediate: int) -> None:
        at = 0
        while data[at] in (0x66, 0xF2, 0xF3):
            at += 1
        self.prefix, self.rex, self.vex, self.vvvv, self.short_vex = data[:at], 0, -1, 0, False
        if data[at] in (0xC4, 0xC5):
            self.short_vex = data[at] == 0xC5
            last = data[at + (1 if self.short_vex else 2)]
            # the two-byte prefix has R where the other has W
            self.vex = (1 << 8 | last & 0x07) if self.short_vex else (data[at + 1] & 0x1F) << 8 | last & 0x87
            self.vvvv = last >> 3 & 15 ^ 15
            at += 2 if self.short_vex else 3
            start, at = at, at + 1
        else:
            if data[at] & 0xF0 == 0x40:
                self.rex, at = data[at], at + 1
            start = at
            if data[at] == 0x0F:
                at += 2 if data[at + 1] in (0x38, 0x3A) else 1
            at += 1
        self.opcode = data[start:at]
        rest = len(data) - at - immediate
        if rest not in (0, 1):
            raise ValueError(f"cannot read PeachPy's encoding: {data.hex()}")
        self.modrm = data[at] if rest else -1


def _extract(
    peachpy: PeachPy, form: Form, size: int = 0, immediate: int = 0, registers: list[int] | None = None
) -> Encoding:
    """The encoding that PeachPy picks for that immediate value, which takes `size` bytes in it, and those registers."""
    start = registers or [_PROBE] * len(form.kinds)
    parsed = _Parsed(peachpy.probe(form, start, immediate), size)
    roles = ""
    opcode, modrm = parsed.opcode, parsed.modrm
    for index, kind in enumerate(form.kinds):
        if kind[0] in "imc":
            roles += {"i": "I", "m": "A", "c": "-"}[kind[0]]
            continue
        changed = start.copy()
        changed[index] ^= 1
        other = _Parsed(peachpy.probe(form, changed, immediate), size)
        if other.opcode != parsed.opcode:
            roles += "O"
            opcode = opcode[:-1] + bytes((opcode[-1] & 0xF8,))
        elif other.vvvv != parsed.vvvv:
            roles += "V"
        elif (other.modrm ^ modrm) & 0x38:
            roles += "R"
        elif (other.modrm ^ modrm) & 0x07:
            roles += "M"
        else:
            raise ValueError(f"{form.name}: operand {index} changes nothing")
    if modrm >= 0:
        if "R" in roles:
            modrm &= 0xC7
        modrm &= 0x38 if "A" in roles else 0xF8
    byte_registers = tuple(index for index, kind in enumerate(form.kinds) if kind == "r8")
    return Encoding(
        parsed.prefix, parsed.rex, parsed.vex, parsed.short_vex, opcode, modrm, roles, byte_registers, size
    )


def extract(peachpy: PeachPy, form: Form) -> dict[str, Encoding]:
    """All encodings of a form: "full"; and where PeachPy has them, "swapped" (ModRM's fields have changed places, which
    is shorter for some registers); "short" (sign-extended imm8), "one" (shift by one), "accumulator" (full immediate,
    register 0), "wide" (64-bit immediate).
    """
    immediates = [kind for kind in form.kinds if kind[0] == "i"]
    if not immediates:
        found = {"full": _extract(peachpy, form)}
        if found["full"].vex >= 0 and "M" in found["full"].roles:
            registers = [_HIGH_PROBE if role == "M" else _PROBE for role in found["full"].roles]
            swapped = _extract(peachpy, form, registers=registers)
            if swapped.opcode != found["full"].opcode:
                found["swapped"] = swapped
        return found
    size = int(immediates[0][1:]) // 8
    if size == 8:
        return {"full": _extract(peachpy, form, 4, _LARGE[4]), "wide": _extract(peachpy, form, 8, _LARGE[8])}
    found = {"full": _extract(peachpy, form, size, _LARGE[size])}
    width = len(peachpy.probe(form, [_PROBE] * len(form.kinds), _LARGE[size]))
    if size > 1 and len(peachpy.probe(form, [_PROBE] * len(form.kinds), _SMALL)) < width:
        found["short"] = _extract(peachpy, form, 1, _SMALL)
    if size == 1 and len(peachpy.probe(form, [_PROBE] * len(form.kinds), 1)) < width:
        found["one"] = _extract(peachpy, form, 0, 1)
    if form.kinds[0] in ("r8", "r16", "r32", "r64") and len(form.kinds) == 2:
        accumulator = peachpy.probe(form, [0, 0], _LARGE[size])
        if len(accumulator) < width:
            parsed = _Parsed(accumulator, size)
            found["accumulator"] = found["full"]._replace(
                prefix=parsed.prefix, rex=parsed.rex, opcode=parsed.opcode, modrm=-1, roles="-I"
            )
    return found


_peachpy = functools.cache(PeachPy)


def learn(name: str) -> dict[str, Encoding]:
    """A declared form's encodings, from PeachPy. Raises KeyError for other names, Error where there is no PeachPy."""
    form = FORMS[name]
    return extract(_peachpy(), form)


def learn_all() -> dict[str, dict[str, Encoding]]:
    """Every declared form's encodings, from PeachPy. Raises Error where there is none."""
    return {name: learn(name) for name in FORMS}
