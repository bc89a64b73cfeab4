"""A package of passes, installed by pip, is found without being named anywhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent / "package"
BROKEN = 'raise ValueError("this plugin does not\\nwork")\n'
MODULE = """(module (memory 1)
  (func $f (export "f") (param i32 i32) (result i32)
    (i64.store (local.get 0) (i64.const 7))
    (i32.xor (i32.xor (local.get 0) (local.get 1)) (local.get 1))))"""


def install(source: Path, target: Path, work: Path) -> None:
    """What a user's `pip install` does, without an index: setuptools is here."""
    pytest.importorskip("setuptools", minversion="77", reason="builds the package")
    shutil.copytree(source, work / "source")  # building leaves files behind
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(target), str(work / "source")], check=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    install(PACKAGE, target, tmp_path_factory.mktemp("work"))
    return target


def seaofnodes(root: Path, site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(site)])}
    command = [sys.executable, "-m", "seaofnodes.cli.main", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_installed_passes_are_listed_and_described(root: Path, site: Path, tmp_path: Path) -> None:
    listed = seaofnodes(root, site, tmp_path, "passes")
    assert listed.returncode == 0
    assert "count-stores" in listed.stdout and "gray-code" in listed.stdout
    described = seaofnodes(root, site, tmp_path, "passes", "count-stores")
    assert "Count the stores" in described.stdout and "wide = 64" in described.stdout
    assert "xor_twice" in seaofnodes(root, site, tmp_path, "passes", "gray-code").stdout
    assert "count-stores" not in seaofnodes(root, tmp_path, tmp_path, "passes").stdout


def test_they_run_in_pipelines(root: Path, site: Path, tmp_path: Path) -> None:
    (tmp_path / "m.wat").write_text(MODULE)
    found = seaofnodes(root, site, tmp_path, "compile", "m.wat", "--pipeline", "gray-code,count-stores{wide=32}")
    assert found.returncode == 0, found.stderr
    assert "xor_twice" in found.stdout and "stores 1" in found.stdout
    assert "a wide store" in found.stdout and "bits=64" in found.stdout
    compared = seaofnodes(
        root, site, tmp_path, "compare", "m.wat", "-p", "none", "-p", "gray-code", "--rounds", "1", "--csv"
    )
    assert compared.returncode == 0 and "gray-code" in compared.stdout


def test_installed_rules_are_treated_as_loaded_ones(root: Path, site: Path, tmp_path: Path) -> None:
    (tmp_path / "m.wat").write_text(MODULE)

    def fires(pipeline: str) -> bool:
        found = seaofnodes(root, site, tmp_path, "compile", "m.wat", "--pipeline", pipeline)
        assert found.returncode == 0, found.stderr
        return re.search(r"^ +\d+ of .* xor_twice$", found.stdout, re.MULTILINE) is not None

    assert not fires("default") and not fires("simplify")
    assert fires("simplify{rules=gray-code}") and fires("default{rules=gray-code}") and fires("simplify{rules=all}")
    assert not fires("simplify{rules=gray-code,without-rules=xor_twice}")
    spelled = seaofnodes(root, site, tmp_path, "passes", "--pipeline", "O1{rules=gray-code}").stdout.strip()
    assert spelled == "with{rules=gray-code}(simplify,gvn,dead-code)"


def test_comparing_takes_installed_passes_and_rules(root: Path, site: Path, tmp_path: Path) -> None:
    """In its worker process, too."""
    (tmp_path / "m.wat").write_text(MODULE)
    usual = ("m.wat", "-p", "none", "-p", "both: O1{rules=gray-code}+count-stores", "--invoke", "f(1, 2)", "--json")
    quick = ("--rounds", "1", "--placements", "1", "--warm-up", "0")
    found = seaofnodes(root, site, tmp_path, "compare", *usual, *quick)
    assert found.returncode == 0, found.stderr
    rows = {row["pipeline"]: row for row in json.loads(found.stdout)["rows"] if row["kind"] == "function"}
    assert rows["both"]["rules"]["xor_twice"] == 1 and not rows["none"]["rules"]
    assert any("a wide store" in remark for remark in rows["both"]["remarks"])
    ablated = seaofnodes(root, site, tmp_path, "compare", "m.wat", "-p", "O1{rules=gray-code}", "--ablate", "--no-run")
    assert "-rules gray-code" in ablated.stdout and ablated.returncode == 0


def test_fuzzing_aims_at_installed_ones_that_are_named(root: Path, site: Path, tmp_path: Path) -> None:
    usual = ("fuzz", "-p", "O1{rules=gray-code}+count-stores", "--count", "3", "--jobs", "1", "--only", "evaluator")
    found = seaofnodes(root, site, tmp_path, *usual, "--out", "out")
    assert found.returncode == 0 and re.search(r"^ +[1-9]\d* of +\d+  xor_twice$", found.stdout, re.MULTILINE), found
    assert "warning: pass count-stores (" in found.stderr and "count_stores.py:11) never changed" in found.stderr


def test_installed_rules_are_proved_by_name(root: Path, site: Path, tmp_path: Path) -> None:
    pytest.importorskip("z3", reason="proofs need z3-solver")
    found = seaofnodes(root, site, tmp_path, "prove", "gray-code")
    assert found.returncode == 0 and "proved   xor_twice" in found.stdout
    missing = seaofnodes(root, site, tmp_path, "prove", "gray-cod")
    assert missing.returncode == 1 and "did you mean 'gray-code'?" in missing.stderr


def test_a_loaded_file_does_not_replace_what_is_installed(root: Path, site: Path, tmp_path: Path) -> None:
    (tmp_path / "m.wat").write_text(MODULE)
    installed = site / "seaofnodes_examples" / "gray_code.py"
    (tmp_path / "mine.py").write_text(installed.read_text())
    usual = ("compile", "m.wat", "--pipeline", "gray-code", "--load")
    found = seaofnodes(root, site, tmp_path, *usual, "mine.py")
    assert found.returncode == 1 and "a pass named 'gray-code' is already there, from " in found.stderr
    assert seaofnodes(root, site, tmp_path, *usual, str(installed)).returncode == 0  # it is the same one


def test_a_plugin_that_fails_does_no_harm(root: Path, tmp_path: Path) -> None:
    source, target, work = tmp_path / "broken", tmp_path / "site", tmp_path / "work"
    shutil.copytree(PACKAGE, source)
    (source / "seaofnodes_examples" / "count_stores.py").write_text(BROKEN)
    work.mkdir()
    install(source, target, work)
    (tmp_path / "m.wat").write_text(MODULE)
    listed = seaofnodes(root, target, tmp_path, "passes")
    assert listed.returncode == 0, listed.stderr
    line = next(line for line in listed.stdout.splitlines() if line.strip().startswith("count-stores"))
    assert "cannot be loaded: ValueError: this plugin does not work" in line
    assert "gray-code" in listed.stdout and "Traceback" not in listed.stdout + listed.stderr
    used = seaofnodes(root, target, tmp_path, "compile", "m.wat", "--pipeline", "count-stores")
    assert used.returncode == 1
    assert used.stderr.count("\n") == 1 and "count-stores" in used.stderr and "does not work" in used.stderr
    for pipeline in ("O1{rules=gray-code}", "O1{without-rules=xor*}"):  # which do not name it
        assert seaofnodes(root, target, tmp_path, "compile", "m.wat", "--pipeline", pipeline).returncode == 0
    assert seaofnodes(root, target, tmp_path, "compile", "m.wat").returncode == 0
