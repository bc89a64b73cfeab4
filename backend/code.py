"""What a compiler hands to the runtime: bytes, and facts about them. Shared by both tiers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from seaofnodes.backend.positions import Positions

if TYPE_CHECKING:
    from seaofnodes.ir.graph import Inlining
    from seaofnodes.ir.ops.common import FrameInfo, Speculation
    from seaofnodes.ir.types import Type

PATCH_SIZE: Final = 5  # bytes of a no-operation at the return address of a call with a lazy exit, and of a call rel32


@dataclass(frozen=True, slots=True)
class Relocation:
    """A 32-bit field at `offset` that the runtime fills with target + addend - (address of the field).

    kind and target: "context" (offset of a field in the engine's context), "builtin" (name of a stub), "word" (name of
    a word that the runtime or a language has defined), "slot" (index of one of the unit's functions: the address of its
    entry slot). The addend accounts for the bytes between the field and the end of the instruction, so it is -4 unless
    an immediate follows the displacement.
    """

    offset: int
    kind: str
    target: int | str
    addend: int = -4


@dataclass(frozen=True, slots=True)
class DeoptFrame:
    """A frame, of baseline code or of an interpreter, that a deoptimization makes.

    Attributes: info: which, and how it goes on; values: where optimized code has its locals, then its operands: ("r",
    register), ("x", register), ("s", offset from rbp), ("c", bits), ("o", index of an object that is made for it) or
    ("-", 0) for a value that is not read.
    """

    info: FrameInfo
    values: tuple[tuple[str, int], ...]


class DeoptField(NamedTuple):
    """A field or element of an object that a deoptimization makes.

    Attributes: offset: in bytes; width: in bits; type: of the value; place: where it is, as in a DeoptFrame.
    """

    offset: int
    width: int
    type: Type
    place: tuple[str, int]


@dataclass(frozen=True, slots=True)
class DeoptObject:
    """An object that a deoptimization makes, as optimized code has not.

    Attributes: type_id: of the runtime; size: in bytes; length: an array's, -1 for a struct; fields.
    """

    type_id: int
    size: int
    length: int
    fields: tuple[DeoptField, ...]


@dataclass(frozen=True, slots=True)
class DeoptExit:
    """A place where optimized code leaves for baseline code.

    Attributes: number: among the code's exits; speculation: what turned out wrong; node: of the graph; frames:
    innermost first; jump: what belongs right before the call of `deoptimize` once this has been taken, if it is one for
    stress: until then there is nothing; results: of a lazy exit, types and places of the results of the call that has
    come back; objects: to be made, however often frames and other objects refer to them.
    """

    number: int
    speculation: Speculation
    node: int
    frames: tuple[DeoptFrame, ...]
    jump: bytes = b""
    results: tuple[tuple[Type, tuple[str, int]], ...] | None = None
    objects: tuple[DeoptObject, ...] = ()


@dataclass(slots=True)
class MachineCode:
    """One compiled function.

    Attributes: data: code, followed by its constants; code_size: bytes of instructions; traps: pc of an instruction
    that may fault -> index of the trap reason; positions: a return address minus 1 lies in its call's range; blocks:
    (pc, block id) of scheduled blocks, in layout order; safepoints: pc after a call -> where references are: 0 to 15 an
    integer register, which the called builtin saves, else an offset from rbp (missing: none are); handlers: pc after a
    call in a `try` -> pc of its handler's entry; deopts: pc after a call of the builtin `deoptimize` -> what it leaves
    with; lazy_exits: pc after a call -> what its frame leaves with there once an assumption of the code has died: until
    then there is a no-operation of PATCH_SIZE bytes; assumptions: what the code depends on, as Graph has them,
    until it is installed.
    """

    function_index: int
    tier: str  # "baseline" or "optimized"
    data: bytes
    code_size: int
    relocations: list[Relocation]
    traps: dict[int, int]
    positions: Positions
    frame_size: int
    inlinings: list[Inlining] = field(default_factory=list)
    blocks: list[tuple[int, int]] = field(default_factory=list)
    safepoints: dict[int, tuple[int, ...]] = field(default_factory=dict)
    handlers: dict[int, int] = field(default_factory=dict)
    deopts: dict[int, DeoptExit] = field(default_factory=dict)
    lazy_exits: dict[int, DeoptExit] = field(default_factory=dict)
    assumptions: frozenset[Any] = frozenset()

    def frames(self) -> Iterator[FrameInfo]:
        """Of the exits in `deopts`, with repeats; lazy exits make no baseline frames."""
        for exit in self.deopts.values():
            for frame in exit.frames:
                yield frame.info
