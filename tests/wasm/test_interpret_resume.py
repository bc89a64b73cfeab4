"""The reference interpreter goes on from frame states, as deoptimizations will."""

from __future__ import annotations

import pytest

from seaofnodes.errors import Trap
from seaofnodes.ir.ops.common import FrameInfo
from seaofnodes.ir.types import WORD32, WORD64
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.interpreter.interpreter import InterpretedInstance, resume
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.opcodes import CALL, I32_ADD, I32_DIV_U, LOOP
from tests.support import wat

TEXT = """(module
  (func $outer (param i32) (result i32)
    (i32.const 1000) (call $inner (local.get 0) (i64.const 7)) (drop) (i32.add))
  (func $inner (param i32 i64) (result i32 i64) (local $count i32)
    (loop $again
      (local.set $count (i32.add (local.get $count) (i32.const 10)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.div_u (i32.const 100) (local.get $count)) (local.get 1)))"""


@pytest.fixture
def instance() -> InterpretedInstance:
    return instantiate(decode_module(wat(TEXT)))


def info(instance: InterpretedInstance, function: int, opcode: int, mode: str, locals: int, stack: int) -> FrameInfo:
    body = instance.module.body(function)
    offset = body.offsets[body.opcodes.index(opcode)]
    types = tuple(WORD32 if kind.bits == 32 else WORD64 for kind in body.locals) + (WORD32,) * stack
    return FrameInfo(function, offset, mode, locals, stack, types)


def test_before_an_instruction(instance: InterpretedInstance) -> None:
    assert resume(instance, info(instance, 1, LOOP, "before", 3, 0), [2, 7, 0]) == [5, 7]
    assert resume(instance, info(instance, 1, I32_DIV_U, "before", 3, 2), [2, 7, 0, 90, 4]) == [22, 7]
    with pytest.raises(Trap, match="integer divide by zero"):
        resume(instance, info(instance, 1, I32_DIV_U, "before", 3, 2), [2, 7, 0, 90, 0])


def test_after_a_call(instance: InterpretedInstance) -> None:
    after = info(instance, 0, CALL, "after", 1, 1)
    assert resume(instance, after, [3, 500], results=[20, 9]) == [520]


def test_nested_frames(instance: InterpretedInstance) -> None:
    inner = info(instance, 1, I32_ADD, "before", 3, 2)
    outer = info(instance, 0, CALL, "after", 1, 1)
    assert resume(instance, inner, [1, 7, 15, 15, 10], outer=[(outer, [1, 600])]) == [604]


def test_backtraces_of_resumed_frames(instance: InterpretedInstance) -> None:
    inner = info(instance, 1, I32_DIV_U, "before", 3, 2)
    outer = info(instance, 0, CALL, "after", 1, 1)
    with pytest.raises(Trap) as found:
        resume(instance, inner, [1, 7, 15, 1, 0], outer=[(outer, [1, 600])])
    assert [frame.name for frame in found.value.frames] == ["inner", "outer"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("values", "results"), [([3, 500], [20]), ([3], [20, 9]), ([3, 500, 1], [20, 9])])
def test_states_that_do_not_fit(instance: InterpretedInstance, values: list[int], results: list[int]) -> None:
    with pytest.raises(ValueError, match="wanted"):
        resume(instance, info(instance, 0, CALL, "after", 1, 1), values, results=results)


def test_offsets_between_instructions(instance: InterpretedInstance) -> None:
    wrong = FrameInfo(0, instance.module.body(0).offsets[0] + 1, "before", 1, 0, (WORD32,))
    with pytest.raises(ValueError, match="no instruction"):
        resume(instance, wrong, [1])
