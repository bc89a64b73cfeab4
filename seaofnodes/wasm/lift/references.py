"""Lifting references and tables: their instructions, and table accesses in nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, machine as m, traps
from seaofnodes.ir.types import REFERENCE, WORD32, WORD64
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.dialect import operators as ops
from seaofnodes.wasm.types import I64

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaofnodes.wasm.lift.instance import InstanceLifter


def is_null(c: InstanceLifter, value: Node) -> Node:
    """Is the reference null? A Word32."""
    return c.graph.node(m.REFERENCE_EQUAL, value, c.graph.constant(common.NULL_CONSTANT))


def ref_null(c: InstanceLifter, _: Any) -> None:
    c.stack.append(c.graph.constant(common.NULL_CONSTANT))


def ref_is_null(c: InstanceLifter, _: Any) -> None:
    c.stack.append(is_null(c, c.stack.pop()))


def ref_func(c: InstanceLifter, index: int) -> None:
    imported = index < c.module.imported_functions
    c.stack.append(c.of_instance(ops.import_record(index) if imported else ops.function_record(index)))


def ref_as_non_null(c: InstanceLifter, _: Any) -> None:
    c.op(common.trap_if(traps.NULL_REFERENCE), is_null(c, c.stack[-1]))


def br_on_null(c: InstanceLifter, depth: int) -> None:
    value = c.stack.pop()
    if_null, if_not = c.branch(is_null(c, value))
    c.control = if_null
    c.go_to(depth)
    c.control = if_not
    c.stack.append(value)


def br_on_non_null(c: InstanceLifter, depth: int) -> None:
    if_null, if_not = c.branch(is_null(c, c.stack[-1]))
    c.control = if_not
    c.go_to(depth)
    c.control = if_null
    c.stack.pop()


# Tables.


def table_get(c: InstanceLifter, table: int) -> None:
    index = c.table_index(table, c.stack.pop(), traps.TABLE_OUT_OF_BOUNDS)
    c.stack.append(c.table_get(table, index))


def table_set(c: InstanceLifter, table: int) -> None:
    c.checkpoint()
    value = c.stack.pop()
    index = c.table_index(table, c.stack.pop(), traps.TABLE_OUT_OF_BOUNDS)
    c.op(ops.table_set(ops.TableAccess(table, c.is_shared_table(table))), c.context, index, value)


def table_size(c: InstanceLifter, table: int) -> None:
    size = c.op(ops.table_size(table), c.context)
    wide = c.module.tables[table].address is I64
    c.stack.append(c.graph.node(m.CHANGE_UINT32_TO_UINT64, size) if wide else size)


def table_grow(c: InstanceLifter, table: int) -> None:
    c.checkpoint()
    value, delta = c.take(2)
    type = WORD64 if c.module.tables[table].address is I64 else WORD32
    descriptor = common.CallDescriptor((WORD32, type, REFERENCE), (type,), builtin="table_grow")
    c.call_builtin(descriptor, [c.graph.int32(table), delta, value])


def table_fill(c: InstanceLifter, table: int) -> None:
    c.checkpoint()
    operands = [c.graph.int32(table), *c.take(3)]
    c.call_builtin(common.CallDescriptor(tuple(n.type for n in operands), (), builtin="table_fill"), operands)


HANDLERS: Final[dict[int, Callable[[Any, Any], None]]] = {
    w.REF_NULL: ref_null,
    w.REF_IS_NULL: ref_is_null,
    w.REF_FUNC: ref_func,
    w.REF_AS_NON_NULL: ref_as_non_null,
    w.BR_ON_NULL: br_on_null,
    w.BR_ON_NON_NULL: br_on_non_null,
    w.TABLE_GET: table_get,
    w.TABLE_SET: table_set,
    w.TABLE_SIZE: table_size,
    w.TABLE_GROW: table_grow,
    w.TABLE_FILL: table_fill,
}
