"""Operations on objects (ECMA-262, 7.3): properties that must be written, lists of arguments, constructors."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import PROXIES, Kind
from seaofnodes.javascript.objects.layout import BOUND_TARGET, PROXY_TARGET
from seaofnodes.javascript.objects.methods.elements import array_length
from seaofnodes.javascript.objects.properties import Property
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.access import (
    call as call,
    get_method as get_method,
    get_v as get_v,
    invoke as invoke,
    prototype_of_value as prototype_of_value,
    type_name as type_name,
)
from seaofnodes.javascript.operations.conversions import to_boolean, to_length, to_text
from seaofnodes.javascript.operations.errors import describe, describe_key, range_error, type_error

_MOST_ARGUMENTS: Final = 1 << 17


def is_array(iso: Isolate, value: int) -> bool:
    """IsArray: an array, or a proxy of one. Throws TypeError if the proxy has been revoked."""
    while iso.is_object(value):
        kind = iso.kind(value)
        if kind not in PROXIES:
            return kind == Kind.JS_ARRAY
        value = iso.memory.load(value, PROXY_TARGET)
        if value == iso.null:
            type_error(iso, "Cannot perform 'IsArray' on a proxy that has been revoked")
    return False


# --- Writing


def set_or_throw(iso: Isolate, object: int, key: Key, value: int) -> None:
    """Set a property. Throws TypeError, with the reason, if that is refused."""
    if not properties.set_(iso, object, key, value):
        refuse_set(iso, object, key)


def set_v(iso: Isolate, target: int, key: Key, value: int, strict: bool) -> None:
    """Set a property of any value (PutValue). Throws TypeError for undefined and null; in strict code also if it is
    refused.
    """
    if iso.is_object(target):
        if not properties.set_(iso, target, key, value) and strict:
            refuse_set(iso, target, key)
        return
    if target == iso.undefined or target == iso.null:
        type_error(iso, f"Cannot set properties of {describe(iso, target)} (setting '{describe_key(iso, key)}')")
    if not _set_of_primitive(iso, target, key, value) and strict:
        refuse_set(iso, target, key)


def _set_of_primitive(iso: Isolate, target: int, key: Key, value: int) -> bool:
    """A setter of the prototype is called; nothing else is possible."""
    if iso.is_string(target) and properties.get_own(iso, factory.new_wrapper(iso, target), key) is not None:
        return False
    return properties.set_(iso, prototype_of_value(iso, target), key, value, target)


def refuse_set(iso: Isolate, target: int, key: Key) -> None:
    """Throw the TypeError that says why a property was not set."""
    name = describe_key(iso, key)
    shown = describe(iso, target)
    holder = target if iso.is_object(target) else prototype_of_value(iso, target)
    own = True
    while holder != iso.null:
        found = properties.get_own(iso, holder, key)
        if found is not None:
            if found.get is not None or found.set is not None:
                type_error(iso, f"Cannot set property {name} of {shown} which has only a getter")
            if not own or not found.writable:
                type_error(iso, f"Cannot assign to read only property '{name}' of {type_name(iso, target)} '{shown}'")
        holder, own = properties.get_prototype(iso, holder), False
    if not iso.is_object(target):
        type_error(iso, f"Cannot create property '{name}' on {type_name(iso, target)} '{shown}'")
    type_error(iso, f"Cannot add property {name}, object is not extensible")


def create_data_or_throw(iso: Isolate, object: int, key: Key, value: int) -> None:
    """Define an ordinary property. Throws TypeError if that is refused."""
    if not properties.create_data(iso, object, key, value):
        refuse_define(iso, object, key)


def define_or_throw(iso: Isolate, object: int, key: Key, property: Property) -> None:
    """Define a property. Throws TypeError if that is refused."""
    if not properties.define_own(iso, object, key, property):
        refuse_define(iso, object, key)


def refuse_define(iso: Isolate, object: int, key: Key) -> None:
    """Throw the TypeError that says why a property was not defined."""
    name = describe_key(iso, key)
    if properties.get_own(iso, object, key) is None:
        type_error(iso, f"Cannot define property {name}, object is not extensible")
    type_error(iso, f"Cannot redefine property: {name}")


def delete_or_throw(iso: Isolate, object: int, key: Key) -> None:
    """Delete a property. Throws TypeError if that is refused."""
    if not properties.delete(iso, object, key):
        refuse_delete(iso, object, key)


def refuse_delete(iso: Isolate, object: int, key: Key) -> None:
    type_error(iso, f"Cannot delete property '{describe_key(iso, key)}' of {describe(iso, object)}")


def copy_data_properties(iso: Isolate, target: int, source: int, excluded: frozenset[Key] = frozenset()) -> None:
    """CopyDataProperties: own enumerable properties of a value become ordinary ones of an object."""
    if source == iso.undefined or source == iso.null:
        return
    if not iso.is_object(source):
        if not iso.is_string(source):
            return
        source = factory.new_wrapper(iso, source)
    mark = len(iso.held)
    for key in properties.own_keys(iso, source):
        if key in excluded:
            continue
        found = properties.get_own(iso, source, key)
        if found is not None and found.enumerable:
            properties.create_data(iso, target, key, properties.get(iso, source, key))
        del iso.held[mark:]


# --- Lists


def length_of_array_like(iso: Isolate, object: int) -> int:
    if iso.kind(object) == Kind.JS_ARRAY:
        return array_length(iso, object)
    return to_length(iso, properties.get(iso, object, iso.name("length")))


def create_list_from_array_like(iso: Isolate, value: int) -> list[int]:
    """The elements of an object with a length, for arguments of a call."""
    if not iso.is_object(value):
        type_error(iso, "CreateListFromArrayLike called on non-object")
    count = length_of_array_like(iso, value)
    if count > _MOST_ARGUMENTS:
        range_error(iso, "Maximum call stack size exceeded")
    found = []
    for index in range(count):
        mark = len(iso.held)
        word = properties.get(iso, value, ~index)
        del iso.held[mark:]
        iso.held.append(word)
        found.append(word)
    return found


# --- Constructors


def instance_of(iso: Isolate, value: int, target: int) -> bool:
    """`instanceof`"""
    if not iso.is_object(target):
        type_error(iso, "Right-hand side of 'instanceof' is not an object")
    method = get_method(iso, target, iso.symbols.has_instance)
    if method is not None:
        return to_boolean(iso, iso.call(method, target, [value]))
    if not iso.is_callable(target):
        type_error(iso, "Right-hand side of 'instanceof' is not callable")
    return ordinary_has_instance(iso, target, value)


def ordinary_has_instance(iso: Isolate, constructor: int, value: int) -> bool:
    """Is the constructor's `prototype` among the prototypes of a value?"""
    if not iso.is_callable(constructor):
        return False
    if iso.kind(constructor) == Kind.JS_BOUND_FUNCTION:
        return instance_of(iso, value, iso.memory.load(constructor, BOUND_TARGET))
    if not iso.is_object(value):
        return False
    prototype = properties.get(iso, constructor, iso.name("prototype"))
    if not iso.is_object(prototype):
        type_error(iso, f"Function has non-object prototype '{describe(iso, prototype)}' in instanceof check")
    walk = properties.get_prototype(iso, value)
    while walk != iso.null:
        if walk == prototype:
            return True
        walk = properties.get_prototype(iso, walk)
    return False


