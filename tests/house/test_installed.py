"""The wheel in an environment of its own, outside the checkout: commands work without PeachPy, from the first start on.

Nothing is fetched: what the wheel says it requires is linked from the environment of the tests, and nothing else is.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

FIRST_START_SECONDS = 0.5  # more than the second one may take


def required(wheel: Path, extra: str) -> set[str]:
    """The names of the distributions that pip would install with the wheel and its extra."""
    (found,) = metadata.distributions(path=[str(wheel)])
    names: set[str] = set()
    waiting = list(found.requires or ())
    while waiting:
        requirement = Requirement(waiting.pop())
        if requirement.name in names or not (
            requirement.marker is None or requirement.marker.evaluate({"extra": extra})
        ):
            continue
        names.add(requirement.name)
        assert requirement.specifier.contains(metadata.version(requirement.name)), requirement
        waiting += metadata.requires(requirement.name) or ()
    return names


def parts(name: str) -> dict[str, Path]:
    """What a distribution has in site-packages, folders as a whole."""
    found = metadata.distribution(name)
    tops = {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}
    return {top: Path(str(found.locate_file(top))) for top in tops}


class Installed:
    """An environment with the wheel, and a folder to work in."""

    def __init__(self, wheel: Path, extra: str, folder: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self._bin = folder / "environment" / "bin"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(self._bin.parent)], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(self._bin / "python"), "install", "--quiet"]
        subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
        (self._site,) = self._bin.parent.glob("lib/python*/site-packages")
        for name in required(wheel, extra):
            for top, path in parts(name).items():
                (self._site / top).symlink_to(path)

    def unlink(self, name: str) -> None:
        """Take a distribution out again."""
        for top in parts(name):
            (self._site / top).unlink()

    def run(self, program: str, *arguments: str, code: int = 0) -> str:
        """The output of a program of the environment, which exits with that code, and says nothing on stderr if 0."""
        environment = {"PATH": str(self._bin), "HOME": str(self.folder.parent), "LANG": "C.UTF-8"}
        command = [str(self._bin / program), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=100
        )
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        assert code or not done.stderr, (arguments, done.stderr)
        return done.stdout + done.stderr

    def seconds(self, *arguments: str) -> float:
        """Processor time of the command: others use the machine, too."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.run("seaofnodes", *arguments)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


@pytest.mark.timeout(400)  # a dozen processes; a second each, where nobody else uses the machine
def test_wheel_runs_in_an_environment_of_its_own(root: Path, wheel: Path, tmp_path: Path) -> None:
    assert required(wheel, "prove") - required(wheel, "") == {"z3-solver"}
    installed = Installed(wheel, "prove", tmp_path)
    for name in ("digits.wat", "my_rules.py"):
        shutil.copy(root / "examples" / name, installed.folder)
    call = ("run", "digits.wat", "--invoke", "run", "3000")
    first = installed.seconds(*call)
    assert first - min(installed.seconds(*call) for _ in range(3)) < FIRST_START_SECONDS
    assert installed.run("seaofnodes", *call) == "43500\n"
    where = "import importlib.util as u, seaofnodes; print(seaofnodes.__file__, u.find_spec('peachpy'), end='')"
    file, peachpy = installed.run("python", "-c", where).split(" ")
    assert Path(file).is_relative_to(tmp_path) and peachpy == "None"

    installed.run("seaofnodes", "compile", "digits.wat", "-f", "digit_sum", "--emit", "html", "-o", "page.html")
    page = (installed.folder / "page.html").read_text()
    assert "<!doctype html>" in page.lower() and "digit_sum" in page and len(page) > 100_000
    compared = installed.run(
        "seaofnodes", "compare", "digits.wat", "-p", "default", "-p", "none", "--rounds", "2", "--warm-up", "0"
    )
    assert "digit_sum" in compared
    prove = ("prove", "my_rules.py", "--rule", "*_mask")
    assert "proved   clear_bits" in installed.run("seaofnodes", *prove[:-1], "clear_*")
    assert "wrong    remainder_is_mask" in installed.run(
        "seaofnodes", "prove", "my_rules.py", "--rule", "*_mask", code=1
    )
    assert "gvn" in installed.run("seaofnodes", "passes")
    # what a compilation leaves in the user's home: nothing
    assert sorted(path.name for path in tmp_path.iterdir()) == ["environment", "work"]
