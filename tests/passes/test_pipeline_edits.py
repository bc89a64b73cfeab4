"""Pipelines changed by name, in text: passes left out, added and replaced; rules on and off; presets of users."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from seaofnodes.errors import PassError
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.framework.pipeline import EXTENSION_POINTS, PRESETS, Pipeline
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.passes.patterns import Expression, Operators, variables
from seaofnodes.passes.rules import RuleSet
from tests.passes.texts import lifted

o = Operators()
x, y = variables("x y")


@dataclass(frozen=True)
class Mine(Pass):
    """Does nothing."""

    name = "mine"
    size: int = 1

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        return PassResult(False)


@dataclass(frozen=True)
class First(Mine):
    """The same, early."""

    name = "first"
    extension_point = "early"


def rules() -> RuleSet:
    found = RuleSet("joins")

    @found.rule(o.Word32Or(o.Word32And(x, y), o.Word32Xor(x, y)))
    def union() -> Expression:
        """(x & y) | (x ^ y) is x | y."""
        return o.Word32Or(x, y)

    return found


@pytest.fixture
def registry() -> PassRegistry:
    found = PassRegistry()
    found.register(Mine)
    found.register(First)
    found.register_rules(rules())
    found.register_preset("short", "gvn,@late,dead-code")
    found.register_preset("long-one", "short-dead-code,short")
    return found


A, B = "simplify,gvn,fix(gvn,simplify),gvn", "fix(gvn,simplify)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"({A})-gvn", "simplify,fix(simplify)"),
        (f"({A})-gvn#2", "simplify,gvn,fix(simplify),gvn"),
        (f"({A})-gvn#3", f"simplify,gvn,{B}"),
        (f"({A}) - gvn - simplify#1", "fix(simplify)"),
        ("(fix(gvn),simplify)-gvn", "simplify"),
        ("O1-dead-code-gvn", "simplify"),
        ("O1-gvn-dead-code", "simplify"),
        ("(gvn,simplify)+mine@gvn", "gvn,mine,simplify"),
        ("(gvn,simplify)+mine@after.gvn", "gvn,mine,simplify"),
        ("(gvn,simplify)+mine{size=3}@before.simplify", "gvn,mine{size=3},simplify"),
        ("(gvn,fix(gvn))+mine@instead.gvn", "mine,fix(mine)"),
        ("(gvn,fix(gvn))+mine@instead.gvn#2", "gvn,fix(mine)"),
        ("(gvn,simplify)+fix(mine,gvn)@gvn#1", "gvn,fix(mine,gvn),simplify"),
        ("(gvn,simplify)+(mine,first)@gvn", "gvn,mine,first,simplify"),
        ("gvn+mine-gvn", "mine"),
        ("gvn+mine", "gvn,mine"),
        ("gvn+first", "gvn,first"),
        ("O1+mine", "simplify,gvn,mine,dead-code"),
        ("O1+first", "first,simplify,gvn,dead-code"),
        ("O1+mine@early", "mine,simplify,gvn,dead-code"),
        ("O1+mine@lowering-mine", "simplify,gvn,dead-code"),
        ("O1+mine@lowering,gvn", "simplify,gvn,dead-code,mine,gvn"),
        ("fix(O1-gvn)", "fix(simplify,dead-code)"),
        ("short+mine", "gvn,mine,dead-code"),
        ("long-one", "gvn,gvn,dead-code"),
        ("long-one-gvn#1", "gvn,dead-code"),
        ("none+mine", "mine"),
        ("simplify{rules=joins}", "simplify{rules=joins}"),
        ("simplify{without-rules=add_zero_32,floats}", "simplify{without-rules=add_zero_32,floats}"),
        ("mine{size=2,rules=joins}", "mine{size=2,rules=joins}"),
        ("O1{rules=joins}-gvn", "with{rules=joins}(simplify,dead-code)"),
        ("O1{rules=all}+mine@early", "with{rules=joins}(mine,simplify,gvn,dead-code)"),
        ("with{rules=joins,without-rules=add_*,union}(gvn)", "gvn{rules=joins,without-rules=add_*,union}"),
        ("with{without_rules=own-exception}(gvn)", "gvn{without-rules=own-exception}"),
    ],
)  # fmt: skip
def test_texts(registry: PassRegistry, text: str, expected: str) -> None:
    found = Pipeline.parse(text, registry)
    assert str(found) == expected
    assert Pipeline.parse(expected, registry) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("O1-gvm", "there is no gvm in this pipeline; did you mean 'gvn'?"),
        ("O1-loop-peeling", "there is no loop-peeling in this pipeline; it has: simplify, gvn, dead-code; extension"),
        ("O1-gvn#2", "there is no gvn#2 in this pipeline: it has gvn 1 times"),
        ("O1-gvn#0", "is no place"),
        ("O1+mine@", "expected a name, found the end"),
        ("O1+mine@inlined", "extension points: early, late, lowering"),
        ("O1+", "expected a name"),
        ("O1-", "expected a name"),
        ("O1{rules=join}", "no set of rules is called 'join'; did you mean 'joins'?"),
        ("O1{without-rules=unions}", "no rule, and no set of rules, is called 'unions'; did you mean 'union'?"),
        ("O1{without-rules=zzz*}", "no rule, and no set of rules"),
        ("O1{ruls=joins}", "O1 has no option 'ruls'; did you mean 'rules'?"),
        ("with{rules=joins}", r"expected '\('"),
        ("mine{size=1,2}", "takes int, not '1,2'"),
        ("defalt-gvn", "did you mean 'default'?"),
    ],
)
def test_mistakes(registry: PassRegistry, text: str, words: str) -> None:
    with pytest.raises(PassError, match=words):
        Pipeline.parse(text, registry)


def test_extension_points_are_in_the_presets() -> None:
    assert all(f"@{point}" in PRESETS["default"] for point in EXTENSION_POINTS)
    for name in PRESETS:
        for point in ("early", "late", "lowering"):
            assert Pipeline.parse(f"{name}+gvn@{point}").has("gvn")


JOIN = """(module (func (param i32 i32) (result i32)
  (i32.or (i32.and (local.get 0) (local.get 1)) (i32.xor (local.get 0) (local.get 1)))))"""


def fired(pipeline: Pipeline, text: str = JOIN) -> dict[str, int]:
    context = PassContext()
    pipeline.run(lifted(text), context, verify=True)
    return {name: count.fired for name, count in context.rules.items() if count.fired}


def test_rules_join_no_pipeline_by_themselves(registry: PassRegistry) -> None:
    assert not fired(Pipeline.parse("default", registry))
    assert fired(Pipeline.parse("default{rules=joins}", registry)) == {"union": 1}
    assert fired(Pipeline.parse("gvn,simplify{rules=joins},simplify", registry)) == {"union": 1}
    assert fired(Pipeline.parse("joins", registry)) == {"union": 1}
    assert not fired(Pipeline.parse("simplify{rules=joins,without-rules=union}", registry))
    assert not fired(Pipeline.parse("joins{without-rules=joins}", registry))
    assert not fired(Pipeline.parse("with{without-rules=union}(simplify{rules=joins})", registry))


def test_rules_are_on_and_off_in_their_group_only(registry: PassRegistry) -> None:
    context = PassContext(disabled_rules=frozenset(["add_zero_32"]))
    Pipeline.parse("simplify{rules=joins,without-rules=union},gvn", registry).run(lifted(JOIN), context)
    assert (context.rule_sets, context.disabled_rules) == ((), {"add_zero_32"})
    add = "(module (func (param i32) (result i32) (i32.add (local.get 0) (i32.const 0))))"
    assert fired(Pipeline.parse("simplify"), add) == {"add_zero_32": 1}
    assert not fired(Pipeline.parse("simplify{without-rules=add_*}"), add)
    assert not fired(Pipeline.parse("simplify{without-rules=integers}"), add)
    assert fired(Pipeline.parse("simplify{without-rules=integers},simplify"), add) == {"add_zero_32": 1}
    constants = "(module (func (result i32) (i32.add (i32.const 1) (i32.const 2))))"
    assert fired(Pipeline.parse("simplify"), constants) == {"fold-constants": 1}
    assert not fired(Pipeline.parse("simplify{without-rules=fold-constants}"), constants)


def test_the_same_from_python() -> None:
    sets = rules()
    on = Pipeline.parse("default").with_rules(sets)
    assert fired(on) == {"union": 1} and on.rule_sets == (sets,)
    assert not fired(on.without_rules("union")) and not fired(on.without_rules("joins"))
    with pytest.raises(PassError, match="did you mean 'union'"):
        on.without_rules("unon")
    assert str(on).startswith("with{rules=joins}(inline,")


def test_ablations(registry: PassRegistry) -> None:
    found = Pipeline.parse("simplify{rules=joins},fix(gvn,simplify),dead-code", registry).ablations()
    assert {name: str(pipeline) for name, pipeline in found.items()} == {
        "simplify": "fix(gvn),dead-code",
        "gvn": "simplify{rules=joins},fix(simplify),dead-code",
        "dead-code": "simplify{rules=joins},fix(gvn,simplify)",
        "rules joins": "simplify,fix(gvn,simplify),dead-code",
    }


FILE = """from seaofnodes.passes.patterns import Operators, variables
from seaofnodes.passes.rules import RuleSet
RULES, o, (x, y) = RuleSet("joins"), Operators(), variables("x y")
@RULES.rule(o.Word32Or(o.Word32And(x, y), o.Word32Xor(x, y)))
def union(): return o.Word32Or(x, y)
PIPELINES = {"fast": "default{rules=joins}-loop-unrolling", "faster": "fast-inline"}
"""


def test_presets_and_rules_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    registry = PassRegistry()
    registry.load(path)
    assert str(Pipeline.parse("default", registry)) == str(Pipeline.parse("default"))
    assert not fired(Pipeline.parse("default", registry))
    found = Pipeline.parse("faster", registry)
    assert not found.has("loop-unrolling") and not found.has("inline") and found.has("gvn")
    assert fired(found) == {"union": 1}


@pytest.mark.parametrize(
    ("pipelines", "words"),
    [
        ("['gvn']", r"mine.py: PIPELINES is a dictionary from names to texts"),
        ("{'a b': 'gvn'}", "'a b' is no name"),
        ("{'gvn': 'gvn'}", "'gvn' is already there"),
        ("{'O1': 'gvn'}", "'O1' is already there"),
        ("{'late': 'gvn'}", "'late' is already there"),
    ],
)
def test_presets_that_cannot_be(tmp_path: Path, pipelines: str, words: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(f"PIPELINES = {pipelines}\n")
    with pytest.raises(PassError, match=words):
        PassRegistry().load(path)


def test_a_preset_that_contains_itself(registry: PassRegistry) -> None:
    registry.register_preset("egg", "gvn,hen")
    registry.register_preset("hen", "egg")
    with pytest.raises(PassError, match="contains itself"):
        Pipeline.parse("hen", registry)


def test_what_a_pass_counts_as_a_rule_is_switched_off_too() -> None:
    text = "(func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 10)))"
    fired = []
    for pipeline in ("strength-reduction", "strength-reduction{without-rules=divide-by-constant}"):
        context = PassContext()
        Pipeline.parse(pipeline).run(lifted(f"(module {text})"), context)
        count = context.rules.get("divide-by-constant")
        fired.append(0 if count is None else count.fired)
    assert fired == [1, 0]
