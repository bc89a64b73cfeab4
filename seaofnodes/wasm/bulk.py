"""Bulk memory instructions as builtins of the runtime: what compilers call, with which operands.

The operands of a builtin are all i32: first the immediates (of `memory.init` and `table.init` the segment, then the
memory or table; of the copies the destination, then the source), then the operands on the stack.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.wasm.opcodes import (
    DATA_DROP,
    ELEM_DROP,
    MEMORY_COPY,
    MEMORY_FILL,
    MEMORY_INIT,
    TABLE_COPY,
    TABLE_INIT,
)

BULK: Final[dict[int, str]] = {
    MEMORY_INIT: "memory_init",
    MEMORY_COPY: "memory_copy",
    MEMORY_FILL: "memory_fill",
    DATA_DROP: "data_drop",
    TABLE_INIT: "table_init",
    TABLE_COPY: "table_copy",
    ELEM_DROP: "elem_drop",
}


def immediate_operands(immediate: int | tuple[int, int]) -> tuple[int, ...]:
    """The immediates of a bulk memory instruction, as the first operands of its builtin."""
    return immediate if isinstance(immediate, tuple) else (immediate,)
