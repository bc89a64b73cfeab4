"""Objects of JavaScript, as Python holds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from seaofnodes.runtime.heap.handles import Handle


class Bridge(Protocol):
    """How Python gets at objects; all of it raises JavaScriptError for what JavaScript throws."""

    def get(self, handle: Handle, key: object) -> Any: ...

    def set(self, handle: Handle, key: object, value: object) -> None: ...

    def delete(self, handle: Handle, key: object) -> None: ...

    def has(self, handle: Handle, key: object) -> bool: ...

    def keys(self, handle: Handle) -> list[str]: ...

    def call(self, handle: Handle, this: object, arguments: tuple[object, ...]) -> Any: ...

    def construct(self, handle: Handle, arguments: tuple[object, ...]) -> Any: ...

    def copy(self, handle: Handle) -> Any: ...

    def show(self, handle: Handle) -> str: ...


class JavaScriptValue:
    """A value that lives in an engine's heap, as long as this handle does. Two handles of one object are equal."""

    __slots__ = ("__weakref__", "_bridge", "_handle")

    def __init__(self, bridge: Bridge, handle: Handle) -> None:
        self._bridge = bridge
        self._handle = handle

    @property
    def word(self) -> int:
        """The tagged word."""
        return self._handle.word

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JavaScriptValue):
            return NotImplemented
        return self._bridge is other._bridge and self._handle.word == other._handle.word

    def __hash__(self) -> int:
        return hash((id(self._bridge), self._handle.word))  # objects do not move

    def __repr__(self) -> str:
        """As the console shows it."""
        return self._bridge.show(self._handle)


class JavaScriptSymbol(JavaScriptValue):
    """A symbol, which may be the key of a property."""

    __slots__ = ()


class JavaScriptObject(JavaScriptValue):
    """An object. `object["name"]` is a property, `undefined` if there is none; `in`, `del` and iteration are those of
    its own enumerable properties with strings as keys, but `in` sees all, those of prototypes, too. Raises
    JavaScriptError for what a getter, setter or proxy throws.
    """

    __slots__ = ()

    def __getitem__(self, key: str | int | JavaScriptSymbol) -> Any:
        return self._bridge.get(self._handle, key)

    def __setitem__(self, key: str | int | JavaScriptSymbol, value: object) -> None:
        """As in strict code. Raises TypeError for a value that JavaScript cannot have."""
        self._bridge.set(self._handle, key, value)

    def __delitem__(self, key: str | int | JavaScriptSymbol) -> None:
        self._bridge.delete(self._handle, key)

    def __contains__(self, key: object) -> bool:
        return self._bridge.has(self._handle, key)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def keys(self) -> list[str]:
        """What Object.keys gives."""
        return self._bridge.keys(self._handle)

    def invoke(self, name: str | JavaScriptSymbol, *arguments: object) -> Any:
        """Call a method."""
        method = self[name]
        if not isinstance(method, JavaScriptFunction):
            raise TypeError(f"{name!r} is no function but {method!r}")
        return method.call_with(self, *arguments)

    def copy(self) -> Any:
        """A list of an Array, a dict of any other object: of own enumerable properties with strings as keys, and of the
        objects in them; functions remain handles. What is there twice is one copy.
        """
        return self._bridge.copy(self._handle)


class JavaScriptArray(JavaScriptObject):
    """An Array. It has a length, and iteration is over its elements; negative indices are no indices."""

    __slots__ = ()

    def __len__(self) -> int:
        return int(self["length"])

    def __iter__(self) -> Iterator[Any]:
        index = 0
        while index < len(self):
            yield self[index]
            index += 1

    def __contains__(self, value: object) -> bool:
        """Is there such an element?"""
        return any(found == value for found in self)


class JavaScriptFunction(JavaScriptObject):
    """A function: `function(1, "a")` calls it, with undefined as `this`."""

    __slots__ = ()

    def __call__(self, *arguments: object) -> Any:
        """Raises JavaScriptError, TypeError for arguments that JavaScript cannot have, TimeLimitError, HeapLimitError,
        and what functions of Python raise that it calls.
        """
        return self._bridge.call(self._handle, None, arguments)

    def call_with(self, this: object, *arguments: object) -> Any:
        """Call it as a method of `this`."""
        return self._bridge.call(self._handle, this, arguments)

    def construct(self, *arguments: object) -> Any:
        """`new function(...)`."""
        return self._bridge.construct(self._handle, arguments)
