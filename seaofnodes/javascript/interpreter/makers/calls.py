"""Calls and constructions; arguments objects and rest parameters."""

from __future__ import annotations

from seaofnodes.javascript.interpreter.frames import CONTEXT_INDEX, Operation
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.interpreter.refusals import not_constructor, not_spreadable
from seaofnodes.javascript.interpreter.state import parameter_slots
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.errors import describe, type_error
from seaofnodes.javascript.operations.iterators import Iteration, get_iterator_from_method
from seaofnodes.javascript.operations.objects import get_v


def construct_value(iso: Isolate, constructor: int, arguments: list[int], new_target: int) -> int:
    """`new` in bytecode, or `super()`."""
    if not iso.is_constructor(constructor):
        not_constructor(iso, constructor)
    return iso.construct(constructor, arguments, new_target)


def spread(iso: Isolate, arguments: list[int]) -> list[int]:
    """Arguments the last of which is spread."""
    *found, last = arguments
    return found + spread_values(iso, last)


def spread_values(iso: Isolate, value: int) -> list[int]:
    """The values of what is spread. Throws TypeError if it is not iterable."""
    method = iso.undefined
    if value != iso.undefined and value != iso.null:
        method = get_v(iso, value, iso.symbols.iterator)
    if not iso.is_callable(method):
        not_spreadable(iso, value)
    return list(Iteration(iso, get_iterator_from_method(iso, value, method)))


def _call(receiver: bool) -> Maker:
    """A call with arguments in a list of registers, the first of which is the receiver, if there is one."""

    def make(p: Preparation, next: int, function: int, first: int, count: int, slot: int) -> Operation:
        call, undefined = p.state.call, p.iso.undefined
        end, start = first + count, first + 1

        def run_method(r: list[int]) -> int:
            r[0] = call(r[function], r[first], r[start:end])
            return next

        def run(r: list[int]) -> int:
            r[0] = call(r[function], undefined, r[first:end])
            return next

        return run_method if receiver else run

    return make


def _call_0(p: Preparation, next: int, function: int, slot: int) -> Operation:
    call, undefined = p.state.call, p.iso.undefined

    def run(r: list[int]) -> int:
        r[0] = call(r[function], undefined, [])
        return next

    return run


def _call_1(p: Preparation, next: int, function: int, first: int, slot: int) -> Operation:
    call, undefined = p.state.call, p.iso.undefined

    def run(r: list[int]) -> int:
        r[0] = call(r[function], undefined, [r[first]])
        return next

    return run


def _call_2(p: Preparation, next: int, function: int, first: int, second: int, slot: int) -> Operation:
    call, undefined = p.state.call, p.iso.undefined

    def run(r: list[int]) -> int:
        r[0] = call(r[function], undefined, [r[first], r[second]])
        return next

    return run


def _call_property_0(p: Preparation, next: int, function: int, receiver: int, slot: int) -> Operation:
    call = p.state.call

    def run(r: list[int]) -> int:
        r[0] = call(r[function], r[receiver], [])
        return next

    return run


def _call_property_1(p: Preparation, next: int, function: int, receiver: int, first: int, slot: int) -> Operation:
    call = p.state.call

    def run(r: list[int]) -> int:
        r[0] = call(r[function], r[receiver], [r[first]])
        return next

    return run


def _call_property_2(
    p: Preparation, next: int, function: int, receiver: int, first: int, second: int, slot: int
) -> Operation:
    call = p.state.call

    def run(r: list[int]) -> int:
        r[0] = call(r[function], r[receiver], [r[first], r[second]])
        return next

    return run


def _call_with_spread(p: Preparation, next: int, function: int, first: int, count: int, slot: int) -> Operation:
    iso, call = p.iso, p.state.call

    def run(r: list[int]) -> int:
        arguments = spread(iso, r[first + 1 : first + count])
        r[0] = call(r[function], r[first], arguments)
        return next

    return run


def _call_library(p: Preparation, next: int, function: int, first: int, count: int) -> Operation:
    """0: a call, 1: a construction, with arguments from an array that the code has made."""
    iso, call_value = p.iso, p.state.call

    def call(r: list[int]) -> int:
        arguments = array_elements(iso, r[first + 2])
        r[0] = call_value(r[first], r[first + 1], arguments)
        return next

    def construct(r: list[int]) -> int:
        arguments = array_elements(iso, r[first + 1])
        r[0] = construct_value(iso, r[first], arguments, r[first + 2])
        return next

    return construct if function else call


