"""How the files of the library declare their objects.

A file has `GROUPS`: one Group for each intrinsic object. A room has a file `contents.py` with `CONTENTS`: which file
has which intrinsic object, and what of them the global object shows. library.py finds them, make.py makes objects.

Names of properties: "@@iterator" is the symbol Symbol.iterator, every other name is a string.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from seaofnodes.javascript.objects.functions import Step

Builtin: TypeAlias = Callable[[Any, int, list[int], int], int]  # isolate, this, arguments, new.target -> a word


def function_name(name: str) -> str:
    """The name of a function that is the value of a property: "[Symbol.iterator]" of "@@iterator"."""
    return f"[Symbol.{symbol_attribute_to_name(name[2:])}]" if name.startswith("@@") else name


def symbol_attribute_to_name(attribute: str) -> str:
    """From the names of Isolate.symbols to JavaScript's: "toPrimitive" of "to_primitive"."""
    first, *others = attribute.split("_")
    return first + "".join(part.capitalize() for part in others)


@dataclass(frozen=True, slots=True)
class Function:
    """Makes the object of a Group a function. constructs: has it [[Construct]]? Only then has it a new.target.

    name: the value of its property "name"; None means the name of the group.
    """

    length: int
    code: Builtin
    constructs: bool = True
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """A property that holds a function without [[Construct]]. label: the function's name, if not the property's; step:
    of the `next` of an iterator (stepping.py).
    """

    name: str
    length: int
    code: Builtin
    label: str | None = None
    writable: bool = True
    enumerable: bool = False
    configurable: bool = True
    step: Step | None = None

    @property
    def function_name(self) -> str:
        return function_name(self.name) if self.label is None else self.label


@dataclass(frozen=True, slots=True)
class Getter:
    """An accessor property. The functions are named "get ..." and "set ..."; a text names an intrinsic object."""

    name: str
    get: Builtin | str | None
    set: Builtin | str | None = None
    enumerable: bool = False
    configurable: bool = True

    @property
    def function_name(self) -> str:
        return function_name(self.name)


@dataclass(frozen=True, slots=True)
class Constant:
    """A property with a value. value: what Python has for it (None is undefined), or a function from the Isolate to the
    word.
    """

    name: str
    value: float | str | bool | Callable[[Any], int] | None
    writable: bool = False
    enumerable: bool = False
    configurable: bool = False


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A property that holds another intrinsic object. intrinsic: which; None means that of the same name."""

    name: str
    intrinsic: str | None = None
    writable: bool = True
    enumerable: bool = False
    configurable: bool = True

    @property
    def target(self) -> str:
        return self.name if self.intrinsic is None else self.intrinsic


@dataclass(frozen=True, slots=True)
class Alias:
    """A property that holds the same function as another of this group (Array.prototype[@@iterator] and .values)."""

    name: str
    of: str
    writable: bool = True
    enumerable: bool = False
    configurable: bool = True


Entry: TypeAlias = Method | Getter | Constant | Intrinsic | Alias


def prototype_property(intrinsic: str) -> Intrinsic:
    """The property "prototype" of a constructor."""
    return Intrinsic("prototype", intrinsic, writable=False, configurable=False)


def tag(text: str) -> Constant:
    """The property Symbol.toStringTag."""
    return Constant("@@to_string_tag", text, configurable=True)


@dataclass(frozen=True, slots=True)
class Group:
    """An intrinsic object.

    name: without percent signs, as Realm.intrinsic takes it ("ArrayPrototype");
    prototype: the name of the intrinsic object that is its prototype, None for null; "" is FunctionPrototype for a
    function, ObjectPrototype for others;
    constructor: makes it a function;
    make: from the Isolate and the prototype's word to an object that is not ordinary;
    entries: its properties besides a function's length and name, in order.
    """

    name: str
    prototype: str | None = ""
    constructor: Function | None = None
    entries: tuple[Entry, ...] | list[Entry] = ()
    make: Callable[[Any, int], int] | None = None

    @property
    def prototype_name(self) -> str | None:
        if self.prototype == "":
            return "FunctionPrototype" if self.constructor is not None else "ObjectPrototype"
        return self.prototype


@dataclass(frozen=True, slots=True)
class Contents:
    """What a room has. files: from the names of its files to the intrinsic objects in them; globals: properties of the
    global object.
    """

    files: dict[str, tuple[str, ...]]
    globals: tuple[Entry, ...] = ()
