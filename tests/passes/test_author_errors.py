"""Mistakes in files with passes and rules: told with the author's own line, and with what to write instead."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seaofnodes.errors import PassError
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.framework.failures import culprit_of, failure_text
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry
from tests.passes.texts import lifted

HEAD = """from dataclasses import dataclass, field
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.patterns import Operators, constants, variables
from seaofnodes.passes.rules import RuleSet
rules, o = RuleSet("mine"), Operators()
x, y = variables("x y"); C, D = constants("C D")
"""
PASS = """@dataclass(frozen=True)
class Mine(Pass):
    name = "mine"
    def run(self, graph, context):
        return PassResult(False)
"""


@pytest.fixture(autouse=True)
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is loaded here is forgotten."""
    before, path = set(sys.modules), list(sys.path)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]
    sys.path[:] = path


def load(folder: Path, text: str, name: str = "mine.py") -> PassRegistry:
    (folder / name).write_text(HEAD + text)
    registry = PassRegistry()
    registry.load(folder / name)
    return registry


def rule(pattern: str, replacement: str = "x", where: str = "") -> str:
    condition = f", where={where}" if where else ""
    return f"@rules.rule({pattern}{condition})\ndef mistake():\n    return {replacement}\n"


SHIFT = "o.Word32Shl(x, C)"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (rule(SHIFT, where="C.ult(4) and C.ne(0)"), "join conditions with & and |, as in C.ult(4) & C.ne(0)"),
        (rule(SHIFT, where="C.ult(4) or C.ne(0)"), "join conditions with & and |"),
        (rule(SHIFT, where="not C.ult(4)"), "join conditions with & and |"),
        (rule(SHIFT, where="C == 1"), "write C.eq(1) instead of C == 1"),
        (rule(SHIFT, where="C != D"), "write C.ne(D) instead of C != D"),
        (rule(SHIFT, where="C < 4"), "write C.ult(4) for unsigned numbers, slt for signed ones"),
        (rule(SHIFT, where="0 < C < 4"), "does not say whether signed"),
        (rule(SHIFT, where="True"), "where is a condition on constants, as C.ne(0), or a function of them, not True"),
        (rule(SHIFT, "[x, C]"), "rule mistake: [x, C] (list) is no expression"),
        (rule(SHIFT, "None"), "is a `return` missing?"),
        (rule(SHIFT, "'x'"), "rule mistake: 'x' (str) is no expression"),
        (rule("o.Word32Shl(x, 'C')"), "'C' (str) is no expression"),
        (rule("x"), "a pattern is an operator applied to something, as w.Add(x, C), not x"),
        (rule("o.Word32Shll(x, C)"), "no machine operator is called Word32Shll; did you mean Word32Shl?"),
        (rule("o.Int32Mul(x, 2.0)"), "rule mistake: 2.0 stands where a Word32 is wanted"),
        (rule("o.Float64Mul(x, 2)"), "2 stands where a Float64 is wanted: write it as a float, 2.0"),
        (rule("o.Float64Mul(x, C)", where="C.eq(2)"), "floats are compared with floats, as 1.0"),
        (rule(SHIFT, where="C.eq(2.0)"), "no float stands beside a word"),
    ],
)  # fmt: skip
def test_rules(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PassError) as raised:
        load(tmp_path, text)
    message = str(raised.value)
    assert words in message and re.match(rf"{re.escape(str(tmp_path))}/mine\.py:[78]: ", message), message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PASS.replace("@dataclass(frozen=True)\n", ""), "pass mine is no dataclass: write @dataclass(frozen=True)"),
        (PASS.replace("(frozen=True)", ""), "pass mine can be changed: write @dataclass(frozen=True)"),
        (PASS.replace('name = "mine"', "size: int = 1"), "class Mine has no name for pipelines"),
        (PASS.replace('"mine"', '"my pass"'), "class Mine: 'my pass' is no name for pipelines"),
        (PASS.replace('"mine"', '"late"'), "class Mine: 'late' is already there"),
        (PASS.replace('"mine"', '"gvn"'), "a pass named 'gvn' is already there"),
        (PASS + PASS.replace("class Mine", "class Other"), "a pass named 'mine' is already there"),
        (PASS.partition("    def")[0], "pass mine has no method run"),
        (PASS.replace("graph, context", "graph"), "run of pass mine takes graph and context"),
        (PASS.replace('"mine"', '"mine"\n    size: int'), "option size of pass mine has no default"),
        (PASS.replace('"mine"', '"mine"\n    size: tuple = ()'), "option size of pass mine has the default ()"),
        (PASS.replace('"mine"', '"mine"\n    size: list = field(default_factory=list)'), "has no default"),
        (PASS + "class Other(Mine):\n    name = 'other'\n    size: int = 4\n", "pass other is no dataclass"),
    ],
)  # fmt: skip
def test_passes(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PassError) as raised:
        load(tmp_path, text)
    message = str(raised.value)
    assert words in message and re.match(rf"{re.escape(str(tmp_path))}/mine\.py:\d+: ", message), message


