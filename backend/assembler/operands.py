"""What instructions work on: memory operands and labels. Registers are plain ints, their hardware numbers."""

from __future__ import annotations

from typing import Final

# One byte, for -128 <= value <= 255. A dict, so that anything else is a KeyError and not another byte.
BYTE: Final[dict[int, bytes]] = {value: bytes((value & 0xFF,)) for value in range(-128, 256)}


class Label:
    """A place in the code or its constants.

    `offset` is the final offset in `AssembledCode.data` once the assembler finished, and -1 before; `position` is
    the assembler's own: where the label was bound before branch relaxation, -1 while it is not bound.
    """

    __slots__ = ("offset", "pending", "position")

    def __init__(self) -> None:
        self.position = -1
        self.offset = -1
        self.pending: list[int] | None = None  # forward branches to it, by index

    def __repr__(self) -> str:
        return f"Label(offset={self.offset})" if self.offset >= 0 else f"Label(position={self.position})"


class Mem:
    """[base + index * scale + disp]: an immutable address that many instructions may share.

    Encoded once: `key` packs the REX bits (X, B) above the ModRM byte without its reg field, `tail` is SIB and
    displacement. `fixup` is None; in a Rip it is what the displacement refers to.

    Raises ValueError for what x86-64 cannot encode: rsp as index, no register at all, a scale other than 1, 2, 4 or 8,
    a displacement beyond 32 signed bits.
    """

    __slots__ = ("base", "disp", "fixup", "index", "key", "scale", "tail")

    def __init__(self, base: int | None, disp: int = 0, index: int | None = None, scale: int = 1) -> None:
        self.base = base
        self.disp = disp
        self.index = index
        self.scale = scale
        self.fixup: Label | tuple[str, int | str] | None = None
        if base is not None and not 0 <= base <= 15:
            raise ValueError(f"no such base register: {base}")
        if not -0x80000000 <= disp <= 0x7FFFFFFF:
            raise ValueError(f"displacement does not fit in 32 signed bits: {disp:#x}")
        if index is not None:
            if index == 4 or not 0 <= index <= 15 or scale not in _SCALE:
                raise ValueError(f"no such index: register {index} times {scale}")
            key, sib = (index >> 3) << 9 | 4, (index & 7) << 3 | _SCALE[scale]
            if base is None:
                self.key, self.tail = key, BYTE[sib | 5] + disp.to_bytes(4, "little", signed=True)
                return
            key, start = key | (base >> 3) << 8, BYTE[sib | (base & 7)]
        elif base is None:
            raise ValueError("an address without a register")
        else:
            key, start = (base >> 3) << 8 | (base & 7), b"\x24" if base & 7 == 4 else b""
        if disp == 0 and base & 7 != 5:  # rbp and r13 without a displacement mean something else
            self.key, self.tail = key, start
        elif -128 <= disp <= 127:
            self.key, self.tail = key | 0x40, start + BYTE[disp]
        else:
            self.key, self.tail = key | 0x80, start + disp.to_bytes(4, "little", signed=True)

    def __repr__(self) -> str:
        return f"Mem({self.base}, {self.disp}, {self.index}, {self.scale})"


_SCALE = {1: 0x00, 2: 0x40, 4: 0x80, 8: 0xC0}


class Rip(Mem):
    """[rip + label], or [rip + an external target], given as Relocation's (kind, target).

    `addend` bytes are added to the target's address.
    """

    __slots__ = ()

    def __init__(self, label: Label | None = None, reloc: tuple[str, int | str] | None = None, addend: int = 0) -> None:
        if (label is None) == (reloc is None):
            raise ValueError("a label or a relocation, and not both")
        self.base = self.index = None
        self.scale = 1
        self.disp = addend
        self.fixup = label if label is not None else reloc
        self.key = 5
        self.tail = b"\0\0\0\0"

    def __repr__(self) -> str:
        return f"Rip({self.fixup!r}, addend={self.disp})"
