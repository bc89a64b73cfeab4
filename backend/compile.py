"""From a graph to machine code: schedule, select, allocate, emit."""

from __future__ import annotations

import time
from dataclasses import dataclass

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.allocation import Allocation, allocate
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import MachineCode
from seaofnodes.backend.emit import Emission
from seaofnodes.backend.positions import Positions
from seaofnodes.backend.schedule import Schedule, schedule
from seaofnodes.backend.select.address import Address
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Origin
from seaofnodes.passes.analyses.manager import AnalysisManager


@dataclass(slots=True)
class Lowering:
    """Machine code of a graph, and what was made on the way, for whoever wants to look.

    Attributes: code; schedule; sequence: instructions with their locations; allocation; emission: block offsets, and
    with `trace` the code range of every instruction; selected: with `trace`, the instructions before allocation, as
    text; seconds: of the stages.
    """

    code: MachineCode
    schedule: Schedule
    sequence: ins.Sequence
    allocation: Allocation
    emission: Emission
    selected: list[str]
    seconds: dict[str, float]


def compile_graph(
    graph: Graph,
    *,
    embedder_data: object = None,
    features: CpuFeatures | None = None,
    analyses: AnalysisManager | None = None,
) -> MachineCode:
    """Machine code of the optimizing tier for a graph.

    Args: embedder_data: what the visitors of the graph's own dialects know of the program, opaque here; features: of
    the processor, default: this machine's; analyses: of the passes, whose control flow may still hold. The graph is not
    changed, except that dead users are dropped. Raises UnsupportedError for operators the back end has no instructions
    for, and when the graph's budget is used up.
    """
    return lower(graph, embedder_data=embedder_data, features=features, analyses=analyses).code


def lower(
    graph: Graph,
    *,
    embedder_data: object = None,
    features: CpuFeatures | None = None,
    analyses: AnalysisManager | None = None,
    trace: bool = False,
) -> Lowering:
    """As `compile_graph`, and keeps what was made on the way; with `trace` also what is expensive to keep."""
    from seaofnodes.backend.emit.macros import emit  # all handlers and visitors: not before something is compiled
    from seaofnodes.backend.select.visitors import select

    if features is None:
        features = CpuFeatures.detect()
    times = [time.perf_counter()]
    scheduled = schedule(graph, analyses)
    times.append(time.perf_counter())
    sequence = select(scheduled, embedder_data, features)
    times.append(time.perf_counter())
    selected = describe(sequence) if trace else []
    allocation = allocate(sequence, budget=graph.budget)
    times.append(time.perf_counter())
    emission = emit(allocation, features, trace=trace)
    code = _machine_code(graph, scheduled, emission)
    times.append(time.perf_counter())
    stages = ("schedule", "select", "allocate", "emit")
    seconds = {stage: after - before for stage, before, after in zip(stages, times, times[1:], strict=False)}
    return Lowering(code, scheduled, sequence, allocation, emission, selected, seconds)


def _machine_code(graph: Graph, scheduled: Schedule, emission: Emission) -> MachineCode:
    return MachineCode(
        function_index=graph.function_index,
        tier="optimized",
        data=emission.code.data,
        code_size=emission.code.code_size,
        relocations=list(emission.code.relocations),
        traps=emission.traps,
        positions=_positions(scheduled, emission.positions),
        frame_size=emission.frame_size,
        inlinings=list(graph.inlinings),
        blocks=emission.block_offsets,
        safepoints=emission.safepoints,
        deopts=emission.deopts,
        handlers=emission.handlers,
        lazy_exits=emission.lazy_exits,
        assumptions=frozenset(graph.assumptions),
    )


def _positions(scheduled: Schedule, found: list[tuple[int, int]]) -> Positions:
    """Where code of another node or bytecode begins."""
    origins: dict[int, Origin] = {-1: Origin()}
    for block in scheduled.blocks:
        origins[block.header.id] = block.header.origin
        for node in block.phis:
            origins[node.id] = node.origin
        for node in block.nodes:
            origins[node.id] = node.origin
        if block.control is not None:
            origins[block.control.id] = block.control.origin
    last: dict[int, int] = dict(found)  # of code that stands at one pc the last counts
    nodes = list(last.values())
    of_nodes = [origins.get(node, origins[-1]) for node in nodes]
    offsets = [origin[0] for origin in of_nodes]
    return Positions(last.keys(), nodes, offsets, [origin[1] for origin in of_nodes])


