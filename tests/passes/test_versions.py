"""Reads that are raised along the effect chain stay where the scheduler can put them and the evaluator finds them."""

from __future__ import annotations

import pytest

from seaofnodes.backend.schedule import schedule
from seaofnodes.ir.evaluator.evaluate import evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.interpreter.environment import InterpretedEnvironment
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.lift.function import lift
from tests.support import wat

MODULE = """(module (memory 1) (table $t 1 4 externref)
  (func (param $n i32) (result i32) (local $count i32)
    (i32.store (i32.const 0) (i32.load (i32.const 4)))
    (loop $l
      (local.set $count
        (i32.add (local.get $count) (ref.is_null (table.get $t (i32.shr_u (local.get $n) (i32.const 8))))))
      (i32.store8 (local.get $n) (i32.const 1))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add (local.get $count) (ref.is_null (table.get $t (i32.const 0))))))"""


@pytest.mark.parametrize(
    "pipeline",
    [
        "load-elimination", "loop-peeling{always=true},load-elimination", "default",
        "branch-elimination,load-elimination,poll-splitting",
    ],
)  # fmt: skip
def test_reads_of_tables(pipeline: str) -> None:
    """Their proof may be in a loop that changes no table; stack checks do not change any either."""
    module = decode_module(wat(MODULE))
    graph: Graph = lift(module, 0)
    Pipeline.parse(pipeline).run(graph, verify=True)
    schedule(graph)
    for given in (1, 3):
        found = evaluate(graph, [given], InterpretedEnvironment(instantiate(module)))
        assert found == instantiate(module).call(0, given) or found == [instantiate(module).call(0, given)]
