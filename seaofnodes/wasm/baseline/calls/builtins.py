"""Instructions that are calls of the runtime's builtins: growing, and those on ranges of memories and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.backend.layout import INSTANCE, INTEGER_ARGUMENTS, RAX
from seaofnodes.backend.template.moves import Moves
from seaofnodes.backend.template.value_stack import INSTANCE_SLOT
from seaofnodes.backend.template.values import MEM, XMM, constant
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.calls.direct import push_results, spill_for_call
from seaofnodes.wasm.baseline.compiler import Compiler, Handler
from seaofnodes.wasm.baseline.safepoints import returned
from seaofnodes.wasm.bulk import BULK, OBJECT_BULK, immediate_operands
from seaofnodes.wasm.types import EQ, I64, reference

if TYPE_CHECKING:
    from collections.abc import Sequence


_NEW: Final = reference(EQ, False)


def call_builtin(
    c: Compiler, name: str, immediates: Sequence[int], operands: Sequence[int], *, throws: bool = False
) -> None:
    """Call a builtin in the convention of wasm functions; a result stays in its register.

    operands: which of the topmost entries come behind the immediates, counted from the lowest one that is popped; the
    bits of a float go into an integer register. throws: may it throw a wasm exception?
    """
    first = len(c.entries) - len(operands)
    for entry in c.entries[first:]:
        if XMM <= entry < MEM:
            c.evict(entry)
    spill_for_call(c, first)
    moves = Moves()
    for register, immediate in zip(INTEGER_ARGUMENTS, immediates, strict=False):
        moves.assign(register, constant(immediate), None)
    for register, operand in zip(INTEGER_ARGUMENTS[len(immediates) :], operands, strict=False):
        entry = c.entries[first + operand]
        moves.assign(register, entry, c.home(first + operand) if entry >= MEM else None)
    moves.assign(INSTANCE, MEM, INSTANCE_SLOT)
    moves.perform(c)
    c.forget_registers()
    c.cut(first)
    c.asm.call_reloc("builtin", name)
    returned(c, throws=throws)


def memory_grow(c: Compiler, memory: int) -> None:
    """memory.grow."""
    call_builtin(c, "memory_grow", (memory,), (0,))
    push_results(c, (("r", RAX),), (I64,))


def table_grow(c: Compiler, table: int) -> None:
    """table.grow: the builtin takes the number of entries first, then their value."""
    call_builtin(c, "table_grow", (table,), (1, 0))
    push_results(c, (("r", RAX),), (I64,))


def _bulk(name: str, operands: int) -> Handler:
    """An instruction without results; operands: how many it takes off the stack."""

    def handler(c: Compiler, immediate: int | tuple[int, int]) -> None:
        call_builtin(c, name, immediate_operands(immediate), range(operands))

    return handler


def _objects(code: int, name: str) -> Handler:
    """An instruction on many elements of arrays. The builtin knows its types by their ids."""
    makes = code in (op.ARRAY_NEW_DATA, op.ARRAY_NEW_ELEM)
    operands = range(2 if makes else 5 if code == op.ARRAY_COPY else 4)
    types = 2 if code == op.ARRAY_COPY else 1

    def handler(c: Compiler, immediate: int | tuple[int, int]) -> None:
        numbers = immediate_operands(immediate)
        ids = [c.type_ids[number] for number in numbers[:types]]
        call_builtin(c, name, (*ids, *numbers[types:]), operands)
        if makes:
            push_results(c, (("r", RAX),), (_NEW,))

    return handler


HANDLERS: Final[dict[int, Handler]] = {
    op.MEMORY_GROW: memory_grow,
    op.TABLE_GROW: table_grow,
    op.TABLE_FILL: _bulk("table_fill", 3),
    **{code: _objects(code, name) for code, name in OBJECT_BULK.items()},
    **{code: _bulk(name, 0 if name.endswith("drop") else 3) for code, name in BULK.items()},
}
