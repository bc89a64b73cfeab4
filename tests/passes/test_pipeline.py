"""Pipelines as text, options, presets, observers; and how long they take."""

from __future__ import annotations

import gc
import math
import re
import time
from dataclasses import dataclass

import pytest

from seaofnodes.errors import PassError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.verify import VerificationError
from seaofnodes.passes.base import Pass, PassContext, PassResult, PhaseRecord, PipelineObserver
from seaofnodes.passes.framework.pipeline import PRESETS, Pipeline, With
from seaofnodes.passes.framework.registry import BUILT_IN, PassRegistry
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.text import assemble
from tests.passes.generate import StateGenerator
from tests.passes.texts import lifted


@pytest.mark.parametrize(
    "text",
    [
        "simplify",
        "inline{budget=100,growth=1.5},gvn",
        "fix(simplify,gvn),dead-code",
        "fix{limit=2}(load-elimination{across_blocks=false},fix(gvn))",
        "",
    ],
)
def test_text_round_trips(text: str) -> None:
    assert str(Pipeline.parse(text)) == text
    assert Pipeline.parse(str(Pipeline.parse(text))) == Pipeline.parse(text)


@pytest.mark.parametrize("name", PRESETS)
def test_presets(name: str) -> None:
    assert str(Pipeline.parse(name)) == re.sub(r"@\w+,?", "", PRESETS[name]).rstrip(",")
    graph = lifted("(module (func (param i32) (result i32) (i32.add (local.get 0) (i32.const 0))))", name)
    assert graph.end.inputs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("simplfy", "did you mean 'simplify'"),
        ("inline{budgte=1}", "did you mean 'budget'"),
        ("inline{budget=much}", "takes int, not 'much'"),
        ("load-elimination{across-blocks=maybe}", "takes bool"),
        ("gvn{x=1}", "has no option 'x'"),
        ("fix(gvn", "expected"),
        ("gvn gvn", "expected ',', found 'gvn'"),
        ("(gvn gvn)", "expected ',' or '\\)', found 'gvn'"),
        ("GVN", "did you mean 'gvn'"),
        ("gvn,;", "cannot read"),
    ],
)
def test_mistakes_are_explained(text: str, message: str) -> None:
    with pytest.raises(PassError, match=message.replace("(", r"\(")):
        Pipeline.parse(text)


def test_every_built_in_pass_has_a_doc_and_its_name() -> None:
    registry = PassRegistry()
    for name in BUILT_IN:
        found = registry.find(name)
        assert found.name == name and (found.__doc__ or "").strip()


class _Recorder(PipelineObserver):
    def __init__(self) -> None:
        self.records: list[PhaseRecord] = []

    def after(self, graph: Graph, record: PhaseRecord) -> None:
        self.records.append(record)


def test_fix_stops_when_nothing_changes() -> None:
    graph = lifted("(module (func (param i32) (result i32) (i32.add (i32.const 1) (i32.const 2))))")
    recorder = _Recorder()
    Pipeline.parse("fix(simplify,gvn)").run(graph, observer=recorder)
    assert [(r.name, r.changed) for r in recorder.records] == [
        ("simplify", True), ("gvn", False), ("simplify", False), ("gvn", False),
    ]  # fmt: skip


@dataclass(frozen=True)
class Vandal(Pass):
    """Breaks the graph."""

    name = "vandal"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        graph.end.inputs[0].inputs[0].inputs.pop()
        return PassResult(True)


def test_the_verifier_names_the_pass() -> None:
    registry = PassRegistry()
    registry.register(Vandal)
    graph = lifted("(module (func (param i32) (result i32) (i32.add (local.get 0) (local.get 0))))")
    with pytest.raises(VerificationError, match="after vandal"):
        Pipeline.parse("vandal", registry).run(graph, verify=True)


def test_a_pass_name_cannot_be_taken_twice() -> None:
    registry = PassRegistry()

    @dataclass(frozen=True)
    class Impostor(Vandal):
        name = "gvn"

    with pytest.raises(PassError, match="already there"):
        registry.register(Impostor)


