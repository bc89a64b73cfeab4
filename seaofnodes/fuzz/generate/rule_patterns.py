"""The patterns of rewrite rules as WebAssembly code, so that random code meets every rule."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from seaofnodes.fuzz.generate.choices import SHOWS_NAN, edge
from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.types import FLOAT32, FLOAT64, WORD32, WORD64, Type
from seaofnodes.passes.patterns import (
    Access,
    Address,
    Apply,
    Constant,
    EachConstant,
    EachVariable,
    Expression,
    Literal,
    Phi,
    Variable,
)
from seaofnodes.passes.rules.facts import InBounds
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.lift import tables as lift_tables
from seaofnodes.wasm.opcodes import OPCODES
from seaofnodes.wasm.types import F32, F64, I32, I64, FuncType, MemoryType, ValType

_TYPES: Final[dict[Type, ValType]] = {WORD32: I32, WORD64: I64, FLOAT32: F32, FLOAT64: F64}
_TRIES: Final = 12  # to meet a rule's condition with constants at the edges


def _instructions() -> dict[str, int]:
    """Operator name -> the instruction that is lifted to it."""
    found: dict[str, int] = {}
    for code, (op, swapped) in lift_tables.BINARY.items():
        if not swapped:
            found.setdefault(op.name, code)
    for code, op in lift_tables.UNARY.items():
        found.setdefault(op.name, code)
    for code, op in lift_tables.DIVISION.items():
        found.setdefault(op.name, code)
    return found


_INSTRUCTIONS: Final = _instructions()
_ACCESSES: Final = {
    **{("Load", *found): code for code, found in lift_tables.LOADS.items()},
    **{("Store", *found): code for code, found in lift_tables.STORES.items()},
}  # operator, representation and type -> instruction
_INPUTS: Final = 2  # of the phis that are written


class Step(NamedTuple):
    """A piece of code: an "instruction" (its opcode), a "variable" or "constant" (its name), a "number" (its bits), the
    operand of an access at an "address" (its name), an "access" (its opcode, and the Address), an "if" with an "else"
    and an "end". kind: of the value.
    """

    what: str
    item: Any
    kind: ValType


@dataclass(frozen=True, slots=True)
class Shape:
    """A rule's pattern, ready to be written. result: None of a store; steps: in postfix order. What differs by input of
    a phi is called `name, input`.
    """

    rule: Rule
    result: ValType | None
    steps: tuple[Step, ...]


def shapes(rules: Iterable[Rule]) -> dict[ValType | None, list[Shape]]:
    """The patterns that can be written in WebAssembly, by type of the result; stores under None."""
    found: dict[ValType | None, list[Shape]] = {}
    for rule in rules:
        steps: list[Step] = []
        result = _TYPES.get(rule.pattern.op.type)
        if (result is not None or rule.pattern.op.is_store) and _walk(rule.pattern, result or I32, steps, -1):
            found.setdefault(result, []).append(Shape(rule, result, tuple(steps)))
    return found


def _walk(expression: Expression, kind: ValType, steps: list[Step], input: int) -> bool:
    """Append the expression's code. False if it cannot be written. input: of a phi, or -1."""
    if isinstance(expression, (Variable, Constant)):
        each = isinstance(expression, (EachVariable, EachConstant))
        name = (expression.name, input) if each else expression.name
        steps.append(Step("constant" if isinstance(expression, Constant) else "variable", name, kind))
    elif isinstance(expression, Literal):
        steps.append(Step("number", expression.number & ((1 << kind.bits) - 1), kind))
    elif isinstance(expression, Phi):
        if len(expression.arguments) not in (1, _INPUTS):
            return False
        for index, what in enumerate(("if", "else")):
            steps.append(Step(what, None, kind))
            if not _walk(expression.input(index), kind, steps, index):
                return False
        steps.append(Step("end", None, kind))
    elif isinstance(expression, Apply):
        if isinstance(expression, Access):
            code = _ACCESSES.get((expression.op.name, expression.rep, expression.value_type))
            steps.append(Step("address", expression.address.name, kind))
        else:
            code = _INSTRUCTIONS.get(expression.op.name)
        if code is None:
            return False
        for argument, type in zip(expression.arguments, expression.signature, strict=True):
            wanted = _TYPES.get(type)
            if wanted is None or not _walk(argument, wanted, steps, input):
                return False
        if isinstance(expression, Access):
            steps.append(Step("access", (code, expression.address), kind))
        else:
            steps.append(Step("instruction", code, kind))
    else:
        return False
    return True


