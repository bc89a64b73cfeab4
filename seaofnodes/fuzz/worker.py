"""A worker process: `python -m seaofnodes.fuzz.worker DESCRIPTOR MODE` takes tasks from a socket and answers them.

With mode "fork" each task runs in a child of its own, so that tasks cannot disturb each other and a crash costs little.
"""

from __future__ import annotations

import ctypes
import faulthandler
import importlib
import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any, Final

from seaofnodes.fuzz.results import READY, Crash, Raised

_PR_SET_PDEATHSIG: Final = 1


def reason_of(status: int) -> str:
    """What a process's negative or positive exit code means."""
    if status < 0:
        try:
            return signal.Signals(-status).name
        except ValueError:
            return f"signal {-status}"
    return f"exit code {status}"


def answer(connection: Connection, name: str, arguments: tuple[Any, ...]) -> None:
    """Run a task of tasks.py and send what it gives."""
    try:
        result = getattr(importlib.import_module("seaofnodes.fuzz.tasks"), name)(*arguments)
    except Exception as error:
        import traceback

        result = Raised(f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
    connection.send(result)


def serve(connection: Connection, fork: bool) -> None:
    """Answer tasks until the other side closes."""
    while True:
        try:
            name, arguments = connection.recv()
        except EOFError:
            return
        if not fork:
            answer(connection, name, arguments)
            continue
        child = os.fork()
        if child == 0:
            answer(connection, name, arguments)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            connection.send(Crash(reason_of(os.waitstatus_to_exitcode(status))))


def warm_up() -> None:
    """Import what every task needs, and fill tables: once, before children are made and the first task's clock runs."""
    from seaofnodes.fuzz.case import Call, Case
    from seaofnodes.fuzz.draft import FunctionDraft, ModuleDraft
    from seaofnodes.fuzz.oracle import run_case
    from seaofnodes.fuzz.variant import KINDS, Variant
    from seaofnodes.wasm.module import FUNCTION, Export
    from seaofnodes.wasm.opcodes import LOCAL_GET
    from seaofnodes.wasm.types import I32, FuncType

    identity = FunctionDraft(FuncType((I32,), (I32,)), [], [(LOCAL_GET, 0)])
    module = ModuleDraft(functions=[identity], exports=[Export("f", FUNCTION, 0)])
    importlib.import_module("seaofnodes.fuzz.tasks")
    run_case(Case(module.encode(), (Call("f", (1,)),), tuple(Variant(kind) for kind in KINDS[1:])))


def main() -> None:
    """Serve the inherited socket."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # not to outlive a parent that was killed
    faulthandler.enable()
    connection = Connection(int(sys.argv[1]))
    warm_up()
    connection.send(READY)
    serve(connection, sys.argv[2] == "fork")


if __name__ == "__main__":
    main()
