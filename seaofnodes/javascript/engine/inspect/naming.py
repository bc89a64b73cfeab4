"""What an object is called: its constructor, and its tag."""

from __future__ import annotations

from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.operations.errors import data_of


def constructor_name(iso: Isolate, value: int, *, depth: int = 0) -> str | None:
    """The name of the nearest constructor on the chain of prototypes that the object is an instance of; None: the
    object's prototype is null. depth: how many prototypes may be named for an object that has no constructor.
    """
    constructor = key_of_text(iso, "constructor")
    above = properties.get_prototype(iso, value)
    holder = value
    while holder != iso.null:
        found = properties.get_own(iso, holder, constructor)
        if found is not None and found.value is not None and iso.is_callable(found.value):
            name = function_name(iso, found.value)
            if name and _is_instance(iso, value, found.value):
                return name
        holder = properties.get_prototype(iso, holder)
    if above == iso.null:
        return None
    if depth < 0:
        return "Object <Complex prototype>"
    outer = constructor_name(iso, above, depth=depth - 1)
    return f"Object <{outer if outer is not None else '[Object: null prototype] {}'}>"


def function_name(iso: Isolate, function: int) -> str:
    """The own property "name" if it is a string; no code of the program runs."""
    found = properties.get_own(iso, function, key_of_text(iso, "name"))
    if found is None or found.value is None or not iso.is_string(found.value):
        return ""
    return iso.text(found.value)


def _is_instance(iso: Isolate, value: int, constructor: int) -> bool:
    prototype = data_of(iso, constructor, key_of_text(iso, "prototype"))
    holder = properties.get_prototype(iso, value)
    while holder != iso.null:
        if holder == prototype:
            return True
        holder = properties.get_prototype(iso, holder)
    return False


def function_text(iso: Isolate, function: int, constructor: str | None, tag: str) -> str:
    """`[Function: f]`, `[class A extends B]`."""
    own = function_name(iso, function)
    if iso.kind(function) != Kind.JS_FUNCTION or not iso.shared_of(function).is_class:
        text = "[Function" if constructor is not None else "[Function (null prototype)"
        text += f": {own}]" if own else " (anonymous)]"
        if constructor not in (None, "Function"):
            text += f" {constructor}"
        return f"{text} [{tag}]" if tag else text
    text = f"[class {own or '(anonymous)'}"
    if constructor not in (None, "Function"):
        text += f" [{constructor}]"
    if tag:
        text += f" [{tag}]"
    above = properties.get_prototype(iso, function)
    if constructor is None:
        return f"{text} extends [null prototype]]"
    if iso.is_callable(above) and (parent := function_name(iso, above)):
        return f"{text} extends {parent}]"
    return f"{text}]"


def tag_of(iso: Isolate, value: int, constructor: str | None, hidden: bool) -> str:
    """Symbol.toStringTag where it says something that neither the constructor's name nor the properties say."""
    symbol = iso.symbols.to_string_tag
    try:
        tag = properties.get(iso, value, symbol)
    except Throw:
        return ""
    if not iso.is_string(tag) or not (text := iso.text(tag)) or text == constructor:
        return ""
    own = properties.get_own(iso, value, symbol)
    return "" if own is not None and (hidden or own.enumerable) else text


def prefix(constructor: str | None, tag: str, fallback: str, size: str = "") -> str:
    """What stands before an opening brace, with a blank. fallback: the name of what has no constructor."""
    if constructor is None:
        own = f" [{tag}]" if tag and tag != fallback else ""
        return f"[{fallback}{size}: null prototype]{own} "
    return f"{constructor}{size} [{tag}] " if tag else f"{constructor}{size} "
