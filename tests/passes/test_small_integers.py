"""Small integers as references: making one and looking at it is arithmetic, and tests of them are decided."""

from __future__ import annotations

import pytest

from seaofnodes.wasm import decode_module
from tests.passes.equivalence import check_equivalent
from tests.passes.texts import count, lifted
from tests.support import wat

PIPELINE = "fix(simplify,gvn,branch-elimination),dead-code"
P, Q = "(ref.i31 (local.get 0))", "(ref.i31 (local.get 1))"


@pytest.mark.parametrize(
    "code",
    [
        f"(i31.get_s {P})",
        f"(i31.get_u {P})",
        f"(i32.add (i31.get_s (ref.i31 (i31.get_u {P}))) (i31.get_s {Q}))",
        f"(ref.eq {P} {Q})",
        f"(ref.eq {P} (ref.i31 (i32.const 5)))",
        f"(ref.eq (ref.i31 (i32.const -7)) {P})",
        "(ref.eq (ref.i31 (i32.const -1)) (ref.i31 (i32.const 0x7fffffff)))",
        f"(ref.test (ref i31) {P})",
        f"(ref.test (ref $pair) {P})",
        f"(i31.get_s (ref.cast (ref i31) {P}))",
        f"(i31.get_u (block (result (ref i31)) (br_on_cast 0 anyref (ref i31) {P}) (drop) (ref.i31 (i32.const 3))))",
        f"(block (result i32) (block (result anyref) (br_on_cast_fail 0 anyref (ref i31) {P}) (br 1 (i31.get_s)))"
        " (drop) (i32.const 4))",
        f"(local.set 2 {P}) (ref.eq (local.get 2) (local.get 2))",
    ],
)  # fmt: skip
def test_only_arithmetic_is_left(code: str) -> None:
    text = f"(module (type $pair (struct (field i32))) (func (param i32 i32) (result i32) (local eqref) {code}))"
    graph = lifted(text, PIPELINE)
    assert not any(type.is_reference for node in graph.reachable() for type in node.op.signature)
    assert not any(count(graph, name) for name in ("TrapIf", "TrapUnless", "Branch"))
    check_equivalent(decode_module(wat(text)), 0, PIPELINE)
