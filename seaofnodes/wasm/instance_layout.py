"""Where instances keep their parts in native data, for both compilers and the engine. Offsets and sizes in bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from seaofnodes.backend.layout import INSTANCE_HEADER, RECORD_SIZE
from seaofnodes.runtime.counters.feedback import FeedbackLayout, lay_out_feedback
from seaofnodes.wasm.module import Module


@dataclass(frozen=True, slots=True)
class InstanceLayout:
    """Offsets of a module's parts in its instances' native data; the same for all instances of the module."""

    memories: tuple[int, ...]  # each 16 bytes: start of the memory, address of its record
    tables: tuple[int, ...]  # each 16 bytes: base of the table, address of its record
    globals: tuple[int, ...]  # own: 16 bytes of value; imported mutable: 8 bytes, the address of the value
    global_indirect: tuple[bool, ...]  # is globals[i] the address of the value?
    imports: tuple[int, ...]  # each 8 bytes: the function record of imported function i
    tags: tuple[int, ...]  # each 8 bytes: the tag's identity
    records: tuple[int, ...]  # record of own function i - number of imported functions
    feedback: FeedbackLayout
    size: int


class Lowering(NamedTuple):
    """What lowering WebAssembly's operators needs.

    Attributes: layout: where the module's instances keep their parts; type_ids: the engine's canonical id of each type
    of the module.
    """

    layout: InstanceLayout
    type_ids: Sequence[int]


def instance_layout(
    memories: int,
    tables: int,
    global_indirect: Sequence[bool],
    imported_functions: int,
    call_sites: Sequence[int],
    tags: int = 0,
) -> InstanceLayout:
    """Lay an instance out; call_sites has the number of call instructions of each own function."""
    at = INSTANCE_HEADER

    def take(size: int) -> int:
        nonlocal at
        at, offset = at + size, at
        return offset

    # Memories come first: builtins count on that.
    memory_offsets = tuple(take(16) for _ in range(memories))
    table_offsets = tuple(take(16) for _ in range(tables))
    global_offsets = tuple(take(16) for _ in global_indirect)
    import_offsets = tuple(take(16) for _ in range(imported_functions))
    tag_offsets = tuple(take(8) for _ in range(tags + tags % 2))
    records = tuple(take(RECORD_SIZE) for _ in call_sites)
    feedback = lay_out_feedback(imported_functions, call_sites, records, at)
    return InstanceLayout(
        memory_offsets,
        table_offsets,
        global_offsets,
        tuple(global_indirect),
        import_offsets,
        tag_offsets,
        records,
        feedback,
        feedback.end,
    )


def layout_of(module: Module) -> InstanceLayout:
    """The layout of a module's instances."""
    indirect = [
        index < module.imported_globals and declared.type.mutable for index, declared in enumerate(module.globals)
    ]
    return instance_layout(
        len(module.memories),
        len(module.tables),
        indirect,
        module.imported_functions,
        module.call_sites,
        len(module.tags),
    )
