"""Instructions over virtual registers: selection makes them, the allocator completes them, the emitter reads them.

The model is V8's InstructionSequence. A virtual register is a small int with one definition (SSA). An *operand* is an
int that packs a virtual register and a constraint, `vreg << 16 | constraint`; make operands with the functions below.

Uses:
  register(v)           in a register
  register_or_slot(v)   in a register or, as a memory operand, in a frame slot
  anywhere(v)           in a register, in a slot or, if it can be rematerialized, nowhere: location REMATERIALIZE
  fixed(v, location)    in this register
  late(operand)         read until the end of the instruction, so that no definition shares its register. All other
                        uses are read at the start: a definition may take the register of a value that dies here.
Definitions:
  register(v), fixed(v, location)
  same_as_first(v)      where uses[0] is (two-address instructions): only as defs[0]; uses[0] must not be fixed or
                        late. A later use of the same virtual register reads that place too.
  incoming(v, i)        in the caller's stack argument i; that cell is then the value's spill slot too
  anywhere(v)           rematerializable values only: the location is REMATERIALIZE, and nothing is to be emitted
Temporaries:
  register(v)           differs from the registers of all uses and definitions; v is a fresh virtual register
  fixed(0, location)    this register is clobbered; it may be that of a fixed use, which is read before, but of no
                        other use

A *location* is an int: 0 to 15 integer registers, 16 to 31 float registers (16 + n), 32 + i frame slot i, -1 - i stack
argument i of the caller. The allocator writes them to `use_locations`, `def_locations`, `temp_locations`, parallel to
the operands.

An instruction that clobbers all registers says `is_call`: its definitions are fixed, its late uses register_or_slot or
anywhere, and it is a safepoint. One that lets the runtime work but keeps all registers says `is_safepoint`: references
may stay in registers there. The allocator may put moves between any two instructions; they leave the flags alone as
long as the emitter rematerializes without touching them (mov, not xor).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

from seaofnodes.backend import layout

Location: TypeAlias = int
Operand: TypeAlias = int

#: (source, destination, virtual register). At most one of both is in memory. The source REMATERIALIZE stands for
#: `Sequence.rematerializable[vreg]`, and then the destination is a register. The width is `Sequence.widths[vreg]`; what
#: goes through a scratch register of the other bank moves 8 bytes. Integers are stored with all 8 bytes.
Move: TypeAlias = tuple[Location, Location, int]

FIRST_FLOAT = 16
FIRST_SLOT = 32
REMATERIALIZE: Location = 1 << 30

# Constraints: 0 to 31 are fixed registers.
REGISTER = 32
REGISTER_OR_SLOT = 33
ANYWHERE = 34
SAME_AS_FIRST = 35
LATE = 0x40
INCOMING = 0x8000  # plus the index of the stack argument

VREG_SHIFT = 16
CONSTRAINT_MASK = 0xFFFF


def register(vreg: int) -> Operand:
    """Any register of the virtual register's bank."""
    return vreg << 16 | REGISTER


def register_or_slot(vreg: int) -> Operand:
    """A register, or a frame slot to be used as a memory operand."""
    return vreg << 16 | REGISTER_OR_SLOT


def anywhere(vreg: int) -> Operand:
    """A register, a frame slot, or, for a rematerializable value, REMATERIALIZE."""
    return vreg << 16 | ANYWHERE


def fixed(vreg: int, location: Location) -> Operand:
    """This very register; float registers are 16 + n."""
    return vreg << 16 | location


def same_as_first(vreg: int) -> Operand:
    """A definition in the place of uses[0]."""
    return vreg << 16 | SAME_AS_FIRST


def incoming(vreg: int, index: int) -> Operand:
    """A definition in the caller's stack argument `index`."""
    return vreg << 16 | INCOMING | index


def late(operand: Operand) -> Operand:
    """The same use, but read until the end of the instruction."""
    return operand | LATE


def is_register(location: Location) -> bool:
    """Is it an integer or a float register?"""
    return 0 <= location < FIRST_SLOT


def is_memory(location: Location) -> bool:
    """Is it a frame slot or a stack argument?"""
    return location < 0 or FIRST_SLOT <= location < REMATERIALIZE


def frame_offset(location: Location) -> int:
    """Offset from rbp, in bytes, of a location in memory.

    A value of 16 bytes takes slots i and i + 1; its offset is that of slot i + 1: pass `location + 1`.
    """
    if location < 0:
        return layout.FRAME_ARGUMENTS + 8 * (-1 - location)
    return layout.FRAME_FIRST_SLOT - 8 * (location - FIRST_SLOT)


def safepoint_place(location: Location) -> int:
    """How `MachineCode.safepoints` names the location of a reference."""
    return frame_offset(location) if is_memory(location) else location


class Instruction:
    """One machine instruction, or one emitter macro.

    Attributes: opcode: key of the emitter; payload: immediates, conditions, addressing modes (the allocator does not
    look); node: id of the graph's node it was made for, -1 none; commutative: of a same_as_first instruction the
    allocator may exchange the virtual registers of uses[0] and uses[1]. Set by the allocator: position: index in
    emission order; moves: to be emitted just before the instruction, in this order; and the locations.
    """

    __slots__ = (
        "commutative",
        "def_locations",
        "defs",
        "is_call",
        "is_safepoint",
        "moves",
        "node",
        "opcode",
        "payload",
        "position",
        "temp_locations",
        "temps",
        "use_locations",
        "uses",
    )

    def __init__(
        self,
        opcode: str,
        defs: list[Operand],
        uses: list[Operand],
        payload: object = None,
        node: int = -1,
        *,
        temps: list[Operand] | None = None,
        is_call: bool = False,
        is_safepoint: bool = False,
        commutative: bool = False,
    ) -> None:
        self.opcode = opcode
        self.defs = defs
        self.uses = uses
        self.temps = temps
        self.payload = payload
        self.node = node
        self.is_call = is_call
        self.is_safepoint = is_safepoint
        self.commutative = commutative
        self.position = -1
        self.moves: list[Move] | None = None
        self.use_locations: list[Location] = []
        self.def_locations: list[Location] = []
        self.temp_locations: list[Location] = []


