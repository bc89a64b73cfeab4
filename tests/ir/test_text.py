"""Graphs as text: what is printed parses back to the same graph."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes.ir.dialect import ParseError, format_operator, parse_operator
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops import common, memory, objects
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.ir.ops.shapes import (
    ArrayShape,
    ElementAccess,
    FieldAccess,
    ObjectType,
    StructShape,
    TypeTest,
    VirtualObject,
)
from seaofnodes.ir.records.snapshot import GraphSnapshot, snapshot
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.types import FLOAT64, REFERENCE, STATE, WORD32, WORD64
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import PassContext, PhaseRecord, PipelineObserver
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm.dialect import operators as wasm
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.text import load

PAIR = ObjectType("struct", 3, (0, 2), final=False)
LIST = ObjectType("array", 1)
SECOND = FieldAccess(3, 1, "Reference", REFERENCE, 16)
OPERATORS = [
    *MACHINE.values(),
    common.phi(WORD32, 3),
    common.parameter(2, FLOAT64),
    common.int32_constant(-5),
    common.int64_constant(1 << 63),
    common.float32_constant(0x7FC00001),
    common.float64_constant(0),
    common.BRANCH_UNLIKELY,
    common.trap_if(3),
    common.frame_state(common.FrameInfo(1, 40, "after", 1, 2, (WORD32, WORD64, FLOAT64), True)),
    common.frame_state(common.FrameInfo(1, 40, "before", 3, 0, (WORD32,) * 3, False, "interpreter", (STATE, WORD32))),
    common.state_values((WORD32, STATE, FLOAT64)),
    common.call(common.CallDescriptor((WORD32, FLOAT64), (WORD32, WORD64), 4, 2)),
    common.call(common.CallDescriptor((WORD32, WORD32), (WORD32,), builtin="memory_grow")),
    common.call_ref(common.CallDescriptor((), (), site=1, has_frame_state=True)),
    memory.load(memory.MemoryAccess(0, "Uint8", WORD64, 17)),
    memory.store(memory.MemoryAccess(1, "Word16", WORD32, 4_000_000_000, trapping=False)),
    wasm.global_get(3, WORD32, "global3"),
    wasm.global_set(3, REFERENCE, "imported Word32"),
    wasm.check_signature(wasm.SignatureCheck(9)),
    wasm.function_type_check(wasm.SignatureCheck(9, True), True),
    objects.allocate_struct(StructShape(PAIR, 24, (FieldAccess(2, 0, "Word8", WORD32, 8), SECOND))),
    objects.allocate_array(ArrayShape(LIST, ElementAccess(1, "Reference", REFERENCE))),
    objects.allocate_elements(ArrayShape(LIST, ElementAccess(1, "Float64", FLOAT64), 3)),
    objects.object_state(VirtualObject(7, StructShape(PAIR, 24, (FieldAccess(2, 0, "Word8", WORD32, 8), SECOND)))),
    objects.object_state(VirtualObject(8, ArrayShape(LIST, ElementAccess(1, "Float64", FLOAT64), 3))),
    objects.object_id(7),
    objects.load_field(SECOND),
    objects.load_constant_field(FieldAccess(2, 0, "Int8", WORD32, 8)),
    objects.store_field(SECOND),
    objects.ARRAY_LENGTH,
    objects.load_element(ElementAccess(1, "Uint16", WORD32)),
    objects.store_element(ElementAccess(1, "Word16", WORD32)),
    objects.type_check(TypeTest(PAIR, True, "object or null")),
    objects.type_check(TypeTest("eq")),
    objects.type_number(5),
]


@pytest.mark.parametrize("op", OPERATORS, ids=repr)
def test_operators_parse_back(op: common.Operator) -> None:
    again = parse_operator(format_operator(op))
    assert again == op
    assert again.input_count == op.input_count and again.type is op.type


def test_graphs_parse_back(root: Path) -> None:
    module = load(root / "examples" / "digits.wat")
    for index in range(len(module.functions)):
        graph = lift(module, index, checkpoints=True, frame_states=True)
        text = format_graph(graph)
        again = parse_graph(text)
        verify(again)
        assert format_graph(again) == text
        assert {n.id: n.origin.bytecode_offset for n in again.reachable()} == {
            n.id: n.origin.bytecode_offset for n in graph.reachable()
        }


def test_what_a_phase_holds_prints_as_the_graph_did(root: Path) -> None:
    phases: list[tuple[str, GraphSnapshot]] = []

    class Taker(PipelineObserver):
        def after(self, graph: Graph, record: PhaseRecord) -> None:
            graph.trim()
            phases.append((format_graph(graph), snapshot(graph)))

    for name in ("digits.wat", "targets.wat", "integral.wat"):
        module = load(root / "examples" / name)
        for index in range(module.imported_functions, len(module.functions)):
            graph = lift(module, index, checkpoints=True, frame_states=True)
            phases.append((format_graph(graph), snapshot(graph)))
            Pipeline.parse("default").run(graph, PassContext(), observer=Taker())
    assert len(phases) > 100 and len({text for text, _ in phases}) > 20
    for text, taken in phases:
        assert format_graph(taken) == text
        assert parse_graph(format_graph(taken, origins=False)).name == taken.name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no graph"),
        ("n1 = End[0]()", "expected a graph head"),
        ("graph $f () -> (Word33) function 0", "unknown type"),
        ("graph $f () -> () function 0\nn0 = Start()\nn0 = Start()", "line 3: n0 is defined twice"),
        ("graph $f () -> () function 0\nn0 = Start()\nn1 = End[1](n7)", "line 3: n7 is not defined"),
        ("graph $f () -> () function 0\nn1 = Int32Add(n1)", "takes 2 inputs, not 1"),
        ("graph $f () -> () function 0\nn1 = Int32Ad(n1)", "line 2: .*'Int32Ad'; did you mean Int32Add"),
        ("graph $f () -> () function 0\nn1 = Phi[Word33, 2](n1, n1)", "line 2: unknown word 'Word33'"),
        ("graph $f () -> () function 0\nhello", "expected a node"),
    ],
)
def test_mistakes_name_the_line(text: str, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        parse_graph(text)


@pytest.mark.parametrize("operator", ["Int32Mul", "Phi[Word32, 2]", "MemorySize[0]", "TableSize[0]"])
def test_operators_need_no_import(operator: str) -> None:
    """Whatever a program has imported before: a graph's text may name all operators."""
    program = f"from seaofnodes.ir.dialect import parse_operator; print(parse_operator({operator!r}))"
    found = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert (found.stderr, found.stdout) == ("", f"{operator}\n")
