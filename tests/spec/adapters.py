"""What runs modules for the scripts: the reference interpreter, or an engine in one of its tiers.

Values cross as bit patterns, so that no NaN is changed on the way: functions have `call_bits`, globals have `bits`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from seaofnodes.wasm.module import Module

Imports = Mapping[str, Mapping[str, Any]]
TIERS = ("decode", "interpreter", "baseline", "optimized", "auto")


class Instance(Protocol):
    """An instance: its exports are what other instances import, by name."""

    @property
    def exports(self) -> Mapping[str, Any]:
        """Functions with `call_bits`, globals with `bits`, tables, memories."""


Instantiate = Callable[[Module, Imports], Instance]


def adapter(tier: str) -> Instantiate | None:
    """How to instantiate modules in one of TIERS, in an engine of its own; None for "decode", which runs nothing.

    "auto" optimizes every function after its first call. What is returned raises LinkError, Trap.
    """
    if tier == "decode":
        return None
    if tier == "interpreter":
        from seaofnodes.wasm.interpret_link import instantiate

        return instantiate
    from seaofnodes.runtime.engine import Engine

    if tier == "auto":
        return Engine(tier="auto", tier_up_budget=1).instantiate
    return Engine(tier="baseline" if tier == "baseline" else "optimized").instantiate
