"""The ways to run a module that must agree, as values and as JSON."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

from seaofnodes.errors import Error
from seaofnodes.plain import checked
from seaofnodes.wasm.features import SUPPORTED

KINDS: Final = ("interpreter", "wasmtime", "baseline", "optimized", "auto", "evaluator")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run a module.

    kind: "interpreter", "wasmtime", an engine's tier, or "evaluator" (functions are lifted, optimized and evaluated);
    pipeline: of the optimizing compiler; budget: when tier "auto" optimizes; verify: check graphs after every pass;
    order: seed of a random order of rules and work (0: as declared); calls: how often "evaluator" evaluates each
    export before it goes on interpreting; collect: does an engine collect garbage at every allocation?
    """

    kind: str
    pipeline: str = "default"
    budget: int = 0
    verify: bool = False
    order: int = 0
    calls: int = 3
    collect: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise Error(f"no way to run a module is called {self.kind!r}; there are: {', '.join(KINDS)}")

    @property
    def optimizes(self) -> bool:
        """Does the optimizing compiler, or at least its passes, take part?"""
        return self.kind in ("optimized", "auto", "evaluator")

    @property
    def features(self) -> frozenset[str]:
        """What modules that are run in this way may use."""
        return SUPPORTED

    def __str__(self) -> str:
        said = [f"{f.name}={getattr(self, f.name)}" for f in dataclasses.fields(self)[1:]]
        defaults = [f"{f.name}={f.default}" for f in dataclasses.fields(self)[1:]]
        return " ".join([self.kind, *(text for text, default in zip(said, defaults, strict=True) if text != default)])

    def to_json(self) -> dict[str, Any]:
        """What differs from the defaults."""
        fields = dataclasses.fields(self)
        return {f.name: getattr(self, f.name) for f in fields if getattr(self, f.name) != f.default}

    @classmethod
    def from_json(cls, data: Any) -> Variant:
        """Raises Error for what is no variant."""
        known = {f.name for f in dataclasses.fields(cls)}
        if not isinstance(data, dict) or "kind" not in data or not known.issuperset(data):
            raise Error(f"{data!r} is no way to run a module")
        try:
            return checked(cls(**data))
        except TypeError as error:
            raise Error(f"{data!r} is no way to run a module: {error}") from None


REFERENCE: Final = Variant("interpreter")
