"""Toy: a small dynamic bytecode with an interpreter in Python, and a lifter that makes it fast.

Registers hold integers of any size, floats and arrays. Compiled code has each in two machine values: a tag, and an
integer below 2**53 in size (what is larger leaves for the interpreter), a float's bits, or an array's address.
"""

from __future__ import annotations

import ctypes
import struct
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import add, lt, mul, sub
from typing import Any

from seaofnodes.errors import Error, UnsupportedError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.ops.memory import MemoryAccess, load, store
from seaofnodes.ir.types import FLOAT64, WORD32, WORD64, Type
from seaofnodes.language import Frame, FunctionInfo, Language, Lifter, Value

INT, FLOAT, ARRAY, OTHER = range(4)
INTS, FLOATS = 1, 2  # feedback
LIMIT = 1 << 53  # of compiled code's integers, which floats have exactly
PAIR = (WORD32, WORD64)  # tag and payload
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {"add": add, "sub": sub, "mul": mul, "less": lt}
INT_OPS = {"add": m.INT64_ADD, "sub": m.INT64_SUB, "mul": m.INT64_MUL, "less": m.INT64_LESS_THAN}
FLOAT_OPS = {"add": m.FLOAT64_ADD, "sub": m.FLOAT64_SUB, "mul": m.FLOAT64_MUL, "less": m.FLOAT64_LESS_THAN}
LENGTH, TAG, PAYLOAD = 0, 8, 16  # an array: its length, then 16 bytes an element


@dataclass
class Function:
    """Attributes: parameters: how many of the registers; code: by offset, which counts the program's instructions, an
    opcode and its operands: numbers of registers, offsets, values.
    """

    name: str
    registers: dict[str, int]
    parameters: int
    code: dict[int, tuple[Any, ...]] = field(default_factory=dict)


class Array:
    """A fixed number of values, at an address that compiled code knows."""

    def __init__(self, length: int) -> None:
        self.words = (ctypes.c_int64 * (1 + 2 * length))(length)
        self.address = ctypes.addressof(self.words)


