"""What a compiler hands to the runtime: bytes, and facts about them. Shared by both tiers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Relocation:
    """A 32-bit field at `offset` that the runtime fills with target + addend - (address of the field).

    kind and target: "context" (offset of a field in the engine's context), "builtin" (name of a stub), "slot" (index of
    one of the module's functions: the address of its entry slot). The addend accounts for the bytes between the field
    and the end of the instruction, so it is -4 unless an immediate follows the displacement.
    """

    offset: int
    kind: str
    target: int | str
    addend: int = -4


@dataclass(slots=True)
class Position:
    """From this pc (offset in the code) on, code was made for this node and this bytecode."""

    pc: int
    node: int  # node id, or -1 (baseline code, glue)
    bytecode_offset: int  # -1: none
    inlining: int = -1  # index in MachineCode.inlinings, -1: the function itself


@dataclass(frozen=True, slots=True)
class Inlining:
    """An inlined function: its index, the call it replaced, and the inlining that call is in (-1: the outermost)."""

    function_index: int
    call_offset: int
    parent: int


@dataclass(slots=True)
class MachineCode:
    """One compiled function.

    Attributes: data: code, followed by its constants; code_size: bytes of instructions; traps: pc of an instruction
    that may fault -> index of the trap reason; positions: sorted by pc; a return address minus 1 lies in its call's
    range; blocks: (pc, block id) of scheduled blocks, in layout order; safepoints: pc after a call -> frame slots
    that hold references, as offsets from rbp (missing: none do); handlers: pc after a call in a `try` ->
    pc of its handler's entry.
    """

    function_index: int
    tier: str  # "baseline" or "optimized"
    data: bytes
    code_size: int
    relocations: list[Relocation]
    traps: dict[int, int]
    positions: list[Position]
    frame_size: int
    inlinings: list[Inlining] = field(default_factory=list)
    blocks: list[tuple[int, int]] = field(default_factory=list)
    safepoints: dict[int, tuple[int, ...]] = field(default_factory=dict)
    handlers: dict[int, int] = field(default_factory=dict)
