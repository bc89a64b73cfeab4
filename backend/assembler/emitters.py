"""Fast emitters: one small function per form, `emitter(assembler, *operands)`, that appends the form's bytes.

All forms of one shape (registers, memory, immediates) share generated source. The bytes up to ModRM depend on register numbers
and Mem.key only, so they come out of a table that fills itself, see encoding.head; SIB and displacement come ready with the Mem.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from struct import Struct
from typing import Any

from seaofnodes.backend.assembler.encoding import Encoding, head
from seaofnodes.backend.assembler.forms import FORMS, RAW, Form
from seaofnodes.backend.assembler.operands import BYTE

Emitter = Callable[..., None]

_PACK = {2: Struct("<h").pack, 4: Struct("<i").pack, 8: Struct("<q").pack}


class _Heads(dict[Any, bytes]):
    """(register numbers and Mem.key, as a tuple, or one of them alone) -> bytes up to and with ModRM; filled on demand."""

    __slots__ = ("_accumulator", "_encoding")

    def __init__(self, encoding: Encoding, accumulator: Encoding | None = None) -> None:
        super().__init__()
        self._encoding = encoding
        self._accumulator = accumulator

    def __missing__(self, key: Any) -> bytes:
        operands = key if isinstance(key, tuple) else (key,)
        shorter = self._accumulator if operands[:1] == (0,) else None
        found = self[key] = head(shorter or self._encoding, operands)
        return found


@functools.cache
def _maker(shape: str, style: str, size: int, wrap: int) -> Callable[..., Emitter]:
    """Compile the function that makes emitters of a shape.

    shape: r and m; style: of the immediate: "" (none), "byte", "one" (byte, or one), "plain", "short" (byte where it fits), "wide";
    size: bytes of the full immediate; wrap: 2**bits where unsigned immediates stand for the negative ones, or 0.
    """
    names = "abc"[: len(shape)]
    memory = names[shape.index("m")] if "m" in shape else None
    key = ", ".join(name + ".key" if name == memory else name for name in names) or "()"
    tail = f" + {memory}.tail" if memory else ""
    parameters = "".join(f", {name}" for name in names) + (", imm" if style else "")

    def append(table: str, immediate: str, trailing: int) -> list[str]:
        lines = [f"asm.buffer += {table}[{key}]{tail}{immediate}"]
        if memory:
            lines += [f"if {memory}.fixup is not None:", f"    asm.fix({memory}, {trailing})"]
        return lines

    plain = append("full", " + pack(imm)", size)
    if wrap:
        plain = [f"if {wrap >> 1} <= imm < {wrap}:", f"    return emit(asm, {''.join(n + ', ' for n in names)}imm - {wrap})", *plain]
    if style == "":
        body = append("full", "", 0)
    elif style == "byte":
        body = append("full", " + BYTE[imm]", 1)
    elif style == "plain":
        body = plain
    else:
        test, special = {
            "one": ("imm == 1", append("one", "", 0)),
            "short": ("-128 <= imm <= 127", append("short", " + BYTE[imm]", 1)),
            "wide": ("not -0x80000000 <= imm <= 0x7fffffff", append("wide", " + pack_wide(imm)", 8)),
        }[style]
        if style == "wide":
            special = [f"if {wrap >> 1} <= imm < {wrap}:", f"    return emit(asm, {''.join(n + ', ' for n in names)}imm - {wrap})", *special]
            plain = append("full", " + pack(imm)", 4)
        other = append("full", " + BYTE[imm]", 1) if style == "one" else plain
        body = [f"if {test}:", *("    " + line for line in special), "else:", *("    " + line for line in other)]
    source = [
        "def make(BYTE, pack, pack_wide, full, one, short, wide):",
        f"    def emit(asm{parameters}):",
        *("        " + line for line in body),
        "    return emit",
    ]
    namespace: dict[str, Any] = {}
    exec(compile("\n".join(source), f"<emitter {shape} {style}>", "exec"), namespace)
    made: Callable[..., Emitter] = namespace["make"]
    return made


def _shape(form: Form) -> str:
    letters = (kind[0] for kind in form.kinds if kind[0] not in "ic")
    return "".join("r" if letter == "x" else letter for letter in letters)


def make_emitter(form: Form, encodings: dict[str, Encoding]) -> Emitter:
    """The emitter of a form, given what extraction.extract found."""
    full = encodings["full"]
    immediates = [int(kind[1:]) for kind in form.kinds if kind[0] == "i"]
    wrap = 0
    if not immediates:
        style = ""
    elif "wide" in encodings:
        style, wrap = "wide", 1 << 64
    elif "one" in encodings:
        style = "one"
    elif immediates[0] == 8:
        style = "byte"
    else:
        style = "short" if "short" in encodings else "plain"
        # unsigned values are welcome where the operation is no wider than its immediate
        wrap = 1 << immediates[0] if form.kinds[0] in ("r16", "m16", "r32", "m32", "i16") else 0
    tables = [_Heads(encodings[name]) if name in encodings else None for name in ("one", "short", "wide")]
    make = _maker(_shape(form), style, full.immediate, wrap)
    return make(BYTE, _PACK.get(full.immediate), _PACK[8], _Heads(full, encodings.get("accumulator")), *tables)


def _raw_emitter(data: bytes) -> Emitter:
    def emit(asm: Any) -> None:
        asm.buffer += data

    return emit


class Emitters(dict[str, Emitter]):
    """Form name -> emitter, made at first use."""

    def __init__(self, encodings: dict[str, dict[str, Encoding]]) -> None:
        super().__init__()
        self._encodings = encodings

    def __missing__(self, name: str) -> Emitter:
        if name in RAW:
            emitter = _raw_emitter(RAW[name])
        elif name in self._encodings:
            emitter = make_emitter(FORMS[name], self._encodings[name])
        else:
            import difflib

            near = difflib.get_close_matches(name, [*FORMS, *RAW], 3)
            raise ValueError(f"no instruction form {name}" + (f" (near: {', '.join(near)})" if near else ""))
        self[name] = emitter
        return emitter
