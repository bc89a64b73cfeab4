"""Throwing: from a builtin or a host function to the handler, over frames without one."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from seaofnodes.backend.layout import BACKTRACE_LIMIT, CONTEXT_ENTRY_FRAME
from seaofnodes.errors import WasmException
from seaofnodes.runtime.backtrace import backtrace
from seaofnodes.runtime.tags import ExceptionReference, Tag

if TYPE_CHECKING:
    from seaofnodes.runtime.state import EngineState

_Two: Any = ctypes.c_uint64 * 2
_Four: Any = ctypes.c_uint64 * 4


def new_exception(engine: EngineState, tag: Tag, frame: int) -> int:
    """The word of a new exception, yet without payload. frame: where the stub's [rbp, return address] are."""
    make_room(engine, frame)
    return engine.references.keep_exception(ExceptionReference(tag))


def make_room(engine: EngineState, frame: int) -> None:
    """Of many objects and exceptions in one call of wasm, those go that nothing holds any more.

    frame: as above, of a stub that wasm has called; nobody needs the arguments any more.
    """
    if engine.references.is_crowded() and engine.depth == 1:  # frames of outer calls cannot be seen from here
        engine.references.sweep(_held_by_frames(engine, frame))


def _held_by_frames(engine: EngineState, frame: int) -> Iterator[int]:
    """The references in the frames of the innermost entry, which all are at calls."""
    space = engine.space
    last = space.load_word(space.context + CONTEXT_ENTRY_FRAME)
    while True:
        caller, return_address = _Two.from_address(frame)
        found = space.find(return_address - 1)
        if found is not None and found.code is not None:
            for offset in found.code.safepoints.get(return_address - found.start, ()):
                yield ctypes.c_uint64.from_address(caller + offset).value
        if caller == last:
            return
        frame = caller


def throw(engine: EngineState, address: int) -> None:
    """What the stub `throw_ref` calls, with the address of [exception, -, -, rbp of the stub's frame].

    The first three words become: where the handler is, its rbp, its rsp. Raises WasmException when there is none before
    the innermost entry. Frames: rbp points to the caller's rbp, the return address lies above.
    """
    words = _Four.from_address(address)
    exception, frame = words[0], address + 24
    last = engine.space.load_word(engine.space.context + CONTEXT_ENTRY_FRAME)
    returns: list[int] = []
    while True:
        caller, return_address = _Two.from_address(frame)
        returns.append(return_address)
        found = engine.space.find(return_address - 1)
        if found is not None and found.code is not None:
            handler = found.code.handlers.get(return_address - found.start)
            if handler is not None:
                words[0], words[1], words[2] = found.start + handler, caller, caller - found.code.frame_size
                return
        if caller == last:
            break
        frame = caller
    reference = engine.references.objects[exception]
    assert isinstance(reference, ExceptionReference)
    error = WasmException(reference.tag, reference.values(engine), reference)
    frames = backtrace(engine.space, returns[:BACKTRACE_LIMIT])
    error.frames, error.omitted = frames, len(returns[BACKTRACE_LIMIT:])
    raise error


def thrown_by_host(engine: EngineState, error: WasmException, frame: int) -> int:
    """The word of an exception that a host function raised; frame: as for make_room.

    Raises TypeError for values that do not fit its tag.
    """
    make_room(engine, frame)
    if isinstance(error.reference, ExceptionReference) and error.reference.is_of(engine):
        return engine.references.keep_exception(error.reference)
    tag = error.tag
    if not isinstance(tag, Tag):
        raise TypeError(f"a WebAssembly exception needs a tag, not {tag!r}") from error
    kinds = tag.type.params
    if len(error.values) != len(kinds):
        raise TypeError(f"an exception with {tag!r} carries {len(kinds)} values, not {len(error.values)}") from error
    found = ExceptionReference(tag)
    pairs = enumerate(zip(error.values, kinds, strict=True))
    found.fill(engine.to_bits(value, kind, f"value {i} of the exception", tag) for i, (value, kind) in pairs)
    return engine.references.keep_exception(found)
