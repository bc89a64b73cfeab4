"""Makes objects of the library's tables; functions in properties are made when they are first touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seaofnodes.javascript.builtins.table import Alias, Builtin, Constant, Entry, Getter, Group, Intrinsic, Method
from seaofnodes.javascript.objects.factory import new_builtin, new_object
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import CONFIGURABLE, ENUMERABLE, WRITABLE
from seaofnodes.javascript.objects.properties import Property, define, define_lazy, define_own
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.words import Key


def make(iso: Isolate, group: Group, made: Callable[[int], None]) -> int:
    """The intrinsic object of a table. made: is told its word before its properties, which refer to it, are defined."""
    name = group.prototype_name
    prototype = iso.null if name is None else iso.realm.intrinsic(name)
    function = group.constructor
    if group.make is not None:
        word = group.make(iso, prototype)
    elif function is not None:
        label = group.name if function.name is None else function.name
        constructs = function.constructs
        word = new_builtin(iso, label, function.length, function.code, constructor=constructs, prototype=prototype)
    else:
        word = new_object(iso, prototype)
    made(word)
    define_entries(iso, word, group.entries)
    return word


def entry_key(iso: Isolate, name: str) -> Key:
    """The key of a name in a table: "@@iterator" is a symbol."""
    if name.startswith("@@"):
        symbol: int = getattr(iso.symbols, name[2:])
        return symbol
    return key_of_text(iso, name)


def define_entries(iso: Isolate, target: int, entries: Sequence[Entry]) -> None:
    """Define properties of an object, which does not have them, as a table says."""
    twice = {entry.of for entry in entries if isinstance(entry, Alias)}
    shared: dict[str, Callable[[], int]] = {}
    for entry in entries:
        key = entry_key(iso, entry.name)
        if isinstance(entry, Getter):
            _define_accessor(iso, target, key, entry)
            continue
        if isinstance(entry, Constant):
            value = constant_value(iso, entry)
            writable, enumerable, configurable = entry.writable, entry.enumerable, entry.configurable
            define(iso, target, key, value, writable=writable, enumerable=enumerable, configurable=configurable)
            continue
        if isinstance(entry, Method):
            maker = _method_maker(iso, entry)
            if entry.name in twice:
                maker = shared[entry.name] = _once(iso, maker)
        elif isinstance(entry, Alias):
            maker = shared[entry.of]
        else:
            maker = _intrinsic_maker(iso, entry.target)
        define_lazy(iso, target, key, iso.lazy_value(maker), _attributes(entry))


def _attributes(entry: Method | Alias | Intrinsic) -> int:
    writable = WRITABLE if entry.writable else 0
    enumerable = ENUMERABLE if entry.enumerable else 0
    return writable | enumerable | (CONFIGURABLE if entry.configurable else 0)


def constant_value(iso: Isolate, entry: Constant) -> int:
    """The word of a Constant."""
    value = entry.value
    if value is None:
        return iso.undefined
    if isinstance(value, bool):
        return iso.boolean(value)
    if isinstance(value, str):
        return iso.name(value)
    if isinstance(value, int | float):
        return iso.number(value)
    return value(iso)


def _method_maker(iso: Isolate, entry: Method) -> Callable[[], int]:
    prototype = iso.realm.intrinsic("FunctionPrototype")
    return lambda: new_builtin(iso, entry.function_name, entry.length, entry.code, prototype=prototype, step=entry.step)


def _intrinsic_maker(iso: Isolate, name: str) -> Callable[[], int]:
    realm = iso.realm  # code of another realm may be the first that reads the property
    return lambda: realm.intrinsic(name)


def _once(iso: Isolate, maker: Callable[[], int]) -> Callable[[], int]:
    made: list[int] = []

    def once() -> int:
        if not made:
            made.append(iso.pin(maker()))
        return made[0]

    return once


def _define_accessor(iso: Isolate, target: int, key: Key, entry: Getter) -> None:
    get = _accessor_function(iso, entry, "get", 0, entry.get)
    set_ = _accessor_function(iso, entry, "set", 1, entry.set)
    found = Property(get=get, set=set_, enumerable=entry.enumerable, configurable=entry.configurable)
    define_own(iso, target, key, found)


def _accessor_function(iso: Isolate, entry: Getter, which: str, length: int, code: Builtin | str | None) -> int:
    if code is None:
        return iso.undefined
    if isinstance(code, str):
        return iso.realm.intrinsic(code)
    return new_builtin(iso, f"{which} {entry.function_name}", length, code)
