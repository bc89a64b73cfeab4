"""Patterns as graphs that the evaluator runs: a branch before phis, memories of bytes, accesses that trap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Never

from seaofnodes.errors import ProgramException, Trap
from seaofnodes.ir.bits import unwrap
from seaofnodes.ir.evaluator.evaluate import evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, memory, traps
from seaofnodes.ir.ops.environment import EvaluationError
from seaofnodes.ir.ops.memory import MemoryAccess
from seaofnodes.ir.types import WORD32, WORD64, Type
from seaofnodes.passes.patterns import Access, Apply, Constant, Expression, Phi, Value, Variable
from seaofnodes.passes.rules.facts import InBounds
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.prove.memory import MEMORY_BIT, STATE, Numbers, all_accesses

Binding = Mapping[str, Any]
_MOST_INDEX = 0xFFFFFFFF
_INPUTS = 2  # of phis that may have any number


class PatternGraph:
    """A function that computes a rule's pattern for some values: variables are parameters, constants are constants, and
    phis stand behind a branch.

    Attributes: graph; root: the pattern's; end: the Return of its value, if it has one; arguments: for the evaluator.
    """

    def __init__(self, rule: Rule, binding: Binding) -> None:
        self.rule = rule
        self.binding = binding
        self.arguments: list[int] = []
        state = rule.state
        self._inputs = 1 if state is None else state.inputs or _INPUTS
        self.graph = graph = Graph(rule.name, [WORD64], [])
        self._nodes: dict[object, Node] = {}
        for name, type in rule.types.items():
            bits = unwrap(binding[name], type.bits)
            if name in rule.constants:
                self._nodes[name] = graph.constant_of(type, bits)
            elif state is not None and name in state.each:
                for input in range(self._inputs):
                    self._nodes[name, input] = self._parameter(type, bits)
            else:
                self._nodes[name] = self._parameter(type, bits)
        self._indices: dict[str, tuple[Node, int]] = {}
        for name in state.addresses if state is not None else ():
            self._indices[name] = self._index(name)
        self._effect = self._control = graph.start
        self._ways: list[Node] = []
        if self._inputs > 1:
            self._branch()
        self._in_bounds = {fact.name for fact in rule.facts if isinstance(fact, InBounds)}
        type = rule.pattern.op.type
        self.root = self._build(rule.pattern, type, -1)
        values = [] if self.root.op.is_store else [self.root]
        self.end = graph.node(common.return_(len(values)), *values, self._effect, self._control)
        graph.add_end(self.end)
        graph.results = tuple(value.type for value in values)

    def _parameter(self, type: Type, bits: int) -> Node:
        self.arguments.append(bits)
        self.graph.parameters = (*self.graph.parameters, type)
        return self.graph.node(common.parameter(len(self.arguments), type), self.graph.start)

    def _index(self, name: str) -> tuple[Node, int]:
        """An index, and the offset that makes it the address."""
        address = self.binding[name].value & ((1 << MEMORY_BIT) - 1)
        back = max(0, *(-access.address.displacement for access in all_accesses(self.rule)), 0)
        offset = max(address - _MOST_INDEX, min(address, back))
        return self._parameter(WORD32, address - offset), offset

    def _branch(self) -> None:
        graph = self.graph
        way = self._parameter(WORD32, self.binding[STATE].case)
        switch = graph.node(common.switch(self._inputs), way, graph.start)
        for input in range(self._inputs - 1):
            self._ways.append(graph.node(common.if_value(input), switch))
        self._ways.append(graph.node(common.IF_DEFAULT, switch))
        self._control = graph.node(common.merge(self._inputs), *self._ways)

    def _build(self, expression: Expression, type: Type, input: int) -> Node:
        graph, nodes = self.graph, self._nodes
        if isinstance(expression, (Variable, Constant)):
            return nodes[expression.name] if expression.name in nodes else nodes[expression.name, input]
        if isinstance(expression, Value):
            return graph.constant_of(type, unwrap(expression.evaluate({}, type.bits), type.bits))
        assert isinstance(expression, Apply)
        if isinstance(expression, Phi):
            inputs = [self._build(expression.input(index), type, index) for index in range(self._inputs)]
            return graph.node(common.phi(type, self._inputs), *inputs, self._control)
        op = expression.op
        inputs = [self._build(a, t, input) for a, t in zip(expression.arguments, expression.signature, strict=True)]
        if isinstance(expression, Access):
            return self._access(expression, inputs)
        control = self._control if input < 0 else self._ways[input]
        return graph.node(op, *inputs, *([control] if op.control_in else []))

    def _access(self, expression: Access, values: list[Node]) -> Node:
        name = expression.address.name
        index, offset = self._indices[name]
        number = self.binding[name].value >> MEMORY_BIT
        place, trapping = offset + expression.address.displacement, name not in self._in_bounds
        access = MemoryAccess(number, expression.rep, expression.value_type, place, trapping, True)
        make = memory.store if expression.op.is_store else memory.load
        node = self.graph.node(make(access), self.graph.int64(0), index, *values, self._effect, self._control)
        if node.op.effect_out:
            self._effect = node
        return node

    def returning(self, values: Sequence[Node]) -> None:
        """Have the function return these values."""
        graph, effect, control = self.graph, self.end.effect, self.end.control
        graph.remove_end(self.end)
        graph.kill(self.end)
        self.end = graph.node(common.return_(len(values)), *values, effect, control)
        graph.add_end(self.end)
        graph.results = tuple(value.type for value in values)

    def run(self) -> Outcome:
        """What the evaluator makes of it."""
        world = Memories(self.binding.get(STATE, Numbers()))
        try:
            return Outcome(evaluate(self.graph, self.arguments, world), world.bytes)
        except Trap:
            return Outcome([], world.bytes, trapped=True)
        except EvaluationError as error:
            if not error.node.op.is_load and not error.node.op.is_store:
                raise
            # an access that is said to be in bounds
            return Outcome([], world.bytes, fault=str(error.node.op))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of a run. values: returned; bytes: of the memories, written ones; fault: what is accessed out of bounds, though
    it is said to be in bounds, or "".
    """

    values: list[int]
    bytes: dict[int, int]
    trapped: bool = False
    fault: str = ""


