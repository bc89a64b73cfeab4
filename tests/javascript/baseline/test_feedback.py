"""Feedback of the first tier: the lattice of V8, and that it only progresses."""

from __future__ import annotations

from seaofnodes.engine import Engine
from seaofnodes.javascript.baseline import seen


def texts(engine: Engine, name: str) -> list[tuple[str, str]]:
    for function, slots in engine.javascript.feedback():
        if function == name:
            return [(found.kind, found.text) for found in slots]
    return []


def test_an_addition_progresses_through_the_lattice() -> None:
    engine = Engine(tier="baseline")
    program = engine.load_javascript("function add(x, y) { return x + y; }")
    found = []
    for arguments in ((1, 2), (1.5, 2), (1, 2), (True, 2), ("a", "b"), (1, 2)):
        program.call("add", *arguments)
        found += [text for kind, text in texts(engine, "add") if kind == "BinaryOp"]
    assert found == ["SignedSmall", "Number", "Number", "NumberOrOddball", "Any", "Any"]


def test_kinds_of_operands() -> None:
    for arguments, expected in (
        ((2**31 - 1, 1), "Number"), (("a", "b"), "String"), ((2**70, 2**70), "Number"), (("a", 1), "Any"),
    ):  # fmt: skip
        engine = Engine(tier="baseline")
        engine.load_javascript("function add(x, y) { return x + y; }").call("add", *arguments)
        assert ("BinaryOp", expected) in texts(engine, "add"), arguments


def test_the_lattice_is_v8s() -> None:
    assert seen.lattice(0, 0) == "None"
    assert seen.lattice(1, 0) == "SignedSmall"
    assert seen.lattice(1, seen.NUMBER) == "Number"
    assert seen.lattice(0, seen.NUMBER | seen.ODDBALL) == "NumberOrOddball"
    assert seen.lattice(0, seen.STRING) == "String"
    assert seen.lattice(0, seen.BIGINT) == "BigInt"
    assert seen.lattice(1, seen.STRING) == "Any"
    assert seen.lattice(0, seen.BIGINT | seen.NUMBER) == "Any"


def test_properties_and_calls() -> None:
    engine = Engine(tier="baseline")
    program = engine.load_javascript(
        "function get(o) { return o.x; }"
        "function call(f) { return f(); }"
        "const shapes = [{x: 1}, {a: 0, x: 2}, {b: 0, x: 3}, {c: 0, x: 4}, {d: 0, x: 5}, {e: 0, x: 6}];"
        "function run(n) { let sum = 0; for (let i = 0; i < n; i++) sum += get(shapes[i]); return sum; }"
        "function f() { return 1; } function g() { return 2; }"
        "function one() { return call(f) + call(f); } function two() { return call(g); }"
    )
    states = []
    for count in (1, 3, 6):
        program.call("run", count)
        states += [text.split()[0] for kind, text in texts(engine, "get") if kind == "LoadIC"]
    assert states == ["MONOMORPHIC", "POLYMORPHIC", "MEGAMORPHIC"]
    assert program.call("one") == 2
    assert ("Call", "MONOMORPHIC f, calls: 2") in texts(engine, "call")
    assert program.call("two") == 2
    assert ("Call", "MEGAMORPHIC, calls: 3") in texts(engine, "call")
