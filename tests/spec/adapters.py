"""What runs modules for the scripts: the reference interpreter, or an engine in one of its tiers.

Values cross as bit patterns, so that no NaN is changed on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from seaofnodes.wasm.module import Module

Imports = Mapping[str, Mapping[str, Any]]
TIERS = ("decode", "interpreter", "baseline", "optimized", "auto")


class Adapter(Protocol):
    """One way to run modules. Instances are whatever `instantiate` returns."""

    def instantiate(self, module: Module, imports: Imports) -> Any:
        """Instantiate, start function included; raises LinkError, Trap."""

    def exports(self, instance: Any) -> Mapping[str, Any]:
        """What the instance exports, in the form that `instantiate` takes as imports."""

    def call(self, instance: Any, name: str, arguments: Sequence[int]) -> Sequence[int]:
        """Call an exported function; raises Trap."""

    def global_bits(self, instance: Any, name: str) -> int:
        """The value of an exported global."""


def adapter(tier: str) -> Adapter | None:
    """The adapter for one of TIERS; None for "decode", which runs nothing."""
    if tier == "decode":
        return None
    if tier == "interpreter":
        from tests.spec.interpreter import InterpreterAdapter

        return InterpreterAdapter()
    from tests.spec.engine import EngineAdapter

    return EngineAdapter(tier)
