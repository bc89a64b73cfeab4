"""The packages that are made of this checkout: the wheel, and the archive of the sources."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINKS = ("passes", "backend", "viz")
_BUILD_SOURCES = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"


def build_wheel(source: Path, target: Path) -> Path:
    """The wheel of a folder or an archive of sources, without an index: setuptools is here."""
    pytest.importorskip("setuptools", minversion="77", reason="builds the wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", str(target), str(source)], check=True)
    (found,) = target.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, since building leaves files behind."""
    checkout = tmp_path_factory.mktemp("checkout")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("seaofnodes", *LINKS):
        shutil.copytree(root / name, checkout / name, symlinks=True, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, checkout)
    return checkout


@pytest.fixture(scope="session")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(checkout, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sources(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the sources (sdist)."""
    pytest.importorskip("setuptools", minversion="77", reason="builds the archive")
    work = tmp_path_factory.mktemp("sources")
    subprocess.run([sys.executable, "-c", _BUILD_SOURCES, str(work)], cwd=checkout, check=True, capture_output=True)
    (found,) = work.glob("*.tar.gz")
    return found
