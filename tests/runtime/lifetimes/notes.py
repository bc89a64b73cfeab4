"""What a program has to say: failures, written at once, since the process may be gone a moment later."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Final

FAILURE: Final = "!"
_write: Final = os.write


class Notes:
    """Where failures go. Attributes: count: of failures so far; refused: calls that an error of the engine's answered
    where that is allowed; forked: this is a forked child.
    """

    def __init__(self) -> None:
        self.count = 0
        self.refused = 0
        self.forked = False

    def fail(self, what: str, write: Callable[[int, bytes], int] = _write) -> None:
        """Report one failure as a line; works at interpreter exit, too."""
        self.count += 1
        where = "child: " if self.forked else ""
        write(1, f"{FAILURE} {json.dumps(where + what)}\n".encode())

    def raised(self, where: str, error: BaseException) -> None:
        """Report an exception that should not have come, with where it came from."""
        if sys.is_finalizing():  # modules are being emptied: names of theirs are None
            return
        frames = traceback.extract_tb(error.__traceback__)[-2:]
        lines = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.name}" for frame in reversed(frames))
        self.fail(f"{where} raised {type(error).__name__}: {str(error).splitlines()[:1]} in {lines}")
