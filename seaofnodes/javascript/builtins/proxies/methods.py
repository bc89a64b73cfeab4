"""The internal methods of proxies (ECMA-262, section 10.5)."""

from __future__ import annotations

from typing import NoReturn

from seaofnodes.javascript.builtins.descriptors import from_property_descriptor, to_property_descriptor
from seaofnodes.javascript.builtins.proxies.traps import trap
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.methods.ordinary import ORDINARY, is_compatible
from seaofnodes.javascript.objects.properties import Property
from seaofnodes.javascript.objects.strings import key_of_string, key_word
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.comparison import same_value
from seaofnodes.javascript.operations.conversions import to_boolean
from seaofnodes.javascript.operations.errors import describe, describe_key, type_error
from seaofnodes.javascript.operations.objects import create_list_from_array_like


def _refuse(iso: Isolate, name: str, key: Key | None, why: str) -> NoReturn:
    """Throw the TypeError for a trap that breaks an invariant."""
    of = "" if key is None else f" for property '{describe_key(iso, key)}'"
    type_error(iso, f"'{name}' on proxy: {why}{of}")


def _is_private(iso: Isolate, key: Key) -> bool:
    """A private name is kept in the proxy itself."""
    return key >= 0 and iso.is_private(key)


def _complete(found: Property, undefined: int) -> Property:
    """Section 6.2.6.6, CompletePropertyDescriptor."""
    if found.is_accessor:
        get = undefined if found.get is None else found.get
        set_ = undefined if found.set is None else found.set
        return Property(None, get, set_, None, bool(found.enumerable), bool(found.configurable))
    value = undefined if found.value is None else found.value
    return Property(value, None, None, bool(found.writable), bool(found.enumerable), bool(found.configurable))