@pytest.mark.alone
def test_time_grows_linearly() -> None:
    """The default pipeline, on functions whose sizes differ by a factor of about 16."""
    costs = []
    for size in (400, 6400):
        module = decode_module(assemble(StateGenerator(7, size).module()))
        index = module.imported_functions + 1
        instructions = len(module.body(index).opcodes)
        best = math.inf
        for _ in range(3):
            graph = lift(module, index)
            gc.collect()
            gc.disable()
            try:
                start = time.thread_time()
                Pipeline.parse("default").run(graph)
                best = min(best, time.thread_time() - start)
            finally:
                gc.enable()
        costs.append((instructions, best))
    (few, short), (many, long) = costs
    assert many > 6 * few
    assert math.log(long / short) / math.log(many / few) < 1.3
    assert long / many < 200e-6  # seconds; measured: 20 to 30


def test_presets_may_stand_among_passes() -> None:
    default = str(Pipeline.parse("default"))
    assert str(Pipeline.parse("gvn,default,fix(O1)")) == f"gvn,{default},fix({Pipeline.parse('O1')})"
    assert str(Pipeline.parse("none,gvn,none")) == "gvn"
    assert str(Pipeline.parse("none")) == "" == str(Pipeline.parse(" "))
    with pytest.raises(PassError, match="default has no option 'limit'; it has: rules, without-rules"):
        Pipeline.parse("default{limit=2}")


class _Counting(Pass):
    """Counts its runs; says that it has changed the graph in the first `changes` of them."""

    runs: list[int]
    changes = 0

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        self.runs.append(graph.next_id)
        return PassResult(len(self.runs) <= self.changes, {"runs": len(self.runs)})


def _counting(settles: bool, changes: int = 0) -> tuple[Pass, list[int]]:
    runs: list[int] = []
    attributes = {"name": "made", "settles": settles, "runs": runs, "changes": changes}
    made: type[Pass] = dataclass(frozen=True)(type("Made", (_Counting,), attributes))
    return made(), runs


def _sum() -> Graph:
    return lifted("(module (func (param i32) (result i32) (i32.add (local.get 0) (i32.const 0))))", "none")


def test_a_pass_that_settles_is_not_run_again_on_the_same_graph() -> None:
    pass_, runs = _counting(settles=True)
    records: list[PhaseRecord] = []

    class Observer(PipelineObserver):
        def after(self, graph: Graph, record: PhaseRecord) -> None:
            records.append(record)

    context = PassContext()
    Pipeline((pass_, pass_)).run(_sum(), context, observer=Observer())
    assert len(runs) == 1
    assert [(record.name, record.changed) for record in records] == 2 * [("made", False)]
    assert [record.statistics for record in records] == 2 * [{"runs": 1}]
    Pipeline((pass_,)).run(_sum(), context)  # another graph
    assert len(runs) == 2


def test_a_pass_that_settles_runs_again_after_a_change() -> None:
    simplify = Pipeline.parse("simplify").steps
    pass_, runs = _counting(settles=True)
    Pipeline((pass_, *simplify, pass_)).run(_sum())  # x + 0 has become x
    assert len(runs) == 2
    pass_, runs = _counting(settles=True, changes=1)  # by itself, perhaps in place
    Pipeline((pass_, pass_, pass_)).run(_sum())
    assert len(runs) == 2
    pass_, runs = _counting(settles=True)
    Pipeline((pass_, With((pass_,), (), ("add_zero_32",), frozenset(("add_zero_32",))))).run(_sum())  # with other rules
    assert len(runs) == 2


def test_other_passes_run_whenever_they_stand_there() -> None:
    pass_, runs = _counting(settles=False)
    Pipeline((pass_, pass_)).run(_sum())
    assert len(runs) == 2


def test_rules_that_have_been_tried_are_counted_when_somebody_asks() -> None:
    context = PassContext()
    graph = _sum()
    Pipeline.parse("simplify").run(graph, context)
    Pipeline.parse("simplify").run(graph, context)
    found = dict(context.rules)
    assert found["add_zero_32"].fired == 1
    tried = found["add_zero_32"].tried
    assert tried >= 1
    assert context.rules["add_zero_32"].tried == tried  # asking counts nothing twice
