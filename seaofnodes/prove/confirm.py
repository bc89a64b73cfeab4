"""Counterexamples on real graphs: the pattern is built as a graph, the rule rewrites it, both are evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from seaofnodes.ir.bits import Bits, Float, unwrap, wrap
from seaofnodes.ir.evaluator.evaluate import evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common
from seaofnodes.ir.ops.environment import Environment
from seaofnodes.ir.types import WORD64, Type
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.patterns import Apply, Constant, Expression, Value, Variable
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.rewriter import Rewriter
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.prove.check import plain, same
from seaofnodes.prove.verdicts import Counterexample, Known

Binding = Mapping[str, Bits | Float]
_NO_STATE = cast(Environment, None)  # pure graphs ask nothing of it


def counterexample(rule: Rule, binding: Binding) -> Counterexample:
    """What the graph evaluator gives before and after the rule; `confirmed` if that refutes the rule."""
    type = rule.pattern.op.type
    arguments = [unwrap(binding[n], rule.types[n].bits) for n in rule.types if n not in rule.constants]
    graph, root = graph_of(rule, binding)
    before = _evaluate(graph, [root], arguments)[0]
    graph, root = graph_of(rule, binding)
    context = PassContext()
    old = {node.id for node in graph.reachable()} | {root.id}
    applied = replace(rule, facts=())  # the values are as the facts say; of a parameter nothing is known
    new = Rewriter(graph, context, RuleSet("one", [applied])).reduce(root)
    fired = new is not None and rule.name in context.rules
    after, unsafe = before, ""
    if new is not None:
        after, unsafe = _evaluate(graph, [new], arguments)[0], _unsafe(graph, new, old, arguments)
    wrong = bool(unsafe) or not same(_value(before, type), _value(after, type), plain(rule, binding))
    known = tuple(Known.of(name, binding[name], rule.types[name]) for name in rule.types)
    results = (Known("pattern", type.name, before), Known("replacement", type.name, after))
    return Counterexample(known, *results, unsafe, fired and wrong)


def graph_of(rule: Rule, binding: Binding) -> tuple[Graph, Node]:
    """A function that computes the pattern: variables are parameters, constants are constants; and the pattern's root.
    Nothing is returned yet.
    """
    free = [name for name in rule.types if name not in rule.constants]
    graph = Graph(rule.name, [WORD64, *(rule.types[name] for name in free)], [])
    nodes = {name: graph.node(common.parameter(i, rule.types[name]), graph.start) for i, name in enumerate(free, 1)}
    for name in rule.constants:
        nodes[name] = graph.constant_of(rule.types[name], unwrap(binding[name], rule.types[name].bits))

    def build(expression: Expression, type: Type) -> Node:
        if isinstance(expression, (Variable, Constant)):
            return nodes[expression.name]
        if isinstance(expression, Value):
            return graph.constant_of(type, unwrap(expression.evaluate({}, type.bits), type.bits))
        assert isinstance(expression, Apply)
        op = expression.op
        inputs = [build(a, t) for a, t in zip(expression.arguments, op.signature, strict=True)]
        return graph.node(op, *inputs, *([graph.start] if op.control_in else []))

    return graph, build(rule.pattern, rule.pattern.op.type)


def _evaluate(graph: Graph, values: list[Node], arguments: list[int]) -> list[int]:
    """What the function gives when it returns these values."""
    graph.results = tuple(value.type for value in values)
    for end in list(graph.end.inputs):
        graph.kill(end)
    graph.add_end(graph.node(common.return_(len(values)), *values, graph.start, graph.start))
    return evaluate(graph, arguments, _NO_STATE)


def _unsafe(graph: Graph, root: Node, old: set[int], arguments: list[int]) -> str:
    """The first new operator that must not be executed with the operands it has; "" if there is none."""
    for node in graph.reachable():
        op = node.op
        if node.id in old or op.meaning is None or op.defined is None:
            continue
        patterns = _evaluate(graph, [root, *node.inputs[: op.value_in]], arguments)[1:]
        operands = [_value(pattern, type) for pattern, type in zip(patterns, op.signature, strict=True)]
        if not op.defined(*operands).value:
            shown = ", ".join(str(Known.of("", v, t)) for v, t in zip(operands, op.signature, strict=True))
            return f"{op.name}({shown})"
    return ""


def _value(pattern: int, type: Type) -> Bits | Float:
    return wrap(type.is_float, type.bits, pattern)
