"""What V8's Turbolizer needs of a file, checked on every phase of real functions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import seaofnodes
from seaofnodes.viz.turbolizer import to_turbolizer

NODE_FIELDS = {"id", "label", "title", "live", "properties", "opcode", "control", "opinfo"}
EDGE_TYPES = {"value", "context", "frame-state", "effect", "control"}


@pytest.fixture(scope="module")
def exported(root: Path) -> dict[str, Any]:
    engine = seaofnodes.Engine()
    instance = engine.instantiate(root / "examples" / "digits.wat")
    instance.exports["run"](1000)
    found: dict[str, Any] = json.loads(json.dumps(to_turbolizer(engine.compile(instance, "run"))))
    return found


def phases(exported: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [phase for phase in exported["phases"] if phase["type"] == kind]


def test_top_level(exported: dict[str, Any]) -> None:
    assert exported["function"]["functionName"] == "run"
    assert len(exported["sourceLineToBytecodePosition"]) == len(exported["source"].splitlines())
    kinds = [phase["type"] for phase in exported["phases"]]
    assert kinds[0] == "graph" and kinds[-3:] == ["schedule", "sequence", "disassembly"]


def test_graphs_are_closed_and_edges_dense(exported: dict[str, Any]) -> None:
    for phase in phases(exported, "graph"):
        nodes, edges = phase["data"]["nodes"], phase["data"]["edges"]
        ids = [node["id"] for node in nodes]
        assert len(set(ids)) == len(ids)
        assert all(NODE_FIELDS <= node.keys() for node in nodes)
        by_target: dict[int, list[int]] = {}
        for edge in edges:
            assert edge["source"] in ids and edge["target"] in ids and edge["type"] in EDGE_TYPES
            by_target.setdefault(edge["target"], []).append(edge["index"])
        assert all(indices == list(range(len(indices))) for indices in by_target.values())


def test_inlined_nodes_name_their_source(exported: dict[str, Any]) -> None:
    assert exported["inlinings"], "run calls digit_sum, which is inlined"
    for inlining in exported["inlinings"].values():
        assert str(inlining["sourceId"]) in exported["sources"]
        assert str(inlining["sourceId"]) in exported["bytecodeSources"]
    [*_, last] = phases(exported, "graph")
    inlined = [n for n in last["data"]["nodes"] if n.get("sourcePosition", {}).get("inliningId", -1) >= 0]
    assert inlined


def test_nodes_of_rules_name_rule_and_origin(exported: dict[str, Any]) -> None:
    [*_, last] = phases(exported, "graph")
    made = [node["origin"] for node in last["data"]["nodes"] if "nodeId" in node.get("origin", {})]
    assert made and all(origin["phase"] and origin["reducer"] for origin in made)


def test_schedule_lines(exported: dict[str, Any]) -> None:
    [schedule] = phases(exported, "schedule")
    for line in schedule["data"].splitlines():
        assert re.match(r"--- BLOCK B\d+|  \d+: \w+|  Goto -> B\d+", line), line


def test_instructions_link_nodes_and_code(exported: dict[str, Any]) -> None:
    [code] = phases(exported, "disassembly")
    count = len(code["instructionOffsetToPCOffset"])
    assert count
    for start, end in [*code["nodeIdToInstructionRange"].values(), *code["blockIdToInstructionRange"].values()]:
        assert 0 <= start <= end <= count
    for line in code["data"].splitlines():
        assert re.match(r"0x[0-9a-f]{8,16} +[0-9a-f]+  [0-9a-f]+  \S", line), line


def test_sequence_has_allocated_operands(exported: dict[str, Any]) -> None:
    [sequence] = phases(exported, "sequence")
    operands = [o for b in sequence["blocks"] for i in b["instructions"] for o in i["outputs"] + i["inputs"]]
    assert operands and all(operand["type"] != "unallocated" for operand in operands)
    assert sequence["register_allocation"]["live_ranges"]


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    engine = seaofnodes.Engine()
    text = '(module (func (export "<script>alert(1)</script>\\0a") (result i32) i32.const 1))'
    module = engine.load(text.encode())
    target = tmp_path / "hostile.json"
    engine.compile(module, 0).to_turbolizer(target)
    found = json.loads(target.read_text())
    assert "\n" not in found["function"]["functionName"]
    for place in (found["function"], found["sources"]["0"], found["bytecodeSources"]["0"]):
        assert "<" not in place["functionName"], "it becomes part of a page"
    [code] = phases(found, "disassembly")
    assert "<script>" not in code["data"]
