"""Trace functions: one that counts the places that a scenario comes by, and one that interrupts it at a point."""

from __future__ import annotations

import _thread
import ctypes
import functools
import signal
import sys
from collections import Counter, defaultdict
from types import FrameType
from typing import Any

from tests.runtime.interrupts.points import LINE, SIGNAL, Place, Point, Seen, is_interesting, short

_STACK = 14  # functions of a stack that are told of


class Recorder:
    """Counts places; closely: instructions, too."""

    def __init__(self, closely: bool) -> None:
        self._closely = closely
        self.seen = Seen(Counter(), Counter())

    def start(self) -> None:
        sys.settrace(self._enter)

    def stop(self) -> None:
        sys.settrace(None)

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        if not is_interesting(frame.f_code.co_filename):
            return None
        frame.f_trace_opcodes = self._closely
        return self._inside

    def _inside(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if event == "line":
            self.seen.lines[Place(code.co_filename, code.co_firstlineno, code.co_qualname, frame.f_lineno)] += 1
        elif event == "opcode":
            self.seen.instructions[Place(code.co_filename, code.co_firstlineno, code.co_qualname, frame.f_lasti)] += 1
        return self._inside


class Injector:
    """Interrupts once, at a point. Attributes: stack: where that was, innermost first, or None if it has not been."""

    def __init__(self, point: Point) -> None:
        self.stack: list[str] | None = None
        self._place = point.place
        self._left = point.nth
        self._by_signal = point.mode == SIGNAL
        self._event = "line" if point.mode == LINE else "opcode"
        # A subscript is no call: the interpreter does not look for signals after it, as it would in this function.
        send = ctypes.PyDLL(None)["raise"]
        self._send: Any = defaultdict(functools.partial(send, int(signal.SIGINT)))

    def start(self) -> None:
        sys.settrace(self._enter)

    def stop(self) -> None:
        sys.settrace(None)

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        code, place = frame.f_code, self._place
        if (
            code.co_firstlineno != place.first
            or code.co_qualname != place.function
            or code.co_filename != place.file
            or self.stack is not None
        ):
            return None
        frame.f_trace_opcodes = self._event == "opcode"
        return self._inside

    def _inside(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event != self._event or (frame.f_lineno if event == "line" else frame.f_lasti) != self._place.at:
            return self._inside
        self._left -= 1
        if self._left:
            return self._inside
        self.stack = stack_of(frame)
        sys.settrace(None)
        if not self._by_signal:
            raise KeyboardInterrupt
        self._send[0]
        return None


def stack_of(frame: FrameType | None) -> list[str]:
    """Functions, innermost first, as file:line function."""
    found: list[str] = []
    while frame is not None and len(found) < _STACK and "/interrupts/child.py" not in frame.f_code.co_filename:
        code = frame.f_code
        found.append(f"{short(code.co_filename)}:{frame.f_lineno} {code.co_qualname}")
        frame = frame.f_back
    return found


def hear() -> None:
    """Let a signal that has come be heard."""
    _thread.get_ident()
    for _ in range(3):
        pass
