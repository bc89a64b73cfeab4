"""Runs the scripts' modules in an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seaofnodes import Engine, Instance
from seaofnodes.wasm.module import Module
from tests.spec.adapters import Imports


class EngineAdapter:
    """All modules of a run share one engine; "auto" compiles a function again after one call."""

    def __init__(self, tier: str) -> None:
        self.engine = Engine(tier=tier, tier_up_budget=1)  # type: ignore[arg-type]

    def instantiate(self, module: Module, imports: Imports) -> Instance:
        """Instantiate, start function included; raises LinkError, Trap."""
        return self.engine.instantiate(module, imports)

    def exports(self, instance: Instance) -> Mapping[str, Any]:
        """What the instance exports."""
        return instance.exports

    def call(self, instance: Instance, name: str, arguments: Sequence[int]) -> Sequence[int]:
        """Call an exported function; raises Trap."""
        results: Sequence[int] = instance.exports[name].call_bits(*arguments)
        return results

    def global_bits(self, instance: Instance, name: str) -> int:
        """The value of an exported global."""
        bits: int = instance.exports[name].bits
        return bits
