"""One line of a comparison: a function or a call, under one pipeline."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from seaofnodes.compare.timing.estimate import Estimate
from seaofnodes.plain import checked

FUNCTION: Final = "function"
CALL: Final = "call"
OK: Final = "ok"
UNSUPPORTED: Final = "unsupported"  # the compiler gave the function up, as it may
ERROR: Final = "error"  # a wrong result, a crash, a broken graph


@dataclass(slots=True)
class Row:
    """What one pipeline made of a function, or how long a call took under it.

    Attributes: source: the module, for people; kind: "function" or "call"; name: of the function, or the call as
    `run(8)`; index: of the function in its module; pipeline: its label; status: "ok", "unsupported" or "error", the
    latter two with the reason in `error`; nodes_lifted, nodes: reachable nodes after lifting and after all passes;
    code_size: bytes of instructions, of a call: of all functions it compiled; compile, run: seconds of one compilation
    and of one call (the units are rounds of compilations, and placements of a call); same_code: label of the pipeline
    that makes the same machine code, which is the one that was timed, or ""; counters: what the hardware counted in one
    call, by name, medians; rules: how often each fired; remarks: without node ids, which differ; results: of a call, as
    text; graph, code: the last graph and the machine code as text, where wanted.
    """

    source: str
    kind: str
    name: str
    index: int
    pipeline: str
    status: str = OK
    error: str = ""
    nodes_lifted: int | None = None
    nodes: int | None = None
    code_size: int | None = None
    compile: Estimate | None = None
    run: Estimate | None = None
    same_code: str = ""
    counters: dict[str, float] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    graph: str = ""
    code: str = ""

    @property
    def subject(self) -> tuple[str, str, int, str]:
        """What the row is about; rows of one subject differ in their pipelines."""
        return (self.source, self.kind, self.index, self.name)

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Row:
        """What `to_json` gave, perhaps through a file. Raises TypeError or KeyError for anything else."""
        return checked(cls(**{**value, "compile": _estimate(value["compile"]), "run": _estimate(value["run"])}))


def _estimate(value: dict[str, Any] | None) -> Estimate | None:
    return None if value is None else checked(Estimate(**{**value, "samples": tuple(map(tuple, value["samples"]))}))
