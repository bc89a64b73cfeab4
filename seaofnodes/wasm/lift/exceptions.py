"""Lifting exceptions: throws, tries of both forms.

What is thrown in a try leaves an `Arm` at its `Handler`, as branches do at labels. Where the try ends the arms are
merged, and what follows compares tags, the clauses in order; what no clause catches goes to the handler around. So a
throw in a try of its own function is a jump.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, traps
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.dialect import operators as ops
from seaofnodes.wasm.lift.control import Arm, Handler, Label
from seaofnodes.wasm.lift.references import is_null
from seaofnodes.wasm.types import type_of

if TYPE_CHECKING:
    from seaofnodes.wasm.lift.instance import InstanceLifter
    from seaofnodes.wasm.types import FuncType


# Throwing.


def throw(c: InstanceLifter, tag: int) -> None:
    types = tuple([type_of(kind) for kind in c.module.tags[tag].type.params])
    found = _clause_of(c, tag)
    if found is not None and not found[0].with_reference:  # nobody sees the exception itself
        clause, label = found
        if clause.tag is None:
            c.take(len(types))
        c.go_to_label(label)
        c.unreachable_code = True
        return
    _throw(c, c.op(ops.new_exception(tag, types), c.context, *c.take(len(types))))


def _clause_of(c: InstanceLifter, tag: int) -> tuple[w.Catch, Label] | None:
    """The clause that catches what is thrown with a tag here, and where it goes, if that is certain."""
    handler = c.labels[-1].handler
    while handler is not None and handler.clauses:
        for clause in handler.clauses:
            if clause.tag is None or clause.tag == tag:
                return clause, c.labels[handler.outside - 1 - clause.depth]
            if _may_be_same(c, clause.tag, tag):
                return None
        handler = handler.outer
    return None


def _may_be_same(c: InstanceLifter, one: int, two: int) -> bool:
    """May two tags be one, imported twice?"""
    tags = c.module.tags
    return one < c.module.imported_tags and two < c.module.imported_tags and tags[one] == tags[two]


def throw_ref(c: InstanceLifter, _: None) -> None:
    exception = c.stack.pop()
    c.op(common.trap_if(traps.NULL_EXCEPTION), is_null(c, exception))
    _throw(c, exception)


def rethrow(c: InstanceLifter, depth: int) -> None:
    """The exception that a catch keeps is the lowest of its operands."""
    _throw(c, c.stack[c.labels[-1 - depth].height])


def _throw(c: InstanceLifter, exception: Node) -> None:
    handler = c.labels[-1].handler
    if handler is None:
        c.graph.add_end(c.graph.node(common.THROW, c.context, exception, c.effect, c.control))
    else:
        c.shared = True
        handler.arms.append(Arm(c.effect, c.control, c.locals, [exception]))
    c.unreachable_code = True


# Catching.


def try_table(c: InstanceLifter, immediate: w.TryTable) -> None:
    c.block(immediate.type)
    if immediate.catches:
        _protect(c, immediate.catches)


def _protect(c: InstanceLifter, clauses: tuple[w.Catch, ...] = ()) -> None:
    """The innermost block gets a handler."""
    label = c.labels[-1]
    label.tries = label.handler = Handler(label.handler, clauses, len(c.labels) - 1)


def end(c: InstanceLifter, _: None) -> None:
    """The end of any block; that of a try has clauses before it, or the rest of the last one."""
    label = c.labels[-1]
    if label.tries is not None and label.tries.arms:
        _branch_to_clauses(c, label, label.tries)
    elif label.catching:
        if not c.unreachable_code:
            c.go_to(0)  # the kept exception goes
        if label.uncaught is not None:
            c.continue_at(label.uncaught, label.height)
            _throw(c, c.stack[-1])
        c.unreachable_code = True
    c.end(None)


def _branch_to_clauses(c: InstanceLifter, label: Label, handler: Handler) -> None:
    """Of a try_table: depths of its clauses count from outside of it."""
    c.labels.pop()
    after = None if c.unreachable_code else c.arm(label.arity)
    c.merge_arms(handler.arms, label.height)
    exception = c.stack.pop()
    for catch in handler.clauses:
        if catch.tag is None:
            c.stack += [exception] * catch.with_reference
            c.br(catch.depth)
            break
        otherwise = _if_tag(c, exception, catch.tag)
        c.stack += [exception] * catch.with_reference
        c.go_to(catch.depth)
        del c.stack[label.height :]
        c.control = otherwise
    else:
        _throw(c, exception)
    if after is not None:
        c.continue_at(after, label.height)
    c.labels.append(label)


def _if_tag(c: InstanceLifter, exception: Node, tag: int) -> Node:
    """Go on where the exception has the tag, and push what it carries; gives control where it has another one."""
    if_true, if_false = c.branch(c.graph.node(ops.exception_has_tag(tag), c.context, exception, c.control))
    c.control = if_true
    for index, kind in enumerate(c.module.tags[tag].type.params):
        c.stack.append(c.graph.node(ops.exception_payload(index, type_of(kind)), exception, if_true))
    return if_false


# The older form.


def try_(c: InstanceLifter, kind: FuncType) -> None:
    body = c.body
    last = body.matches[c.pc]
    if body.opcodes[last] == w.DELEGATE:
        handler = c.labels[-1 - body.immediates[last]].handler
        c.block(kind)
        c.labels[-1].handler = handler
        return
    c.block(kind)
    label = c.labels[-1]
    label.else_index = body.matches.get(~c.pc, -1)
    if label.else_index >= 0:
        _protect(c)


def catch(c: InstanceLifter, tag: int | None) -> None:
    """What comes before ends here. The exception stays on the stack, below what it carries."""
    label = c.labels[-1]
    if not c.unreachable_code:
        c.go_to(0)
    handler = label.tries
    if handler is not None:
        label.tries, label.handler, label.catching = None, handler.outer, True
        if handler.arms:
            c.merge_arms(handler.arms, label.height)
            label.uncaught = c.arm(1)
    label.else_index = c.body.matches.get(~c.pc, -1)
    c.unreachable_code = True
    if label.uncaught is None:
        return
    c.continue_at(label.uncaught, label.height)
    label.uncaught = None
    if tag is not None:
        otherwise = _if_tag(c, c.stack[-1], tag)
        label.uncaught = Arm(c.effect, otherwise, c.locals, c.stack[label.height : label.height + 1])


HANDLERS: Final[dict[int, Callable[[Any, Any], None]]] = {
    w.THROW: throw,
    w.THROW_REF: throw_ref,
    w.RETHROW: rethrow,
    w.TRY_TABLE: try_table,
    w.END: end,
    w.TRY: try_,
    w.CATCH: catch,
    w.CATCH_ALL: catch,
    w.DELEGATE: end,
}
