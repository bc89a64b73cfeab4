"""From a checked function to its graph: statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.cleanup import open_loop, remove_redundant_phis
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common, machine as m, traps
from seaofnodes.ir.ops.memory import MemoryAccess, load, store
from seaofnodes.ir.types import WORD64, Type
from seaofnodes.native.operations import compare, convert, operate
from seaofnodes.native.subset import tree as t
from seaofnodes.native.subset.statements import Checked
from seaofnodes.native.values import Kind, i64, machine_type, to_bits, u64

Arms = list[tuple[Node, Node]]  # where control comes from: effects and controls
Locals = dict[str, Node]
_MOST_OFFSET: Final = 0x7FFFFFFF


def offset_of(line: int) -> int:
    """The bytecode offset that stands for a line: its hexadecimal digits are the line's decimal ones."""
    return int(str(line), 16)


@dataclass(slots=True)
class _Loop:
    """Attributes: breaks, continues: where they come from, with the locals there."""

    breaks: list[tuple[Node, Node, Locals]] = field(default_factory=list)
    continues: list[tuple[Node, Node, Locals]] = field(default_factory=list)


class Builder:
    """Builds one graph.

    Values are machine words: a bool is 0 or 1. A raw access is a Load or Store whose start is the address; each alias
    class is a memory of its own number. It stays below the control where it stands in the source, and cannot trap.
    """

    def __init__(
        self,
        checked: Checked,
        graph: Graph,
        indices: Mapping[t.Callable, int],
        aliases: Mapping[str, int],
        polls: bool,
    ) -> None:
        self._checked = checked
        self._graph = graph
        self._indices = indices
        self._aliases = aliases
        self._polls = polls
        self._b = GraphBuilder(graph)
        self._locals: Locals = {}
        self._loops: list[_Loop] = []
        self._phis: list[Node] = []
        self._straight: list[tuple[Node, Node | None]] = []  # loops that never go back, and their StackChecks
        self._reachable = True

    def build(self) -> Graph:
        """Gives the graph, trimmed."""
        names = self._checked.signature.names
        self._locals = {name: self._b.parameter(index) for index, name in enumerate(names)}
        if self._polls and self._checked.callees:
            self._b.op(common.STACK_CHECK_ENTRY)
        self._block(self._checked.body)
        if self._reachable:
            self._b.return_()
        for loop, check in self._straight:  # now that nothing will be built on them any more
            if check is not None:
                open_loop(self._graph, loop, check)
            else:
                self._graph.replace(loop, loop.control)
                self._graph.kill(loop)
        remove_redundant_phis(self._graph, self._phis)
        self._graph.trim()
        return self._graph

    def _block(self, block: t.Block) -> None:
        for statement in block:
            if not self._reachable:
                return
            self._graph.origin = Origin(offset_of(statement.line))
            self._statement(statement)

    def _statement(self, s: t.Statement) -> None:
        if isinstance(s, t.Assign):
            self._assign(s)
        elif isinstance(s, t.Evaluate):
            self._call(s.value)
        elif isinstance(s, t.Store):
            start, offset = self._address(s.address)
            access = MemoryAccess(self._aliases[s.alias], s.storer.rep, machine_type(s.value.kind), offset, False)
            self._b.op(store(access), start, self._graph.int32(0), self._value(s.value))
        elif isinstance(s, t.If):
            self._if(s)
        elif isinstance(s, t.While):
            self._while(s)
        elif isinstance(s, t.For):
            self._for(s)
        elif isinstance(s, t.Return):
            self._b.return_(*[self._value(value) for value in s.values])
            self._reachable = False
        elif isinstance(s, t.Trap):
            self._b.op(common.trap_if(traps.UNREACHABLE), self._graph.int32(1))
            self._b.unreachable()
            self._reachable = False
        else:
            loop = self._loops[-1]
            left = loop.breaks if isinstance(s, t.Break) else loop.continues
            left.append((self._b.effect, self._b.control, self._locals))
            self._reachable = False

    def _assign(self, s: t.Assign) -> None:
        [*values] = s.values
        if len(values) == 1 and isinstance(values[0], t.Call) and len(s.names) > 1:
            found = self._call(values[0])
        else:
            found = [self._value(value) for value in values]
        self._locals = {**self._locals, **dict(zip(s.names, found, strict=True))}

    # Control flow.

    def _here(self) -> list[tuple[Node, Node, Locals]]:
        return [(self._b.effect, self._b.control, self._locals)] if self._reachable else []

    def _meet(self, arms: list[tuple[Node, Node, Locals]]) -> None:
        """Go on where several come together, with the locals that all of them have."""
        self._reachable = bool(arms)
        if not arms:
            return
        merge = self._b.merge([(effect, control) for effect, control, _ in arms])
        names = [name for name in arms[0][2] if all(name in found for _, _, found in arms)]
        self._locals = {name: self._b.phi([found[name] for _, _, found in arms], merge) for name in names}

    def _enter(self, arms: Arms) -> None:
        """Go on where a condition has come out one way."""
        self._reachable = bool(arms)
        if arms:
            self._b.merge(arms)

    def _if(self, s: t.If) -> None:
        yes, no = self._branch(s.condition)
        before = self._locals
        self._enter(yes)
        self._block(s.then)
        after = self._here()
        self._enter(no)
        self._locals = before
        self._block(s.otherwise)
        self._meet([*after, *self._here()])

    def _open(self, assigned: frozenset[str]) -> tuple[Node, Node, Locals, Node | None]:
        """The header of a loop: (loop, effect phi, phis of the locals, its StackCheck)."""
        graph, b = self._graph, self._b
        loop = graph.node(common.loop(1), b.control)
        effect = graph.node(common.effect_phi(1), b.effect, loop)
        phis = {
            name: graph.node(common.phi(value.type, 1), value, loop)
            for name, value in self._locals.items()
            if name in assigned
        }
        self._phis += [effect, *phis.values()]
        self._locals = {**self._locals, **phis}
        b.effect, b.control = effect, loop
        check = b.op(common.STACK_CHECK_LOOP) if self._polls else None
        self._loops.append(_Loop())
        return loop, effect, phis, check

    def _close(self, loop: Node, effect: Node, phis: Locals, check: Node | None) -> None:
        """The back edge, from here; where nothing gets here it is no loop."""
        if self._reachable:
            self._b.add_back_edge(loop, effect, [(phi, self._locals[name]) for name, phi in phis.items()])
        else:
            self._straight.append((loop, check))

    def _while(self, s: t.While) -> None:
        made = self._open(s.assigned)
        yes, no = self._branch(s.condition)
        header = self._locals
        self._enter(yes)
        self._block(s.body)
        loop = self._loops.pop()
        self._meet([*self._here(), *loop.continues])
        self._close(*made)
        self._meet([*((effect, control, header) for effect, control in no), *loop.breaks])

    def _for(self, s: t.For) -> None:
        """By 1 it is a `while`; by more the end is tested behind the body, where the sum would wrap."""
        graph, b = self._graph, self._b
        type = s.kind.machine
        counter, stop = self._value(s.start), self._value(s.stop)
        less = compare("<" if s.step > 0 else ">", s.kind)
        exits: list[tuple[Node, Node, Locals]] = []
        is_single = abs(s.step) == 1
        if not is_single:
            yes, no = b.branch(less(graph, counter, stop))
            exits.append((b.effect, no, self._locals))
            b.control = yes
        self._locals = {**self._locals, "": counter}  # no name of the source
        made = self._open(s.assigned | {""})
        counter = self._locals[""]
        if is_single:
            yes, no = b.branch(less(graph, counter, stop))
            exits.append((b.effect, no, self._locals))
            b.control = yes
        self._locals = {**self._locals, s.name: counter}
        self._block(s.body)
        loop = self._loops.pop()
        self._meet([*self._here(), *loop.continues])
        if self._reachable:
            graph.origin = Origin(offset_of(s.line))
            if not is_single:
                sub, above = (m.INT32_SUB, m.UINT32_LESS_THAN) if type.bits == 32 else (m.INT64_SUB, m.UINT64_LESS_THAN)
                ends = (stop, counter) if s.step > 0 else (counter, stop)
                left = graph.node(sub, *ends)
                yes, no = b.branch(graph.node(above, graph.constant_of(type, abs(s.step)), left))
                exits.append((b.effect, no, self._locals))
                b.control = yes
            add = m.INT32_ADD if type.bits == 32 else m.INT64_ADD
            self._locals = {**self._locals, "": graph.node(add, counter, graph.constant_of(type, s.step))}
        self._close(*made)
        self._meet([*exits, *loop.breaks])
        self._locals.pop("", None)

    # Conditions.

    def _branch(self, e: t.Expression) -> tuple[Arms, Arms]:
        """Where a condition holds, and where it does not."""
        b = self._b
        if isinstance(e, t.Constant):
            here: Arms = [(b.effect, b.control)]
            return (here, []) if e.value else ([], here)
        if isinstance(e, t.Not):
            yes, no = self._branch(e.operand)
            return no, yes
        if isinstance(e, t.Both):
            return self._both(e)
        if isinstance(e, t.Chain) and len(e.operators) > 1:
            return self._chain(e)
        condition = self._value(e)
        if_true, if_false = b.branch(condition)
        return [(b.effect, if_true)], [(b.effect, if_false)]

    def _both(self, e: t.Both) -> tuple[Arms, Arms]:
        ended: Arms = []
        going: Arms = []
        for index, part in enumerate(e.parts):
            if index:
                self._b.merge(going)
            yes, no = self._branch(part)
            going, more = (yes, no) if e.is_and else (no, yes)
            ended += more
            if not going:
                break
        return (going, ended) if e.is_and else (ended, going)

    def _chain(self, e: t.Chain) -> tuple[Arms, Arms]:
        b = self._b
        failed: Arms = []
        left = self._value(e.operands[0])
        going: Arms = []
        for index, (operator, operand) in enumerate(zip(e.operators, e.operands[1:], strict=True)):
            if index:
                b.merge(going)
            right = self._value(operand)
            if_true, if_false = b.branch(compare(operator, operand.kind)(self._graph, left, right))
            going = [(b.effect, if_true)]
            failed.append((b.effect, if_false))
            left = right
        return going, failed

    def _joined(self, e: t.Both | t.Chain) -> Node:
        """A condition that takes branches, as a value."""
        yes, no = self._branch(e)
        arms = [(*arm, self._graph.int32(1)) for arm in yes] + [(*arm, self._graph.int32(0)) for arm in no]
        merge = self._b.merge([(effect, control) for effect, control, _ in arms])
        return self._b.phi([value for _, _, value in arms], merge)

    # Values.

    def _value(self, e: t.Expression) -> Node:
        graph = self._graph
        if isinstance(e, t.Constant):
            return graph.constant_of(machine_type(e.kind), to_bits(e.value, e.kind))
        if isinstance(e, t.Local):
            return self._locals[e.name]
        if isinstance(e, t.Apply):
            return operate(self._b, e.operation, e.operands[0].kind, [self._value(part) for part in e.operands])
        if isinstance(e, t.Convert):
            return convert(self._b, self._value(e.operand), e.operand.kind, e.kind)
        if isinstance(e, t.Not):
            return graph.node(m.WORD32_EQUAL, self._value(e.operand), graph.int32(0))
        if isinstance(e, t.Chain) and len(e.operators) == 1:
            left, right = [self._value(part) for part in e.operands]
            return compare(e.operators[0], e.operands[0].kind)(graph, left, right)
        if isinstance(e, (t.Both, t.Chain)):
            return self._joined(e)
        if isinstance(e, t.Choice):
            return self._choice(e)
        if isinstance(e, t.Load):
            start, offset = self._address(e.address)
            access = MemoryAccess(self._aliases[e.alias], e.loader.rep, machine_type(e.kind), offset, False)
            return self._b.op(load(access), start, graph.int32(0))
        return self._call(e)[0]

    def _choice(self, e: t.Choice) -> Node:
        found = []
        for part, arms in zip((e.yes, e.no), self._branch(e.condition), strict=True):
            if arms:
                self._b.merge(arms)
                value = self._value(part)
                found.append((self._b.effect, self._b.control, value))
        merge = self._b.merge([(effect, control) for effect, control, _ in found])
        return self._b.phi([value for _, _, value in found], merge)

    def _address(self, e: t.Expression) -> tuple[Node, int]:
        """An address, and what is added to it: the sum wraps at 64 bits, as the machine's own does."""
        if isinstance(e, t.Apply) and e.operation.name == "+" and e.kind in (i64, u64):
            right = e.operands[1]
            if isinstance(right, t.Constant) and 0 <= right.value <= _MOST_OFFSET:
                return self._value(e.operands[0]), int(right.value)
        return self._value(e), 0

    def _call(self, e: t.Call) -> list[Node]:
        arguments = [self._value(argument) for argument in e.arguments]
        function = e.function
        results = _machine_types(function.results)
        parameters = _machine_types(function.parameters)
        descriptor = common.CallDescriptor(parameters, results, self._indices[function], e.site)
        return self._b.results(self._b.op(common.call(descriptor), self._b.context, *arguments), results)


def _machine_types(kinds: tuple[Kind, ...]) -> tuple[Type, ...]:
    return tuple(machine_type(kind) for kind in kinds)


def new_graph(checked: Checked, name: str, index: int) -> Graph:
    """An empty graph with the function's signature; parameter 0 is the context."""
    signature = checked.signature
    parameters = _machine_types(signature.parameters)
    return Graph(name, (WORD64, *parameters), _machine_types(signature.results), index)