# Text of instruction sequences.

_FLOAT_NAMES = [f"xmm{number}" for number in range(16)]
_INTEGER_NAMES = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()


def location_name(location: int) -> str:
    """A register's name, "slot n", "argument n" or "anew"."""
    if location == ins.REMATERIALIZE:
        return "anew"
    if location < 0:
        return f"argument {-1 - location}"
    if location >= ins.FIRST_SLOT:
        return f"slot {location - ins.FIRST_SLOT}"
    return _FLOAT_NAMES[location - 16] if location >= 16 else _INTEGER_NAMES[location]


def operand_text(operand: int) -> str:
    """A virtual register with its constraint."""
    vreg, constraint = operand >> ins.VREG_SHIFT, operand & ins.CONSTRAINT_MASK
    if constraint & ins.INCOMING:
        return f"v{vreg}(argument {constraint & ~ins.INCOMING})"
    late, constraint = constraint & ins.LATE, constraint & ~ins.LATE
    names = {
        ins.REGISTER: "",
        ins.REGISTER_OR_SLOT: "(any)",
        ins.ANYWHERE: "(-)",
        ins.SAME_AS_FIRST: "(first)",
    }
    where = names[constraint] if constraint in names else f"({location_name(constraint)})"
    return f"v{vreg}{where}{'*' if late else ''}"


def describe(sequence: ins.Sequence) -> list[str]:
    """The sequence as text, before or after allocation."""
    lines: list[str] = []
    for block in sequence.blocks:
        after = " ".join(f"B{index}" for index in block.successors)
        lines.append(f"B{block.index}{' (deferred)' if block.deferred else ''} -> {after}")
        for output, inputs in block.phis:
            lines.append(f"    v{output} = phi {' '.join(f'v{vreg}' for vreg in inputs)}")
        lines += [f"    {instruction_text(instruction)}" for instruction in block.instructions]
    return lines


def payload_text(i: ins.Instruction) -> str:
    """An instruction's payload; addresses by the operands that they use: `[v4+v5*8+0x10]`."""

    def text(value: object) -> str:
        if isinstance(value, Address):
            return address(value)
        if isinstance(value, tuple):
            return " ".join(text(item) for item in value)
        return str(value)

    def address(found: Address) -> str:
        if found.constant is not None:
            return f"[constant {found.constant[::-1].hex()}]"
        parts = [name(found.base)] if found.base >= 0 else []
        if found.scaled >= 0:
            parts.append(f"{name(found.scaled)}*{found.scale}" if found.scale > 1 else name(found.scaled))
        if found.disp or not parts:
            parts.append(f"{found.disp:#x}")
        return f"[{'+'.join(parts).replace('+-', '-')}]"

    def name(use: int) -> str:
        return location_name(i.use_locations[use]) if i.use_locations else f"v{i.uses[use] >> ins.VREG_SHIFT}"

    return text(i.payload)


def instruction_text(i: ins.Instruction) -> str:
    """One instruction: with locations if it has been allocated."""

    def names(operands: list[int], locations: list[int]) -> str:
        texts = [operand_text(operand) for operand in operands]
        if locations:
            texts = [f"{t.partition('(')[0]}:{location_name(at)}" for t, at in zip(texts, locations, strict=True)]
        return " ".join(texts)

    text = ""
    for source, target, vreg in i.moves or ():
        text += f"{{v{vreg} {location_name(source)} -> {location_name(target)}}} "
    if i.defs:
        text += names(i.defs, i.def_locations) + " = "
    text += i.opcode
    if i.uses:
        text += " " + names(i.uses, i.use_locations)
    if i.payload is not None:
        text += f" {payload_text(i)}"
    if i.temps:
        text += f" temps {names(i.temps, i.temp_locations)}"
    return text
