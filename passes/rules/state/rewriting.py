"""Applying rules with loads, stores and phis: conditions that only the graph tells, then the replacement.

A load that is made takes the place of the old one in the effect chain; a store that of the root. A new phi stands at
the merge of the pattern's phis, and what has been pulled out of its inputs behind that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common, memory
from seaofnodes.ir.ops.memory import MemoryAccess
from seaofnodes.ir.placement import pinned_block
from seaofnodes.ir.types import Type
from seaofnodes.passes.facts.facts import Facts
from seaofnodes.passes.patterns import Access, Apply, Constant, Expression, Nothing, Phi, Value, Variable
from seaofnodes.passes.rules.context import RuleContext
from seaofnodes.passes.rules.facts import Fact, InBounds, is_used_once
from seaofnodes.passes.rules.folding import constant_value
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.passes.rules.state.matching import Found, one_state
from seaofnodes.passes.rules.types import is_guarded

Numbers = Mapping[str, Bits | Float]
_MOST_OFFSET: Final = 0xFFFFFFFF
_MOST_NODES: Final = 24  # looked at to see where a value is computed
_MOST_PARENTS: Final = 16  # between a load and the root


class StateRewriter:
    """Applies rules with accesses or phis to a graph."""

    def __init__(self, graph: Graph, context: RuleContext, facts: Callable[[], Facts]) -> None:
        self.graph = graph
        self.context = context
        self._facts = facts
        self._flow: ControlFlow | None = None
        self._control = -1  # edits of control when it was asked for: rules make none, other reducers may

    def applies(self, rule: Rule, root: Node, found: Found) -> list[Numbers] | None:
        """The values of the constants for each input of the phis, if the rule may fire; else None."""
        state = rule.state
        assert state is not None
        count = found.inputs
        numbers = [_numbers(rule, found, input) for input in (range(count) if state.each else (0,))]
        for input, values in enumerate(numbers):
            if rule.where is not None and not rule.where.evaluate(values, rule.width).value:
                return None
            if not all(self._holds(fact, values, found, input) for fact in rule.facts):
                return None
        if not one_state(found) or not all(self._is_before(found, name) for name in state.before):
            return None
        return numbers if self._may_access(rule, root, found) else None

    def _holds(self, fact: Fact, values: Numbers, found: Found, input: int) -> bool:
        if isinstance(fact, InBounds):
            nodes = [node for access, node in found.accesses if access.address.name == fact.name]
        else:
            nodes = [found.node(fact.name, input)]
        return all(fact.holds(node, values, self._facts) for node in nodes)

    def _is_before(self, found: Found, name: str) -> bool:
        """Is a value computed on every way to the phis' merge, and not in its loop?"""
        assert found.merge is not None
        if self._flow is None or self._control != self.graph.edits.control:
            self._flow = self.context.analyses.get(ControlFlow, self.graph)
            self._control = self.graph.edits.control
        flow = self._flow
        merge = flow.block_of.get(found.merge.id)
        if merge is None or merge.dominator is None:
            return False
        above: Block = merge.dominator
        work, seen = found.all(name), 0
        while work:
            node = work.pop()
            seen += 1
            op = node.op
            if op.is_constant:
                continue
            block = pinned_block(node, flow.block_of)
            if block is None and op.pure and seen < _MOST_NODES:
                if op.control_in:
                    block = flow.block_of.get(node.control.id)
                    if block is None or not block.dominates(above):
                        return False
                work += node.inputs[: op.value_in]
            elif block is None or not block.dominates(above):
                return False
        return True

    def _may_access(self, rule: Rule, root: Node, found: Found) -> bool:
        """Can the new load and store be made, and does nothing else want the value of a load that goes?"""
        state, replacement = rule.state, rule.replacement
        assert state is not None
        for access in (state.new, replacement if isinstance(replacement, Access) else None):
            if access is not None:
                offset = found.place(access.address.name).offset + access.address.displacement
                if not 0 <= offset <= _MOST_OFFSET:
                    return False
        if state.old is None:
            return True
        node = _node_of(state.old, found)
        if not node.op.effect_out:
            return True  # it floats, and stays for others
        for _ in range(_MOST_PARENTS):
            if node is root:
                return True
            if not is_used_once(node):
                return False
            node = next(user for user in node.uses if node in user.values and (user.uses or user.op.control_out))
        return False

    def build(self, rule: Rule, root: Node, found: Found, numbers: list[Numbers]) -> Node:
        """What stands for the root now."""
        return _Building(self.graph, rule, root, found, numbers).build(rule.replacement, root.type, 0)


