"""The stubs of the first tier, and what they call of Python."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any, Final

from seaofnodes.javascript.baseline import seen
from seaofnodes.javascript.baseline.frames import cloned_size, run_step, step_key
from seaofnodes.javascript.baseline.layout import CLONE_MODEL, CLONE_SIZE, SEEN_OTHER
from seaofnodes.javascript.baseline.machine import Machine
from seaofnodes.javascript.baseline.stack import origin
from seaofnodes.javascript.baseline.stubs import allocation, calls, operators, properties
from seaofnodes.javascript.interpreter.operators import BINARY, COMPARES, UNARY
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.operations.conversions import to_boolean, to_object
from seaofnodes.runtime.code.builtins import Builtins
from seaofnodes.runtime.code.space import Callback

BUILTINS: Final = Builtins(calls.builders() | operators.builders() | properties.builders() | allocation.builders())

_words: Any = ctypes.c_uint64
_Two, _Three, _Four, _Five, _Six = (_words * count for count in (2, 3, 4, 5, 6))
_word: Any = ctypes.c_uint64.from_address
_byte: Any = ctypes.c_uint8.from_address
_ODDBALL_KINDS: Final = (Kind.UNDEFINED, Kind.NULL, Kind.BOOLEAN)


def _see(iso: Isolate, word: int) -> int:
    """The bits of feedback that an operand stands for."""
    if not word & 1:
        return 0
    kind = iso.kind(word)
    if kind == Kind.HEAP_NUMBER:
        return seen.NUMBER
    if kind in _ODDBALL_KINDS:
        return seen.ODDBALL
    if Kind.SEQ_ONE_BYTE <= kind <= Kind.SLICED:
        return seen.STRING
    if kind == Kind.BIGINT:
        return seen.BIGINT
    if kind == Kind.SYMBOL:
        return seen.SYMBOL
    return seen.RECEIVER


def callbacks(machine: Machine) -> dict[str, Callback]:
    """By name."""
    iso, held = machine.iso, machine.iso.held

    def guarded(function: Callable[[int], None]) -> Callback:
        """An exception of JavaScript goes on in machine code; words that Python held are let go."""

        @functools.wraps(function)
        def callback(address: int) -> bool | None:
            mark = len(held)
            try:
                function(address)
            except Throw as thrown:
                if thrown.origin is None:
                    thrown.origin = origin(machine)
                machine.put(thrown)
                return True
            finally:
                del held[mark:]
            return None

        return callback

    def binary(name: str) -> Callable[[int], None]:
        operate = BINARY[name]

        def run(address: int) -> None:
            words = _Four.from_address(address)  # rcx twice: the left operand; the right one; feedback
            left, right, feedback = words[1], words[2], words[3]
            result = operate(iso, left, right)
            bits = _see(iso, left) | _see(iso, right)
            if bits & (seen.RECEIVER | seen.SYMBOL):
                bits = seen.ANY
            if not bits:
                bits = seen.NUMBER if result & 1 else 0
            _note(feedback, bits)
            words[0] = result

        return run

    def unary(name: str) -> Callable[[int], None]:
        operate = UNARY[name]

        def run(address: int) -> None:
            words = _Two.from_address(address)
            value, feedback = words[0], words[1]
            result = operate(iso, value)
            bits = _see(iso, value)
            _note(feedback, seen.ANY if bits & (seen.RECEIVER | seen.SYMBOL | seen.STRING) else bits or seen.NUMBER)
            words[0] = result

        return run

    def compare(name: str) -> Callable[[int], None]:
        holds = COMPARES[name]

        def run(address: int) -> None:
            words = _Four.from_address(address)
            left, right, feedback = words[1], words[2], words[3]
            result = holds(iso, left, right)
            _note(feedback, _see(iso, left) | _see(iso, right))
            words[0] = iso.true if result else iso.false

        return run

    def truth(address: int) -> None:
        words = _Two.from_address(address)
        words[0] = to_boolean(iso, words[1])

    def receiver(address: int) -> None:
        words = _Two.from_address(address)
        words[0] = to_object(iso, words[0])

    def exhausted(address: int) -> None:
        iso.throw("RangeError", "Maximum call stack size exceeded")

    def call_function(address: int) -> None:
        """[closure, new target, count, count, rbp, return address, receiver, arguments...]"""
        words = _Four.from_address(address)
        closure, count = words[0], words[2]
        passed = (_words * count).from_address(address + 48)
        receiver, *arguments = passed[:]
        words[0] = iso.call(closure, receiver, arguments)

    def construct_function(address: int) -> None:
        words = _Four.from_address(address)
        closure, new_target, count = words[0], words[1], words[2]
        passed = (_words * count).from_address(address + 48)
        _, *arguments = passed[:]
        words[0] = iso.construct(closure, arguments, new_target)

    def step(address: int) -> None:
        words = _Three.from_address(address)  # offset, accumulator, frame
        words[1] = run_step(machine, words[0] & 0xFFFF_FFFF, words[1], words[2])

    def get_named(address: int) -> None:
        """[receiver, feedback, offset, key, rbp]"""
        words = _Five.from_address(address)
        receiver, feedback, key = words[0], words[1], words[3]
        result = run_step(machine, words[2], 0, words[4])
        entry = machine.caches.load_entry(receiver, key)
        if entry is not None:
            machine.caches.add(feedback, entry, key)
        words[0] = result

    def store_named(defines: bool) -> Callable[[int], None]:
        """[spare, value, object, feedback, offset, key, rbp]"""

        def run(address: int) -> None:
            words = _words_at(address, 7)
            value, receiver, feedback, offset, _, frame = words[1:7]
            before = iso.shape(receiver) if receiver & 1 else None
            run_step(machine, offset, value, frame)
            if before is not None:
                key = step_key(machine, offset, frame)
                entry = machine.caches.store_entry(before, iso.shape(receiver), key, defines)
                if entry is not None:
                    machine.caches.add(feedback, entry, key)
            words[0] = value

        return run

    def get_keyed(address: int) -> None:
        """[receiver, key, feedback, offset, rbp]"""
        words = _Five.from_address(address)
        receiver, feedback = words[0], words[2]
        result = run_step(machine, words[3], words[1], words[4])
        if not words[1] & 1:
            machine.caches.add_elements(feedback, receiver)
        words[0] = result

    def set_keyed(address: int) -> None:
        """[spare, value, receiver, feedback, offset, key, rbp]"""
        words = _words_at(address, 7)
        value, receiver, feedback, offset, key, frame = words[1:7]
        run_step(machine, offset, value, frame)
        if not key & 1:
            machine.caches.add_elements(feedback, receiver)
        words[0] = value

    def get_global(address: int) -> None:
        """[accumulator twice, feedback, offset, rbp]"""
        words = _words_at(address, 5)
        feedback, offset, frame = words[2], words[3], words[4]
        result = run_step(machine, offset, iso.undefined, frame)
        found = machine.caches.cell(step_key(machine, offset, frame))
        if found is not None:
            machine.caches.add_cell(feedback, found[0])
        words[0] = result

    def set_global(address: int) -> None:
        words = _words_at(address, 5)
        value, feedback, offset, frame = words[1], words[2], words[3], words[4]
        run_step(machine, offset, value, frame)
        found = machine.caches.cell(step_key(machine, offset, frame))
        if found is not None and found[1]:
            machine.caches.add_cell(feedback, found[0])
        words[0] = value

    def make(address: int) -> None:
        """[accumulator twice, feedback, offset, rbp]: the first object is the model of what comes."""
        words = _words_at(address, 5)
        value, feedback, offset, frame = words[1], words[2], words[3], words[4]
        model = run_step(machine, offset, value, frame)
        size = cloned_size(iso, model)
        if size:
            machine.models.append(model)
            _word(feedback + CLONE_SIZE).value = size
            _word(feedback + CLONE_MODEL).value = model
            model = run_step(machine, offset, value, frame)
        words[0] = model

    found: dict[str, Callable[[int], None]] = {f"js_{name}": binary(name) for name in BINARY}
    found |= {f"js_{name}": unary(name) for name in ("Inc", "Dec", "Negate", "BitwiseNot")}
    found |= {f"js_{name}": compare(name) for name in COMPARES}
    found |= {
        "js_truth": truth, "js_receiver": receiver, "js_exhausted": exhausted,
        "js_call_function": call_function, "js_construct_function": construct_function, "js_step": step,
        "js_make": make, "js_get_named": get_named, "js_set_named": store_named(False),
        "js_define_named": store_named(True), "js_get_keyed": get_keyed, "js_set_keyed": set_keyed,
        "js_get_global": get_global, "js_set_global": set_global,
    }  # fmt: skip
    return {name: guarded(function) for name, function in found.items()}


def _words_at(address: int, count: int) -> Any:
    return (_words * count).from_address(address)


def _note(feedback: int, bits: int) -> None:
    if bits:
        cell = _byte(feedback + SEEN_OTHER)
        cell.value |= bits
    else:
        _byte(feedback).value = 1
