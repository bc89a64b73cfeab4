"""What machine code calls of the tiers."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Literal

from seaofnodes.backend.layout import FRAME_INSTANCE
from seaofnodes.runtime.code.handles import owner_of
from seaofnodes.runtime.code.space import Callback
from seaofnodes.runtime.entry.osr import prepare_entry
from seaofnodes.runtime.tiers.events import OsrEvent
from seaofnodes.runtime.tiers.tiering import tier_up as tier_up_function, tier_up_loop as tier_up_at_loop
from seaofnodes.runtime.tiers.tiers import Tiers
from seaofnodes.runtime.tiers.unit_code import UnitInstance

_Two = ctypes.c_uint64 * 2
_Word = ctypes.c_uint64


def callbacks(find: Callable[[], Tiers]) -> dict[str, Callback]:
    """By name. find: gives the engine's tiers."""

    def compile_lazily(address: int) -> None:
        words = _Two.from_address(address)
        instance: UnitInstance = owner_of(words[1])
        words[0] = instance.code.compile_first(words[0], instance.feedback)

    def tier_up(address: int) -> None:
        frame, return_address = _Two.from_address(address)
        found = find().space.find(return_address - 1)
        assert found is not None and found.code is not None
        instance: UnitInstance = owner_of(_Word.from_address(frame + FRAME_INSTANCE).value)
        tier_up_function(instance.code, found.code.function_index, instance.feedback)

    def tier_up_loop(address: int) -> Literal[True] | None:
        frame, return_address = _Two.from_address(address)
        tiers = find()
        found = tiers.space.find(return_address - 1)
        assert found is not None and found.code is not None
        position = found.position(return_address - 1 - found.start)
        assert position is not None
        instance: UnitInstance = owner_of(_Word.from_address(frame + FRAME_INSTANCE).value)
        offset, function = position.bytecode_offset, found.code.function_index
        code = tier_up_at_loop(instance.code, function, offset, instance.feedback)
        if code is None:
            return None
        values = prepare_entry(code, address, frame, tiers.entry.stack_limit)
        if values is None:
            return None
        if tiers.observers:
            tiers.notify(OsrEvent(function, instance.code.unit.function_name(function), offset))
        tiers.entry.hand_over(address, values)
        return True

    return {"compile_lazily": compile_lazily, "tier_up": tier_up, "tier_up_loop": tier_up_loop}
