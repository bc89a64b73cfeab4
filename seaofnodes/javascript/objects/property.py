"""Property descriptors, and what every object can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from seaofnodes.javascript.objects.words import Key


@dataclass(slots=True)
class Property:
    """A property descriptor (ECMA-262, 6.2.6). None: the field is absent; get, set: words, undefined for none."""

    value: int | None = None
    get: int | None = None
    set: int | None = None
    writable: bool | None = None
    enumerable: bool | None = None
    configurable: bool | None = None

    @property
    def is_accessor(self) -> bool:
        return self.get is not None or self.set is not None

    @property
    def is_data(self) -> bool:
        return self.value is not None or self.writable is not None


class InternalMethods(Protocol):
    """The essential internal methods (ECMA-262, 6.1.7.2) of the objects of a kind; the first argument is the isolate.

    Attributes: plain_names: are names found by the shape alone? plain_elements: are indices found in the elements
    alone?
    """

    plain_names: bool
    plain_elements: bool

    def get_prototype(self, iso: Any, obj: int) -> int: ...

    def set_prototype(self, iso: Any, obj: int, prototype: int) -> bool: ...

    def is_extensible(self, iso: Any, obj: int) -> bool: ...

    def prevent_extensions(self, iso: Any, obj: int) -> bool: ...

    def get_own(self, iso: Any, obj: int, key: Key) -> Property | None: ...

    def define_own(self, iso: Any, obj: int, key: Key, wanted: Property) -> bool: ...

    def has(self, iso: Any, obj: int, key: Key) -> bool: ...

    def get(self, iso: Any, obj: int, key: Key, receiver: int) -> int: ...

    def set(self, iso: Any, obj: int, key: Key, value: int, receiver: int) -> bool: ...

    def delete(self, iso: Any, obj: int, key: Key) -> bool: ...

    def own_keys(self, iso: Any, obj: int) -> list[Key]: ...
