"""Evaluation of what floats: pure operators through their declared meanings, on demand, without recursion."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.ir.bits import Bits, Float, unwrap, wrap
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.environment import Environment, EvaluationError, mask


class Values:
    """Values of nodes as unsigned bit patterns.

    Attributes: fixed: values of nodes that execute at one point (phis, parameters, effects; a call has a list), as of
    their last execution; memo: of all others, until something they may depend on executes again.
    """

    __slots__ = ("arguments", "environment", "fixed", "floating", "memo")

    def __init__(self, environment: Environment, arguments: list[int], floating: Callable[[Node], int]) -> None:
        self.environment = environment
        self.arguments = arguments
        self.floating = floating  # evaluates a node that reads state, its operands being known
        self.fixed: dict[int, int | list[int]] = {}
        self.memo: dict[int, int] = {}

    def get(self, node: Node) -> int:
        """The value of a node now; evaluates what it needs. Raises EvaluationError if that has not been executed."""
        memo, fixed = self.memo, self.fixed
        stack = [node]
        while stack:
            current = stack[-1]
            if current.id in memo or current.id in fixed:
                stack.pop()
                continue
            missing = [child for child in self._operands(current) if child.id not in memo and child.id not in fixed]
            if missing:
                stack += missing
                if len(stack) > 1_000_000:
                    raise EvaluationError("a cycle of values without a phi", node)
            else:
                memo[current.id] = self._compute(current)
                stack.pop()
        found = memo[node.id] if node.id in memo else fixed[node.id]
        if isinstance(found, list):
            raise EvaluationError("several results used as one value", node)
        return found

    def operands(self, node: Node) -> list[int]:
        """Values of the value inputs."""
        return [self.get(value) for value in node.inputs[: node.op.value_in]]

    def _operands(self, node: Node) -> list[Node]:
        op = node.op
        if op.is_phi or op.effect_out:
            raise EvaluationError("used before it is executed", node)
        return [] if op.is_parameter else node.inputs[: op.value_in]

    def _compute(self, node: Node) -> int:
        op = node.op
        if op.effect_in:
            return self.floating(node)
        if op.meaning is not None:
            operands = [
                wrap(type.is_float, type.bits, self.known(child))
                for type, child in zip(op.signature, node.inputs, strict=False)
            ]
            result: Bits | Float = op.meaning(*operands)
            return unwrap(result, op.type.bits)
        if op.is_constant:
            bits: int = (op.parameters or 0) & mask(op.type)
            return bits
        if op.is_parameter:
            index: int = op.parameters[0] + op.is_osr_value  # which do not count the context
            return self.arguments[index]
        if op.is_projection:
            return self._projection(node)
        if op.declaration.execute is None:
            raise EvaluationError("no meaning", node)
        found = op.declaration.execute(self.environment, node, list(map(self.known, node.inputs[: op.value_in])))
        if not isinstance(found, int):
            raise EvaluationError("no value", node)
        return found

    def known(self, node: Node) -> int:
        """The value of a node that has been evaluated."""
        found = self.memo[node.id] if node.id in self.memo else self.fixed[node.id]
        assert isinstance(found, int)
        return found

    def _projection(self, node: Node) -> int:
        results = self.fixed.get(node.inputs[0].id)
        if not isinstance(results, list):
            raise EvaluationError("projection of what has no results", node)
        index: int = node.op.parameters[0]
        return results[index]