class Memories:
    """An Environment that has memories only."""

    def __init__(self, state: Numbers) -> None:
        self._state = state
        self.bytes: dict[int, int] = {}

    def memory_start(self, memory: int) -> int:
        """See Environment; so for the others."""
        return 0

    def _check(self, memory: int, address: int, width: int) -> int:
        sizes = self._state.sizes
        if memory >= len(sizes) or address + width > sizes[memory]:
            raise Trap(traps.TRAP_REASONS[traps.MEMORY_OUT_OF_BOUNDS])
        return memory << MEMORY_BIT | address

    def load(self, memory: int, address: int, width: int) -> int:
        begin = self._check(memory, address, width)
        return sum(
            self.bytes.get(begin + i, self._state.bytes.get(begin + i, 0)) << 8 * i for i in range(width)
        )

    def store(self, memory: int, address: int, width: int, value: int) -> None:
        begin = self._check(memory, address, width)
        self.bytes |= {begin + i: value >> 8 * i & 0xFF for i in range(width)}

    def call(self, function_index: int, arguments: Sequence[int]) -> list[int]:
        raise NotImplementedError

    def call_record(self, record: int, arguments: Sequence[int]) -> list[int]:
        raise NotImplementedError

    def call_builtin(self, name: str, arguments: Sequence[int]) -> list[int]:
        raise NotImplementedError

    def stack_limit_reached(self) -> int:
        return 0

    def throw(self, exception: int) -> Never:
        raise NotImplementedError

    def caught(self, exception: ProgramException) -> int:
        raise NotImplementedError
