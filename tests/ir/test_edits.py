"""Recording edits of a graph: those in place as well, and nothing for graphs that nobody records."""

from __future__ import annotations

from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.records.edits import Applied, Changed, Created, EditLog, Killed, Replaced
from seaofnodes.ir.types import WORD32, WORD64
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.patterns import Expression, Operators, variables
from seaofnodes.passes.rules import Rewriter, RuleSet
from seaofnodes.passes.rules.reducer import GraphReducer

RULES = RuleSet("edits")
(x,) = variables("x")
o = Operators()


@RULES.rule(o.Int32Mul(x, 8))
def times_eight() -> Expression:
    """Eight is two cubed."""
    return o.Word32Shl(x, 3)


def graph() -> tuple[Graph, Node, Node]:
    """A product, of a parameter and 8, and the sum of it and the parameter."""
    made = Graph("f", [WORD64, WORD32], [WORD32])
    builder = GraphBuilder(made)
    parameter = builder.parameter(0)
    product = made.node(m.INT32_MUL, parameter, made.int32(8))
    total = made.node(m.INT32_ADD, product, parameter)
    builder.return_(total)
    verify(made)
    return made, product, total


def test_edits_in_place_are_recorded() -> None:
    made, product, total = graph()
    log = EditLog(made)
    total.replace_input(0, product.inputs[0])
    total.op = m.INT32_SUB
    made.applied("my-edit", total, total)
    parameter = total.inputs[0].id
    assert log.take() == [
        Changed(total.id, m.INT32_SUB, (parameter, parameter)),
        Applied(total.id, total.id, "my-edit"),
    ]
    new = made.node(m.INT32_ADD, type=WORD32)
    new.append_input(product)
    new.append_input(product)
    assert log.take() == [
        Created(new.id, m.INT32_ADD, (), new.origin),
        Changed(new.id, m.INT32_ADD, (product.id, product.id)),
    ]
    new.remove_input(1)
    new.insert_input(0, total)
    assert log.take() == [Changed(new.id, m.INT32_ADD, (total.id, product.id))]
    assert log.take() == []


def test_edits_come_in_order() -> None:
    made, product, total = graph()
    log = EditLog(made)
    shift = made.node(m.WORD32_SHL, product.inputs[0], made.int32(3))
    made.replace(product, shift)
    made.kill(product)
    kinds = [type(edit) for edit in log.take() if edit.id in (shift.id, product.id, total.id)]
    assert kinds == [Created, Replaced, Changed, Killed]
    shift.replace_uses(total.inputs[1])  # without a word to the graph
    assert log.take() == [Changed(total.id, total.op, (total.inputs[1].id,) * 2)]


def test_rules_say_what_their_variables_stand_for() -> None:
    made, product, _ = graph()
    parameter = product.inputs[0]
    log = EditLog(made)
    context = PassContext()
    GraphReducer(made, [Rewriter(made, context, RULES).reduce]).run()
    (applied,) = [edit for edit in log.take() if isinstance(edit, Applied)]
    assert (applied.id, applied.rule) == (product.id, "times_eight")
    assert applied.bound == (("x", parameter.id),)


def test_nobody_else_pays_for_it() -> None:
    made, product, total = graph()
    assert type(product) is Node and made.edits.touched is None
    log = EditLog(made)
    assert type(product) is not Node and isinstance(product, Node)
    log.close()
    total.replace_input(0, product.inputs[0])
    assert log.take() == [] and made.observer is None
    other, *_ = graph()
    assert {type(node) for node in other.reachable()} == {Node}
