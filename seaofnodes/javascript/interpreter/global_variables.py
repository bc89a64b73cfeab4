"""Variables of scripts, and properties of the global object (ECMA-262, 9.1.1.4)."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.javascript.bytecode.constants import Globals
from seaofnodes.javascript.interpreter.frames import Operation
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.objects import contexts, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.property import Property
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.errors import describe_key, reference_error, syntax_error, type_error
from seaofnodes.javascript.operations.objects import define_or_throw, refuse_set, set_or_throw


def load_global(iso: Isolate, key: Key, inside_typeof: bool = False) -> int:
    """The value of a variable that no scope of the script declares."""
    found = iso.realm.script_context.lookup(key)
    if found is not None:
        value = contexts.slot(iso, found.context, found.index)
        if value == iso.hole:
            reference_error(iso, f"Cannot access '{describe_key(iso, key)}' before initialization")
        return value
    object = iso.realm.global_object
    if properties.has(iso, object, key):
        return properties.get(iso, object, key)
    if inside_typeof:
        return iso.undefined
    reference_error(iso, f"{describe_key(iso, key)} is not defined")


def store_global(iso: Isolate, key: Key, value: int, strict: bool) -> None:
    """Assign to such a variable; in sloppy code one that does not exist becomes a property of the global object."""
    found = iso.realm.script_context.lookup(key)
    if found is not None:
        if contexts.slot(iso, found.context, found.index) == iso.hole:
            reference_error(iso, f"Cannot access '{describe_key(iso, key)}' before initialization")
        if found.constant:
            type_error(iso, "Assignment to constant variable.")
        contexts.set_slot(iso, found.context, found.index, value)
        return
    object = iso.realm.global_object
    if strict and not properties.has(iso, object, key):
        reference_error(iso, f"{describe_key(iso, key)} is not defined")
    if not properties.set_(iso, object, key, value) and strict:
        refuse_set(iso, object, key)


def _load(p: Preparation, next: int, name: int, slot: int) -> Operation:
    iso, key = p.iso, p.key(name)

    def load(r: list[int]) -> int:
        r[0] = load_global(iso, key)
        return next

    return load


def _load_inside_typeof(p: Preparation, next: int, name: int, slot: int) -> Operation:
    iso, key = p.iso, p.key(name)

    def load(r: list[int]) -> int:
        r[0] = load_global(iso, key, inside_typeof=True)
        return next

    return load


def _store(p: Preparation, next: int, name: int, slot: int) -> Operation:
    iso, key, strict = p.iso, p.key(name), p.strict

    def store(r: list[int]) -> int:
        store_global(iso, key, r[0], strict)
        return next

    return store


# --- Declarations


@dataclass(frozen=True, slots=True)
class ScriptSlot:
    """Where a variable is that a script declares with let, const or class: in a slot of a context."""

    context: int
    index: int
    constant: bool


class ScriptContext:
    """The variables of that kind, which all scripts of a realm see. Attributes: slots: by name."""

    def __init__(self) -> None:
        self.slots: dict[Key, ScriptSlot] = {}

    def lookup(self, key: Key) -> ScriptSlot | None:
        return self.slots.get(key)


def check_globals(iso: Isolate, lexical: list[Key], found: Globals) -> None:
    """Can the names of a script be declared (ECMA-262, 16.1.7)? lexical: those of let, const and class. Throws
    SyntaxError and TypeError.
    """
    object = iso.realm.global_object
    functions = [iso.name(name) for name, _ in found.functions]
    variables = [iso.name(name) for name in found.variables]
    for key in lexical:
        _check_free(iso, key)
        own = properties.get_own(iso, object, key)
        if own is not None and not own.configurable:
            syntax_error(iso, f"Identifier '{describe_key(iso, key)}' has already been declared")
    for key in functions + variables:
        _check_free(iso, key)
    for key in functions:
        _check_function(iso, object, key)
    for key in variables:
        if properties.get_own(iso, object, key) is None and not properties.is_extensible(iso, object):
            type_error(iso, f"Cannot define global variable '{describe_key(iso, key)}', object is not extensible")


def declare_globals(iso: Isolate, found: Globals, closures: list[int]) -> None:
    """The variables and functions of a script become properties of the global object (ECMA-262, 16.1.7), after
    `check_globals`. closures: of the functions.
    """
    object = iso.realm.global_object
    for (name, _), closure in zip(found.functions, closures, strict=True):
        key = iso.name(name)
        known = properties.get_own(iso, object, key)
        wanted = Property(closure)
        if known is None or known.configurable:
            wanted = Property(closure, writable=True, enumerable=True, configurable=found.deletable)
        define_or_throw(iso, object, key, wanted)
        set_or_throw(iso, object, key, closure)
    for name in found.variables:
        key = iso.name(name)
        if properties.get_own(iso, object, key) is None:
            properties.define(iso, object, key, iso.undefined, enumerable=True, configurable=found.deletable)


def _check_free(iso: Isolate, key: Key) -> None:
    if iso.realm.script_context.lookup(key) is not None:
        syntax_error(iso, f"Identifier '{describe_key(iso, key)}' has already been declared")


def _check_function(iso: Isolate, object: int, key: Key) -> None:
    """CanDeclareGlobalFunction."""
    known = properties.get_own(iso, object, key)
    if known is None:
        fine = properties.is_extensible(iso, object)
    else:
        fine = bool(known.configurable or (known.is_data and known.writable and known.enumerable))
    if not fine:
        type_error(iso, f"Identifier '{describe_key(iso, key)}' has already been declared")


MAKERS: dict[str, Maker] = {
    "LdaGlobal": _load,
    "LdaGlobalInsideTypeof": _load_inside_typeof,
    "StaGlobal": _store,
}
