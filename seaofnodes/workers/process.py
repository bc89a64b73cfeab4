"""A worker process, as its parent sees it."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any, Final

from seaofnodes.workers.results import Crash
from seaofnodes.workers.worker import READY, SHOW_STACKS, reason_of

_DETAILS: Final = 4000  # characters of a dead worker's last words
_STACK_SECONDS: Final = 2.0  # for a worker to print where it is
_START_SECONDS: Final = 120.0  # for a worker to import what it needs


class Process:
    """Attributes: alive: can it take another task?; tasks: how many it took; key: of its task; deadline: of its task,
    as time.monotonic tells it; forgotten: does nobody want the result any more?
    """

    def __init__(self, fork: bool) -> None:
        ours, theirs = socket.socketpair()
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed in `stop`
        packages = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join((packages, *(entry or os.getcwd() for entry in sys.path)))
        arguments = (str(theirs.fileno()), str(os.getpid()), "fork" if fork else "stay")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "seaofnodes.workers.worker", *arguments],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=self._output,  # what a pass prints is no answer
            stderr=self._output,
            start_new_session=True,  # Ctrl-C is for the parent, which then stops its workers
        )
        theirs.close()
        self.connection = Connection(ours.detach())
        self.alive = True
        self.tasks = 0
        self.key: Any = None
        self.deadline = 0.0
        self.forgotten = False

    @property
    def exited(self) -> bool:
        """Has it ended by itself?"""
        return self._process.poll() is not None

    def start(self, key: Any, message: bytes, seconds: float) -> None:
        """Have it do what the message says: pickled, a function that prepares it, the task's, and its arguments."""
        self.key = key
        self.tasks += 1
        self.forgotten = False
        self.deadline = time.monotonic() + (seconds if self.tasks > 1 else _START_SECONDS)
        try:
            self.connection.send_bytes(message)
        except (BrokenPipeError, ConnectionResetError):
            self.alive = False  # `receive` says how it died

    def receive(self) -> Any:
        """What it says: READY, or what came of its task."""
        try:
            data = self.connection.recv_bytes()
        except (EOFError, OSError):
            self.alive = False
            return Crash(reason_of(self._process.wait()), self._last_words())
        if data == READY:
            return READY
        result = pickle.loads(data)
        return Crash(result.reason, self._last_words()) if isinstance(result, Crash) else result

    def _last_words(self) -> str:
        self._output.seek(0, os.SEEK_END)
        self._output.seek(max(self._output.tell() - _DETAILS, 0))
        return self._output.read().decode(errors="replace")

    def stacks(self) -> str:
        """Where its threads and those of its children are, as Python's faulthandler prints that. It goes on."""
        output = self._output.fileno()  # it writes where the file's position is, so that stays as it is
        begin = last = os.fstat(output).st_size
        with contextlib.suppress(ProcessLookupError):  # it may have ended
            os.killpg(self._process.pid, SHOW_STACKS)
        end = time.monotonic() + _STACK_SECONDS
        while time.monotonic() < end:
            time.sleep(0.05)
            size = os.fstat(output).st_size
            if begin < size == last:
                break
            last = size
        return os.pread(output, last - begin, begin).decode(errors="replace")

    def kill(self) -> None:
        """End it and its children; any thread may."""
        with contextlib.suppress(ProcessLookupError):  # it may have ended
            os.killpg(self._process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End it, and free what belongs to it."""
        self.alive = False
        self.kill()
        self._process.wait()
        self.connection.close()
        self._output.close()
