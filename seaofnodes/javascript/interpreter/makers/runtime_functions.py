"""Functions of the runtime that bytecode calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.errors import UnsupportedError
from seaofnodes.javascript.bytecode.constants import ClassBoilerplate, Globals, ScopeInfo
from seaofnodes.javascript.bytecode.runtime_functions import INTRINSICS, RUNTIME
from seaofnodes.javascript.interpreter.frames import Operation
from seaofnodes.javascript.interpreter.global_variables import declare_globals
from seaofnodes.javascript.interpreter.makers.classes import define_accessor, define_class
from seaofnodes.javascript.interpreter.makers.properties import store_to_super, super_holder
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.interpreter.refusals import not_coercible
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.layout import ACCESSOR_GET, ACCESSOR_SET
from seaofnodes.javascript.objects.words import smi_value
from seaofnodes.javascript.operations.conversions import to_property_key
from seaofnodes.javascript.operations.errors import describe, reference_error, type_error
from seaofnodes.javascript.operations.objects import copy_data_properties

Function = Callable[[Preparation, list[int]], int]
"""(what the caller was prepared with, arguments) -> result"""


def _declare_globals(p: Preparation, arguments: list[int]) -> int:
    iso = p.iso
    found = p.raw(smi_value(arguments[0]))
    assert isinstance(found, Globals)
    context = iso.frames[-1].context
    shared = [p.state.shared_index(function, p.code.shared) for _, function in found.functions]
    declare_globals(iso, found, [factory.new_function(iso, iso.shared[index], context) for index in shared])
    return iso.undefined


def _define_class(p: Preparation, arguments: list[int]) -> int:
    found = p.raw(smi_value(arguments[0]))
    assert isinstance(found, ClassBoilerplate)
    return define_class(p.iso, found, arguments[1], arguments[2], arguments[3:])


def _private_symbol(p: Preparation, arguments: list[int]) -> int:
    return p.iso.symbol(p.iso.text(arguments[0]), private=True)


def _private_accessors(p: Preparation, arguments: list[int]) -> int:
    return p.iso.accessor_pair(*arguments)


def _private_accessor(offset: int) -> Function:
    def load(p: Preparation, arguments: list[int]) -> int:
        return p.iso.memory.load(arguments[0], offset)

    return load


def _define_accessor(kind: str) -> Function:
    def define(p: Preparation, arguments: list[int]) -> int:
        target, key, function, _ = arguments
        define_accessor(p.iso, target, key, kind, function)
        return p.iso.undefined

    return define


def _throw_type_error(make: Callable[[str], str]) -> Function:
    """make: the message, of the argument as text."""

    def throw(p: Preparation, arguments: list[int]) -> int:
        type_error(p.iso, make(describe(p.iso, arguments[0]) if arguments else ""))

    return throw


def _not_coercible(p: Preparation, arguments: list[int]) -> int:
    not_coercible(p.iso, arguments[0])


def _unsupported_super(p: Preparation, arguments: list[int]) -> int:
    reference_error(p.iso, "Unsupported reference to 'super'")


def _new_reference_error(p: Preparation, arguments: list[int]) -> int:
    return p.iso.make_error("ReferenceError", p.iso.text(arguments[0]))


def _load_from_super(p: Preparation, arguments: list[int]) -> int:
    iso = p.iso
    receiver, home, name = arguments
    holder = super_holder(iso, home, name, "read")
    return properties.get(iso, holder, to_property_key(iso, name), receiver)


def _store_to_super(p: Preparation, arguments: list[int]) -> int:
    receiver, home, name, value = arguments
    store_to_super(p.iso, receiver, home, name, value, p.strict)
    return value


def _set_prototype(p: Preparation, arguments: list[int]) -> int:
    """`__proto__: value` in an object literal; what is neither an object nor null is ignored."""
    target, value = arguments
    if p.iso.is_object(value) or value == p.iso.null:
        properties.set_prototype(p.iso, target, value)
    return p.iso.undefined


def _delete_variable(p: Preparation, arguments: list[int]) -> int:
    """`delete name`, of a variable that is no variable of a scope: a property of the global object, if it is there."""
    iso = p.iso
    key = to_property_key(iso, arguments[0])
    if iso.realm.script_context.lookup(key) is not None:
        return iso.false
    return iso.boolean(properties.delete(iso, iso.realm.global_object, key))


def _same_object(p: Preparation, arguments: list[int]) -> int:
    """`#name in value`, of a static method: is it the class itself?"""
    value, owner = arguments
    if not p.iso.is_object(value):
        type_error(p.iso, f"Cannot use 'in' operator to search for '#private' in {describe(p.iso, value)}")
    return p.iso.boolean(value == owner)


def _copy(p: Preparation, arguments: list[int]) -> int:
    copy_data_properties(p.iso, arguments[0], arguments[1])
    return arguments[0]


def _copy_but(p: Preparation, arguments: list[int]) -> int:
    iso = p.iso
    source, *names = arguments
    if source == iso.undefined or source == iso.null:
        not_coercible(iso, source)
    found = factory.new_object(iso)
    copy_data_properties(iso, found, source, frozenset(to_property_key(iso, name) for name in names))
    return found


def _resolve_eval(p: Preparation, arguments: list[int]) -> int:
    """What `eval(...)` calls: if that is eval, and it has a text, that text as a function in the scope of the call."""
    iso = p.iso
    callee, source, index, context = arguments
    if callee != iso.realm.intrinsic("eval") or not iso.is_string(source):
        return callee
    info = p.raw(smi_value(index))
    assert isinstance(info, ScopeInfo)
    return iso.evaluated_function(iso.text(source), info.scope, context)


FUNCTIONS: Final[dict[str, Function]] = {
    "DeclareGlobals": _declare_globals,
    "DefineClass": _define_class,
    "CreatePrivateNameSymbol": _private_symbol,
    "CreatePrivateBrandSymbol": _private_symbol,
    "CreatePrivateAccessors": _private_accessors,
    "LoadPrivateGetter": _private_accessor(ACCESSOR_GET),
    "LoadPrivateSetter": _private_accessor(ACCESSOR_SET),
    "DefineGetterPropertyUnchecked": _define_accessor("get"),
    "DefineSetterPropertyUnchecked": _define_accessor("set"),
    "ThrowConstAssignError": _throw_type_error(lambda text: "Assignment to constant variable."),
    "ThrowIteratorResultNotAnObject": _throw_type_error(lambda text: f"Iterator result {text} is not an object"),
    "ThrowPatternValueNotCoercible": _not_coercible,
    "ThrowUnsupportedSuperError": _unsupported_super,
    "ThrowInvalidPrivateMember": _throw_type_error(lambda text: f"Receiver must be class {text}"),
    "ThrowPrivateGetterMissing": _throw_type_error(lambda text: f"'{text}' was defined without a getter"),
    "ThrowPrivateSetterMissing": _throw_type_error(lambda text: f"'{text}' was defined without a setter"),
    "ThrowPrivateMethodWrite": _throw_type_error(lambda text: f"Private method '{text}' is not writable"),
    "NewReferenceError": _new_reference_error,
    "LoadKeyedFromSuper": _load_from_super,
    "StoreToSuper": _store_to_super,
    "StoreKeyedToSuper": _store_to_super,
    "SetPrototype": _set_prototype,
    "DeleteLookupSlot": _delete_variable,
    "IsSameObject": _same_object,
    "ResolvePossiblyDirectEval": _resolve_eval,
    "_CopyDataProperties": _copy,
    "_CopyDataPropertiesWithExcludedPropertiesOnStack": _copy_but,
}


def _caller(names: tuple[str, ...]) -> Maker:
    def make(p: Preparation, next: int, number: int, first: int, count: int) -> Operation:
        function = FUNCTIONS.get(names[number])
        if function is None:
            raise UnsupportedError(f"JavaScript: the runtime's function {names[number]} is not supported yet")
        end = first + count

        def run(r: list[int]) -> int:
            r[0] = function(p, r[first:end])
            return next

        return run

    return make


MAKERS: dict[str, Maker] = {"CallRuntime": _caller(RUNTIME), "InvokeIntrinsic": _caller(INTRINSICS)}