def draw_constants(shape: Shape, rng: random.Random) -> dict[object, int]:
    """Bit patterns for a shape's constants; they meet the rule's condition when that is not too hard."""
    rule = shape.rule
    names = [(item, kind) for what, item, kind in shape.steps if what == "constant"]
    found: dict[object, int] = {}
    for _ in range(_TRIES):
        found = {name: edge(kind, rng) for name, kind in names}
        if rule.where is None:
            break
        each = [[(n, k) for n, k in names if not isinstance(n, tuple) or n[1] == input] for input in range(_INPUTS)]
        values = [{n[0] if isinstance(n, tuple) else n: _value(k, found[n]) for n, k in mine} for mine in each]
        if all(rule.where.evaluate(numbers, rule.width).value for numbers in values):
            break
    return found


def _value(kind: ValType, bits: int) -> Bits | Float:
    return Float(kind.bits, bits) if kind.is_float else Bits(kind.bits, bits)


class Writer(Protocol):
    """What writes a function; see Values."""

    rng: random.Random
    labels: list[tuple[ValType, ...] | None]

    @property
    def memories(self) -> list[MemoryType]: ...
    def emit(self, opcode: int, immediate: Any = None) -> None: ...
    def value(self, kind: ValType, depth: int) -> None: ...
    def constant(self, kind: ValType, bits: int | None = None) -> None: ...
    def known_nan(self, kind: ValType) -> None: ...
    def new_local(self, kind: ValType) -> int: ...
    def memory(self) -> int: ...
    def address(self, memory: int) -> int: ...
    def access(self, code: int, offset: int, memory: int) -> None: ...


def write(shape: Shape, writer: Writer, depth: int) -> None:
    """The shape's code, with drawn values."""
    _Writing(shape, writer, depth).write()


class _Writing:
    def __init__(self, shape: Shape, writer: Writer, depth: int) -> None:
        self.shape = shape
        self.writer = writer
        self.depth = depth
        self.constants = draw_constants(shape, writer.rng)
        self.locals: dict[object, int] = {}
        self.places: dict[object, tuple[int, int]] = {}  # of an address: memory, offset
        self.uses = Counter(item for what, item, _ in shape.steps if what == "variable")

    def write(self) -> None:
        if self.shape.rule.state is not None:
            self._first()
        for step in self.shape.steps:
            getattr(self, f"_{step.what}")(step.item, step.kind)

    def _first(self) -> None:
        """Variables and addresses, before anything is loaded, and where all inputs of a phi see them."""
        writer, known = self.writer, {fact.name for fact in self.shape.rule.facts if isinstance(fact, InBounds)}
        for what, item, kind in self.shape.steps:
            if what == "address" and item not in self.places:
                wide = [index for index, memory in enumerate(writer.memories) if memory.address is I64]
                memory = writer.rng.choice(wide) if wide and item in known else writer.memory()
                self.places[item] = memory, writer.address(memory)
                self._keep(item, writer.memories[memory].address)
            elif what == "variable" and not isinstance(item, tuple) and item not in self.locals:
                writer.value(kind, self.depth - 1)
                self._keep(item, kind)

    def _keep(self, name: object, kind: ValType) -> None:
        self.locals[name] = self.writer.new_local(kind)
        self.writer.emit(w.LOCAL_SET, self.locals[name])

    def _constant(self, item: object, kind: ValType) -> None:
        self.writer.constant(kind, self.constants[item])

    def _number(self, item: int, kind: ValType) -> None:
        self.writer.constant(kind, item)

    def _variable(self, item: object, kind: ValType) -> None:
        writer = self.writer
        if item in self.locals:
            writer.emit(w.LOCAL_GET, self.locals[item])
            return
        writer.value(kind, self.depth - 1)
        if self.uses[item] > 1:
            self.locals[item] = writer.new_local(kind)
            writer.emit(w.LOCAL_TEE, self.locals[item])

    def _instruction(self, item: int, kind: ValType) -> None:
        if item in SHOWS_NAN:
            self.writer.known_nan((OPCODES[item].params or ())[-1])
        self.writer.emit(item)

    def _address(self, item: object, kind: ValType) -> None:
        self.writer.emit(w.LOCAL_GET, self.locals[item])

    def _access(self, item: tuple[int, Address], kind: ValType) -> None:
        code, address = item
        params = OPCODES[code].params or ()
        if len(params) > 1 and params[-1].is_float:
            self.writer.known_nan(params[-1])
        memory, offset = self.places[address.name]
        self.writer.access(code, max(offset + address.displacement, 0) & 0xFFFFFFFF, memory)

    def _if(self, item: object, kind: ValType) -> None:
        self.writer.value(I32, self.depth - 1)
        self.writer.emit(w.IF, FuncType((), (kind,)))
        self.writer.labels.append((kind,))

    def _else(self, item: object, kind: ValType) -> None:
        self.writer.emit(w.ELSE)

    def _end(self, item: object, kind: ValType) -> None:
        self.writer.labels.pop()
        self.writer.emit(w.END)