class _Building:
    """One replacement."""

    def __init__(self, graph: Graph, rule: Rule, root: Node, found: Found, numbers: list[Numbers]) -> None:
        self.graph = graph
        self.rule = rule
        self.root = root
        self.found = found
        self.numbers = numbers
        self.made: Node | None = None  # the new load

    def build(self, expression: Expression, type: Type, input: int) -> Node:
        graph, found, root = self.graph, self.found, self.root
        if isinstance(expression, (Variable, Constant)):
            return found.node(expression.name, input)
        if isinstance(expression, Value):
            result = expression.evaluate(self.numbers[input if len(self.numbers) > 1 else 0], type.bits)
            return graph.constant_of(type, result.bits if isinstance(result, Float) else result.value)
        if isinstance(expression, Nothing):
            return root.effect
        if isinstance(expression, Access):
            return self._store(expression) if expression.op.is_store else self._load(expression)
        assert isinstance(expression, Apply)
        if isinstance(expression, Phi):
            assert found.merge is not None
            count = found.inputs
            inputs = [self.build(expression.input(index), type, index) for index in range(count)]
            return graph.node(common.phi(type, count), *inputs, found.merge)
        inputs = [self.build(a, t, input) for a, t in zip(expression.arguments, expression.signature, strict=True)]
        if expression.op.control_in:
            guarded = is_guarded(self.rule.pattern) or found.merge is None
            inputs.append(root.control if guarded else found.merge)  # type: ignore[arg-type]
        return graph.node(expression.op, *inputs)

    def _store(self, expression: Access) -> Node:
        root = self.root
        [value] = [self.build(argument, expression.value_type, 0) for argument in expression.arguments]
        inputs = (*root.inputs[:2], value, root.effect, root.control)
        return self.graph.node(memory.store(self._access(expression, root)), *inputs)

    def _access(self, expression: Access, old: Node) -> MemoryAccess:
        """Where an address is, accessed as the expression says, in place of `old`."""
        place = self.found.place(expression.address.name)
        access: MemoryAccess = old.op.parameters
        return dataclasses.replace(
            access,
            rep=expression.rep,
            type=expression.value_type,
            offset=place.offset + expression.address.displacement,
        )

    def _load(self, expression: Access) -> Node:
        state = self.rule.state
        assert state is not None
        if state.new is None or expression.key != state.new.key:
            return _node_of(expression, self.found)
        if self.made is None:
            assert state.old is not None
            self.made = self._replaced(expression, _node_of(state.old, self.found))
        return self.made

    def _replaced(self, expression: Access, old: Node) -> Node:
        """A new load in the place of an old one, at whose instruction it traps."""
        graph = self.graph
        mine = graph.origin
        graph.origin = Origin(old.origin[0], old.origin[1], *mine[2:])
        op = memory.load(self._access(expression, old))
        made = graph.node(op, *old.inputs)
        if old.op.effect_out and old is not self.root:
            # What is left of the pattern reads on, off the chain, until it is dropped with the root.
            floating = graph.node(memory.load(dataclasses.replace(old.op.parameters, trapping=False)), *old.inputs)
            for user in list(old.uses):
                for index in old.edges_to(user):
                    if index < user.op.value_in:
                        user.replace_input(index, floating)
            graph.replace(old, made)
            graph.kill(old)
        graph.origin = mine
        return made


def _numbers(rule: Rule, found: Found, input: int) -> Numbers:
    return {name: constant_value(found.node(name, input)) for name in rule.constants}


def _node_of(access: Access, found: Found) -> Node:
    return next(node for known, node in found.accesses if known.key == access.key)
