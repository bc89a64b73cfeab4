"""The selector: the state of a selection, and what visitors use."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.instruction import Instruction, Operand, Sequence
from seaofnodes.backend.schedule import Schedule
from seaofnodes.backend.select.address import is_zero_extended
from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.ops.objects import REFERENCE_TO_WORD64, WORD64_TO_REFERENCE

Visitor = Callable[["Selector", Node], None]


# Users that read only the lower half of a Word32 operand's register.
_READS_LOW_HALF = frozenset(
    """Int32Add Int32Sub Int32Mul Word32And Word32Or Word32Xor Word32Shl Word32Shr Word32Sar Word32Rol Word32Ror
    Word32Equal Int32LessThan Int32LessThanOrEqual Uint32LessThan Uint32LessThanOrEqual Int32Div Int32Mod Uint32Div
    Uint32Mod Word32Clz Word32Ctz Word32Popcnt SignExtendWord8ToInt32 SignExtendWord16ToInt32 ChangeInt32ToInt64
    ChangeInt32ToFloat64 RoundInt32ToFloat32 BitcastInt32ToFloat32 Branch TrapIf TrapUnless DeoptimizeIf
    DeoptimizeUnless FrameState StateValues ObjectState""".split()
)

_SAME_REGISTER = frozenset(op.name for op in (m.CHANGE_UINT32_TO_UINT64, REFERENCE_TO_WORD64, WORD64_TO_REFERENCE))


class Selector:
    """The state of one selection, and what visitors use.

    Attributes: sequence: the result; block: of the schedule, being visited; at: node being visited; level: how many
    writes precede the node being visited in its block (a load may be covered by a node at the same level only); code:
    instructions of the block so far, last first; embedder_data: what visitors of the graph's own dialects know of the
    program; vregs: by id of the node, -1 for none; levels: by id of the node; covered: ids of effectful nodes that are
    done by another one's instruction; null_checks: of a block, see null_checks.py; allocations: in the block.
    """

    __slots__ = (
        "_block_of",
        "_projections",
        "allocations",
        "at",
        "block",
        "code",
        "covered",
        "embedder_data",
        "features",
        "flags_of",
        "graph",
        "level",
        "levels",
        "null_checks",
        "schedule",
        "sequence",
        "vregs",
    )  # fmt: skip

    def __init__(self, schedule: Schedule, embedder_data: object, features: CpuFeatures) -> None:
        self.schedule = schedule
        self.graph = schedule.graph
        self.embedder_data = embedder_data
        self.features = features
        self.sequence = Sequence()
        self.block: Block = schedule.blocks[0]
        self.level = 0
        self.code: list[Instruction] = []
        self.allocations = 0
        self.flags_of = -1  # id of a node that must leave its flags for the instruction after it
        self.vregs = [-1] * self.graph.next_id
        self._block_of = schedule.block_of
        self.levels: dict[int, int] = {}
        self.covered: set[int] = set()
        self.null_checks: tuple[Block | None, dict[int, Node]] = (None, {})
        self._projections: dict[tuple[int, int], int] = {}
        self.at: Node = self.graph.start

    # Virtual registers and operands.

    def vreg(self, node: Node) -> int:
        """The virtual register of a node's value; asking for it makes the node be selected."""
        vregs = self.vregs
        vreg = vregs[node.id]
        if vreg >= 0:
            return vreg
        names = [node.id]
        while self._shares_register(node):
            node = node.inputs[0]
            vreg = vregs[node.id]
            if vreg >= 0:
                break
            names.append(node.id)
        else:
            vreg = self._new_register(node)
        for name in names:
            vregs[name] = vreg
        return vreg

    def _shares_register(self, node: Node) -> bool:
        """Is the node's value in the same register as its input's?"""
        op = node.op
        return op.name in _SAME_REGISTER or (op is m.TRUNCATE_INT64_TO_INT32 and self._truncates_for_free(node))

    def _new_register(self, node: Node) -> int:
        type = node.type
        if node.op.is_projection:  # there may be several of one result
            key = (node.inputs[0].id, node.op.parameters[0])
            known = self._projections.get(key, -1)
            if known >= 0:
                return known
            vreg = self._projections[key] = self.sequence.new_register(
                "x" if type.is_float else "r", type.bits >> 3, type.is_reference
            )
            return vreg
        return self.sequence.new_register("x" if type.is_float else "r", type.bits >> 3, type.is_reference)

    def _truncates_for_free(self, node: Node) -> bool:
        if is_zero_extended(node.inputs[0]):
            return True
        for user in node.uses:
            if user.op.name in _READS_LOW_HALF:
                continue
            if user.op.is_store and node not in user.inputs[:2]:
                continue
            if user.op.is_object_store and node is user.inputs[user.op.value_in - 1]:
                continue
            return False
        return True

    def is_alias(self, node: Node) -> bool:
        """Does the node share its input's virtual register?"""
        return self.vregs[node.id] >= 0 and self.vregs[node.id] == self.vregs[node.inputs[0].id]

    def is_used(self, node: Node) -> bool:
        """Did anything selected so far (all users come before) ask for the value?"""
        return self.vregs[node.id] >= 0

    def use(self, node: Node) -> Operand:
        """The node's value in a register."""
        return self.vreg(node) << 16 | ins.REGISTER

    def use_any(self, node: Node) -> Operand:
        """The node's value in a register or a slot."""
        return self.vreg(node) << 16 | ins.REGISTER_OR_SLOT

    def temp(self, kind: str = "r", width: int = 8) -> int:
        """A fresh virtual register."""
        return self.sequence.new_register(kind, width)

    # Covering.

    def covers(self, node: Node) -> bool:
        """Is the node in this block, with the node being selected as its only use? Then it need not have a register."""
        uses = node.uses
        if len(uses) != 1 or self._block_of.get(node.id) is not self.block:
            return False
        for count in uses.values():
            return count == 1 and self.vregs[node.id] < 0
        return False

    def covers_load(self, node: Node) -> bool:
        """Is it a load, or another read, that may be done by the instruction being selected instead? (Effects that
        follow it do not count as uses.)
        """
        if not (node.op.is_memory_operand or node.op.is_volatile) or self._block_of.get(node.id) is not self.block:
            return False
        if self.vregs[node.id] >= 0 or self.levels[node.id] != self.level:
            return False
        count = 0
        for user in node.uses:
            for index in range(user.op.value_in):
                if user.inputs[index] is node:
                    count += 1
                    if count > 1:
                        return False
        return count == 1

    def cover(self, node: Node) -> None:
        """Note that an effectful node is done by another one's instruction."""
        self.covered.add(node.id)

    def level_of(self, node: Node) -> int:
        return self.levels[node.id]

    # Emitting.

    def emit(
        self,
        opcode: str,
        defs: list[Operand],
        uses: list[Operand],
        payload: object = None,
        *,
        temps: list[Operand] | None = None,
        is_call: bool = False,
        is_safepoint: bool = False,
        commutative: bool = False,
    ) -> None:
        """Append an instruction; those of one visit are in execution order."""
        node = self.at.id
        instruction = Instruction(opcode, defs, uses, payload, node, temps=temps, is_call=is_call)
        instruction.is_safepoint = is_safepoint
        instruction.commutative = commutative
        self.code.append(instruction)

    def define(self, node: Node, opcode: str, uses: list[Operand], payload: object = None) -> None:
        """Append an instruction that puts the node's value in any register."""
        self.code.append(Instruction(opcode, [self.vreg(node) << 16 | ins.REGISTER], uses, payload, self.at.id))

    def define_same(
        self, node: Node, opcode: str, uses: list[Operand], payload: object = None, commutative: bool = False
    ) -> None:
        """Append a two-address instruction: the node's value replaces uses[0]."""
        self.code.append(
            Instruction(
                opcode, [self.vreg(node) << 16 | ins.SAME_AS_FIRST], uses, payload, self.at.id, commutative=commutative
            )
        )

    def emit_encoded(
        self,
        encode: Callable[..., bytes],
        defs: list[Operand],
        uses: list[Operand],
        *,
        temps: list[Operand] | None = None,
    ) -> None:
        """Append an instruction that the assembler does not know. encode: gives its machine code for the numbers of the
        registers of the definitions, then of the uses, all of which must be in registers; it may change the flags.
        """
        self.emit("ENCODED", defs, uses, encode, temps=temps)

    def constant(self, value: int) -> int:
        """A fresh virtual register with this 64-bit value."""
        vreg = self.temp()
        payload = ("int", value)
        self.sequence.rematerializable[vreg] = payload
        self.emit("CONSTANT", [vreg << 16 | ins.ANYWHERE], [], payload)
        return vreg
