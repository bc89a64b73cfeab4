"""What to call, as `--invoke` says it: for all modules, or for one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from seaofnodes.compare.portion import Number
from seaofnodes.compare.sources import number
from seaofnodes.errors import Error

_CALL: Final = re.compile(r"(?:(?P<file>.+?\.\w+):)?(?P<name>[^()]+?)\s*(?:\((?P<arguments>[^()]*)\))?")


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of an export. file: the end of the path of the module that it is for, "" for all of them."""

    name: str
    arguments: tuple[Number, ...]
    file: str = ""

    @classmethod
    def parse(cls, text: str, arguments: Sequence[Number] = ()) -> Invocation:
        """From `[FILE:]NAME[(ARGUMENTS)]`; arguments: where the text has none. Raises Error."""
        match = _CALL.fullmatch(text.strip())
        if match is None:
            raise Error(f"{text!r} is no call: say NAME, NAME(1, 2) or FILE.wat:NAME(1, 2)")
        given = match["arguments"]
        if given is not None:
            arguments = [number(part.strip()) for part in given.split(",") if part.strip()]
        return cls(match["name"], tuple(arguments), match["file"] or "")

    def is_for(self, source: str) -> bool:
        """Is the module of that name, a path, meant?"""
        parts = PurePath(self.file).parts
        return PurePath(source).parts[-len(parts) :] == parts if parts else True


def invocation_for(source: str, invocations: Iterable[Invocation]) -> Invocation | None:
    """What to call in a module: what names it comes first."""
    found = [invocation for invocation in invocations if invocation.is_for(source)]
    return max(found, key=lambda invocation: len(invocation.file), default=None)


def check_files(invocations: Iterable[Invocation], sources: Sequence[str]) -> None:
    """Raises Error for a call in a module that is not there."""
    for invocation in invocations:
        if not any(map(invocation.is_for, sources)):
            raise Error(f"no module is called {invocation.file!r}; there are: {', '.join(sources)}")
