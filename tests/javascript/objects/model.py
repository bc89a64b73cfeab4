"""A model of ordinary objects and arrays: ECMA-262, 10.1 and 10.4.2, step by step, over Python's dicts.

Keys are texts of names, ("@", text) for symbols, and integers for array indices. Values are anything; accessors call
Python functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

Name = Any
UNDEFINED: Any = None
ABSENT: Any = object()


@dataclass
class Descriptor:
    value: Any = ABSENT
    get: Any = ABSENT
    set: Any = ABSENT
    writable: Any = ABSENT
    enumerable: Any = ABSENT
    configurable: Any = ABSENT

    @property
    def is_accessor(self) -> bool:
        return self.get is not ABSENT or self.set is not ABSENT

    @property
    def is_data(self) -> bool:
        return self.value is not ABSENT or self.writable is not ABSENT

    def present(self) -> dict[str, Any]:
        """The fields that there are."""
        return {name: value for name, value in self.__dict__.items() if value is not ABSENT}


def same(a: Any, b: Any) -> bool:
    """SameValue."""
    return type(a) is type(b) and repr(a) == repr(b) if isinstance(a, int | float | str) else a is b


class Model:
    """An object."""

    def __init__(self, prototype: Model | None) -> None:
        self.prototype = prototype
        self.extensible = True
        self.properties: dict[Name, Descriptor] = {}

    def set_prototype(self, prototype: Model | None) -> bool:
        """10.1.2"""
        if prototype is self.prototype:
            return True
        above = prototype
        while above is not None:
            if above is self:
                return False
            above = above.prototype
        if self.extensible:
            self.prototype = prototype
        return self.extensible

    def prevent_extensions(self) -> bool:
        """10.1.4"""
        self.extensible = False
        return True

    def get_own(self, key: Name) -> Descriptor | None:
        """10.1.5"""
        return self.properties.get(key)

    def define_own(self, key: Name, wanted: Descriptor) -> bool:
        """10.1.6.3"""
        current = self.properties.get(key)
        if current is None:
            if not self.extensible:
                return False
            if wanted.is_accessor:
                defaults = Descriptor(get=UNDEFINED, set=UNDEFINED, enumerable=False, configurable=False)
            else:
                defaults = Descriptor(UNDEFINED, writable=False, enumerable=False, configurable=False)
            self.properties[key] = replace(defaults, **wanted.present())
            return True
        if not current.configurable:
            if wanted.configurable is True:
                return False
            if wanted.enumerable is not ABSENT and wanted.enumerable != current.enumerable:
                return False
            if (wanted.is_accessor or wanted.is_data) and wanted.is_accessor != current.is_accessor:
                return False
            if current.is_accessor:
                if wanted.get is not ABSENT and wanted.get is not current.get:
                    return False
                if wanted.set is not ABSENT and wanted.set is not current.set:
                    return False
            elif not current.writable and (
                wanted.writable is True or (wanted.value is not ABSENT and not same(wanted.value, current.value))
            ):
                return False
        if wanted.is_accessor and not current.is_accessor:
            base = Descriptor(
                get=UNDEFINED, set=UNDEFINED, enumerable=current.enumerable, configurable=current.configurable
            )
        elif wanted.is_data and current.is_accessor:
            base = Descriptor(
                UNDEFINED, writable=False, enumerable=current.enumerable, configurable=current.configurable
            )
        else:
            base = current
        self.properties[key] = replace(base, **wanted.present())
        return True

    def has(self, key: Name) -> bool:
        """10.1.7"""
        return self.get_own(key) is not None or (self.prototype is not None and self.prototype.has(key))

    def get(self, key: Name, receiver: Model) -> Any:
        """10.1.8"""
        found = self.get_own(key)
        if found is None:
            return UNDEFINED if self.prototype is None else self.prototype.get(key, receiver)
        if found.is_accessor:
            return UNDEFINED if found.get is UNDEFINED else found.get(receiver)
        return found.value

    def set(self, key: Name, value: Any, receiver: Model) -> bool:
        """10.1.9.2"""
        found = self.get_own(key)
        if found is None:
            if self.prototype is not None:
                return self.prototype.set(key, value, receiver)
            found = Descriptor(UNDEFINED, writable=True, enumerable=True, configurable=True)
        if found.is_accessor:
            setter: Callable[[Model, Any], None] | None = found.set
            if setter is None:
                return False
            setter(receiver, value)
            return True
        if not found.writable:
            return False
        existing = receiver.get_own(key)
        if existing is None:
            return receiver.define_own(key, Descriptor(value, writable=True, enumerable=True, configurable=True))
        if existing.is_accessor or not existing.writable:
            return False
        return receiver.define_own(key, Descriptor(value))

    def delete(self, key: Name) -> bool:
        """10.1.10"""
        found = self.properties.get(key)
        if found is None:
            return True
        if found.configurable:
            del self.properties[key]
        return bool(found.configurable)

    def own_keys(self) -> list[Name]:
        """10.1.11"""
        indices = sorted(key for key in self.properties if isinstance(key, int))
        names = [key for key in self.properties if isinstance(key, str)]
        return [*indices, *names, *(key for key in self.properties if isinstance(key, tuple))]


class ArrayModel(Model):
    """An array; its length is set to integers from 0 to 2**32 - 1 only."""

    def __init__(self, prototype: Model | None) -> None:
        super().__init__(prototype)
        self.properties["length"] = Descriptor(0, writable=True, enumerable=False, configurable=False)

    def define_own(self, key: Name, wanted: Descriptor) -> bool:
        """10.4.2.1"""
        length = self.properties["length"]
        if key == "length":
            return self._set_length(wanted)
        if not isinstance(key, int):
            return super().define_own(key, wanted)
        if key >= length.value and not length.writable:
            return False
        if not super().define_own(key, wanted):
            return False
        if key >= length.value:
            self.properties["length"] = replace(length, value=key + 1)
        return True

    def _set_length(self, wanted: Descriptor) -> bool:
        """10.4.2.4"""
        if wanted.value is ABSENT:
            return super().define_own("length", wanted)
        new, old = wanted, self.properties["length"]
        if new.value >= old.value:
            return super().define_own("length", new)
        if not old.writable:
            return False
        freeze = new.writable is False
        if freeze:
            new = replace(new, writable=True)
        if not super().define_own("length", new):
            return False
        for key in sorted((key for key in self.properties if isinstance(key, int) and key >= new.value), reverse=True):
            if not self.delete(key):
                super().define_own("length", Descriptor(key + 1, writable=False if freeze else ABSENT))
                return False
        if freeze:
            super().define_own("length", Descriptor(writable=False))
        return True
