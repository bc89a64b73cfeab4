"""A worker process: `python -m seaofnodes.workers.worker DESCRIPTOR PARENT MODE` takes tasks from a socket.

With mode "fork" each task runs in a child of its own, so that tasks cannot disturb each other and a crash costs little.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import pickle
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final

from seaofnodes.workers.results import Crash, Raised

READY: Final = b""  # instead of a result: all is imported, and the first task begins
_PR_SET_PDEATHSIG: Final = 1
SHOW_STACKS: Final = signal.SIGUSR1  # prints where all threads are, even where one keeps Python's lock
_ANSWERED: Final = 86  # exit code of a child that did; a task may end it with any other


def reason_of(status: int) -> str:
    """What a process's negative or positive exit code means."""
    if status < 0:
        try:
            return signal.Signals(-status).name
        except ValueError:
            return f"signal {-status}"
    return f"exit code {status}"


def raised(error: Exception) -> Raised:
    """What is told of an exception."""
    import traceback

    return Raised(f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))


def die_with(parent: int) -> None:
    """Be killed when the parent has gone, whatever goes on here: machine code may never end."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def answer(connection: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Run a task and send what it gives."""
    try:
        data = pickle.dumps(function(*arguments))
    except Exception as error:
        data = pickle.dumps(raised(error))
    connection.send_bytes(data)


def serve(connection: Connection, fork: bool) -> None:
    """Answer tasks until the other side closes. Before the first one, imports are made and its `prepare` is called."""
    ready = False
    while True:
        try:
            message = connection.recv_bytes()
        except EOFError:
            return
        try:
            prepare, function, arguments = pickle.loads(message)
            if not ready:
                prepare()
        except Exception as error:
            connection.send_bytes(pickle.dumps(raised(error)))
            continue
        if not ready:
            connection.send_bytes(READY)
            ready = True
        if not fork:
            answer(connection, function, arguments)
            continue
        worker = os.getpid()
        child = os.fork()
        if child == 0:
            die_with(worker)
            answer(connection, function, arguments)
            os._exit(_ANSWERED)
        _, status = os.waitpid(child, 0)
        if (code := os.waitstatus_to_exitcode(status)) != _ANSWERED:
            connection.send_bytes(pickle.dumps(Crash(reason_of(code))))


def main() -> None:
    """Serve the inherited socket."""
    descriptor, parent, mode = sys.argv[1:]
    die_with(int(parent))
    faulthandler.enable()
    faulthandler.register(SHOW_STACKS)
    serve(Connection(int(descriptor)), mode == "fork")


if __name__ == "__main__":
    main()
