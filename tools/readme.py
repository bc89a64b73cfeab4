"""Runs the commands that README.md shows, and writes what they print below them: `python tools/readme.py`.

A block ```console holds lines `$ command`, each followed by its output. `--check` changes nothing, and exits with 1 if
an output is another one now; times may differ, and so may machine code and its size, which depend on the processor.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
VARIES = re.compile(r" *\d+\.\d+\b|^\d+ bytes of code, \d+", re.MULTILINE)  # milliseconds, sizes


def run(command: str) -> str:
    """What the command prints, from the checkout's top; `seaofnodes` is the one of this interpreter's packages."""
    name, *arguments = shlex.split(command)
    if name != "seaofnodes":
        raise ValueError(f"the README may only show commands of seaofnodes, not {command!r}")
    program = [sys.executable, "-m", "seaofnodes.cli.main", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    output = result.stdout + result.stderr
    if "Traceback (most recent call last)" in output:
        raise SystemExit(f"{command}\n{output}")
    return "".join(line.rstrip() + "\n" for line in output.splitlines())


def refresh(block: str) -> str:
    """The block with new outputs."""
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    return "\n".join(f"{line}\n{run(line[2:])}" for line in commands)


def comparable(block: str) -> str:
    if "--emit code" in block:
        return block.partition("\n")[0]
    return VARIES.sub(" #", block)


def stale_blocks(text: str) -> list[str]:
    """The blocks of the text whose outputs are others now, as they should be."""
    blocks = BLOCK.findall(text)
    return [new for block in blocks if comparable(new := refresh(block)) != comparable(block)]


def main() -> None:
    readme = ROOT / "README.md"
    text = readme.read_text()
    if "--check" not in sys.argv[1:]:
        readme.write_text(BLOCK.sub(lambda match: refresh(match[0]), text))
        return
    if stale := stale_blocks(text):
        print("README.md shows old output; tools/readme.py writes it anew. It should be:\n")
        print("\n".join(stale))
        sys.exit(1)


if __name__ == "__main__":
    main()
