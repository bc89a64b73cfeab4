"""The selector: walks a schedule backwards and asks each node's visitor for instructions."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Sequence_

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.instruction import Instruction, Operand, Sequence
from seaofnodes.backend.layout import INSTANCE, OSR_VALUES, RAX, InstanceLayout, locations
from seaofnodes.backend.schedule import Schedule
from seaofnodes.backend.select.address import Address, is_zero_extended, upper_bound
from seaofnodes.errors import UnsupportedError
from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.node import Node
from seaofnodes.ir.traps import MEMORY_OUT_OF_BOUNDS

Visitor = Callable[["Selector", Node], None]

# Nodes that are another name for their first input: a Word32 in a register has zero upper bits.
_ALIASES = frozenset(("ChangeUint32ToUint64",))

# Users that read only the lower half of a Word32 operand's register.
_READS_LOW_HALF = frozenset(
    """Int32Add Int32Sub Int32Mul Word32And Word32Or Word32Xor Word32Shl Word32Shr Word32Sar Word32Rol Word32Ror
    Word32Equal Int32LessThan Int32LessThanOrEqual Uint32LessThan Uint32LessThanOrEqual Int32Div Int32Mod Uint32Div
    Uint32Mod Word32Clz Word32Ctz Word32Popcnt SignExtendWord8ToInt32 SignExtendWord16ToInt32 ChangeInt32ToInt64
    ChangeInt32ToFloat64 RoundInt32ToFloat32 BitcastInt32ToFloat32 Branch TrapIf TrapUnless DeoptimizeIf
    DeoptimizeUnless FrameState""".split()
)

_MAX_DISP = 0x7FFFFFFF


class Selector:
    """The state of one selection, and what visitors use.

    Attributes: sequence: the result; block: of the schedule, being visited; at: node being visited; level: how many
    writes precede the node being visited in its block (a load may be covered by a node at the same level only); code:
    instructions of the block so far, last first.
    """

    __slots__ = (
        "_block_of", "_covered", "_levels", "_projections", "_vregs", "at", "block", "code", "features", "flags_of",
        "graph", "layout", "level", "schedule", "sequence", "type_ids",
    )  # fmt: skip

    def __init__(
        self, schedule: Schedule, layout: InstanceLayout, type_ids: Sequence_[int], features: CpuFeatures
    ) -> None:
        self.schedule = schedule
        self.graph = schedule.graph
        self.layout = layout
        self.type_ids = type_ids
        self.features = features
        self.sequence = Sequence()
        self.block: Block = schedule.blocks[0]
        self.level = 0
        self.code: list[Instruction] = []
        self.flags_of = -1  # id of a node that must leave its flags for the instruction after it
        self._vregs = [-1] * self.graph.next_id
        self._block_of = schedule.block_of
        self._levels: dict[int, int] = {}
        self._covered: set[int] = set()
        self._projections: dict[tuple[int, int], int] = {}
        self.at: Node = self.graph.start

    # Driving.

    def run(self, visitors: dict[str, Visitor]) -> Sequence:
        """Select all blocks. Raises UnsupportedError for an operator without a visitor."""
        sequence = self.sequence
        blocks = self.schedule.blocks
        for block in blocks:
            sequence.new_block(block.deferred, block.index)
        for block in blocks:
            # connect() would order by source; a merge's predecessors have the order of its inputs
            target = sequence.blocks[block.index]
            target.predecessors = [predecessor.index for predecessor in block.predecessors]
            target.successors = [successor.index for successor in block.successors]
            if block.header.op.name == "IfException":
                target.thrown = RAX
            if block.is_loop_header:  # the latch is visited before the header, and must know what the phis need
                for phi in block.phis:
                    if phi.op.name == "Phi":
                        for value in phi.values:
                            self.vreg(value)
        for block in reversed(blocks):
            self._visit_block(block, visitors)
        self._add_parameters(blocks[0])
        sequence.finish()
        return sequence

    def _visit_block(self, block: Block, visitors: dict[str, Visitor]) -> None:
        self.block = block
        code = self.code = []
        level = 0
        levels = self._levels
        for node in block.nodes:
            levels[node.id] = level
            op = node.op
            if op.effect_out and op.name != "Load":
                level += 1
        self.level = level
        control = block.control
        if control is None:
            self.at = block.header
            self.emit("JMP", [], [])
        else:
            self.at = control
            self._visit(visitors, control)
        vregs = self._vregs
        covered = self._covered
        for node in reversed(block.nodes):
            if vregs[node.id] < 0 and (not node.op.effect_out or node.id in covered):
                continue
            self.at = node
            self.level = levels[node.id]
            self._visit(visitors, node)
        if block.header.op.name in ("IfSuccess", "IfException"):
            self.at = block.header
            self._visit(visitors, block.header)
        code.reverse()
        target = self.sequence.blocks[block.index]
        target.instructions = code
        for phi in block.phis:
            if vregs[phi.id] >= 0 and phi.op.name == "Phi":
                target.phis.append((vregs[phi.id], [self.vreg(value) for value in phi.values]))

    def _visit(self, visitors: dict[str, Visitor], node: Node) -> None:
        visitor = visitors.get(node.op.name)
        if visitor is None:
            raise UnsupportedError(f"the back end has no instructions for {node.op!r}")
        code = self.code
        start = len(code)
        visitor(self, node)
        if len(code) - start > 1:
            code[start:] = code[: start - 1 : -1] if start else code[::-1]

    def _add_parameters(self, block: Block) -> None:
        """One instruction at the very start defines all parameters that are used."""
        found = locations([type.is_float for type in self.graph.parameters[1:]], [])
        defs: list[Operand] = []
        for node in block.nodes:
            if node.op.name != "Parameter" or self._vregs[node.id] < 0:
                continue
            vreg = self._vregs[node.id]
            index = node.op.parameters[0]
            kind, number = found.parameters[index - 1] if index else ("r", INSTANCE)
            if kind == "s":
                defs.append(ins.incoming(vreg, number))
            else:
                defs.append(ins.fixed(vreg, number if kind == "r" else ins.FIRST_FLOAT + number))
            if not index:
                self.sequence.rematerializable[vreg] = ("instance",)
        first = [Instruction("PARAMETERS", defs, [], None, self.graph.start.id)]
        if self.graph.osr_offset >= 0:
            self.sequence.osr = True
            first += self._osr_values(block, defs)
        self.sequence.blocks[0].instructions[:0] = first

    def _osr_values(self, block: Block, defs: list[Operand]) -> list[Instruction]:
        """Loads of the values that baseline code has left; adds the address to the definitions at the start."""
        address = self.sequence.new_register()
        defs.append(ins.fixed(address, OSR_VALUES))
        found: list[Instruction] = []
        for node in block.nodes:
            if node.op.name == "OsrValue" and self._vregs[node.id] >= 0:
                opcode = f"OSR_VALUE_{'x' if node.type.is_float else 'r'}{node.type.bits}"
                vreg = ins.register(self._vregs[node.id])
                found.append(Instruction(opcode, [vreg], [ins.register(address)], node.op.parameters[0], node.id))
        return found

    # Virtual registers and operands.

    def vreg(self, node: Node) -> int:
        """The virtual register of a node's value; asking for it makes the node be selected."""
        vregs = self._vregs
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
        name = node.op.name
        return name in _ALIASES or (name == "TruncateInt64ToInt32" and self._truncates_for_free(node))

    def _new_register(self, node: Node) -> int:
        type = node.type
        if node.op.name == "Projection":  # there may be several of one result
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
            name = user.op.name
            if name in _READS_LOW_HALF:
                continue
            if name == "Store" and node not in user.inputs[:2]:
                continue
            return False
        return True

    def is_alias(self, node: Node) -> bool:
        """Does the node share its input's virtual register?"""
        return self._vregs[node.id] >= 0 and self._vregs[node.id] == self._vregs[node.inputs[0].id]

    def is_used(self, node: Node) -> bool:
        """Did anything selected so far (all users come before) ask for the value?"""
        return self._vregs[node.id] >= 0

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
            return count == 1 and self._vregs[node.id] < 0
        return False

    def covers_load(self, node: Node, *names: str) -> bool:
        """Is it a load that may be done by the instruction being selected instead? (Effects that follow it do not
        count as uses.)
        """
        if node.op.name not in (names or _LOADS) or self._block_of.get(node.id) is not self.block:
            return False
        if self._vregs[node.id] >= 0 or self._levels[node.id] != self.level:
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
        self._covered.add(node.id)

    def level_of(self, node: Node) -> int:
        return self._levels[node.id]

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
        commutative: bool = False,
    ) -> None:
        """Append an instruction; those of one visit are in execution order."""
        self.code.append(
            Instruction(opcode, defs, uses, payload, self.at.id, temps=temps, is_call=is_call, commutative=commutative)
        )

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

    # Addresses.

    def memory_operand(self, node: Node, uses: list[Operand]) -> Address:
        """The address of a covered load; its registers are appended to `uses`."""
        name = node.op.name
        self.cover(node)
        if name == "Load":
            return self.address(node, uses)
        index = node.op.parameters[0]
        uses.append(self.use(node.inputs[0]))
        return Address(len(uses) - 1, disp=self.layout.globals[index])

    def address(self, node: Node, uses: list[Operand]) -> Address:
        """[start + index + offset] of a load or store in linear memory; its registers are appended to `uses`."""
        start, index = node.inputs[0], node.inputs[1]
        offset: int = node.op.parameters.offset
        trap = MEMORY_OUT_OF_BOUNDS if node.op.parameters.trapping else -1
        base = len(uses)
        uses.append(self.use(start))
        if index.op.name == "Int32Constant":
            disp = (index.op.parameters & 0xFFFFFFFF) + offset
            if disp <= _MAX_DISP:
                return Address(base, disp=disp, trap=trap, node=node.id)
            uses.append(self.constant(disp) << 16 | ins.REGISTER)
            return Address(base, base + 1, trap=trap, node=node.id)
        if index.op.name == "Int32Add" and index.inputs[1].op.name == "Int32Constant":
            more = index.inputs[1].op.parameters
            left = index.inputs[0]
            # a zero-extended sum is the sum of the zero-extended parts if it cannot wrap
            if (
                left.op.name != "TruncateInt64ToInt32"
                and more >= 0
                and more + offset <= _MAX_DISP
                and upper_bound(left) + more <= 0xFFFFFFFF
            ):
                index, offset = left, offset + more
        scale = 1
        if index.op.name == "Word32Shl" and index.inputs[1].op.name == "Int32Constant" and _only_indexes(index):
            count = index.inputs[1].op.parameters
            left = index.inputs[0]
            if 1 <= count <= 3 and upper_bound(left) << count <= 0xFFFFFFFF:
                index, scale = left, 1 << count
        if offset > _MAX_DISP:
            total = self.temp()
            self.emit("LEA_r64_m", [total << 16 | ins.REGISTER], [uses.pop(), self.use(index)], Address(0, 1, scale))
            uses.append(total << 16 | ins.REGISTER)
            uses.append(self.constant(offset) << 16 | ins.REGISTER)
            return Address(base, base + 1, trap=trap, node=node.id)
        uses.append(self.use(index))
        return Address(base, base + 1, scale, offset, trap, node=node.id)

    def constant(self, value: int) -> int:
        """A fresh virtual register with this 64-bit value."""
        vreg = self.temp()
        payload = ("int", value)
        self.sequence.rematerializable[vreg] = payload
        self.emit("CONSTANT", [vreg << 16 | ins.ANYWHERE], [], payload)
        return vreg


_LOADS = ("Load", "GlobalGet")
_FEW = 4


def _only_indexes(node: Node) -> bool:
    """Is the node only used as the index of a few memory accesses? If each of them folds it, it is not computed."""
    uses = node.uses
    return len(uses) <= _FEW and all(
        count == 1 and user.op.name in ("Load", "Store") and user.inputs[1] is node for user, count in uses.items()
    )


def select(schedule: Schedule, layout: InstanceLayout, type_ids: Sequence_[int], features: CpuFeatures) -> Sequence:
    """Instructions for a scheduled graph, with `label` of each block the index of the scheduled block.

    Raises UnsupportedError for an operator that has no instructions.
    """
    from seaofnodes.backend.select.visitors import VISITORS

    return Selector(schedule, layout, type_ids, features).run(VISITORS)
