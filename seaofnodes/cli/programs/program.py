"""What commands ask of a program, whatever language it is in."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from seaofnodes.errors import Error
from seaofnodes.names import printable

if TYPE_CHECKING:
    from seaofnodes.passes.framework.pipeline import Pipeline
    from seaofnodes.runtime.tiers.optimize import Compilation


@dataclass(frozen=True, slots=True)
class Run:
    """What `seaofnodes run` is to do.

    Attributes: invoke: name of the function to call; None: the program's own beginning; arguments: its arguments as
    text, or the program's; directories, environment: see `wasi.host_of`; repeat: number of calls; print_feedback,
    timed, as_json: what to print.
    """

    invoke: str | None
    arguments: Sequence[str]
    directories: Sequence[str]
    environment: Sequence[str]
    repeat: int
    print_feedback: bool
    timed: bool
    as_json: bool


class Program(Protocol):
    """A program in an engine."""

    def functions(self) -> list[tuple[int, str]]:
        """Indices and names of the functions that can be compiled."""

    def find(self, name: str | None) -> int:
        """The index of the function of that name or index, the first one for None. Raises Error."""

    def warm_up(self, invoke: str | None, arguments: Sequence[str], repeat: int) -> None:
        """Call a function so often, so that there is feedback; nothing without a name. Raises what the calls raise."""

    def compile(self, index: int, pipeline: str | Pipeline) -> Compilation:
        """A function's optimized code with all phases, from the feedback that there is. Raises what the engine does."""

    def baseline_code(self, index: int) -> str:
        """The listing of a function's baseline code. Raises click.UsageError if its language has no such compiler."""

    def run(self, wanted: Run) -> None:
        """Do what `seaofnodes run` does, and print the results. Raises click.UsageError, Error, SystemExit."""


def no_function(name: object, names: Iterable[str], what: str = "function", *, among: bool = False) -> Error:
    """The error that there is no function of that name, with the nearest one; among: or else with all there are."""
    known = list(names)
    near = difflib.get_close_matches(str(name), known, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    if among and not near:
        hint = f"; there are: {', '.join(map(printable, known)) or 'none'}"
    return Error(f"no {what} is called {name!r}{hint}")
