"""What speculation is worth on programs with objects: three pipelines, a table, a picture; and modules with imports."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from seaofnodes import Engine
from seaofnodes.cli.commands.compare import command
from seaofnodes.compare import compare
from seaofnodes.compare.configuration import parse_configurations
from seaofnodes.compare.guesses import with_speculation
from seaofnodes.compare.sources import header_call
from seaofnodes.errors import Error
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.passes.inlining.inline import Inliner

EXAMPLES = ["shapes", "table", "tree"]
QUICK = {"placements": 1, "rounds": 1, "compile_rounds": 1, "warm_up": 0.0}
IMPORTING = """(module (import "env" "next" (func $next (result i32)))
  (func (export "run") (result i32) (i32.add (call $next) (i32.const 1))))"""
HOST = """
class Host:
    def __init__(self):
        self.imports = {"env": {"next": lambda: 41}}

    def bind(self, instance):
        assert "run" in instance.exports

host = Host
"""


def test_three_for_each_pipeline() -> None:
    registry = PassRegistry()
    given = parse_configurations(["default", "small: default-gvn@osr=false"], registry)
    found = with_speculation(given, registry)
    assert [one.label for one in found] == [
        "default, no guesses", "default, guesses with a slow path", "default",
        "small, no guesses", "small, guesses with a slow path", "small",
    ]  # fmt: skip
    assert [dict(one.options) for one in found[:3]] == [{"deopt": False}, {"deopt": False}, {}]
    assert [dict(one.options) for one in found[3:]] == [{"deopt": False, "osr": False}] * 2 + [{"osr": False}]
    inliners = [one for each in found for one in each.passes(registry).passes if isinstance(one, Inliner)]
    assert [one.max_targets for one in inliners] == [0, 4, 4, 0, 4, 4]


@pytest.mark.parametrize("pipeline", ["none", "default@inline=false", "default@deopt=false", "inline{max_targets=0}"])
def test_a_pipeline_without_guesses(pipeline: str) -> None:
    registry = PassRegistry()
    with pytest.raises(Error, match="guesses nothing about calls"):
        with_speculation(parse_configurations([pipeline], registry), registry)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("tier", ["baseline", "optimized", "auto"])
def test_examples_give_what_they_say(root: Path, name: str, tier: str) -> None:
    path = root / f"examples/objects/{name}.wat"
    text = path.read_text()
    assert len(text.splitlines()) <= 150
    call = header_call(text)
    assert call is not None
    run = Engine(tier=tier).instantiate(path).exports["run"]  # type: ignore[arg-type]
    for _ in range(3):
        assert (run(*call.small), run(*call.timed)) == (call.small_result, call.timed_result)


def test_the_command_writes_table_and_picture(root: Path, tmp_path: Path) -> None:
    arguments = [str(root / "examples/objects/tree.wat"), "-p", "default", "--speculation", "--invoke", "run(50)"]
    quick = ["--placements", "5", "--rounds", "1", "--compile-rounds", "1", "--warm-up", "0"]
    result = CliRunner().invoke(command, [*arguments, *quick, "--plot", str(tmp_path / "new" / "speed.svg")])
    assert result.exit_code == 0, result.output
    assert "compared with default, no guesses" in result.output and "guesses with a slow path" in result.output
    picture = ElementTree.parse(tmp_path / "new" / "speed.svg").getroot()
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "speed relative to default, no guesses; higher is faster" in texts
    assert {"default", "default, guesses with a slow path"} <= set(texts)
    bars = [element for element in picture.iter("{http://www.w3.org/2000/svg}rect") if element.get("fill") != "#fff"]
    assert len(bars) >= 2


def test_a_host_gives_imports(tmp_path: Path) -> None:
    host = tmp_path / "host.py"
    host.write_text(HOST)
    source = tmp_path / "importing.wat"
    source.write_text(f";; small: run() = 42\n{IMPORTING}")
    for jobs in (0, 1):
        found = compare([source], ["default", "none"], host=host, jobs=jobs, **QUICK)  # type: ignore[arg-type]
        assert not found.failed and [row.results for call in found.calls for row in call.values()] == [["42"]] * 2
    without = compare([source], ["default"], **QUICK)  # type: ignore[arg-type]
    assert not without.calls and "needs the import env.next" in without.problems[0].reason


def test_a_host_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("")
    for name, reason in (("empty.py", "has no function host"), ("missing.py", "no such file")):
        with pytest.raises(Error, match=reason):
            compare([IMPORTING.encode()], ["default"], host=tmp_path / name, **QUICK)  # type: ignore[arg-type]


def test_nothing_to_plot(tmp_path: Path) -> None:
    found = compare([b"(module (func))"], ["default", "none"], **QUICK)  # type: ignore[arg-type]
    with pytest.raises(Error, match="nothing to plot"):
        found.write_plot(tmp_path / "speed.svg")
