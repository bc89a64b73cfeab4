"""Baseline code can be entered in the middle, at every call and loop, and at nearly every other instruction."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

import seaofnodes
from seaofnodes.backend.template.frame_layout import FrameLayout
from seaofnodes.ir.ops.common import FrameInfo
from seaofnodes.wasm import decode_module, opcodes as op
from seaofnodes.wasm.baseline import compile_baseline
from seaofnodes.wasm.body import Body
from seaofnodes.wasm.engine.instance import Instance
from seaofnodes.wasm.interpreter.interpreter import resume
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.types import FuncType
from tests.backend.baseline.entering import enter, layout_at
from tests.backend.baseline.programs import FLOAT_AREA, TYPES, program
from tests.support import CANONICAL_NAN, wat

SEEDS = range(12)
PLACES = 8  # tried in each function
VALUES = {
    False: (0, 1, 2, 3, 7, 100),
    True: (0, 0x3F80_0000, 0x4048_0000),  # as f32; as f64 they are tiny
}


def canonical(kinds: Sequence[object], values: Sequence[int]) -> list[int]:
    """Bit patterns with all NaNs made one."""
    found = []
    for kind, bits in zip(map(str, kinds), values, strict=True):
        infinity = {"f32": 0x7F80_0000, "f64": 0x7FF0_0000_0000_0000}.get(kind)
        nan = infinity is not None and bits & (2 * infinity - 1 if kind == "f32" else (1 << 63) - 1) > infinity
        found.append(CANONICAL_NAN[kind] if nan else bits)
    return found


def places(body: Body, chance: random.Random) -> list[tuple[int, str]]:
    """Some indices of instructions, with modes; calls and loops preferred."""
    special = [
        (index, mode)
        for index, opcode in enumerate(body.opcodes)
        for mode in ("before", "after")
        if opcode in (op.CALL, op.CALL_INDIRECT) or opcode == op.LOOP and mode == "before"
    ]
    others = [(index, "before") for index, opcode in enumerate(body.opcodes) if opcode not in (op.ELSE, op.END)]
    chance.shuffle(special)
    chance.shuffle(others)
    return special[:PLACES] + others[:PLACES]


def called(module: Module, body: Body, index: int) -> FuncType:
    immediate = body.immediates[index]
    return module.types[immediate[0]] if isinstance(immediate, tuple) else module.functions[immediate]


def observe(instance: Instance) -> list[int]:
    exports = instance.exports
    return canonical(TYPES, [exports[kind].bits for kind in TYPES]) + list(exports["memory"].read(0, FLOAT_AREA))


def pick_values(layout: FrameLayout, chance: random.Random) -> list[int]:
    """Random values that a frame could have: what is in one place is one value."""
    known: dict[tuple[str, int], int] = {}
    values = []
    for found, floating in zip((*layout.locals, *layout.stack), layout.floats, strict=True):
        kind, where = found[0]
        bits = where if kind == "c" else chance.choice(VALUES[floating])
        values.append(known.setdefault(found[0], bits))
    return values


def compare(
    ours: Instance, index: int, offset: int, mode: str, layout: FrameLayout, body: Body, chance: random.Random
) -> None:
    module = ours.module
    kind = called(module, body, body.offsets.index(offset)) if mode == "after" else None
    results = [chance.choice(VALUES[t.is_float]) for t in kind.results] if kind else []
    values = pick_values(layout, chance)
    oracle = instantiate(module)
    info = FrameInfo(index, offset, mode, len(layout.locals), len(layout.stack), ())
    expected: object
    got: object
    try:
        expected = canonical(module.functions[index].results, resume(oracle, info, values, results=results))
    except seaofnodes.Trap as trap:
        expected = trap.reason
    try:
        got = canonical(module.functions[index].results, enter(ours, index, layout, values, kind, results))
    except seaofnodes.Trap as trap:
        got = trap.reason
    where = f"function {index} {mode} {offset:#x} with {values} {results}"
    assert got == expected, where
    globals = canonical(TYPES, [oracle.exports[kind].bits for kind in TYPES])
    assert observe(ours) == globals + list(oracle.exports["memory"].data[:FLOAT_AREA]), where


@pytest.mark.parametrize("seed", SEEDS)
def test_entering_is_what_the_interpreter_does(seed: int) -> None:
    text, _ = program(seed, functions=3, size=150)
    engine = seaofnodes.Engine(tier="baseline")
    module = engine.load(wat(text))
    chance = random.Random(seed)
    for index in range(module.imported_functions, len(module.functions)):
        body = module.body(index)
        for at, mode in places(body, chance):
            ours = engine.instantiate(module)
            layout = layout_at(ours, index, body.offsets[at], mode)
            if layout is not None:
                compare(ours, index, body.offsets[at], mode, layout, body, chance)


@pytest.mark.parametrize("seed", SEEDS[:10])
def test_layouts_are_consistent(seed: int) -> None:
    """Places are inside the frame, no two different values share a register or slot, the pc is where the code says."""
    text, _ = program(seed)
    module = seaofnodes.Engine(tier="baseline").load(wat(text))
    ours = seaofnodes.Engine(tier="baseline").instantiate(module)
    for index in range(len(module.functions)):
        code = compile_baseline(module, index, ours.data.unit.layout, type_ids=ours.data.unit.type_ids)
        starts = [position.pc for position in code.positions]
        body = module.body(index)
        for at, opcode in enumerate(body.opcodes):
            if opcode not in (op.CALL, op.CALL_INDIRECT, op.LOOP):
                continue
            layout = layout_at(ours, index, body.offsets[at], "before")
            if layout is None:  # unreachable
                assert body.offsets[at] not in {position.bytecode_offset for position in code.positions}
                continue
            assert layout.frame_size == code.frame_size and layout.frame_size % 16 == 0
            owners: dict[tuple[str, int], int] = {}
            for number, found in enumerate((*layout.locals, *layout.stack)):
                for kind, where in found:
                    if kind == "s":
                        assert owners.setdefault((kind, where), number) == number
                        assert -layout.frame_size <= where <= -16 or where >= 16
            if opcode == op.LOOP:
                registers = [place for found in layout.locals for place in found if place[0] in "rx"]
                assert len(registers) == len(set(registers))
            else:
                assert layout.pc in starts
                after = layout_at(ours, index, body.offsets[at], "after")
                assert after is not None
                position = max(p.pc for p in code.positions if p.pc < after.pc)
                assert next(p for p in code.positions if p.pc == position).bytecode_offset == body.offsets[at]
                assert all(kind in "sc" for found in (*after.locals, *after.stack) for kind, _ in found)


def test_after_call_ref() -> None:
    text = """(module (type $t (func (param i32) (result i32 i64 f64 i32))) (elem declare func $f)
      (func $f (type $t) (unreachable))
      (func (export "g") (param i32) (result i64) (local $x i32) (local.set $x (i32.const 5)) (local.get $x)
        (call_ref $t (local.get 0) (ref.func $f)) (local.set $x) (drop) (i64.extend_i32_s (local.get $x)) (i64.add)
        (i32.wrap_i64) (i32.add (local.get 0)) (i32.add) (i32.add) (i64.extend_i32_s)))"""
    module = decode_module(wat(text))
    ours = seaofnodes.Engine(tier="baseline").instantiate(module)
    body = module.body(1)
    layout = layout_at(ours, 1, body.offsets[body.opcodes.index(op.CALL_REF)], "after")
    assert layout is not None and layout.area == 16 and len(layout.stack) == 1
    results = [7, 300, 0, 11]
    assert enter(ours, 1, layout, [1000, 5, 20_000], module.functions[0], results) == (1000 + 300 + 11 + 7 + 5,)


def test_no_call_there() -> None:
    module = seaofnodes.Engine(tier="baseline").load(wat('(module (func (export "f") nop))'))
    instance = seaofnodes.Engine(tier="baseline").instantiate(module)
    with pytest.raises(ValueError, match="no call at offset"):
        layout_at(instance, 0, module.body(0).offsets[0], "after")
