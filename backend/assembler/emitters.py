"""Fast emitters: one small function per form, `emitter(assembler, operands)`, that appends the form's bytes. Operands
come as a tuple, which is the key of a table where all of them are registers.

All forms of one shape (registers, memory, immediates) share generated source. The bytes up to ModRM depend on register
numbers and Mem.key only, so they come out of a table that fills itself, see encoding.head; SIB and displacement come
ready with the Mem.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from struct import Struct
from typing import Any

from seaofnodes.backend.assembler.encoding import Encoding, head
from seaofnodes.backend.assembler.forms import FORMS, RAW, Form
from seaofnodes.backend.assembler.operands import BYTE

Emitter = Callable[..., None]

_PACK = {2: Struct("<h").pack, 4: Struct("<i").pack, 8: Struct("<q").pack}


class _Heads(dict[Any, bytes]):
    """Register numbers and Mem.key (a tuple of them, or one alone) -> bytes up to and with ModRM; filled on demand."""

    __slots__ = ("_accumulator", "_count", "_encoding", "_swapped")

    def __init__(
        self, count: int, encoding: Encoding, accumulator: Encoding | None = None, swapped: Encoding | None = None
    ) -> None:
        """count: of the operands in a key."""
        super().__init__()
        self._count = count
        self._encoding = encoding
        self._accumulator = accumulator
        self._swapped = swapped

    def __missing__(self, key: Any) -> bytes:
        operands = key if isinstance(key, tuple) else (key,)
        if len(operands) != self._count:
            raise TypeError(f"{self._count} operands are wanted, not {len(operands)}")
        accumulator = self._accumulator if operands[:1] == (0,) else None
        found = head(accumulator or self._encoding, operands)
        if self._swapped is not None:
            found = min(found, head(self._swapped, operands), key=len)
        self[key] = found
        return found


# Which immediates take another encoding than "full": style -> (condition, encoding, packed by, bytes).
_SPECIAL = {
    "one": ("imm == 1", "one", "", 0),
    "short": ("-128 <= imm <= 127", "short", "BYTE[imm]", 1),
    "wide": ("not -0x80000000 <= imm <= 0x7fffffff", "wide", "pack_wide(imm)", 8),
}


@functools.cache
def _maker(shape: str, style: str, size: int, bits: int) -> Callable[..., Emitter]:
    """Compile the function that makes emitters.

    shape: an r or m for each register and memory operand; style: "none" (no immediate), "plain", or a key of _SPECIAL;
    size: bytes of the full immediate; bits: unsigned immediates below 2**bits stand for negative ones; 0: not so.
    """
    names = "abc"[: len(shape)]
    memory = names[shape.index("m")] if "m" in shape else ""
    key = ", ".join(name + ".key" if name == memory else name for name in names) or "()"
    if not memory and style == "none":
        key = "operands"

    def append(table: str, immediate: str, trailing: int) -> list[str]:
        parts = [f"{table}[{key}]", memory and f"{memory}.tail", immediate]
        lines = ["asm.buffer += " + " + ".join(part for part in parts if part)]
        if memory:
            lines += [f"if {memory}.fixup is not None:", f"    asm.fix({memory}, {trailing})"]
        return lines

    body = append("full", {0: "", 1: "BYTE[imm]"}.get(size, "pack(imm)"), size)
    if style in _SPECIAL:
        condition, table, immediate, trailing = _SPECIAL[style]
        special = append(table, immediate, trailing)
        body = [f"if {condition}:", *("    " + line for line in special), "else:", *("    " + line for line in body)]
    if bits:  # before anything else, as -1 is shorter than 0xffffffff
        body = [f"if imm >= {1 << bits - 1}:", f"    imm = signed(imm, {bits})", *body]
    if memory or style != "none":
        body = [", ".join([*names, *(["imm"] if style != "none" else [])]) + ", = operands", *body]
    source = [
        "def make(BYTE, signed, pack, pack_wide, full, one, short, wide):",
        "    def emit(asm, operands):",
        *("        " + line for line in body),
        "    return emit",
    ]
    namespace: dict[str, Any] = {}
    exec(compile("\n".join(source), f"<emitter of {shape} {style} {size}>", "exec"), namespace)
    made: Callable[..., Emitter] = namespace["make"]
    return made


def _signed(value: int, bits: int) -> int:
    """The negative number that stands for the same bits. Raises ValueError beyond `bits` bits."""
    if value >> bits:
        raise ValueError(f"immediate does not fit in {bits} bits: {value:#x}")
    return value - (1 << bits)


def _shape(form: Form) -> str:
    letters = (kind[0] for kind in form.kinds if kind[0] not in "ic")
    return "".join("r" if letter == "x" else letter for letter in letters)


def make_emitter(form: Form, encodings: dict[str, Encoding]) -> Emitter:
    """The emitter of a form, given what extraction.extract found."""
    full = encodings["full"]
    style = next((name for name in _SPECIAL if name in encodings), "plain" if full.immediate else "none")
    bits = 0
    if full.immediate > 1:
        # unsigned values are welcome where the operation is no wider than its immediate
        immediate = next(kind for kind in form.kinds if kind[0] == "i")
        width = form.kinds[0][1:]
        bits = int(immediate[1:]) if immediate == "i64" or width == immediate[1:] and form.mnemonic != "PUSH" else 0
    shape = _shape(form)
    special = [_Heads(len(shape), encodings[name]) if name in encodings else None for name in _SPECIAL]
    make = _maker(shape, style, full.immediate, bits)
    heads = _Heads(len(shape), full, encodings.get("accumulator"), encodings.get("swapped"))
    return make(BYTE, _signed, _PACK.get(full.immediate), _PACK[8], heads, *special)


def _raw_emitter(data: bytes) -> Emitter:
    def emit(asm: Any, operands: tuple[()]) -> None:
        if operands:
            raise TypeError("no operands are wanted")
        asm.buffer += data

    return emit


class Emitters(dict[str, Emitter]):
    """Form name -> emitter, made at first use."""

    def __init__(self, encodings: Mapping[str, dict[str, Encoding]]) -> None:
        super().__init__()
        self._encodings = encodings

    def __missing__(self, name: str) -> Emitter:
        if name in RAW:
            emitter = _raw_emitter(RAW[name])
        elif name in FORMS:
            emitter = make_emitter(FORMS[name], self._encodings[name])
        else:
            import difflib

            near = ", ".join(difflib.get_close_matches(name, [*FORMS, *RAW], 3))
            raise ValueError(f"no instruction form {name}" + (f" (near: {near})" if near else ""))
        self[name] = emitter
        return emitter
