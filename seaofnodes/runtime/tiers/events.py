"""What an engine tells whoever observes it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seaofnodes.passes.remarks import Remark


@dataclass(frozen=True, slots=True)
class CompileEvent:
    """A function has been compiled and its code installed.

    tier: "baseline" or "optimized"; seconds: the compilation took; code_size: bytes of instructions; remarks: of the
    passes; osr_offset: bytecode offset of the loop that the code starts at, or -1; exits: where it may leave for
    baseline code.
    """

    function_index: int
    name: str
    tier: str
    seconds: float
    code_size: int
    remarks: tuple[Remark, ...] = ()
    osr_offset: int = -1
    exits: int = 0


@dataclass(frozen=True, slots=True)
class MarkEvent:
    """A function, or a loop of one, has become hot and is to be optimized.

    concurrent: on another thread; osr_offset: bytecode offset of the loop, or -1.
    """

    function_index: int
    name: str
    concurrent: bool
    osr_offset: int = -1


@dataclass(frozen=True, slots=True)
class OsrEvent:
    """A loop goes on in optimized code. osr_offset: its bytecode offset."""

    function_index: int
    name: str
    osr_offset: int


@dataclass(frozen=True, slots=True)
class GiveUpEvent:
    """The optimizing compiler does not support a function; it stays in baseline code."""

    function_index: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeoptValue:
    """A local or an operand that goes from optimized to baseline code.

    type: of the machine word; bits; source: where optimized code had it: ("r", register), ("x", float register),
    ("s", offset from rbp), ("c", bits) a constant, ("o", index) an object that has been made for it, or ("-", 0)
    optimized out; places: where baseline code has it, the same way.
    """

    type: str
    bits: int
    source: tuple[str, int]
    places: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class DeoptFrameEvent:
    """A baseline frame that was made.

    bytecode_offset, mode: it goes on "before" the instruction there, or "after" that call; locals: how many of the
    values are locals, the others are operands; frame_size: bytes below rbp.
    """

    function_index: int
    name: str
    bytecode_offset: int
    mode: str
    locals: int
    values: tuple[DeoptValue, ...]
    frame_size: int


@dataclass(frozen=True, slots=True)
class DeoptEvent:
    """Optimized code has left for baseline code.

    reason: what it had taken for granted; exit: number of the exit in the code; node: of its graph; pc: address behind
    the exit's call; frame_size: bytes of the optimized frame below rbp; frames: innermost first; seconds: it took;
    language: name of the program's language; is_lazy: has it left where a call has returned, as an assumption ended?;
    objects: how many have been made that optimized code had not.
    """

    function_index: int
    name: str
    reason: str
    exit: int
    node: int
    pc: int
    frame_size: int
    frames: tuple[DeoptFrameEvent, ...]
    seconds: float
    language: str
    is_lazy: bool = False
    objects: int = 0


@dataclass(frozen=True, slots=True)
class FailureEvent:
    """The optimizing tier has failed at a function; it stays in baseline code.

    reason: type and message of the error; osr_offset: bytecode offset of the loop where the code was to start, or -1;
    phase: the pass that failed, "" if it was none; file, line: of that pass's author, where it rose, or "" and 0.
    """

    function_index: int
    name: str
    reason: str
    osr_offset: int = -1
    phase: str = ""
    file: str = ""
    line: int = 0

    @property
    def where(self) -> str:
        """`, in pass mine (mine.py:7)`, or nothing."""
        from seaofnodes.passes.framework.failures import Culprit

        return f", in {Culprit(self.phase, self.file, self.line)}" if self.phase else ""


Event = MarkEvent | CompileEvent | GiveUpEvent | FailureEvent | OsrEvent | DeoptEvent


def event_json(event: Event) -> dict[str, Any]:
    """An event for JSON; "event" is its kind: mark, compile, give-up, failure, osr or deopt."""
    kind = {
        MarkEvent: "mark",
        CompileEvent: "compile",
        GiveUpEvent: "give-up",
        FailureEvent: "failure",
        OsrEvent: "osr",
        DeoptEvent: "deopt",
    }
    return {"event": kind[type(event)], **asdict(event)}
