"""Small programs in processes of their own: for signals, limits and forks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from typing import Final

from tests.runtime.lifetimes.runs import ROOT

_PRELUDE: Final = "from tests.runtime.lifetimes.prelude import *\n"


def run(code: str, *, seconds: float = 100.0, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run code after the prelude; one that takes too long has the exit code 255."""
    source = _PRELUDE + textwrap.dedent(code)
    command = [sys.executable, *options, "-c", source]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its children too: they hold its output
            out, err = process.communicate()
            return subprocess.CompletedProcess(command, 255, out, f"does not end\n{err}")
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def said(code: str, *, seconds: float = 100.0, options: tuple[str, ...] = ()) -> str:
    """The same for code that has to end well: its output."""
    found = run(code, seconds=seconds, options=options)
    assert found.returncode == 0, (found.returncode, found.stdout, found.stderr[-2000:])
    return found.stdout
