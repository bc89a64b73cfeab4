"""Runs the commands that the documents show, and writes what they print below them: `python tools/readme.py [FILE...]`.

Files are relative to the checkout's top; without any it is README.md.

A block ```console holds lines `$ command`, each followed by its output. `--check` changes nothing, and exits with 1 if
an output is another one now; times may differ, and so may machine code and its size, which depend on the processor. Of
comparisons, words count, and not numbers, nor what follows from them, nor what only some machines count.
"""

from __future__ import annotations

import glob
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[-+]?\d[\d,.e-]*%?")
VARIES = re.compile(r" *\d+\.\d+\b|^\d+ bytes of code, \d+|pc 0x\w+", re.MULTILINE)  # milliseconds, sizes, addresses
PROGRESS = re.compile(r"^\w+: \d+ of \d+ .*\n", re.MULTILINE)  # is told of what takes long
COUNTED = re.compile(r"^hardware counters: .*\n|^counted by the hardware.*\n\n(?:.+\n)+\n", re.MULTILINE)


def run(command: str) -> str:
    """What the command prints, from the checkout's top; `seaofnodes` is the one of this interpreter's packages.

    Names of files with `*` are replaced by those of the files, as a shell does."""
    name, *arguments = shlex.split(command)
    if name != "seaofnodes":
        raise ValueError(f"documents may only show commands of seaofnodes, not {command!r}")
    files = [found for given in arguments for found in sorted(glob.glob(given, root_dir=ROOT)) or [given]]
    program = [sys.executable, "-m", "seaofnodes.cli.main", *files]
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
    if block.startswith("$ seaofnodes compare"):
        command, _, output = block.partition("\n")
        output = COUNTED.sub("", output).replace("─", "").replace("*", "")
        words = (NUMBER.sub("#", line).split() for line in output.splitlines())
        return "\n".join([command, *sorted(" ".join(found) for found in words if found)])
    return VARIES.sub(" #", PROGRESS.sub("", block))


def stale_blocks(text: str) -> list[str]:
    """The blocks of the text whose outputs are others now, as they should be."""
    blocks = BLOCK.findall(text)
    return [new for block in blocks if comparable(new := refresh(block)) != comparable(block)]


def main() -> None:
    arguments = sys.argv[1:]
    stale = 0
    for name in [argument for argument in arguments if argument != "--check"] or ["README.md"]:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        if "--check" not in arguments:
            path.write_text(BLOCK.sub(lambda match: refresh(match[0]), text), encoding="utf-8")
        elif found := stale_blocks(text):
            stale += 1
            print(f"{path.name} shows old output; tools/readme.py writes it anew. It should be:\n")
            print("\n".join(found))
    sys.exit(stale > 0)


if __name__ == "__main__":
    main()
