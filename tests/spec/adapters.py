"""What runs modules for the scripts: the reference interpreter, the evaluator of graphs, or an engine in a tier.

Values cross as bit patterns, so that no NaN is changed on the way: functions have `call_bits`, globals have `bits`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.module import Module

if TYPE_CHECKING:
    from seaofnodes.ir.graph import Graph
    from seaofnodes.runtime.tiers.options import Tier
    from seaofnodes.runtime.tiers.unit_code import UnitCode

Imports = Mapping[str, Mapping[str, Any]]
TIERS = (
    "decode", "interpreter", "evaluator", "evaluator-optimized", "baseline", "optimized", "auto", "stress", "stress-gc"
)  # fmt: skip
GIVEN_UP = "not optimized: "


class Instance(Protocol):
    """An instance: its exports are what other instances import, by name."""

    @property
    def exports(self) -> Mapping[str, Any]:
        """Functions with `call_bits`, globals with `bits`, tables, memories."""


class Adapter(Protocol):
    """One way to run modules."""

    def instantiate(self, module: Module, imports: Imports) -> Instance:
        """Instantiate, start function included; raises LinkError, Trap."""

    def compiled(self) -> Counter[str]:
        """How many functions were compiled, by tier, and how many the optimizing compiler gave up, by reason."""


class InterpreterAdapter:
    """The reference interpreter."""

    def instantiate(self, module: Module, imports: Imports) -> Instance:
        """Instantiate, start function included; raises LinkError, Trap."""
        from seaofnodes.wasm.interpreter.link import instantiate

        return instantiate(module, imports)

    def compiled(self) -> Counter[str]:
        """Nothing is compiled."""
        return Counter()


class EvaluatorAdapter:
    """Graphs, evaluated: every exported function is lifted, and perhaps goes through the default pipeline."""

    def __init__(self, optimized: bool) -> None:
        self.optimized = optimized

    def instantiate(self, module: Module, imports: Imports) -> Instance:
        """Instantiate, start function included; raises LinkError, Trap."""
        from seaofnodes.passes.base import PassContext
        from seaofnodes.passes.framework.pipeline import Pipeline
        from seaofnodes.wasm.lift.function import lift
        from tests.wasm.evaluated import instantiate_evaluated

        def sizes(index: int) -> int:
            own = index - module.imported_functions
            return -1 if own < 0 else module.code[own].end - module.code[own].start

        def optimize(graph: Graph) -> None:
            if self.optimized:
                context = PassContext(lift=lambda index: lift(module, index), function_size=sizes)
                Pipeline.parse("default").run(graph, context, verify=True)

        return instantiate_evaluated(module, imports, optimize)

    def compiled(self) -> Counter[str]:
        """Nothing is compiled."""
        return Counter()


class EngineAdapter:
    """An engine; with tier "auto" it optimizes every function after one call; stress: and leaves it everywhere;
    stress_gc: and collects garbage at every allocation.
    """

    def __init__(self, tier: Tier, stress: bool = False, stress_gc: bool = False) -> None:
        from seaofnodes.engine import Engine

        self.engine = Engine(
            tier=tier,
            tier_up_budget=1,
            background=False,
            strict=True,
            stress_deopt=stress,
            stress_inline=stress,
            stress_gc=stress_gc,
        )
        self._codes: dict[int, UnitCode] = {}

    def instantiate(self, module: Module, imports: Imports) -> Instance:
        """Instantiate, start function included; raises LinkError, Trap."""
        code = self.engine.module_code(module)
        self._codes[id(code)] = code
        return self.engine.instantiate(module, imports)

    def compiled(self) -> Counter[str]:
        """How many functions were compiled, by tier, and how many the optimizing compiler gave up, by reason."""
        found: Counter[str] = Counter()
        for code in self._codes.values():
            found["baseline"] += len(code.baseline)
            found["optimized"] += len(code.optimized)
            found["exits taken"] += code.exits_taken
            found.update(GIVEN_UP + reason for reason in code.not_optimized.values())
        return found


def features_of(tier: str) -> frozenset[str]:
    """The features that modules may use in one of TIERS: all do as much."""
    assert tier in TIERS
    return SUPPORTED


def adapter(tier: str) -> Adapter | None:
    """The adapter for one of TIERS, with an engine of its own; None for "decode", which runs nothing."""
    if tier == "decode":
        return None
    if tier.startswith("evaluator"):
        return EvaluatorAdapter(tier == "evaluator-optimized")
    if tier.startswith("stress"):
        return EngineAdapter("auto", stress=tier == "stress", stress_gc=tier == "stress-gc")
    return InterpreterAdapter() if tier == "interpreter" else EngineAdapter(cast("Tier", tier))