class Proxies:
    """The first argument of a method is the isolate, the second the proxy."""

    plain_names = False
    plain_elements = False

    def get_prototype(self, iso: Isolate, obj: int) -> int:
        """Section 10.5.1."""
        found = trap(iso, obj, "getPrototypeOf")
        if found.function is None:
            return properties.get_prototype(iso, found.target)
        prototype = found()
        if prototype != iso.null and not iso.is_object(prototype):
            _refuse(iso, "getPrototypeOf", None, "trap returned neither object nor null")
        if not properties.is_extensible(iso, found.target) and prototype != properties.get_prototype(iso, found.target):
            _refuse(iso, "getPrototypeOf", None, "trap did not return the prototype of a non-extensible target")
        return prototype

    def set_prototype(self, iso: Isolate, obj: int, prototype: int) -> bool:
        """Section 10.5.2."""
        found = trap(iso, obj, "setPrototypeOf")
        if found.function is None:
            return properties.set_prototype(iso, found.target, prototype)
        if not to_boolean(iso, found(prototype)):
            return False
        if not properties.is_extensible(iso, found.target) and prototype != properties.get_prototype(iso, found.target):
            _refuse(
                iso,
                "setPrototypeOf",
                None,
                "trap returned truish for a non-extensible target",
            )
        return True

    def is_extensible(self, iso: Isolate, obj: int) -> bool:
        """Section 10.5.3."""
        found = trap(iso, obj, "isExtensible")
        if found.function is None:
            return properties.is_extensible(iso, found.target)
        result = to_boolean(iso, found())
        if result != properties.is_extensible(iso, found.target):
            _refuse(
                iso,
                "isExtensible",
                None,
                "trap result is not what the target says",
            )
        return result

    def prevent_extensions(self, iso: Isolate, obj: int) -> bool:
        """Section 10.5.4."""
        found = trap(iso, obj, "preventExtensions")
        if found.function is None:
            return properties.prevent_extensions(iso, found.target)
        result = to_boolean(iso, found())
        if result and properties.is_extensible(iso, found.target):
            _refuse(iso, "preventExtensions", None, "the proxy target is extensible")
        return result

    def get_own(self, iso: Isolate, obj: int, key: Key) -> Property | None:
        """Section 10.5.5."""
        if _is_private(iso, key):
            return ORDINARY.get_own(iso, obj, key)
        name = "getOwnPropertyDescriptor"
        found = trap(iso, obj, name)
        if found.function is None:
            return properties.get_own(iso, found.target, key)
        result = found(key_word(iso, key))
        if result != iso.undefined and not iso.is_object(result):
            _refuse(iso, name, key, "trap returned neither object nor undefined")
        current = properties.get_own(iso, found.target, key)
        if result == iso.undefined:
            if current is not None and not current.configurable:
                _refuse(iso, name, key, "trap returned undefined for what is non-configurable in the proxy target")
            if current is not None and not properties.is_extensible(iso, found.target):
                _refuse(iso, name, key, "trap returned undefined although the proxy target is non-extensible")
            return None
        extensible = properties.is_extensible(iso, found.target)
        said = _complete(to_property_descriptor(iso, result), iso.undefined)
        if not (extensible if current is None else is_compatible(iso, current, said)):
            _refuse(iso, name, key, "trap returned a descriptor that is incompatible with the existing property")
        if not said.configurable:
            if current is None or current.configurable:
                _refuse(iso, name, key, "trap reported non-configurability of what is not so in the proxy target")
            if said.writable is False and current.writable:
                _refuse(iso, name, key, "trap reported non-configurable and writable")
        return said

    def define_own(self, iso: Isolate, obj: int, key: Key, wanted: Property) -> bool:
        """Section 10.5.6."""
        if _is_private(iso, key):
            return ORDINARY.define_own(iso, obj, key, wanted)
        name = "defineProperty"
        found = trap(iso, obj, name)
        if found.function is None:
            return properties.define_own(iso, found.target, key, wanted)
        if not to_boolean(iso, found(key_word(iso, key), from_property_descriptor(iso, wanted))):
            return False
        current = properties.get_own(iso, found.target, key)
        extensible = properties.is_extensible(iso, found.target)
        fixed = wanted.configurable is False
        if current is None:
            if not extensible:
                _refuse(iso, name, key, "trap returned truish for adding to the non-extensible proxy target")
            if fixed:
                _refuse(iso, name, key, "trap returned truish for a non-configurable property that does not exist")
            return True
        if not is_compatible(iso, current, wanted):
            _refuse(iso, name, key, "trap returned truish for an incompatible property")
        if fixed and current.configurable:
            _refuse(iso, name, key, "trap returned truish for making non-configurable what is configurable")
        if current.writable and not current.configurable and wanted.writable is False:
            _refuse(iso, name, key, "trap returned truish for making non-writable what is non-configurable")
        return True

    def has(self, iso: Isolate, obj: int, key: Key) -> bool:
        """Section 10.5.7."""
        if _is_private(iso, key):
            return ORDINARY.get_own(iso, obj, key) is not None
        found = trap(iso, obj, "has")
        if found.function is None:
            return properties.has(iso, found.target, key)
        if to_boolean(iso, found(key_word(iso, key))):
            return True
        current = properties.get_own(iso, found.target, key)
        if current is not None and not current.configurable:
            _refuse(iso, "has", key, "trap returned falsish for what is non-configurable in the proxy target")
        if current is not None and not properties.is_extensible(iso, found.target):
            _refuse(iso, "has", key, "trap returned falsish although the proxy target is not extensible")
        return False

    def get(self, iso: Isolate, obj: int, key: Key, receiver: int) -> int:
        """Section 10.5.8."""
        if _is_private(iso, key):
            own = ORDINARY.get_own(iso, obj, key)
            return iso.undefined if own is None or own.value is None else own.value
        found = trap(iso, obj, "get")
        if found.function is None:
            return properties.get(iso, found.target, key, receiver)
        value = found(key_word(iso, key), receiver)
        current = properties.get_own(iso, found.target, key)
        if current is not None and not current.configurable:
            if current.value is not None and not current.writable and not same_value(iso, value, current.value):
                _refuse(iso, "get", key, "trap returned another value than the read-only, non-configurable one")
            if current.is_accessor and current.get == iso.undefined and value != iso.undefined:
                _refuse(iso, "get", key, f"trap returned '{describe(iso, value)}' where there is no getter")
        return value

    def set(self, iso: Isolate, obj: int, key: Key, value: int, receiver: int) -> bool:
        """Section 10.5.9."""
        if _is_private(iso, key):
            return ORDINARY.define_own(iso, obj, key, Property(value))
        found = trap(iso, obj, "set")
        if found.function is None:
            return properties.set_(iso, found.target, key, value, receiver)
        if not to_boolean(iso, found(key_word(iso, key), value, receiver)):
            return False
        current = properties.get_own(iso, found.target, key)
        if current is not None and not current.configurable:
            if current.value is not None and not current.writable and not same_value(iso, value, current.value):
                _refuse(iso, "set", key, "trap returned truish for another value than the read-only one")
            if current.is_accessor and current.set == iso.undefined:
                _refuse(iso, "set", key, "trap returned truish where there is no setter")
        return True

    def delete(self, iso: Isolate, obj: int, key: Key) -> bool:
        """Section 10.5.10."""
        found = trap(iso, obj, "deleteProperty")
        if found.function is None:
            return properties.delete(iso, found.target, key)
        if not to_boolean(iso, found(key_word(iso, key))):
            return False
        current = properties.get_own(iso, found.target, key)
        if current is not None and not current.configurable:
            _refuse(iso, "deleteProperty", key, "trap returned truish for what is non-configurable in the proxy target")
        if current is not None and not properties.is_extensible(iso, found.target):
            _refuse(iso, "deleteProperty", key, "trap returned truish although the proxy target is non-extensible")
        return True

    def own_keys(self, iso: Isolate, obj: int) -> list[Key]:
        """Section 10.5.11."""
        found = trap(iso, obj, "ownKeys")
        if found.function is None:
            return properties.own_keys(iso, found.target)
        keys: list[Key] = []
        for word in create_list_from_array_like(iso, found()):
            if not iso.is_string(word) and not iso.is_symbol(word):
                type_error(iso, f"{describe(iso, word)} is not a valid property name")
            key = word if iso.is_symbol(word) else key_of_string(iso, word)
            keys.append(key)
        iso.held += [key for key in keys if key >= 0]
        if len(set(keys)) != len(keys):
            _refuse(iso, "ownKeys", None, "trap returned duplicate entries")
        self._check_keys(iso, found.target, frozenset(keys))
        return keys

    def _check_keys(self, iso: Isolate, target: int, keys: frozenset[Key]) -> None:
        """Steps 10 to 22: no non-configurable property may be left out; of what is not extensible, none at all."""
        extensible = properties.is_extensible(iso, target)
        own = properties.own_keys(iso, target)
        for key in own:
            current = properties.get_own(iso, target, key)
            fixed = current is not None and not current.configurable
            if key not in keys and (fixed or not extensible):
                _refuse(iso, "ownKeys", None, f"trap result did not include '{describe_key(iso, key)}'")
        if not extensible and len(keys) != len(own):
            _refuse(iso, "ownKeys", None, "trap returned extra keys but proxy target is non-extensible")


METHODS = Proxies()
