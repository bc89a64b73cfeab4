"""The same module in compiled code and in the reference interpreter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import seaofnodes
from seaofnodes.errors import Trap, WasmException
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.engine.instance import Instance
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.interpreter.interpreter import InterpretedInstance
from seaofnodes.wasm.interpreter.link import instantiate
from tests.support import wat


class Both:
    """An instance of each; `call` compares."""

    def __init__(self, module: str | bytes, tier: str = "baseline") -> None:
        data = wat(module) if isinstance(module, str) else module
        self.theirs: InterpretedInstance = instantiate(decode_module(data, SUPPORTED), {})
        self.ours: Instance = seaofnodes.Engine(tier=tier).instantiate(decode_module(data, SUPPORTED))

    def call(self, name: str, *arguments: float) -> Any:
        """Call an export in both; gives the outcome. Raises AssertionError when they differ."""
        expected = outcome(lambda: self.theirs.exports[name].call_bits(*arguments))
        found = outcome(lambda: self.ours.exports[name].call_bits(*arguments))
        assert found == expected, (name, arguments)
        return expected


def outcome(run: Callable[[], Iterable[int]]) -> Any:
    """The results as a list of bit patterns, or the reason of a trap, or an exception's values."""
    try:
        return list(run())
    except Trap as trap:
        return trap.reason
    except WasmException as exception:
        return exception.values
