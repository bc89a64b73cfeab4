"""Running programs in other processes, and what came of them."""

from __future__ import annotations

import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.runtime.lifetimes.child import BEGIN, END, SECONDS, SIZE
from tests.runtime.lifetimes.draw import draw
from tests.runtime.lifetimes.notes import FAILURE
from tests.runtime.lifetimes.program import Program, text_of

ROOT: Final = Path(__file__).resolve().parents[3]
_COMMAND: Final = (sys.executable, "-m", "tests.runtime.lifetimes.child")
_SILENCE: Final = 90.0  # seconds without a word after which a batch hangs
# Python says that a process with threads has forked; the drawn programs mean to.
_EXPECTED: Final = re.compile(r"DeprecationWarning: This process .* is multi-threaded|^\s*(self\.pid|child) = os\.fork")
_FRAME: Final = re.compile(r'File "(?:.*/)?([^/"]+)", line \d+ in (\S+)')
Key = tuple[int, str]  # seed and mode


@dataclass(frozen=True, slots=True)
class Failure:
    """kind: what went wrong, without numbers, the same for failures that are alike; text: all that was said."""

    kind: str
    text: str


@dataclass(slots=True)
class Batch:
    """What came of programs run one after the other. sizes: (programs so far, bytes resident, mappings)."""

    failures: dict[Key, Failure] = field(default_factory=dict)
    passed: int = 0
    sizes: list[tuple[int, int, int]] = field(default_factory=list)

    def told(self) -> str:
        """The failures in words."""
        return "\n".join(f"{seed} {mode}: {f.kind}\n{f.text}" for (seed, mode), f in self.failures.items())


def failure_of(code: int | None, output: str) -> Failure | None:
    """What an exit code and output say. code: None of a process that hangs."""
    told = [json.loads(line[2:]) for line in output.splitlines() if line.startswith(FAILURE + " ")]
    noise = "\n".join(
        line for line in output.splitlines() if not line.startswith(FAILURE + " ") and not _EXPECTED.search(line)
    ).strip()
    if code is None:
        kind = "hangs"
    elif code < 0:
        kind = signal.Signals(-code).name
    elif told:
        kind = _alike(told[0])
    elif noise:
        kind = "stderr: " + _alike(_said(noise))
    elif code:
        kind = f"exit code {code}"
    else:
        return None
    return Failure(kind, "\n".join([*told, noise]).strip())


def _said(noise: str) -> str:
    """The line of some output that says most."""
    lines = noise.splitlines()
    ignored = [line for line in lines if "Exception ignored" in line]
    return (ignored[0] + " " + lines[-1]) if ignored else lines[-1]


def _alike(text: str) -> str:
    """Without addresses and numbers."""
    return re.sub(r"0x[0-9a-f]+|-?\d+", "N", text.splitlines()[0] if text else "")[:160]


class Process:
    """A child process that runs programs. development: under PYTHONDEVMODE=1.

    Attributes: patience: seconds after which a program hangs.
    """

    def __init__(self, development: bool = False) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **({"PYTHONDEVMODE": "1"} if development else {})}
        self._process = subprocess.Popen(
            _COMMAND,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._rest = b""
        self.patience = SECONDS

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()

    def finish(self) -> None:
        """There are no more requests."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def lines(self) -> Iterator[str]:
        """Its output; ends when it ends, or says nothing for too long."""
        out = self._process.stdout
        assert out is not None
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while selector.select(_SILENCE):
                data = os.read(out.fileno(), 1 << 16)
                if not data:
                    return
                *lines, self._rest = (self._rest + data).split(b"\n")
                yield from (line.decode(errors="replace") for line in lines)

    def run(self, program: Program, mode: str, *, trace: bool = False) -> Failure | None:
        """Run one program in a forked child of its."""
        self.ask({"text": text_of(program), "mode": mode, "faulthandler": trace, "patience": self.patience})
        for line in self.lines():
            if line.startswith('{"code"'):
                found = json.loads(line)
                return failure_of(found["code"], found["output"])
        raise RuntimeError("the process that runs programs has ended")

    def close(self) -> int | None:
        """End it; its exit code, None if it had to be killed."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            return self._process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            return None
        finally:
            assert self._process.stdout is not None
            self._process.stdout.close()


def run_forked(process: Process, seeds: Sequence[Key], without: Sequence[str], until: float) -> Batch:
    """Each program in a forked child of its own. until: time.monotonic() at which to stop."""
    batch = Batch()
    for seed, mode in seeds:
        if time.monotonic() > until:
            break
        program = draw(seed, mode, without)
        found = process.run(program, mode)
        if found is None:
            batch.passed += 1
        else:
            batch.failures[seed, mode] = located(process, program, mode, found)
    return batch


def located(process: Process, program: Program, mode: str, failure: Failure) -> Failure:
    """A crash with where it was, from faulthandler; any other failure, or one that does not come again, as it is."""
    if not failure.kind.startswith("SIG"):
        return failure
    again = process.run(program, mode, trace=True)
    frames = _FRAME.findall(again.text) if again is not None else []
    if again is None or again.kind != failure.kind or not frames:
        return failure
    return Failure(f"{failure.kind} in {' < '.join(f'{file}:{name}' for file, name in frames[:2])}", again.text)


def run_batch(seeds: Sequence[Key], without: Sequence[str], development: bool, until: float) -> Batch:
    """All programs in one process, one after the other; in another one after a crash."""
    batch = Batch()
    seeds = list(seeds)
    while seeds and time.monotonic() < until:
        done = _run_batch(batch, seeds, without, development)
        seeds = seeds[done:]
    return batch


def _run_batch(batch: Batch, seeds: list[Key], without: Sequence[str], development: bool) -> int:
    """Returns how many of the programs are done, whichever way."""
    process = Process(development)
    process.ask({"batch": seeds, "without": list(without)})
    process.finish()
    done, output, running = 0, "", False
    for line in process.lines():
        if line.startswith(SIZE + " "):
            count, size, maps = map(int, line[2:].split())
            batch.sizes.append((count, size, maps))
        elif line.startswith(BEGIN + " "):
            running, output = True, ""
        elif line.startswith(END + " "):
            _enter(batch, seeds[done], failure_of(0, output))
            done, running = done + 1, False
        else:
            output += line + "\n"
    code = process.close()
    if running or done < len(seeds):
        _enter(batch, seeds[min(done, len(seeds) - 1)], failure_of(code, output) or Failure("ended early", output))
        done += 1
    return done


def _enter(batch: Batch, key: Key, failure: Failure | None) -> None:
    if failure is None:
        batch.passed += 1
    else:
        batch.failures[key] = failure