def array_elements(iso: Isolate, array: int) -> list[int]:
    """The elements of an array that no program has seen."""
    count = int(iso.float_of(properties.get(iso, array, iso.name("length"))))
    return [properties.get(iso, array, ~index) for index in range(count)]


def _construct(p: Preparation, next: int, constructor: int, first: int, count: int, slot: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        r[0] = construct_value(iso, r[constructor], r[first : first + count], r[0])
        return next

    return run


def _construct_with_spread(p: Preparation, next: int, constructor: int, first: int, count: int, slot: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        new_target = r[0]
        arguments = spread(iso, r[first : first + count])
        r[0] = construct_value(iso, r[constructor], arguments, new_target)
        return next

    return run


def _forward(p: Preparation, next: int, constructor: int, slot: int) -> Operation:
    iso, frames = p.iso, p.iso.frames

    def run(r: list[int]) -> int:
        r[0] = construct_value(iso, r[constructor], frames[-1].arguments, r[0])
        return next

    return run


def _find_constructor(p: Preparation, next: int, function: int, new_target: int, pair: int) -> Operation:
    """The constructor above; default ones between are called like others."""
    iso = p.iso

    def run(r: list[int]) -> int:
        r[pair + 1] = properties.get_prototype(iso, r[function])
        r[pair] = iso.false
        return next

    return run


def _get_super_constructor(p: Preparation, next: int, target: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        r[target] = properties.get_prototype(iso, r[0])
        return next

    return run


def _check_super(p: Preparation, next: int, constructor: int) -> Operation:
    iso, frames = p.iso, p.iso.frames

    def run(r: list[int]) -> int:
        if not iso.is_constructor(r[constructor]):
            shown, name = describe(iso, r[constructor]), frames[-1].shared.name
            if iso.kind(r[constructor]) == Kind.JS_FUNCTION:
                shown = iso.shared_of(r[constructor]).name or "null"
            type_error(iso, f"Super constructor {shown} of {name or 'anonymous class'} is not a constructor")
        return next

    return run


# --- Arguments as objects


def _mapped(p: Preparation, next: int) -> Operation:
    iso, frames = p.iso, p.iso.frames
    slots = parameter_slots(p.code.shared)

    def run(r: list[int]) -> int:
        frame = frames[-1]
        r[0] = factory.new_mapped_arguments(iso, frame.arguments, frame.function, r[CONTEXT_INDEX], slots)
        return next

    return run


def _unmapped(p: Preparation, next: int) -> Operation:
    iso, frames = p.iso, p.iso.frames

    def run(r: list[int]) -> int:
        r[0] = factory.new_unmapped_arguments(iso, frames[-1].arguments)
        return next

    return run


def _rest(p: Preparation, next: int) -> Operation:
    iso, frames = p.iso, p.iso.frames
    first = p.code.array.parameters - 1

    def run(r: list[int]) -> int:
        r[0] = factory.new_array(iso, frames[-1].arguments[first:])
        return next

    return run


MAKERS: dict[str, Maker] = {
    "CallAnyReceiver": _call(True),
    "CallProperty": _call(True),
    "CallProperty0": _call_property_0,
    "CallProperty1": _call_property_1,
    "CallProperty2": _call_property_2,
    "CallUndefinedReceiver": _call(False),
    "CallUndefinedReceiver0": _call_0,
    "CallUndefinedReceiver1": _call_1,
    "CallUndefinedReceiver2": _call_2,
    "CallWithSpread": _call_with_spread,
    "CallJSRuntime": _call_library,
    "Construct": _construct,
    "ConstructWithSpread": _construct_with_spread,
    "ConstructForwardAllArgs": _forward,
    "FindNonDefaultConstructorOrConstruct": _find_constructor,
    "GetSuperConstructor": _get_super_constructor,
    "ThrowIfNotSuperConstructor": _check_super,
    "CreateMappedArguments": _mapped,
    "CreateUnmappedArguments": _unmapped,
    "CreateRestParameter": _rest,
}
