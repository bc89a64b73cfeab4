"""Bulk memory instructions as builtins of the runtime: what compilers call, with which operands.

The operands of a builtin are all i32: first the immediates (of `memory.init` and `table.init` the segment, then the
memory or table; of the copies the destination, then the source), then the operands on the stack.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.wasm.opcodes import (
    ARRAY_COPY,
    ARRAY_FILL,
    ARRAY_INIT_DATA,
    ARRAY_INIT_ELEM,
    ARRAY_NEW_DATA,
    ARRAY_NEW_ELEM,
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

OBJECT_BULK: Final[dict[int, str]] = {
    ARRAY_NEW_DATA: "array_new_data",
    ARRAY_NEW_ELEM: "array_new_elem",
    ARRAY_FILL: "array_fill",
    ARRAY_COPY: "array_copy",
    ARRAY_INIT_DATA: "array_init_data",
    ARRAY_INIT_ELEM: "array_init_elem",
}


def immediate_operands(immediate: int | tuple[int, int]) -> tuple[int, ...]:
    """The immediates of a bulk memory instruction, as the first operands of its builtin."""
    return immediate if isinstance(immediate, tuple) else (immediate,)
