"""What an engine can be told when it is created."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from seaofnodes.errors import Error

if TYPE_CHECKING:
    from seaofnodes.passes.framework.pipeline import Pipeline

Tier = Literal["auto", "baseline", "optimized"]
TIERS: Final = ("auto", "baseline", "optimized")
TIER_UP_BUDGET: Final = 2000
MAX_STACK: Final = 64 << 20
CODE_SPACE: Final = 512 << 20
MAX_MEMORY: Final = 8 << 30
HEAP_LIMIT: Final = 2 << 30
COMPILE_LIMIT: Final = 60.0  # a compilation of the most that it may cost (ir/budget.py) takes a fifth of that


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Options of an engine, in the words of its keyword arguments.

    pipeline: passes of the optimizing tier, as text or parsed (with a registry of one's own); tier: force one, or
    "auto"; inline, deopt: may optimized code inline, and speculate; osr: may a hot loop go on in optimized code;
    background: optimize hot functions on another thread, while baseline code runs on; tier_up_budget: what a function
    may spend in baseline code before it is optimized (1 a call or loop iteration), once for each 64 bytes of its
    bytecode; time_limit: seconds for one call from outside, with what has to be compiled for it, and for loading a
    program; compile_limit: seconds of processor time (or four times as many in all) after which a compilation of the
    optimizing tier is stopped, as one that hangs, or None; exit_on_hang: a compilation that cannot be stopped, because
    a pass is inside one call of C, ends the process with exit code 1, after saying where it is; otherwise it is waited
    for; max_stack: bytes of stack for compiled code at most;
    code_space: bytes of addresses for machine code; max_memory: bytes that memories and tables of all instances may
    have together; heap_limit: bytes that its objects (structs and arrays) may have together; verify: check graphs after
    every pass; strict: let failures of the optimizing tier rise: in the call that it was for, or after work in the
    background in the next one; stress_deopt: optimized code leaves at every place where it could, once each;
    stress_inline: inline whatever can be; stress_gc: collect garbage at every allocation, and check all objects then;
    seed: of random decisions for stress: which exits are taken, which calls are
    inlined (None: all of them); jitless: functions of JavaScript stay in the interpreter.
    """

    pipeline: str | Pipeline = "default"
    tier: Tier = "auto"
    inline: bool = True
    deopt: bool = True
    osr: bool = True
    background: bool = True
    tier_up_budget: int = TIER_UP_BUDGET
    time_limit: float | None = None
    compile_limit: float | None = COMPILE_LIMIT
    exit_on_hang: bool = False
    max_stack: int = MAX_STACK
    code_space: int = CODE_SPACE
    max_memory: int = MAX_MEMORY
    heap_limit: int = HEAP_LIMIT
    verify: bool = False
    strict: bool = False
    stress_deopt: bool = False
    stress_inline: bool = False
    stress_gc: bool = False
    seed: int | None = None
    jitless: bool = False

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            raise Error(f"tier is one of {', '.join(TIERS)}, not {self.tier!r}")
        if not 0 <= self.tier_up_budget < 1 << 31:
            raise Error(f"tier_up_budget is 0 to 2**31 - 1, not {self.tier_up_budget}")
        if self.time_limit is not None and not self.time_limit > 0:
            raise Error(f"time_limit is more than 0 seconds, not {self.time_limit}")
        if self.compile_limit is not None and not self.compile_limit > 0:
            raise Error(f"compile_limit is more than 0 seconds, not {self.compile_limit}")
        if not 1 << 20 <= self.code_space <= 1 << 30:
            raise Error(f"code_space is 1 MiB to 1 GiB, not {self.code_space:,} bytes")
        if self.max_memory < 0:
            raise Error(f"max_memory is not negative, as {self.max_memory} is")
        if not 1 << 16 <= self.heap_limit <= 1 << 40:
            raise Error(f"heap_limit is 64 KiB to 1 TiB, not {self.heap_limit:,} bytes")
        if self.max_stack < 1 << 16:
            raise Error(f"max_stack is at least 64 KiB, not {self.max_stack:,} bytes")