class Toy(Language):
    """A program, run by `toy.call("f", 1, 2.5)` once an engine has loaded it."""

    def __init__(self, bodies: Sequence[Function]) -> None:
        self.bodies = bodies
        self.numbers = {body.name: i for i, body in enumerate(self.bodies)}
        self.functions = [FunctionInfo(b.name, PAIR * b.parameters, PAIR, len(b.code)) for b in self.bodies]
        self.functions.append(FunctionInfo("new array", PAIR, PAIR, 0))
        self.seen: defaultdict[tuple[int, int], int] = defaultdict(int)  # what instructions have seen
        self.arrays: dict[int, Array] = {}
        self.others: dict[int, object] = {}

    def call(self, name: str, *arguments: object) -> object:
        """Call a function with numbers and arrays."""
        given = [part for value in arguments for part in self.encode(value)]
        return self.decode(*self.program.call(self.numbers[name], *given))

    def encode(self, value: object) -> tuple[int, int]:
        """Tag and payload."""
        if isinstance(value, int) and -LIMIT <= value < LIMIT:
            return INT, value
        if isinstance(value, float):
            return FLOAT, struct.unpack("<q", struct.pack("<d", value))[0]
        if isinstance(value, Array):
            self.arrays[value.address] = value
            return ARRAY, value.address
        self.others[id(value)] = value
        return OTHER, id(value)

    def decode(self, tag: Value, payload: Value) -> Any:
        """The value."""
        if tag == INT:
            return payload
        if tag == FLOAT:
            return struct.unpack("<d", struct.pack("<q", payload))[0]
        return self.arrays[int(payload)] if tag == ARRAY else self.others[int(payload)]

    def interpret(self, function: int, arguments: tuple[Value, ...]) -> Sequence[Value]:
        given = list(map(self.decode, arguments[::2], arguments[1::2]))
        if function == len(self.bodies):
            return self.encode(Array(given[0]))
        body = self.bodies[function]
        return self.run(function, next(iter(body.code)), given + [0] * (len(body.registers) - len(given)))

    def resume(self, frame: Frame) -> Sequence[Value]:
        registers = list(map(self.decode, frame.values[::2], frame.values[1::2]))
        if frame.callee_results is None:
            return self.run(frame.function, frame.offset, registers)
        registers[self.bodies[frame.function].code[frame.offset][1]] = self.decode(*frame.callee_results)
        return self.run(frame.function, frame.offset + 1, registers)

    def run(self, function: int, at: int, registers: list[Any]) -> Sequence[Value]:
        """Go on at a line."""
        code = self.bodies[function].code
        while True:
            op, *args = code[at]
            target = at + 1
            if op in ARITHMETIC:
                left, right = registers[args[1]], registers[args[2]]
                floating = isinstance(left, float) or isinstance(right, float)
                if floating or self.encode(left)[0] == self.encode(right)[0] == INT:
                    self.seen[function, at] |= FLOATS if floating else INTS
                result = ARITHMETIC[op](left, right)
                registers[args[0]] = int(result) if op == "less" else result
            elif op == "const":
                registers[args[0]] = args[1]
            elif op == "call":
                given = [part for r in args[2:] for part in self.encode(registers[r])]
                registers[args[0]] = self.decode(*self.program.call(self.numbers[args[1]], *given))
            elif op == "array":
                registers[args[0]] = Array(registers[args[1]])
            elif op in ("get", "set"):
                array, index = (registers[r] for r in (args[1:] if op == "get" else args[:2]))
                if not 0 <= index < array.words[0]:
                    raise Error(f"line {at}: index {index} of an array of {array.words[0]}")
                if op == "get":
                    registers[args[0]] = self.decode(*array.words[1 + 2 * index : 3 + 2 * index])
                else:
                    array.words[1 + 2 * index : 3 + 2 * index] = self.encode(registers[args[2]])
            elif op == "return":
                return self.encode(registers[args[0]])
            elif op == "jump" or registers[args[0]]:
                target = args[-1]
            if target <= at:
                values = [part for value in registers for part in self.encode(value)]
                if (done := self.program.loop(function, target, values)) is not None:
                    return done
            at = target

    def lift(self, function: int, start: int) -> Graph:
        if function == len(self.bodies):
            raise UnsupportedError("Python makes arrays")
        body = self.bodies[function]
        headers = [code[-1] for at, code in body.code.items() if code[0] in ("jump", "branch") and code[-1] <= at]
        known = body.parameters if start < 0 else len(body.registers)
        lifter = Lifter(body.name, PAIR * known, PAIR, function=function, loops=headers, start=start)
        zero = [lifter.graph.int32(INT), lifter.graph.int64(0)]
        lifter.values = list(map(lifter.parameter, range(2 * known))) + zero * (len(body.registers) - known)
        return lifter.run(list(body.code), Lift(self, lifter, function).instruction)


