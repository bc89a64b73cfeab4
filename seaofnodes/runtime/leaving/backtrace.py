"""From return addresses to backtraces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from seaofnodes.names import printable
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.code.space import CodeSpace


@dataclass(frozen=True, slots=True)
class Frame:
    """One function in a backtrace.

    Attributes: function_index; name: for people; offset: of the instruction in the bytecode, -1 when not known; tier:
    of the code that ran; inlined: was the function inlined into the next frame's?
    """

    function_index: int
    name: str
    offset: int
    tier: str
    inlined: bool = False

    def __str__(self) -> str:
        where = f" at {self.offset:#x}" if self.offset >= 0 else ""
        return f"{printable(self.name)} (function {self.function_index}){where}{', inlined' if self.inlined else ''}"


def _expand(found: CodeObject, pc: int) -> Iterator[Frame]:
    """The frames that an instruction stands for, innermost first."""
    code, names = found.code, found.names
    assert code is not None and names is not None
    position = found.position(pc)
    offset = position.bytecode_offset if position is not None else -1
    inlining = position.inlining if position is not None else -1
    while inlining >= 0:
        inlined = code.inlinings[inlining]
        yield Frame(inlined.function_index, names.function_name(inlined.function_index), offset, code.tier, True)
        offset, inlining = inlined.call_offset, inlined.parent
    yield Frame(code.function_index, names.function_name(code.function_index), offset, code.tier)


def backtrace(space: CodeSpace, return_addresses: Iterable[int]) -> tuple[Frame, ...]:
    """The frames that these addresses return to, innermost first; stubs leave no frame."""
    frames: list[Frame] = []
    for address in return_addresses:
        found = space.find(address - 1)
        if found is not None and found.code is not None:
            frames.extend(_expand(found, address - 1 - found.start))
    return tuple(frames)
