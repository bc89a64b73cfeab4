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
    kinds = [phase["type"] for phase in exported["phases"]]
    assert kinds[0] == "graph" and kinds[-4:] == ["schedule", "instructions", "sequence", "disassembly"]
    assert set(kinds) <= {"graph", "schedule", "instructions", "sequence", "disassembly"}, "others fail to load"


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


def test_the_compiled_function_is_source_minus_one(exported: dict[str, Any]) -> None:
    """Turbolizer takes everything that has no inlining to be there."""
    assert exported["function"]["sourceId"] == -1
    for place in (exported["sources"], exported["bytecodeSources"]):
        assert place["-1"]["functionName"] == "run" and len(place) >= 2
        assert all(int(id) == source["sourceId"] for id, source in place.items())


def test_positions_are_in_the_text_of_the_sources(exported: dict[str, Any]) -> None:
    starts = {-1: -1} | {int(id): inlining["sourceId"] for id, inlining in exported["inlinings"].items()}
    words = set()
    for node in [node for phase in phases(exported, "graph") for node in phase["data"]["nodes"]]:
        if position := node.get("sourcePosition"):
            text = exported["sources"][str(starts[position["inliningId"]])]["sourceText"]
            word = re.match(r"[a-z0-9_.]+", text[position["scriptOffset"] :])
            assert word and text[: position["scriptOffset"]].rpartition("\n")[2].strip() == ""
            words.add((node["opcode"], word[0]))
    assert {("Int32Add", "i32.add"), ("Loop", "loop")} <= words
    for inlining in exported["inlinings"].values():
        caller = exported["sources"][str(starts[inlining["inliningPosition"]["inliningId"]])]["sourceText"]
        assert caller[inlining["inliningPosition"]["scriptOffset"] :].startswith("call")


def test_the_bytecode_of_origins_is_that_of_the_node(exported: dict[str, Any]) -> None:
    """Turbolizer takes it from the origin, wherever that is a node."""
    compiled: dict[int, tuple[int, int]] = {}
    for phase in phases(exported, "graph"):
        for node in phase["data"]["nodes"]:
            origin, position = node.get("origin", {}), node.get("sourcePosition")
            if "nodeId" in origin:
                compiled[node["id"]] = compiled[origin["nodeId"]]
            elif "bytecodePosition" in origin:
                compiled[node["id"]] = origin["bytecodePosition"], position["inliningId"]
            if position and "nodeId" in origin:
                source = {-1: -1} | {int(id): found["sourceId"] for id, found in exported["inlinings"].items()}
                id = str(source[position["inliningId"]])
                offset, inlining = compiled[node["id"]]
                assert inlining == position["inliningId"]
                line = exported["sources"][id]["sourceText"][: position["scriptOffset"]].count("\n")
                assert exported["bytecodeSources"][id]["bytecodeSource"]["data"][line]["offset"] == offset


def test_nodes_of_rules_name_rule_and_origin(exported: dict[str, Any]) -> None:
    [*_, last] = phases(exported, "graph")
    made = [node["origin"] for node in last["data"]["nodes"] if "nodeId" in node.get("origin", {})]
    assert made and all(origin["phase"] and origin["reducer"] for origin in made)


def test_schedule_lines(exported: dict[str, Any]) -> None:
    [schedule] = phases(exported, "schedule")
    for line in schedule["data"].splitlines():
        assert re.match(r"--- BLOCK B\d+|  \d+: \w+|  Goto -> B\d+", line), line


def test_instructions_link_nodes_and_code(exported: dict[str, Any]) -> None:
    """In a phase of this type: Turbolizer does not look for it in the disassembly."""
    [links], [code] = phases(exported, "instructions"), phases(exported, "disassembly")
    count = len(links["instructionOffsetToPCOffset"])
    assert count
    for start, end in [*links["nodeIdToInstructionRange"].values(), *links["blockIdToInstructionRange"].values()]:
        assert 0 <= start < end <= count
    [sequence] = phases(exported, "sequence")
    for block in sequence["blocks"]:
        start, end = links["blockIdToInstructionRange"][str(block["id"])]
        assert [instruction["id"] for instruction in block["instructions"]] == list(range(start, end))
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
    for place in (found["function"], found["sources"]["-1"], found["bytecodeSources"]["-1"]):
        assert "<" not in place["functionName"], "it becomes part of a page"
    [code] = phases(found, "disassembly")
    assert "<script>" not in code["data"]
