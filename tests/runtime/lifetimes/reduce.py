"""Making a failing program small."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from tests.runtime.lifetimes.program import Operation, Program, text_of

Fails = Callable[[Program], bool]

TEST = '''def test_{name}(process: Process) -> None:
    """{kind}"""
    check(process, """
{text}
    """, {mode!r})'''


def reduce(program: Program, fails: Fails, seconds: float = 60.0) -> Program:
    """Leave operations out, first many at once, as long as the program fails the same way; then options."""
    end = time.monotonic() + seconds
    size = max(1, len(program) // 2)
    while time.monotonic() < end:
        smaller = _without_some(program, size, fails, end)
        if smaller == program and size == 1:
            break
        program, size = smaller, max(1, size // 2)
    for at in range(len(program)):
        program = _simplify(program, at, fails, end)
    return program


def _simplify(program: Program, at: int, fails: Fails, end: float) -> Program:
    """Leave options, and what a child does, out of one operation as long as that can be."""
    for simpler in _simpler(program[at]):
        tried = (*program[:at], simpler, *program[at + 1 :])
        if time.monotonic() < end and fails(tried):
            return _simplify(tried, at, fails, end)
    return program


def _without_some(program: Program, size: int, fails: Fails, end: float) -> Program:
    at = len(program) - 1
    while at >= 0 and time.monotonic() < end:
        first = max(0, at - size + 1)
        tried = program[:first] + program[at + 1 :]
        if fails(tried):
            program = tried
        at = first - 1
    return program


def _simpler(operation: Operation) -> list[Operation]:
    found = [
        replace(operation, options=operation.options[:at] + operation.options[at + 1 :])
        for at in reversed(range(len(operation.options)))
    ]
    found += [
        replace(operation, inner=operation.inner[:at] + operation.inner[at + 1 :])
        for at in reversed(range(len(operation.inner)))
    ]
    return found


def as_test(program: Program, mode: str, kind: str, name: str) -> str:
    """The program as a regression test, to be put into test_found.py."""
    text = "\n".join("        " + line for line in text_of(program).splitlines())
    return TEST.format(name=name, kind=kind, text=text, mode=mode)