def test_what_passes_have_in_common_is_no_pass(tmp_path: Path) -> None:
    text = "class Base(Pass):\n    size: int = 1\n" + PASS.replace("(Pass)", "(Base)")
    assert load(tmp_path, text).find("mine").name == "mine"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('RuleSet("my rules")', "set of rules: 'my rules' is no name for pipelines"),
        ('RuleSet("fix")', "set of rules: 'fix' is already there"),
        ('RuleSet("gvn")', "a pass named 'gvn' is already there"),
    ],
)
def test_names_of_sets(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PassError, match=re.escape(f"{tmp_path}/mine.py:8: {words}")):
        load(tmp_path, f"rules = {text}\n" + rule("o.Word32Shl(x, 1)", "o.Int32Add(x, x)"))


def test_names_of_rules_and_rules_that_never_fire(tmp_path: Path) -> None:
    first = rule("o.Word32Shl(x, C)", "o.Int32Add(x, x)").replace("mistake", "first")
    taken = first + rule("o.Word32Shl(x, 1)", "o.Int32Add(x, x)").replace("mistake", "xor_is_zero_32")
    with pytest.raises(PassError, match=r"mine\.py:10: rule xor_is_zero_32 is in both 'mine' and 'comparisons'"):
        load(tmp_path, taken.replace("Shl(x, C)", "Shl(x, 9)"))
    with pytest.raises(PassError, match=r"mine\.py:10: rule second never fires: first always wins"):
        load(tmp_path, taken.replace("xor_is_zero_32", "second"))


def test_rules_that_undo_each_other_are_told_with_their_lines(tmp_path: Path) -> None:
    registry = load(tmp_path, rule("o.Int32Sub(x, y)", "o.Int32Sub(y, x)"))
    text = "(module (func (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1))))"
    for pipeline in ("mine", "simplify{rules=mine}"):
        with pytest.raises(PassError, match="rewriting does not end") as raised:
            Pipeline.parse(pipeline, registry).run(lifted(text))
        place = f"mistake ({tmp_path}/mine.py:7)"
        assert f"rewriting does not end: {place} -> {place}, at n" in str(raised.value)
        if pipeline == "mine":
            assert failure_text(raised.value).endswith(f", in pass mine ({tmp_path}/mine.py:7)")


def test_options_that_a_pass_refuses(tmp_path: Path) -> None:
    check = "    size: int = 1\n    def __post_init__(self):\n        if self.size < 0: raise ValueError('too small')\n"
    registry = load(tmp_path, PASS.replace("    def run", f"{check}    def run"))
    assert Pipeline.parse("mine{size=3}", registry).passes
    wanted = f"mine{{size=-3}}: ValueError: too small, at {tmp_path}/mine.py:12"
    with pytest.raises(PassError, match=re.escape(wanted)):
        Pipeline.parse("mine{size=-3}", registry)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("PassResult(3)", "changed is True or False, as in PassResult(count > 0)"),
        ("PassResult('yes')", "changed is True or False"),
        ("PassResult(True, ['a'])", 'statistics are counts by name, as {"folded": 3}'),
        ("PassResult(True, {'a': 'b'})", "statistics are counts by name"),
        ("PassResult(True, {'a': 1.5})", "statistics are counts by name"),
    ],
)
def test_results_with_wrong_contents(tmp_path: Path, result: str, words: str) -> None:
    registry = load(tmp_path, PASS.replace("PassResult(False)", result))
    with pytest.raises(PassError, match=re.escape(words)) as raised:
        Pipeline.parse("mine", registry).run(lifted("(module (func))"))
    assert f"in pass mine ({tmp_path}/mine.py:10)" in failure_text(raised.value)


