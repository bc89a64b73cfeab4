"""TypeErrors whose messages show the source of what is executed."""

from __future__ import annotations

from typing import NoReturn

from seaofnodes.javascript.interpreter import source_text
from seaofnodes.javascript.interpreter.frames import Frame
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.errors import describe, describe_call_site, describe_key, type_error
from seaofnodes.javascript.parse import tree


def root_of(frame: Frame) -> tree.Node | None:
    """The tree of the function that a frame executes."""
    shared = frame.shared
    if shared.code is not None:
        return shared.code.function
    return shared.script.analysis.program if shared.script is not None else None


def not_callable(iso: Isolate, value: int) -> NoReturn:
    """A call of what is not callable."""
    frame = iso.frames[-1]
    root, position = root_of(frame), frame.position()
    found = source_text.callees(root, position) if root is not None else []
    shown = source_text.show(found[min(_nth_call(frame), len(found) - 1)]) if found else describe_call_site(iso, value)
    type_error(iso, f"{shown} is not a function")


def _nth_call(frame: Frame) -> int:
    """How many calls that stand at the same place of the source come before the one that is executed."""
    array, offset = frame.code.array, frame.offset
    place = frame.position()
    calls = {found.offset for found in array.instructions() if found.opcode.name.startswith("Call")}
    return sum(found.source == place and found.offset < offset and found.offset in calls for found in array.positions)


def not_constructor(iso: Isolate, value: int) -> NoReturn:
    """`new` of what is no constructor."""
    frame = iso.frames[-1]
    root = root_of(frame)
    found = source_text.constructed(root, frame.position()) if root is not None else None
    shown = source_text.show(found) if found is not None else describe_call_site(iso, value)
    type_error(iso, f"{shown} is not a constructor")


def not_iterable(iso: Isolate, value: int) -> NoReturn:
    """An iterator of what has none."""
    frame = iso.frames[-1]
    root = root_of(frame)
    shown = source_text.iterated(root, frame.position()) if root is not None else None
    if shown is not None:
        type_error(iso, f"{shown} is not iterable")
    end = " (cannot read property Symbol(Symbol.iterator))" if value in (iso.undefined, iso.null) else ""
    type_error(iso, f"{describe_call_site(iso, value)} is not iterable{end}")


def not_spreadable(iso: Isolate, value: int) -> NoReturn:
    """Arguments of a call that are spread, but are not iterable."""
    if value == iso.undefined or value == iso.null:
        frame = iso.frames[-1]
        root = root_of(frame)
        shown = source_text.spread_last(root, frame.position()) if root is not None else None
        type_error(iso, f"{shown or describe_call_site(iso, value)} is not iterable (cannot read property undefined)")
    type_error(iso, "Spread syntax requires ...iterable[Symbol.iterator] to be a function")


def not_coercible(iso: Isolate, value: int) -> NoReturn:
    """undefined or null that is taken apart."""
    frame = iso.frames[-1]
    root = root_of(frame)
    found = source_text.taken_apart(root, frame.position()) if root is not None else None
    _destructure(iso, value, None, found[1] if found is not None else None)


def _destructure(iso: Isolate, value: int, property: str | None, source: str | None) -> NoReturn:
    of = f"property '{property}' of " if property is not None else ""
    shown = source if source is not None else describe_call_site(iso, value)
    type_error(iso, f"Cannot destructure {of}'{shown}' as it is {describe(iso, value)}.")


def no_properties(iso: Isolate, value: int, key: Key) -> NoReturn:
    """A property of undefined or null is read."""
    frame = iso.frames[-1]
    if key == iso.symbols.iterator:
        type_error(
            iso, f"{describe_call_site(iso, value)} is not iterable (cannot read property Symbol(Symbol.iterator))"
        )
    root = root_of(frame)
    found = source_text.taken_apart(root, frame.position()) if root is not None else None
    if found is not None and found[0] is not None:
        _destructure(iso, value, *found)
    type_error(iso, f"Cannot read properties of {describe(iso, value)} (reading '{describe_key(iso, key)}')")
