"""A language with global constants that may be assigned all the same: its compiled code has their values in it.

Registers are of machine types. A call has any number of results. Some functions are Python's.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seaofnodes import Engine
from seaofnodes.errors import UnsupportedError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.ops.memory import MemoryAccess, load
from seaofnodes.ir.types import FLOAT64, WORD32, WORD64, Type
from seaofnodes.language import Assumption, Frame, FunctionInfo, Language, Lifter, Value

TYPES = {"i": WORD32, "l": WORD64, "d": FLOAT64}
ADD = {WORD32: m.INT32_ADD, WORD64: m.INT64_ADD, FLOAT64: m.FLOAT64_ADD}
Instruction = tuple[Any, ...]

# Engines whose results have to be the interpreter's.
OPTIONS: list[dict[str, Any]] = [
    {"tier": "optimized"}, {"tier": "optimized", "inline": False}, {"tier": "optimized", "pipeline": "none"},
    {"tier": "optimized", "pipeline": "O1"}, {"tier": "optimized", "stress_inline": True}, {"tier_up_budget": 60},
    {"tier": "optimized", "stress_deopt": True}, {"tier_up_budget": 60, "background": True},
]  # fmt: skip


@dataclass(frozen=True)
class Body:
    """Attributes: registers: a letter each, see TYPES; parameters: how many of them are; results: letters; code:

    ("const", r, value); ("add", r, a, b); ("global", r, name); ("call", [r...], function, a...); ("return", r...);
    ("less", r, a, b), of longs; ("branch", r, index of an instruction).
    """

    registers: str
    parameters: int
    results: str
    code: Sequence[Instruction]


@dataclass(frozen=True)
class Host:
    """A function of Python. Attributes: parameters, results: letters; call: is given the language first."""

    parameters: str
    results: str
    call: Callable[..., Sequence[Value]]


class Globals(Language):
    """A program. Attributes: constants: assumptions that a global never changes, by name."""

    def __init__(self, functions: Mapping[str, Body | Host], values: Mapping[str, int]) -> None:
        self.bodies = list(functions.values())
        self.numbers = {name: index for index, name in enumerate(functions)}
        self.functions = [_info(name, body) for name, body in functions.items()]
        self.words = (ctypes.c_int64 * len(values))(*values.values())
        self.places = {name: index for index, name in enumerate(values)}
        self.constants: dict[str, Assumption] = {}

    def call(self, name: str, *arguments: Value) -> tuple[Value, ...]:
        return self.program.call(self.numbers[name], *arguments)

    def constant(self, name: str) -> Assumption:
        return self.constants.setdefault(name, self.program.assumption(f"{name} is constant"))

    def get(self, name: str) -> int:
        return self.words[self.places[name]]

    def assign(self, name: str, value: int) -> None:
        self.constant(name).invalidate()
        self.words[self.places[name]] = value

    def settle(self, name: str) -> None:
        """A global that has been assigned is constant from now on."""
        if not self.constant(name).is_valid:  # code may depend on one that has not ended
            del self.constants[name]

    def interpret(self, function: int, arguments: tuple[Value, ...]) -> Sequence[Value]:
        body = self.bodies[function]
        if isinstance(body, Host):
            return body.call(self, *arguments)
        rest: list[Value] = [0.0 if letter == "d" else 0 for letter in body.registers[body.parameters :]]
        return self.run(function, 0, [*arguments, *rest])

    def resume(self, frame: Frame) -> Sequence[Value]:
        registers, offset = list(frame.values), frame.offset
        if frame.callee_results is not None:
            body = self.bodies[frame.function]
            assert isinstance(body, Body)
            _put(registers, body.code[offset][1], frame.callee_results)
            offset += 1
        return self.run(frame.function, offset, registers)

    def run(self, function: int, at: int, registers: list[Value]) -> Sequence[Value]:
        body = self.bodies[function]
        assert isinstance(body, Body)
        while True:
            op, *args = body.code[at]
            target = at + 1
            if op == "const":
                registers[args[0]] = args[1]
            elif op == "add":
                registers[args[0]] = _wrap(registers[args[1]] + registers[args[2]], body.registers[args[0]])
            elif op == "less":
                registers[args[0]] = int(registers[args[1]] < registers[args[2]])
            elif op == "global":
                registers[args[0]] = self.get(args[1])
            elif op == "call":
                _put(registers, args[0], self.call(args[1], *[registers[r] for r in args[2:]]))
            elif op == "return":
                return [registers[r] for r in args]
            elif registers[args[0]]:
                target = args[1]
            if target <= at and (done := self.program.loop(function, target, registers)) is not None:
                return done
            at = target

    def lift(self, function: int, start: int) -> Graph:
        body = self.bodies[function]
        if isinstance(body, Host):
            raise UnsupportedError("Python's")
        known = body.parameters if start < 0 else len(body.registers)
        kinds = _types(body.registers)
        loops = [code[-1] for at, code in enumerate(body.code) if code[0] == "branch" and code[-1] <= at]
        name = self.functions[function].name
        lifter = Lifter(name, kinds[:known], _types(body.results), function=function, loops=loops, start=start)
        zeros = [lifter.graph.constant_of(kind, 0) for kind in kinds[known:]]
        lifter.values = [*map(lifter.parameter, range(known)), *zeros]
        return lifter.run(range(len(body.code)), lambda at: self._lift(lifter, body, at))

    def _lift(self, lifter: Lifter, body: Body, at: int) -> None:
        op, *args = body.code[at]
        graph, values = lifter.graph, lifter.values
        if op == "const":
            values[args[0]] = graph.int32(args[1]) if body.registers[args[0]] == "i" else graph.int64(args[1])
        elif op == "add":
            values[args[0]] = lifter.op(ADD[values[args[1]].type], values[args[1]], values[args[2]])
        elif op == "less":
            less = lifter.op(m.INT64_LESS_THAN, values[args[1]], values[args[2]])
            values[args[0]] = lifter.op(m.CHANGE_UINT32_TO_UINT64, less)
        elif op == "global":
            values[args[0]] = self._global(lifter, args[1])
        elif op == "call":
            callee = self.numbers[args[1]]
            given = [values[r] for r in args[2:]]
            _put(values, args[0], lifter.call(callee, given, self.functions[callee].results, site=at))
        elif op == "return":
            lifter.return_(*[values[r] for r in args])
        else:
            zero = lifter.op(m.WORD64_EQUAL, values[args[0]], graph.int64(0))
            lifter.branch_to(lifter.op(m.WORD32_EQUAL, zero, graph.int32(0)), args[1])

    def _global(self, lifter: Lifter, name: str) -> Node:
        if lifter.depends_on(self.constant(name)):
            return lifter.graph.int64(self.get(name))
        access = MemoryAccess(0, "Word64", WORD64, 8 * self.places[name], trapping=False)
        address = lifter.graph.int64(ctypes.addressof(self.words))
        return lifter.op(load(access), address, lifter.graph.int32(0))


def _info(name: str, body: Body | Host) -> FunctionInfo:
    if isinstance(body, Host):
        return FunctionInfo(name, _types(body.parameters), _types(body.results), 1)
    return FunctionInfo(name, _types(body.registers[: body.parameters]), _types(body.results), len(body.code))


def _types(letters: str) -> tuple[Type, ...]:
    return tuple(TYPES[letter] for letter in letters)


def _put(registers: list[Any], places: Sequence[int], values: Sequence[Any]) -> None:
    for place, value in zip(places, values, strict=True):
        registers[place] = value


def _wrap(value: Value, letter: str) -> Value:
    if letter == "d":
        return value
    half = 1 << (31 if letter == "i" else 63)
    return (int(value) + half) % (2 * half) - half


def loaded(functions: Mapping[str, Body | Host], values: Mapping[str, int], **options: Any) -> tuple[Globals, Engine]:
    """The program in an engine of its own."""
    engine = Engine(**{"background": False, "strict": True, "verify": True, **options})
    program = Globals(functions, values)
    engine.load_program(program)
    return program, engine
