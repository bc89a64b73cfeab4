"""The processes that run programs: `python -m tests.runtime.lifetimes.child`, told what to do by lines of JSON.

{"batch": [[seed, mode], ...]}: draw and run them one after the other. {"text": ..., "mode": ...}: run a program in a
forked child of this warm process, in which no engine was made.
"""

from __future__ import annotations

import faulthandler
import json
import os
import select
import signal
import sys
import time
from typing import Any, Final

import seaofnodes.runtime.tiers.optimize  # noqa: F401  # forked children need not import it
from tests.runtime.lifetimes.draw import draw
from tests.runtime.lifetimes.modules import PARTS, shared_module
from tests.runtime.lifetimes.oracles import Before, mappings, resident
from tests.runtime.lifetimes.pool import Pool
from tests.runtime.lifetimes.program import Program, parse
from tests.runtime.lifetimes.use import notes

SECONDS: Final = 60.0
BEGIN, END, SIZE = "@", "=", "#"


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def run(program: Program, mode: str) -> Pool | None:
    """Run one program; gives the pool with everything in it where the mode is to end the process so."""
    pool = Pool()
    if mode == "exit":
        pool.run(program)
        pool.reap()
        return pool
    before = Before()
    pool.run(program)
    pool.finish()
    for what in before.left(pool.tracked):
        notes.fail(f"left behind: {what}")
    return None


def run_batch(seeds: list[tuple[int, str]], without: list[str]) -> None:
    for number, (seed, mode) in enumerate(seeds):
        say(BEGIN, seed, mode)
        run(draw(seed, mode, without), mode)
        say(END, seed)
        if number % 100 == 99:
            say(SIZE, number + 1, resident(), mappings())


class Server:
    """Answers requests; `serve` returns in forked children, which then end as any program does."""

    def __init__(self) -> None:
        self.kept: Pool | None = None

    def serve(self) -> int:
        for line in sys.stdin:
            request = json.loads(line)
            if "batch" in request:
                run_batch(request["batch"], request["without"])
                continue
            read, write = os.pipe()
            child = os.fork()
            if child == 0:
                os.setsid()
                os.dup2(write, 1)
                os.dup2(write, 2)
                os.closerange(3, 20)
                if request.get("faulthandler"):
                    faulthandler.enable()
                before = notes.count
                self.kept = run(parse(request["text"]), request["mode"])
                return 1 if notes.count > before else 0
            os.close(write)
            print(json.dumps(_outcome(child, read, request.get("patience", SECONDS))), flush=True)
        return 0


def _outcome(child: int, read: int, seconds: float) -> dict[str, Any]:
    """Exit code (None when it had to be killed) and output."""
    output, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        if not select.select([read], [], [], 0.5)[0]:
            continue
        data = os.read(read, 65536)
        if not data:
            _, status = os.waitpid(child, 0)
            os.close(read)
            return {"code": os.waitstatus_to_exitcode(status), "output": output.decode(errors="replace")}
        output += data
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(read)
    return {"code": None, "output": output.decode(errors="replace")}


def warm() -> None:
    """Have the modules ready that programs share."""
    for mask in range(1 << len(PARTS)):
        shared_module(tuple(part for bit, part in enumerate(PARTS) if mask >> bit & 1))


if __name__ == "__main__":
    warm()
    server = Server()
    sys.exit(server.serve())
