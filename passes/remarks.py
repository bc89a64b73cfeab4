"""What passes and rules report: remarks on nodes, and counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a pass wants to say about a node. kind: "passed", "missed" or "analysis"."""

    kind: str
    phase: str
    message: str
    node: int
    bytecode_offset: int
    details: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        details = "".join(f", {key}={value}" for key, value in self.details)
        where = f" (at {self.bytecode_offset:#x})" if self.bytecode_offset >= 0 else ""
        return f"{self.kind}: {self.phase}: {self.message}, n{self.node}{where}{details}"


@dataclass(slots=True)
class RuleCount:
    """How often a rule was tried and fired; seconds: what that took, if the context asked for it.

    matched: how often its pattern was there, whether its condition held or not.
    """

    tried: int = 0
    fired: int = 0
    seconds: float = 0.0
    matched: int = 0
