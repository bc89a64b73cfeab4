"""What users test their passes with: graphs as text, rules that fire, the same meaning."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from seaofnodes.errors import CompileLimitError, Error
from seaofnodes.files import shown_path
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.patterns import Expression, Operators, variables
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.testing import (
    assert_graph,
    assert_rule_does_not_fire,
    assert_rule_fires,
    assert_same_meaning,
    graphs,
    read_graph,
    transform,
)

o = Operators()
x, y = variables("x y")
MASKED = "(module (func (param i32 i32) (result i32) (i32.or (i32.and (local.get 0) (local.get 1)) (local.get 0))))"
ABSORBED = """graph $func[0] (Word64, Word32, Word32) -> (Word32) function 0
B0:
  n0 = Start()
  n1 = Parameter[1, Word32](n0)
  n2 = StackCheck[entry](n0, n0)
  n3 = Return[1](n1, n2, n2)
  n4 = End[1](n3)
"""


def absorbing() -> RuleSet:
    rules = RuleSet("absorbing")

    @rules.rule(o.Word32Or(o.Word32And(x, y), x))
    def absorb() -> Expression:
        """(x & y) | x is x."""
        return x

    return rules


@dataclass(frozen=True)
class SwapSubtraction(Pass):
    """Wrong: a - b is not b - a."""

    name = "swap-subtraction"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        for node in graph.reachable():
            if node.op.name == "Int32Sub":
                left, right = node.values
                node.replace_input(0, right), node.replace_input(1, left)
        return PassResult(True)


def test_rules_that_fire(root: Path) -> None:
    assert_rule_fires("absorb", absorbing(), MASKED)
    joined = MASKED.replace("(local.get 0)))", "(i32.xor (local.get 1) (local.get 0))))")
    found = assert_rule_fires("union", "simplify{rules=mine}", joined, times=1, load=[root / "examples/my_pass.py"])
    assert found.fired == {"union": 1} and "Word32And" not in found.text
    with pytest.raises(AssertionError, match=r"absorb fired 1 times, not 2 times; rules that fired: absorb 1; .*\n"):
        assert_rule_fires("absorb", absorbing(), MASKED, times=2)
    other = MASKED.replace("i32.or", "i32.xor")
    with pytest.raises(AssertionError, match="absorb fired 0 times, not at least once; rules that fired: none"):
        assert_rule_fires("absorb", absorbing(), other)
    assert_rule_does_not_fire("absorb", absorbing(), other)
    with pytest.raises(AssertionError, match="absorb fired 1 times, not 0 times"):
        assert_rule_does_not_fire("absorb", absorbing(), MASKED)
    with pytest.raises(Error, match="no rule 'absorbs'"):
        assert_rule_does_not_fire("absorbs", absorbing(), other)


def test_graphs_as_text() -> None:
    found = assert_graph(ABSORBED, absorbing(), MASKED)
    assert found.text == ABSORBED
    renumbered = ABSORBED.replace("n1", "n77")
    assert_graph(renumbered, absorbing(), MASKED)
    assert_graph(ABSORBED, absorbing(), found.before)  # a graph is copied, not changed
    with pytest.raises(AssertionError, match=r"gives another graph:\n(.*\n)*.*-  n3 = Return(.*\n)*.*\+ "):
        assert_graph(ABSORBED, "none", MASKED)


def test_a_function_of_a_module() -> None:
    text = '(module (import "a" "b" (func)) (func $one) (func $two (result i64) (i64.const 2)))'
    assert [read_graph(text, which).name for which in ("two", None, 2)] == ["two", "one", "two"]
    with pytest.raises(Error, match="no own function 'three'; there are: one, two"):
        read_graph(text, "three")
    with pytest.raises(Error, match="no own function 0"):
        read_graph(text, 0)


def test_the_same_meaning() -> None:
    found = transform(absorbing(), MASKED)
    assert_same_meaning(found.before, found.after)
    assert_same_meaning(MASKED, ABSORBED)
    subtraction = "(module (func (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1))))"
    found = transform(SwapSubtraction(), subtraction)
    words = r"with arguments \(0x.*, 0x.*\) the end is \(.*\) before, \(.*\) after\nbefore:"
    with pytest.raises(AssertionError, match=words):
        assert_same_meaning(found.before, found.after)
    with pytest.raises(AssertionError, match="signatures differ"):
        assert_same_meaning(MASKED, subtraction.replace("i32", "i64"))


STATEFUL = """(module (func $h (import "a" "h") (param i32) (result i32)) (memory 1) (global $g (mut i32) (i32.const 0))
  (func (param i32 i32) (result i32)
    {body}))"""


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("(i32.store (local.get 0) (local.get 1))", "(i32.store16 (local.get 0) (local.get 1))", "memory 0 has"),
        ("(global.set $g (local.get 0))", "(global.set $g (local.get 1))", "the globals are"),
        ("(drop (call $h (local.get 0)))", "(drop (call $h (local.get 1)))", "the calls are"),
        ("(drop (call $h (local.get 0)))", "", "the calls are"),
        ("(drop (i32.load (local.get 0)))", "", "the end is trap: out of bounds memory access before"),
        ("(global.set $g (i32.const 3)) (drop (call $h (local.get 0)))",
         "(drop (call $h (local.get 0))) (global.set $g (i32.const 3))", "the calls are"),
    ],
)  # fmt: skip
def test_what_can_be_seen(one: str, other: str, what: str) -> None:
    left, right = (STATEFUL.format(body=body + " (local.get 0)") for body in (one, other))
    with pytest.raises(AssertionError, match=what):
        assert_same_meaning(left, right)
    assert_same_meaning(left, left)


@pytest.mark.parametrize("pipeline", ["default", "O1", "gvn,load-elimination,store-elimination", "loop-unrolling"])
def test_built_in_passes_keep_the_meaning(pipeline: str) -> None:
    text = STATEFUL.format(body="""(local $i i32)
      (global.set $g (local.get 1))
      (loop
        (i32.store (i32.and (local.get 0) (i32.const 1023)) (i32.add (global.get $g) (local.get $i)))
        (global.set $g (i32.load (i32.and (local.get 0) (i32.const 1020))))
        (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
      (call $h (global.get $g))""").replace("(result i32)\n    (local", "(result i32) (local")
    found = transform(pipeline, text)
    assert_same_meaning(found.before, found.after)


@pytest.mark.parametrize("wrong", [False, True])
def test_the_dataflow_pass_of_the_tutorial(root: Path, tmp_path: Path, wrong: bool) -> None:
    source = (root / "examples" / "known_zeros.py").read_text()
    if wrong:  # as the page suggests
        source = source.replace("return known[0] & known[1]", "return known[0] | known[1]")
    (tmp_path / "known_zeros.py").write_text(source)
    text = (root / "examples" / "checksum.wat").read_text()
    wide = text.replace("i32.load8_u", "i32.load16_u")  # there the mask is needed
    for module, dropped in ((text, 1), (wide, int(wrong))):
        found = transform("known-zeros", module, load=[tmp_path / "known_zeros.py"])
        assert len([remark for remark in found.remarks if remark.message == "mask dropped"]) == dropped
        if wrong and module is wide:
            with pytest.raises(AssertionError, match="the end is"):
                assert_same_meaning(found.before, found.after)
        else:
            assert_same_meaning(found.before, found.after, rounds=50)


@dataclass(frozen=True)
class Endless(Pass):
    """Does not end."""

    name = "endless"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        while True:
            pass


def test_a_pass_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "COMPILE_LIMIT", 0.2)
    with pytest.raises(CompileLimitError, match="stopped after") as raised:
        transform(Endless(), MASKED)
    [note] = raised.value.__notes__
    assert note.startswith(f"in pass endless ({shown_path(__file__)}:")
