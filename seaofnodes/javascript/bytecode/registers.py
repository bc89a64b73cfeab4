"""Registers of a function, as bytecode names them, and who has which at the moment.

A register is the number that stands in the bytecode: those of the frame have negative ones from r0 = -7 downwards, the
receiver is 2, and parameters follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

_FIRST: Final = -7
CONTEXT: Final = -1
CLOSURE: Final = -2
THIS: Final = 2


def register(index: int) -> int:
    """The register with an index in the frame."""
    return _FIRST - index


def parameter(index: int) -> int:
    """The register of a parameter; 0 is the receiver."""
    return THIS + index


def index_of(number: int) -> int:
    """The index in the frame, or below 0 for what is not there."""
    return _FIRST - number if number <= _FIRST else -1


def name_of(number: int) -> str:
    """`r0`, `a0`, `<this>`, `<context>`, `<closure>`."""
    if number <= _FIRST:
        return f"r{_FIRST - number}"
    return {CONTEXT: "<context>", CLOSURE: "<closure>", THIS: "<this>"}.get(number, f"a{number - THIS - 1}")


@dataclass(frozen=True, slots=True)
class RegisterList:
    """Registers that follow each other. first: of the frame, by index."""

    first: int
    count: int

    def __getitem__(self, index: int) -> int:
        assert 0 <= index < self.count
        return register(self.first + index)

    def __iter__(self) -> Iterator[int]:
        return (register(self.first + index) for index in range(self.count))

    def part(self, start: int, count: int) -> RegisterList:
        return RegisterList(self.first + start, count)


class Listener(Protocol):
    """Who wants to know what registers come to life, and which go."""

    def allocated(self, first: int, count: int) -> None: ...

    def freed(self, first: int, count: int) -> None: ...


class Registers:
    """Gives registers out, and takes them back in the opposite order."""

    def __init__(self, variables: int, listener: Listener) -> None:
        self.next = variables
        self.listener = listener

    def new(self) -> int:
        return self.list(1)[0]

    def list(self, count: int) -> RegisterList:
        found = RegisterList(self.next, count)
        self.next += count
        self.listener.allocated(found.first, count)
        return found

    def grow(self, found: RegisterList) -> RegisterList:
        """One more behind a list, which must be the last one that was given out."""
        assert found.first + found.count == self.next
        self.new()
        return RegisterList(found.first, found.count + 1)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is given out inside is taken back at the end."""
        before = self.next
        yield
        if self.next > before:
            self.listener.freed(before, self.next - before)
            self.next = before