@pytest.mark.parametrize(("result", "shown"), [("True", "True (bool)"), ("None", "None (NoneType)")])
def test_wrong_results(tmp_path: Path, result: str, shown: str) -> None:
    registry = load(tmp_path, PASS.replace("PassResult(False)", result))
    with pytest.raises(PassError, match=re.escape(f"pass mine returned {shown}, not a PassResult")) as raised:
        Pipeline.parse("mine", registry).run(lifted("(module (func))"))
    found = culprit_of(raised.value)
    assert found is not None and (found.pass_name, found.file, found.line) == ("mine", str(tmp_path / "mine.py"), 10)


FLOATS = """(module (func (param f64) (result f64) (f64.mul (local.get 0) (f64.const 2.5)))
  (func (param f32) (result f32) (f32.mul (local.get 0) (f32.const -0.1)))
  (func (param f64) (result f64) (f64.mul (local.get 0) (f64.const -0))))"""
FLOAT_RULES = (
    """@rules.rule(o.Float64Mul(x, 2.5))
def first(): return o.Float64Add(x, 1.25)
@rules.rule(o.Float32Mul(x, -0.1))
def second(): return o.Float32Add(x, 0.1)
"""
    + rule("o.Float64Mul(x, C)", "o.Float64Add(x, C + 3.0)", "C.eq(0.0)").replace("mistake", "third")
)


@pytest.mark.parametrize(("function", "name", "constant"), [(0, "first", 1.25), (1, "second", 0.1), (2, "third", 3.0)])
def test_floats_in_rules(tmp_path: Path, function: int, name: str, constant: float) -> None:
    registry = load(tmp_path, FLOAT_RULES)
    context = PassContext()
    graph = lifted(FLOATS, index=function)
    Pipeline.parse("simplify{rules=mine}", registry).run(graph, context, verify=True)
    assert {rule for rule, count in context.rules.items() if count.fired} == {name}
    [node] = [node for node in graph.reachable() if node.op.is_constant and node.type.is_float]
    from seaofnodes.ir.bits import Float

    assert node.op.parameters == Float.of(node.type.bits, constant).bits
    [text] = [str(rule) for rule in registry.rule_sets[0].rules if rule.name == name]
    assert re.search(r"1\.25|0\.1|3\.0", text)


def test_a_condition_that_fails_names_its_line(tmp_path: Path) -> None:
    text = "def small(C):\n    return {}[C]\n" + rule("o.Int32Add(x, C)", "x", "small")
    registry = load(tmp_path, text)
    graph = lifted("(module (func (param i32) (result i32) (i32.add (local.get 0) (i32.const 7))))")
    with pytest.raises(PassError, match="condition small") as raised:
        Pipeline.parse("simplify{rules=mine}", registry).run(graph)
    assert f"in pass simplify ({tmp_path}/mine.py:8)" in failure_text(raised.value)


def test_neighbours(tmp_path: Path) -> None:
    """They are found first, as for a script, and those of another folder are others."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "seaofnodes_helper.py").write_text(f"NAME = {name!r}\ndef fail():\n    return {{}}[NAME]\n")
        text = PASS.replace("return", "fail(); return").replace('"mine"', "NAME")
        registry = load(tmp_path / name, "from seaofnodes_helper import NAME, fail\n" + text)
        with pytest.raises(KeyError) as raised:
            Pipeline.parse(name, registry).run(lifted("(module (func))"))
        where = f"pass {name} ({tmp_path}/{name}/seaofnodes_helper.py:3)"
        assert failure_text(raised.value) == f"KeyError: {name!r}, in {where}"


def test_a_neighbour_that_fails(tmp_path: Path) -> None:
    (tmp_path / "seaofnodes_broken.py").write_text("\n{}['x']\n")
    with pytest.raises(PassError) as raised:
        load(tmp_path, "import seaofnodes_broken\n")
    assert str(raised.value) == f"{tmp_path}/seaofnodes_broken.py:2: KeyError: 'x'\n  from {tmp_path}/mine.py:7"
    # Of another size: by that, and the time in seconds, Python tells that its cache is old.
    (tmp_path / "seaofnodes_broken.py").write_text("\nx = = 12345\n")
    with pytest.raises(PassError, match=r"seaofnodes_broken\.py:2: SyntaxError"):
        load(tmp_path, "import seaofnodes_broken\n")


def test_paths_are_shown_in_one_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the working directory on, however the file was named."""
    (tmp_path / "mine.py").write_text("\nx\n")
    monkeypatch.chdir(tmp_path)
    for path in ("mine.py", tmp_path / "mine.py", "../" + tmp_path.name + "/mine.py"):
        with pytest.raises(PassError, match=r"^mine\.py:2: NameError"):
            PassRegistry().load(path)
