"""Constant folding by the meanings of operators, the order that rules rely on (constants on the right), and what is
known of exceptions that the function makes itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops.common import CONSTANTS
from seaofnodes.passes.base import PassContext, RuleCount

FOLDING_RULES: Final = ("fold-constants", "constant-to-the-right", "phi-of-one-value", "own-exception")


def constant_folder(graph: Graph, context: PassContext) -> Callable[[Node], Node | None]:
    """A reducer: pure operators of constants, constants of commutative operators to the right, phis (of values or
    effects) of one input, tag and contents of new exceptions. They can be switched off and gated like rules.
    """
    phase = context.phase
    gate = context.gate
    off = context.disabled_rules
    may_fold, may_order, may_choose, may_look = (name not in off for name in FOLDING_RULES)
    folded = context.rules.setdefault("fold-constants", RuleCount())
    ordered = context.rules.setdefault("constant-to-the-right", RuleCount())
    single = context.rules.setdefault("phi-of-one-value", RuleCount())
    own = context.rules.setdefault("own-exception", RuleCount())

    def reduce(node: Node) -> Node | None:
        op = node.op
        if op.meaning is None:
            if op.name == "Phi" or op.name == "EffectPhi":
                return reduce_phi(node)
            return reduce_exception(node) if op.name.startswith("Exception") else None
        inputs = node.inputs
        count = op.value_in
        if inputs[0].op.name in CONSTANTS and not inputs[0].type.is_reference:
            if may_fold and all(child.op.name in CONSTANTS for child in inputs[1:count]):
                if gate is not None and not gate("fold-constants"):
                    return None
                folded.fired += 1
                graph.origin = Origin(node.origin[0], node.origin[1], phase, "fold-constants", node.id)
                return fold(graph, node)
            if may_order and op.commutative and inputs[1].op.name not in CONSTANTS:
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

    def reduce_exception(node: Node) -> Node | None:
        op = node.op
        made = node.inputs[op.value_in - 1]
        if made.op.name != "NewException":
            return None
        tag, types = made.op.parameters
        if op.name == "ExceptionHasTag":
            if tag != op.parameters:
                return None  # two tags may be the same one, imported twice
        elif types[op.parameters[0] : op.parameters[0] + 1] != (op.type,):
            return None  # of another tag: never reached
        if not may_look or (gate is not None and not gate("own-exception")):
            return None
        own.fired += 1
        graph.origin = Origin(node.origin[0], node.origin[1], phase, "own-exception", node.id)
        return graph.int32(1) if op.name == "ExceptionHasTag" else made.inputs[1 + op.parameters[0]]

    return reduce


def fold(graph: Graph, node: Node) -> Node | None:
    """The constant that a pure operator of constants amounts to; None if it works on references."""
    op = node.op
    values = node.inputs[: op.value_in]
    if any(value.type.is_reference for value in values) or op.meaning is None:
        return None
    result = op.meaning(*map(constant_value, values))
    return graph.constant_of(op.type, result.bits if isinstance(result, Float) else result.value)


def constant_value(node: Node) -> Bits | Float:
    """The value of a numeric constant node."""
    value, bits = node.op.parameters, node.type.bits
    return Float(bits, value) if node.type.is_float else Bits(bits, value)
