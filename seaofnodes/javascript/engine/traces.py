"""Stack traces, in V8's form: the property `stack` of errors, and what is printed of an error that nothing catches."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.baseline.stack import MachineFrame
from seaofnodes.javascript.interpreter.frames import Frame
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.functions import BuiltinFrame
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.property import Property
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.operations.errors import data_of, error_text

LIMIT: Final = 10  # frames, unless Error.stackTraceLimit says otherwise
_MOST: Final = 200


class Traces:
    """Captures stack traces in an isolate."""

    def __init__(self, iso: Isolate) -> None:
        self._iso = iso
        self._frames = iso.pin(iso.symbol("frames", private=True))  # text of the frames, or all of it once it was read
        self._text = iso.pin(iso.symbol("stack", private=True))
        self._accessors: tuple[int, int] | None = None

    def capture(self, target: int, above: int | None = None) -> None:
        """Define the property `stack` of an object. above: a function; the frames of it and inside it are left out."""
        iso = self._iso
        limit = self._limit()
        if limit is None:
            return
        mark = len(iso.held)
        if self._accessors is None:
            get = iso.pin(factory.new_builtin(iso, "", 0, self._get))
            set_ = iso.pin(factory.new_builtin(iso, "", 1, self._set))
            self._accessors = get, set_
        get, set_ = self._accessors
        text = iso.string(self.text(limit, above))
        if properties.define_own(
            iso,
            target,
            key_of_text(iso, "stack"),
            Property(get=get, set=set_, enumerable=False, configurable=True),
        ):
            properties.define(iso, target, self._frames, text)
        del iso.held[mark:]

    def _limit(self) -> int | None:
        """Error.stackTraceLimit; None if that is no number: then there is no property."""
        iso = self._iso
        found = data_of(iso, iso.realm.intrinsic("Error"), key_of_text(iso, "stackTraceLimit"))
        if found is None or not iso.is_number(found):
            return None
        value = iso.float_of(found)
        return int(min(max(value, 0), _MOST)) if value == value else 0

    def text(self, limit: int, above: int | None = None) -> str:
        """The innermost frames, each on a line of its own, which begins with the end of the line before."""
        return "".join(f"\n    at {line}" for line in self.lines(limit, above))

    def lines(self, limit: int, above: int | None = None) -> list[str]:
        """The innermost frames, without "at"."""
        frames = self._iso.stack()
        end = len(frames)
        if above is not None:
            found = [index for index, frame in enumerate(frames) if frame.function == above]
            end = found[-1] if found else 0
        return [self.describe(frames[index]) for index in range(end - 1, max(end - 1 - limit, -1), -1)]

    def describe(self, frame: Frame | MachineFrame | BuiltinFrame) -> str:
        """`A.m (file.js:1:2)`."""
        iso = self._iso
        where = "<anonymous>"
        if not isinstance(frame, BuiltinFrame):
            if frame.shared.script is not None:
                where = place_text(frame.shared.script, frame.position())
            if frame.shared.code is None:  # the top level
                return where
        name = self._name(frame.function)
        if frame.new_target != iso.undefined:
            name = f"new {name or '<anonymous>'}"
        elif iso.is_object(frame.receiver) and frame.receiver != iso.realm.global_object:
            owner = self._type_name(frame.receiver)
            if not name:
                name = f"{owner}.<anonymous>"
            elif not name.startswith((owner, "get ", "set ")):
                name = f"{owner}.{name}"
        return f"{name} ({where})" if name else where

    def _name(self, function: int) -> str:
        iso = self._iso
        own = properties.get_own(iso, function, iso.name("name"))
        if own is not None and own.value is not None and iso.is_string(own.value):
            return iso.text(own.value)
        return iso.shared_of(function).name

    def _type_name(self, receiver: int) -> str:
        iso = self._iso
        if iso.is_callable(receiver):
            found = data_of(iso, receiver, key_of_text(iso, "name"))
            return iso.text(found) if found is not None and iso.is_string(found) and iso.text(found) else "Function"
        constructor = data_of(iso, receiver, key_of_text(iso, "constructor"))
        tag = data_of(iso, receiver, iso.symbols.to_string_tag)
        if tag is not None and iso.is_string(tag):
            return iso.text(tag)
        if constructor is not None and iso.is_callable(constructor):
            found = data_of(iso, constructor, key_of_text(iso, "name"))
            if found is not None and iso.is_string(found):
                return iso.text(found)
        return "Object"

    # The accessor.

    def _get(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        if not iso.is_object(this):
            return iso.undefined
        known = properties.get(iso, this, self._text)
        if known != iso.undefined:
            return known
        frames = properties.get(iso, this, self._frames)
        if frames == iso.undefined:
            return iso.undefined
        text = iso.string(error_text(iso, this) + iso.text(frames))
        self._set(iso, this, [text], iso.undefined)
        return text

    def _set(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        if iso.is_object(this):
            properties.define(iso, this, self._text, arguments[0] if arguments else iso.undefined)
        return iso.undefined


def place_text(script: object, offset: int) -> str:
    """`file.js:1:2`."""
    source = getattr(script, "source", None)
    if source is None:
        return "<anonymous>"
    line, column = source.position(max(offset, 0))
    return f"{source.file}:{line}:{column}"
