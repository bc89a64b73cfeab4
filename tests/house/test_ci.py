"""The continuous integration runs where nothing is installed: tests see no tools that only happen to be there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

# What set-up brings where it is missing, what tests use where it is there, and what they might come to use.
TOOLS = """dot node npm npx chromium chromium-browser google-chrome firefox clang clang-14 wasm-ld lld gcc cc g++ c++ ld
    as cargo rustc go wat2wasm wasm2wat wasm-opt wasmtime wasmer emcc cmake ninja java perf gdb strace""".split()


def test_only_what_set_up_brought_is_here(root: Path) -> None:
    if "SEAOFNODES_BARE" not in os.environ:
        pytest.skip("only .ci/run hides what the machine has")
    environment = root / ".venv"
    found = {tool: shutil.which(tool) for tool in TOOLS}
    strange = {tool: path for tool, path in found.items() if path and not Path(path).is_relative_to(environment)}
    assert not strange
    assert found["dot"] and found["chromium"] or not shutil.which("apt-get")
    assert not {"LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONPATH", "PLAYWRIGHT_NODEJS_PATH"} & os.environ.keys()


def plant(folder: Path, *names: str) -> str:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\necho planted\n")
        (folder / name).chmod(0o755)
    return str(folder)


@pytest.fixture
def scripts(root: Path, tmp_path: Path) -> Path:
    """A copy: they write beside themselves."""
    shutil.copytree(root / ".ci", tmp_path / "checkout" / ".ci")
    return tmp_path / "checkout" / ".ci"


def test_reduced_environment_hides_tools_and_variables(scripts: Path, tmp_path: Path) -> None:
    planted = plant(tmp_path / "planted", *TOOLS)
    environment = {**os.environ, "PATH": f"{planted}:{os.environ['PATH']}"}
    environment |= {"LD_LIBRARY_PATH": planted, "PYTHONPATH": planted, "PIP_CERT": "kept"}
    script = f"command -v {' '.join(TOOLS)}; python3 -c 'import venv'; git --version; make --version; env"
    command = [str(scripts / "reduced"), "sh", "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("git version") and lines[1].startswith("GNU Make")
    path = scripts.parent / ".cache" / "reduced" / "bin"
    assert {f"PATH={path}", "PIP_CERT=kept", "SEAOFNODES_BARE=1"} <= set(lines)
    assert "planted" not in done.stdout.replace(str(tmp_path), "")
    assert not any(line.startswith(("LD_LIBRARY_PATH", "PYTHONPATH")) for line in lines)
    assert not set(TOOLS) & {file.name for file in path.iterdir()}


def test_where_no_bare_root_can_be_made_one_line_says_why(scripts: Path, tmp_path: Path) -> None:
    """Without apt-get, or as an ordinary user."""
    links = tmp_path / "links"
    links.mkdir()
    for name in ("bash", "dirname", "env", "id"):
        found = shutil.which(name)
        assert found
        (links / name).symlink_to(found)
    command = [str(scripts / "bare"), "--prepare"]
    done = subprocess.run(command, env={"PATH": str(links)}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ci: no bare root here: ") and done.stderr.count("\n") == 1
    assert not (scripts.parent / ".cache").exists()
