"""Constant folding by the meanings of operators, the order that rules rely on (constants on the right), and what is
known of objects that constants refer to, or that the function makes itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.shapes import FieldAccess, StructShape
from seaofnodes.passes.remarks import RuleCount
from seaofnodes.passes.rules.context import ConstantField, RuleContext

FOLDING: Final = frozenset(  # names, as of rules
    ("fold-constants", "constant-to-the-right", "phi-of-one-value", "constant-field")
)

_LONGEST_PATH: Final = 32  # of fields and objects


def may_fold(op: Operator) -> bool:
    """May `constant_folder` do anything at nodes with this operator?"""
    return op.meaning is not None or op.is_phi or op.declaration.simplify is not None


def constant_folder(graph: Graph, context: RuleContext) -> Callable[[Node], Node | None]:
    """A reducer: pure operators of constants, constants of commutative operators to the right, phis (of values or
    effects) of one input, and what operators themselves declare. They can be switched off and gated like rules.
    """
    phase = context.phase
    gate = context.gate
    off = context.disabled_rules
    may_fold, may_order, may_choose = (
        name not in off for name in ("fold-constants", "constant-to-the-right", "phi-of-one-value")
    )
    folded = context.counts.setdefault("fold-constants", RuleCount())
    ordered = context.counts.setdefault("constant-to-the-right", RuleCount())
    single = context.counts.setdefault("phi-of-one-value", RuleCount())

    def reduce(node: Node) -> Node | None:
        op = node.op
        if op.meaning is None:
            if op.is_phi:
                return reduce_phi(node)
            if op.declaration.simplify is None:
                return None
            found = reduce_declared(node)
            return reduce_field(node) if found is None and op.is_object_load else found
        inputs = node.inputs
        count = op.value_in
        if inputs[0].op.is_constant and not inputs[0].type.is_reference and not op.type.is_reference:
            if may_fold and all(child.op.is_constant for child in inputs[1:count]):
                if gate is not None and not gate("fold-constants"):
                    return None
                folded.fired += 1
                graph.origin = Origin(node.origin[0], node.origin[1], phase, "fold-constants", node.id)
                return fold(graph, node)
            if may_order and op.commutative and not inputs[1].op.is_constant:
                if gate is not None and not gate("constant-to-the-right"):
                    return None
                ordered.fired += 1
                graph.origin = Origin(node.origin[0], node.origin[1], phase, "constant-to-the-right", node.id)
                first, second = inputs[0], inputs[1]
                node.replace_input(0, second)
                node.replace_input(1, first)
                return node
        return None

    def reduce_phi(node: Node) -> Node | None:
        value: Node | None = None
        for child in node.inputs[:-1]:
            if child is node or child is value:
                continue
            if value is not None:
                return None
            value = child
        if value is not None and may_choose and (gate is None or gate("phi-of-one-value")):
            single.fired += 1
            graph.origin = Origin(node.origin[0], node.origin[1], phase, "phi-of-one-value", node.id)
            return value
        return None

    def reduce_declared(node: Node) -> Node | None:
        simplify = node.op.declaration.simplify
        assert simplify is not None
        name, function = simplify
        if name in off:
            return None
        graph.origin = Origin(node.origin[0], node.origin[1], phase, name, node.id)
        found: Node | None = function(graph, node)
        if found is None or (gate is not None and not gate(name)):
            return None
        context.counts.setdefault(name, RuleCount()).fired += 1
        return found

    def reduce_field(node: Node) -> Node | None:
        if "constant-field" in off:
            return None
        found = constant_load(node, context.constant_field)
        if found is None or (gate is not None and not gate("constant-field")):
            return None
        op, base = found
        context.counts.setdefault("constant-field", RuleCount()).fired += 1
        graph.origin = Origin(node.origin[0], node.origin[1], phase, "constant-field", node.id)
        return graph.constant(op) if op.is_constant else graph.node(op, base.inputs[0])

    return reduce


def constant_load(node: Node, constant_field: ConstantField) -> tuple[Operator, Node] | None:
    """If the node reads a constant field of an object that is known: the operator whose value is read, and a node that
    has the context it is of. Fields of structs that the function makes itself are followed to what they are given.
    """
    path: list[FieldAccess] = []
    for _ in range(_LONGEST_PATH):
        op = node.op
        if op.is_object_load and op.pure:
            path.append(op.parameters)
            node = node.inputs[0]
        elif path and isinstance(op.parameters, StructShape):
            node = node.inputs[path.pop().field]
        else:
            break
    if node.op.value_in != 1 or not node.op.pure or not node.type.is_reference:
        return None
    found = constant_field(node.op, path[::-1]) if path else node.op
    return None if found is None else (found, node)


def fold(graph: Graph, node: Node) -> Node | None:
    """The constant that a pure operator of constants amounts to; None if it works on references."""
    op = node.op
    values = node.inputs[: op.value_in]
    if any(value.type.is_reference for value in (node, *values)) or op.meaning is None:
        return None
    result = op.meaning(*map(constant_value, values))
    return graph.constant_of(op.type, result.bits if isinstance(result, Float) else result.value)


def constant_value(node: Node) -> Bits | Float:
    """The value of a numeric constant node."""
    value, bits = node.op.parameters, node.type.bits
    return Float(bits, value) if node.type.is_float else Bits(bits, value)
