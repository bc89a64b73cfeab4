"""A process that measures: `python -m seaofnodes.compare.worker`, JSON lines in, JSON lines out.

Machine code that a broken pass made may crash or never end; then only this process goes.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any, Final

from seaofnodes.compare.row import Row
from seaofnodes.compare.unit import Unit
from seaofnodes.errors import Error

_START_SECONDS: Final = 60


class WorkerError(Error):
    """A worker process crashed, or took too long."""


class Worker:
    """A worker process, started when it is first needed, and again after a crash.

    One thread measures; any may stop it.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._lock = threading.Lock()  # of starting and stopping
        self._stopped = False

    def measure(self, unit: Unit, timeout: float) -> list[Row]:
        """The unit's rows. Raises WorkerError when the process crashes or takes more than `timeout` seconds."""
        process = self._process or self._start(timeout)
        request = json.dumps({"unit": unit.to_json(), "timeout": timeout}).encode() + b"\n"
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(request)
            process.stdin.flush()
        except BrokenPipeError:
            raise self._crash() from None
        line = self._read(process.stdout, timeout)
        rows: list[dict[str, Any]] = json.loads(line)
        return [Row.from_json(row) for row in rows]

    def _start(self, timeout: float) -> subprocess.Popen[bytes]:
        process = self._spawn()
        assert process.stdout is not None
        self._read(process.stdout, max(timeout, _START_SECONDS))  # it says that it is there
        return process

    def _spawn(self) -> subprocess.Popen[bytes]:
        packages = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join([packages, *(entry or os.getcwd() for entry in sys.path)])
        with self._lock:
            if self._stopped:
                raise WorkerError("stopped")
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115  close() does it
            self._process = subprocess.Popen(
                [sys.executable, "-m", "seaofnodes.compare.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,  # Ctrl-C is for the parent, which then stops this one
            )
            return self._process

    def _read(self, pipe: IO[bytes], timeout: float) -> bytes:
        """One line. A timer of the standard library would need a thread, and `readline` does not stop."""
        end = time.monotonic() + timeout
        parts: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while not (parts and parts[-1].endswith(b"\n")):
                if not selector.select(max(end - time.monotonic(), 0)):
                    self.close()
                    raise WorkerError(f"took more than {timeout:g} s")
                part = os.read(pipe.fileno(), 1 << 16)
                if not part:
                    raise self._crash()
                parts.append(part)
        return b"".join(parts)

    def _crash(self) -> WorkerError:
        process, errors = self._process, self._errors
        assert process is not None and errors is not None
        code = process.wait()
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        self.close()
        how = f"crashed: {signal.Signals(-code).name}" if code < 0 else f"the worker exited with {code}"
        return WorkerError(f"{how} ({said})" if said else how)

    def stop(self) -> None:
        """End the process for good, whatever it is at; a `measure` under way raises WorkerError."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the process and free what belongs to it; a later `measure` starts another one, unless it is stopped."""
        process, errors = self._process, self._errors
        self._process = self._errors = None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        if errors is not None:
            errors.close()


def main() -> None:
    """Answer requests until the other side closes the pipe."""
    from seaofnodes.compare.measure import measure

    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a pass prints is no answer
    answers.write(b"\n")
    answers.flush()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        # Machine code that never ends also outlives a parent that was killed; an alarm ends the process all the same.
        signal.alarm(int(request["timeout"]) + 10)
        rows = measure(Unit.from_json(request["unit"]))
        signal.alarm(0)
        try:
            answers.write(json.dumps([row.to_json() for row in rows]).encode() + b"\n")
            answers.flush()
        except BrokenPipeError:
            return  # the parent has gone


if __name__ == "__main__":
    main()