def species_constructor(iso: Isolate, object: int, default: str) -> int:
    """The constructor for what is made of an object. default: the name of an intrinsic."""
    constructor = properties.get(iso, object, iso.name("constructor"))
    if constructor == iso.undefined:
        return iso.realm.intrinsic(default)
    if not iso.is_object(constructor):
        type_error(iso, "The .constructor property is not an object")
    species = properties.get(iso, constructor, iso.symbols.species)
    if species == iso.undefined or species == iso.null:
        return iso.realm.intrinsic(default)
    if not iso.is_constructor(species):
        type_error(iso, "object.constructor[Symbol.species] is not a constructor")
    return species


def get_prototype_from_constructor(iso: Isolate, constructor: int, default: str) -> int:
    """The `prototype` of a constructor, if it is an object. default: the name of an intrinsic. Throws TypeError if
    there is no object and the constructor is a proxy that has been revoked, or is bound to one (GetFunctionRealm).
    """
    prototype = properties.get(iso, constructor, iso.name("prototype"))
    if iso.is_object(prototype):
        return prototype
    while (kind := iso.kind(constructor)) == Kind.JS_BOUND_FUNCTION or kind in PROXIES:
        bound = kind == Kind.JS_BOUND_FUNCTION
        constructor = iso.memory.load(constructor, BOUND_TARGET if bound else PROXY_TARGET)
        if constructor == iso.null:
            type_error(iso, "Cannot perform 'get' on a proxy that has been revoked")
    return iso.realm.intrinsic(default)


def ordinary_create_from_constructor(iso: Isolate, constructor: int, default: str) -> int:
    """A new ordinary object with the constructor's prototype."""
    return factory.new_object(iso, get_prototype_from_constructor(iso, constructor, default))


def set_function_name(iso: Isolate, function: int, key: int, prefix: str = "") -> None:
    """SetFunctionName. key: a string or symbol (word)."""
    if iso.kind(key) == Kind.SYMBOL:
        description = iso.symbol_description(key)
        text = "" if description is None else description if description[:1] == "#" else f"[{description}]"
    else:
        text = to_text(iso, key)
    name = iso.string(f"{prefix} {text}" if prefix else text)
    properties.define(iso, function, iso.name("name"), name, writable=False)
