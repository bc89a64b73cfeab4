"""What is installed is what is in the checkout, whichever way it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

LINKS = ("passes", "backend", "viz")


def test_links_are_relative(root: Path) -> None:
    """A checkout can be moved, and `import passes` of somebody else's does not meet ours."""
    for name in LINKS:
        assert (root / "seaofnodes" / name).readlink() == Path("..") / name


@pytest.fixture(scope="module")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, since building leaves files behind."""
    checkout = tmp_path_factory.mktemp("checkout")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("seaofnodes", *LINKS):
        shutil.copytree(root / name, checkout / name, symlinks=True, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, checkout)
    return checkout


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("setuptools", minversion="77", reason="builds the wheel")
    work = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", str(work), str(checkout)], check=True)
    (found,) = work.glob("*.whl")
    return found


def test_wheel_has_every_module(checkout: Path, wheel: Path) -> None:
    folders = os.walk(checkout / "seaofnodes", followlinks=True)
    files = [Path(folder, name).relative_to(checkout).as_posix() for folder, _, names in folders for name in names]
    expected = {file for file in files if file.endswith(".py")}
    assert {f"seaofnodes/{name}/__init__.py" for name in LINKS} <= expected
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if name.endswith(".py")} == expected
    assert "seaofnodes/py.typed" in names
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
