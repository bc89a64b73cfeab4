"""Matching patterns with loads, stores and phis: by walking pattern and graph, after the compiled matcher has seen that
the operators outside of phis are there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import may_write
from seaofnodes.passes.patterns import (
    Access,
    Apply,
    Constant,
    EachConstant,
    EachVariable,
    Expression,
    Literal,
    Phi,
    Variable,
)
from seaofnodes.passes.rules.facts import is_used_once
from seaofnodes.passes.rules.types import literal_parameter

_MOST_INPUTS: Final = 64  # of a phi
_MOST_TRIES: Final = 400  # inputs of phis that are looked at for one match
_MOST_EFFECTS: Final = 32  # between two accesses


@dataclass(frozen=True, slots=True)
class Place:
    """What an address stands for. offset: without the pattern's displacement."""

    start: Node
    index: Node
    memory: int
    offset: int
    shared: bool


class Found(NamedTuple):
    """What a pattern's names stand for.

    Attributes: nodes: by name, or (name, input of the phis) for what differs by input; accesses: with their nodes,
    outer ones first; merge: that of the phis, or None.
    """

    nodes: dict[str | tuple[str, int], Node]
    accesses: tuple[tuple[Access, Node], ...] = ()
    merge: Node | None = None

    @property
    def inputs(self) -> int:
        """How many inputs the phis have, at least 1."""
        return len(self.merge.inputs) if self.merge is not None else 1

    def node(self, name: str, input: int) -> Node:
        """What a name stands for at an input of the phis."""
        found = self.nodes.get(name)
        return found if found is not None else self.nodes[name, input]

    def named(self) -> dict[str, Node]:
        """What each name stands for: `x[1]` at the second input of the phis, an address for its access."""
        found = {name if isinstance(name, str) else "{}[{}]".format(*name): node for name, node in self.nodes.items()}
        return {access.address.name: node for access, node in reversed(self.accesses)} | found

    def place(self, address: str) -> Place:
        """What an address stands for."""
        access, node = next(one for one in self.accesses if one[0].address.name == address)
        return place_of(access, node)

    def all(self, name: str) -> list[Node]:
        """All that a name stands for."""
        if name in self.nodes:
            return [self.nodes[name]]
        return [self.nodes[name, index] for index in range(self.inputs)]


StateMatcher = Callable[[Node], Iterator[Found]]


def accesses_of(expression: Expression) -> list[Access]:
    """The accesses in an expression, outer ones first."""
    found = [expression] if isinstance(expression, Access) else []
    if isinstance(expression, Apply):
        found += [access for argument in expression.arguments for access in accesses_of(argument)]
    return found


def state_matcher(pattern: Apply) -> StateMatcher:
    """A function that gives the ways in which a node matches; operands are tried in this order outside of phis, in both
    in the inputs of phis.
    """

    def match(node: Node) -> Iterator[Found]:
        return _Match().match(pattern, node, Found({}), -1)

    return match


def one_state(found: Found) -> bool:
    """Do all accesses see the same contents of their memories?"""
    if len(found.accesses) < 2:
        return True
    seen: dict[str, Node] = {}
    for _, node in found.accesses:
        alias = node.op.reads or node.op.writes
        version = _version(node.effect, alias)
        if version is None or seen.setdefault(alias, version) is not version:
            return False
    return True


def _version(effect: Node, alias: str) -> Node | None:
    """The last effect that may have written memories of that alias class, or where paths meet; None if it is far."""
    for _ in range(_MOST_EFFECTS):
        op = effect.op
        if op.effect_in != 1 or op.is_phi or may_write(op, alias):
            return effect
        effect = effect.effect
    return None


class _Match:
    """One search, which gives up when it has looked at too much."""

    def __init__(self) -> None:
        self.tries = 0

    def match(self, expression: Expression, node: Node, found: Found, input: int) -> Iterator[Found]:
        if isinstance(expression, Apply):
            if node.op.name != expression.op.name or (expression.once and not is_used_once(node)):
                return
            if isinstance(expression, Phi):
                yield from self._phi(expression, node, found)
            elif isinstance(expression, Access):
                access, place = node.op.parameters, place_of(expression, node)
                if access.rep != expression.rep or access.type is not expression.value_type or place.offset < 0:
                    return
                for other, one in found.accesses:
                    if other.address.name == expression.address.name and place_of(other, one) != place:
                        return
                found = found._replace(accesses=(*found.accesses, (expression, node)))
                yield from self._all(expression.arguments, node.inputs[2:3], found, input)
            else:
                yield from self._all(expression.arguments, node.inputs, found, input)
        elif isinstance(expression, Literal):
            wanted = literal_parameter(expression.number, node.type)
            if node.op.is_constant and node.op.parameters == wanted:
                yield found
        elif isinstance(expression, (Variable, Constant)):
            if isinstance(expression, Constant) and not node.op.is_constant:
                return
            each = isinstance(expression, (EachVariable, EachConstant))
            name = (expression.name, input) if each else expression.name
            known = found.nodes.get(name)
            if known is None:
                yield found._replace(nodes={**found.nodes, name: node})
            elif known is node:
                yield found

    def _all(
        self, arguments: Sequence[Expression], nodes: Sequence[Node], found: Found, input: int
    ) -> Iterator[Found]:
        if not arguments:
            yield found
            return
        for first in self.match(arguments[0], nodes[0], found, input):
            yield from self._all(arguments[1:], nodes[1:], first, input)

    def _phi(self, expression: Phi, node: Node, found: Found) -> Iterator[Found]:
        merge = node.control
        count = len(merge.inputs)
        given = len(expression.arguments)
        if node.type is not expression.op.type or found.merge not in (None, merge):
            return
        if merge.op.is_loop and not expression.loops:
            return
        if count > _MOST_INPUTS or given not in (1, count) or len(node.inputs) != count + 1:
            return
        first = expression.arguments[0]
        if given == 1 and isinstance(first, Apply) and any(n.op.name != first.op.name for n in node.inputs[:count]):
            return
        orders = [_orders(argument) for argument in expression.arguments]
        if given == 1:
            orders *= count
        yield from self._inputs(orders, node.inputs, found._replace(merge=merge), 0)

    def _inputs(
        self, orders: Sequence[Sequence[Expression]], nodes: Sequence[Node], found: Found, at: int
    ) -> Iterator[Found]:
        if at == len(orders):
            yield found
            return
        for order in orders[at]:
            self.tries += 1
            if self.tries > _MOST_TRIES:
                return
            for next in self.match(order, nodes[at], found, at):
                yield from self._inputs(orders, nodes, next, at + 1)


def place_of(expression: Access, node: Node) -> Place:
    """What the address of an access stands for, if the access is this node; its offset may be negative."""
    access = node.op.parameters
    offset = access.offset - expression.address.displacement
    return Place(node.inputs[0], node.inputs[1], access.memory, offset, access.shared)


def _orders(expression: Expression) -> list[Expression]:
    """With operands of commutative operators in both orders, but for constants, which stand on the right."""
    if not isinstance(expression, Apply):
        return [expression]
    found: list[Expression] = []
    for arguments in itertools.product(*map(_orders, expression.arguments)):
        found.append(expression.with_arguments(arguments))
        if expression.op.commutative and not isinstance(arguments[1], (Constant, Literal)):
            found.append(expression.with_arguments((arguments[1], arguments[0])))
    return found
