"""Selection of a whole schedule: from the last node to the first, each node's visitor gives its instructions."""

from __future__ import annotations

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.instruction import Instruction, Operand, Sequence
from seaofnodes.backend.layout import INSTANCE, OSR_VALUES, RAX, locations
from seaofnodes.backend.select.folded_allocations import fold_allocations
from seaofnodes.backend.select.selector import Selector, Visitor
from seaofnodes.errors import UnsupportedError
from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common


def run(s: Selector, visitors: dict[str, Visitor]) -> Sequence:
    """Select all blocks. Raises UnsupportedError for an operator without a visitor."""
    sequence = s.sequence
    blocks = s.schedule.blocks
    for block in blocks:
        sequence.new_block(block.deferred, block.index)
    for block in blocks:
        # connect() would order by source; a merge's predecessors have the order of its inputs
        target = sequence.blocks[block.index]
        target.predecessors = [predecessor.index for predecessor in block.predecessors]
        target.successors = [successor.index for successor in block.successors]
        if block.header.op is common.IF_EXCEPTION:
            target.thrown = RAX
        if block.is_loop_header:  # the latch is visited before the header, and must know what the phis need
            for phi in block.phis:
                if phi.op.is_value_phi:
                    for value in phi.values:
                        s.vreg(value)
    for block in reversed(blocks):
        _visit_block(s, block, visitors)
    _add_parameters(s, blocks[0])
    sequence.finish()
    return sequence


def _visit_block(s: Selector, block: Block, visitors: dict[str, Visitor]) -> None:
    s.block = block
    code = s.code = []
    s.allocations = 0
    level = 0
    levels = s.levels
    for node in block.nodes:
        levels[node.id] = level
        op = node.op
        if op.effect_out and not op.is_load:
            level += 1
    s.level = level
    control = block.control
    if control is None:
        s.at = block.header
        s.emit("JMP", [], [])
    else:
        s.at = control
        _visit(s, visitors, control)
    vregs = s.vregs
    covered = s.covered
    for node in reversed(block.nodes):
        if vregs[node.id] < 0 and (not node.op.effect_out or node.id in covered):
            continue
        s.at = node
        s.level = levels[node.id]
        _visit(s, visitors, node)
    if block.header.op.is_after_call:
        s.at = block.header
        _visit(s, visitors, block.header)
    code.reverse()
    if s.allocations > 1:
        fold_allocations(code)
    target = s.sequence.blocks[block.index]
    target.instructions = code
    for phi in block.phis:
        if vregs[phi.id] >= 0 and phi.op.is_value_phi:
            target.phis.append((vregs[phi.id], [s.vreg(value) for value in phi.values]))


def _visit(s: Selector, visitors: dict[str, Visitor], node: Node) -> None:
    visitor = visitors.get(node.op.name) or node.op.declaration.dialect.visitor(node.op.name)
    if visitor is None:
        raise UnsupportedError(f"the back end has no instructions for {node.op!r}")
    code = s.code
    start = len(code)
    visitor(s, node)
    if len(code) - start > 1:
        code[start:] = code[: start - 1 : -1] if start else code[::-1]


def _add_parameters(s: Selector, block: Block) -> None:
    """One instruction at the very start defines all parameters that are used."""
    found = locations([type.is_float for type in s.graph.parameters[1:]], [])
    defs: list[Operand] = []
    for node in block.nodes:
        if not node.op.is_parameter or node.op.is_osr_value or s.vregs[node.id] < 0:
            continue
        vreg = s.vregs[node.id]
        index = node.op.parameters[0]
        kind, number = found.parameters[index - 1] if index else ("r", INSTANCE)
        if kind == "s":
            defs.append(ins.incoming(vreg, number))
        else:
            defs.append(ins.fixed(vreg, number if kind == "r" else ins.FIRST_FLOAT + number))
        if not index:
            s.sequence.rematerializable[vreg] = ("instance",)
    first = [Instruction("PARAMETERS", defs, [], None, s.graph.start.id)]
    if s.graph.osr_offset >= 0:
        s.sequence.osr = True
        first += _osr_values(s, block, defs)
    s.sequence.blocks[0].instructions[:0] = first


def _osr_values(s: Selector, block: Block, defs: list[Operand]) -> list[Instruction]:
    """Loads of the values that baseline code has left; adds the address to the definitions at the start."""
    address = s.sequence.new_register()
    defs.append(ins.fixed(address, OSR_VALUES))
    found: list[Instruction] = []
    for node in block.nodes:
        if node.op.is_osr_value and s.vregs[node.id] >= 0:
            opcode = f"OSR_VALUE_{'x' if node.type.is_float else 'r'}{node.type.bits}"
            vreg = ins.register(s.vregs[node.id])
            found.append(Instruction(opcode, [vreg], [ins.register(address)], node.op.parameters[0], node.id))
    return found
