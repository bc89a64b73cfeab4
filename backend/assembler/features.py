"""What the processor can do beyond x86-64-v2 (SSE4.2, POPCNT), which is taken for granted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CpuFeatures:
    """Optional instruction sets; the default has none, so code made for it runs everywhere."""

    lzcnt: bool = False
    bmi1: bool = False  # TZCNT ANDN BLSR ...
    bmi2: bool = False  # SHLX SHRX SARX RORX MULX ...
    avx: bool = False

    @classmethod
    def from_flags(cls, flags: str) -> CpuFeatures:
        """From Linux's words for a processor's features, separated by blanks."""
        words = set(flags.split())
        return cls("abm" in words or "lzcnt" in words, "bmi1" in words, "bmi2" in words, "avx" in words)

    @classmethod
    def detect(cls, cpuinfo: Path = Path("/proc/cpuinfo")) -> CpuFeatures:
        """Of this machine; none where the system does not say. Linux lists avx only if it saves its registers."""
        try:
            with cpuinfo.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    if line.startswith("flags"):
                        return cls.from_flags(line.partition(":")[2])
        except OSError:
            pass  # no such file system: the baseline is always right
        return cls()