class Lift:
    """Builds instructions. A register's tag and payload are two values of the lifter."""

    def __init__(self, toy: Toy, lifter: Lifter, function: int) -> None:
        self.toy, self.lifter, self.function = toy, lifter, function

    def instruction(self, at: int) -> None:
        lifter, graph, values = self.lifter, self.lifter.graph, self.lifter.values
        op, *args = self.toy.bodies[self.function].code[at]
        if op in ARITHMETIC:
            self.arithmetic(op, *args, self.toy.seen[self.function, at])
        elif op == "const":
            tag, payload = self.toy.encode(args[1])
            self.put(args[0], graph.int32(tag), graph.int64(payload))
        elif op in ("call", "array"):
            callee = self.toy.numbers[args[1]] if op == "call" else len(self.toy.bodies)
            given = [value for r in args[1 + (op == "call") :] for value in values[2 * r : 2 * r + 2]]
            self.put(args[0], *lifter.call(callee, given, PAIR, site=at))
        elif op in ("get", "set"):
            self.element(op, *args)
        elif op == "return":
            lifter.return_(*values[2 * args[0] : 2 * args[0] + 2])
        elif op == "jump":
            lifter.jump(args[0])
        else:
            zero = lifter.op(m.WORD64_EQUAL, self.payload(args[0], INT), graph.int64(0))
            lifter.branch_to(lifter.op(m.WORD32_EQUAL, zero, graph.int32(0)), args[1])

    def put(self, register: int, tag: Node, payload: Node) -> None:
        self.lifter.values[2 * register : 2 * register + 2] = tag, payload

    def payload(self, register: int, tag: int) -> Node:
        """The payload of a register that is guessed to have this tag."""
        actual, payload = self.lifter.values[2 * register : 2 * register + 2]
        self.lifter.deoptimize_unless(
            self.lifter.op(m.WORD32_EQUAL, actual, self.lifter.graph.int32(tag)), "wrong type"
        )
        return payload

    def number(self, register: int) -> Node:
        """A register as a float; it is guessed to be a number."""
        op, (tag, payload) = self.lifter.op, self.lifter.values[2 * register : 2 * register + 2]
        self.lifter.deoptimize_unless(op(m.UINT32_LESS_THAN, tag, self.lifter.graph.int32(ARRAY)), "not a number")
        whole = op(m.INT_TO_FLOAT[WORD64, True, FLOAT64], payload)
        return op(m.SELECT[FLOAT64], tag, op(m.BITCAST_INT64_TO_FLOAT64, payload), whole)

    def arithmetic(self, name: str, to: int, a: int, b: int, seen: int) -> None:
        lifter, op, values = self.lifter, self.lifter.op, self.lifter.values
        if not seen:
            lifter.deoptimize("insufficient type feedback")
        elif seen == INTS:
            result = op(INT_OPS[name], self.payload(a, INT), self.payload(b, INT))
            if name == "less":
                result = op(m.CHANGE_UINT32_TO_UINT64, result)
            else:
                lifter.deoptimize_unless(self.fits(name, result, a, b), "overflow")
            self.put(to, lifter.graph.int32(INT), result)
        else:
            result = op(FLOAT_OPS[name], self.number(a), self.number(b))
            floating = op(m.WORD32_OR, values[2 * a], values[2 * b])
            if name == "less":
                self.put(to, lifter.graph.int32(INT), op(m.CHANGE_UINT32_TO_UINT64, result))
            elif seen == FLOATS:
                lifter.deoptimize_unless(floating, "not a float")
                self.put(to, lifter.graph.int32(FLOAT), op(m.BITCAST_FLOAT64_TO_INT64, result))
            else:
                whole = op(INT_OPS[name], values[2 * a + 1], values[2 * b + 1])
                lifter.deoptimize_unless(op(m.WORD32_OR, floating, self.fits(name, whole, a, b)), "overflow")
                self.put(to, floating, op(m.SELECT[WORD64], floating, op(m.BITCAST_FLOAT64_TO_INT64, result), whole))

    def fits(self, name: str, result: Node, a: int, b: int) -> Node:
        """Is it an integer that compiled code may have?"""
        op, graph, values = self.lifter.op, self.lifter.graph, self.lifter.values
        small = op(m.UINT64_LESS_THAN, op(m.INT64_ADD, result, graph.int64(LIMIT)), graph.int64(2 * LIMIT))
        if name != "mul":
            return small
        high = op(m.INT64_MUL_HIGH, values[2 * a + 1], values[2 * b + 1])
        return op(m.WORD32_AND, small, op(m.WORD64_EQUAL, high, op(m.WORD64_SAR, result, graph.int64(63))))

    def element(self, name: str, *args: int) -> None:
        op, (array, index) = self.lifter.op, args[1:] if name == "get" else args[:2]
        address, number = self.payload(array, ARRAY), self.payload(index, INT)
        length = self.cell(WORD64, address, self.lifter.graph.int32(0), LENGTH)
        self.lifter.deoptimize_unless(op(m.UINT64_LESS_THAN, number, length), "out of bounds")
        scaled = op(m.WORD32_SHL, op(m.TRUNCATE_INT64_TO_INT32, number), self.lifter.graph.int32(4))
        if name == "get":
            self.put(args[0], self.cell(WORD32, address, scaled, TAG), self.cell(WORD64, address, scaled, PAYLOAD))
        else:
            self.cell(WORD32, address, scaled, TAG, self.lifter.values[2 * args[2]])
            self.cell(WORD64, address, scaled, PAYLOAD, self.lifter.values[2 * args[2] + 1])

    def cell(self, type: Type, address: Node, index: Node, offset: int, *value: Node) -> Node:
        """Load a part of an array, or store it."""
        access = MemoryAccess(0, str(type), type, offset, trapping=False)
        return self.lifter.op(store(access) if value else load(access), address, index, *value)