class Block:
    """A basic block: its last instruction, and only that one, leaves it.

    Attributes: index: in reverse post order; predecessors and successors: indices of blocks; phis: (output, inputs in
    the order of the predecessors); deferred: rarely executed; label: the producer's own, such as the id of a scheduled
    block. `Sequence.finish` completes `deferred`, and sets loop: header of the innermost loop around the block (around
    the loop, if the block is a header itself), -1 none; loop_depth: 0 outside of loops; loop_end: for a header, index
    after the loop's last block, else -1. thrown: of a block that is entered by a throw out of its predecessor, the
    register that holds the exception then, for the first instruction to define it (no other register holds anything);
    else -1.
    """

    __slots__ = (
        "deferred",
        "index",
        "instructions",
        "label",
        "loop",
        "loop_depth",
        "loop_end",
        "phis",
        "predecessors",
        "successors",
        "thrown",
    )

    def __init__(self, index: int, deferred: bool = False, label: object = None) -> None:
        self.index = index
        self.instructions: list[Instruction] = []
        self.predecessors: list[int] = []
        self.successors: list[int] = []
        self.phis: list[tuple[int, list[int]]] = []
        self.deferred = deferred
        self.loop = -1
        self.loop_depth = 0
        self.loop_end = -1
        self.label = label
        self.thrown: Location = -1


class Sequence:
    """A function in instructions over virtual registers.

    What the allocator needs of its producer:
      * blocks are in reverse post order, all reachable, loops reducible (and best contiguous); the entry, blocks[0],
        has no predecessors;
      * a block's last instruction, and only that one, leaves it; with a single successor it is a jump, without
        operands;
      * no critical edges: a block with several predecessors is the only successor of each of them (so thread jumps
        after allocation);
      * a definition dominates its uses; a phi's input is available at the end of that predecessor;
      * the last instruction of a block with several successors defines nothing, unless by fixed definitions.

    Attributes: kinds: "r" (integers, references) or "x" (floats) per virtual register; widths: 4, 8 or 16 bytes per
    virtual register; references: virtual registers that safepoints, and exits, must tell; rematerializable: virtual
    register -> payload from which the emitter makes the value anew in a register, without flags or other registers;
    such values are never spilled; wide: those of them that a long instruction makes, which had better be copied from a
    register where there are several uses; osr: does the code take over a frame of baseline code?
    """

    __slots__ = ("blocks", "kinds", "osr", "references", "rematerializable", "wide", "widths")

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.osr = False
        self.kinds: list[str] = []
        self.widths: list[int] = []
        self.references: set[int] = set()
        self.rematerializable: dict[int, object] = {}
        self.wide: set[int] = set()

    def new_register(self, kind: str = "r", width: int = 8, reference: bool = False) -> int:
        """A fresh virtual register."""
        vreg = len(self.kinds)
        self.kinds.append(kind)
        self.widths.append(width)
        if reference:
            self.references.add(vreg)
        return vreg

    def new_block(self, deferred: bool = False, label: object = None) -> Block:
        """Append a block."""
        block = Block(len(self.blocks), deferred, label)
        self.blocks.append(block)
        return block

    def connect(self, source: int, target: int) -> None:
        """Add an edge; its position among the target's predecessors is that of the phis' inputs."""
        self.blocks[source].successors.append(target)
        self.blocks[target].predecessors.append(source)

    def finish(self) -> None:
        """Find loops and complete the deferred marks; the allocator calls it.

        A block is deferred if all its forward predecessors are, or all its successors; the entry never is. So no
        deferred block dominates one that is not, and definitions come before uses in `order()` too.
        """
        blocks = self.blocks
        self._find_loops()
        for block in blocks[1:]:
            if all(blocks[p].deferred for p in block.predecessors if p < block.index):
                block.deferred = True
        for block in reversed(blocks):
            if block.successors and all(blocks[s].deferred for s in block.successors):
                block.deferred = True
        blocks[0].deferred = False

    def _find_loops(self) -> None:
        """A block is in the loops that its successors are in, but for a loop whose header it enters."""
        blocks = self.blocks
        outer = [-1] * len(blocks)  # by header: the loop around, from what its members found
        ends = [-1] * len(blocks)
        for block in reversed(blocks):
            index = block.index
            headers = {s if s <= index else blocks[s].loop for s in block.successors}
            if index in headers:
                ends[index] = max(ends[index], index + 1)
                headers.remove(index)
                headers.add(outer[index])
            around = sorted(headers, reverse=True)
            for inner, header in pairwise(around):
                outer[inner] = max(outer[inner], header)
            block.loop = around[0] if around else -1
            block.loop_end = ends[index]
            if block.loop >= 0:
                ends[block.loop] = max(ends[block.loop], index + 1, ends[index])
        for block in blocks:
            around_depth = blocks[block.loop].loop_depth if block.loop >= 0 else 0
            block.loop_depth = around_depth + (block.loop_end >= 0)

    def order(self) -> list[Block]:
        """Blocks as they are allocated and emitted: deferred ones last."""
        return [b for b in self.blocks if not b.deferred] + [b for b in self.blocks if b.deferred]
