"""Branch elimination: loops whose way out is never taken."""

from __future__ import annotations

import pytest

from seaofnodes import Engine, Trap
from seaofnodes.ir.verify import verify
from tests.passes.texts import lifted
from tests.support import wat

# Each walks through memory until it traps; what follows the loop is never reached.
WALK = "(i32.store (local.get $p) (i32.const 7)) (local.set $p (i32.add (local.get $p) (i32.const 0x1000)))"
ENDLESS = {
    "constant": f"(loop $l {WALK} (br_if $l (i32.const 1)))",
    "switch": f"(block $out (loop $l {WALK} (br_table $out $l $out (i32.const 1))))",
    "dominating": f"(if (local.get $c) (then (loop $l {WALK} (br_if $l (local.get $c)))))",
    "one way of two": f"(if (local.get $c) (then (loop $l {WALK} (br_if $l (i32.const 1)))) (else (return)))",
    "nested": f"(loop $o {WALK} (loop $i {WALK} (br_if $i (i32.const 0))) (br_if $o (i32.const 1)))",
    "inner": f"(loop $o {WALK} (loop $i {WALK} (br_if $i (i32.const 1))) (br_if $o (local.get $c)))",
    "two": f"(if (local.get $c) (then (loop $l {WALK} (br_if $l (i32.const 1))))"
    f" (else (loop $m {WALK} (br_if $m (i32.const 1)))))",
}


def module(body: str) -> str:
    return f'(module (memory (export "memory") 1) (func (export "f") (param $c i32) (local $p i32) {body}))'


@pytest.mark.parametrize("name", ENDLESS)
def test_loop_that_loses_its_way_out_stays(name: str) -> None:
    graph = lifted(module(ENDLESS[name]), "branch-elimination")
    verify(graph)
    assert any(node.op.name == "Loop" for node in graph.reachable())


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_loops_run_until_they_trap(name: str) -> None:
    instance = Engine(tier="optimized", verify=True).instantiate(wat(module(ENDLESS[name])))
    with pytest.raises(Trap, match="out of bounds memory access"):
        instance.exports["f"](1)
    assert instance.exports["memory"].read(0xF000, 1) == b"\7"
