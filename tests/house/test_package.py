"""What is installed is what is in the checkout, whichever way it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.house.conftest import LINKS, build_wheel


def test_links_are_relative(root: Path) -> None:
    """A checkout can be moved, and `import passes` of somebody else's does not meet ours."""
    for name in LINKS:
        assert (root / "seaofnodes" / name).readlink() == Path("..") / name


def test_wheel_has_every_module(checkout: Path, wheel: Path) -> None:
    folders = os.walk(checkout / "seaofnodes", followlinks=True)
    files = [Path(folder, name).relative_to(checkout).as_posix() for folder, _, names in folders for name in names]
    expected = {file for file in files if file.endswith(".py")}
    assert {f"seaofnodes/{name}/__init__.py" for name in LINKS} <= expected
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if name.endswith(".py")} == expected
    assert {"seaofnodes/py.typed", "seaofnodes/backend/assembler/encodings.txt"} <= names
    app = {f"seaofnodes/viz/viewer/app/{file.name}" for file in (checkout / "viz" / "viewer" / "app").iterdir()}
    assert len(app) > 20 and app <= names


def test_wheel_imports_beside_folders_of_the_same_names(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    for name in LINKS:
        (tmp_path / "user" / name).mkdir(parents=True)
        (tmp_path / "user" / name / "__init__.py").write_text("raise ImportError('the wrong one')\n")
    code = "; ".join(f"import seaofnodes.{name} as {name}; print({name}.__file__)" for name in LINKS)
    environment = {"PYTHONPATH": f"{tmp_path / 'user'}:{tmp_path / 'site'}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=tmp_path / "user", env=environment, capture_output=True, text=True, check=True)
    assert all(line.startswith(str(tmp_path / "site")) for line in result.stdout.splitlines())


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_archive_of_the_sources_gives_the_same_wheel(sources: Path, wheel: Path, tmp_path: Path) -> None:
    assert contents(build_wheel(sources, tmp_path)) == contents(wheel)
