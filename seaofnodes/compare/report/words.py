"""Numbers of a comparison in words, the same in text and on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaofnodes.compare.timing.estimate import FEWEST, Estimate

if TYPE_CHECKING:
    from seaofnodes.compare.results import Results, Subject

_FINE = 0.02  # below which width of an interval two digits would hide it


def ratio_digits(ratio: Estimate) -> int:
    """Digits behind the point."""
    return 3 if ratio.low is not None and ratio.high is not None and ratio.high - ratio.low < _FINE else 2


def interval_text(ratio: Estimate) -> str:
    """`[1.52, 1.63]`, or `[-]` where there is no interval."""
    if ratio.low is None or ratio.high is None:
        return "[-]"
    digits = ratio_digits(ratio)
    return f"[{ratio.low:.{digits}f}, {ratio.high:.{digits}f}]"


def ratio_text(ratio: Estimate | None) -> str:
    """`1.59x [1.52, 1.63]`."""
    return "-" if ratio is None else f"{ratio.value:.{ratio_digits(ratio)}f}x {interval_text(ratio)}"


def same_code_text(comparison: Results, subject: Subject, label: str) -> str:
    """Which pipeline makes the same machine code, "" if none does."""
    found = subject[label].same_code
    return "" if not found else "same code" if found == comparison.labels[0] else f"same code as {found}"


def method(comparison: Results) -> str:
    """How the times of calls were taken."""
    settings = comparison.settings
    placements = f"{settings.placements} placement{'' if settings.placements == 1 else 's'}"
    return f"{placements} of {settings.rounds} round{'' if settings.rounds == 1 else 's'}"


def notes(comparison: Results) -> list[str]:
    """What has to be known to read the times of calls."""
    found = []
    known = len(comparison.compared)
    if known:
        found.append(
            f"[...]: 95 % interval over placements; *: differs, by Holm's correction for {known} "
            f"comparison{'' if known == 1 else 's'}"
        )
    if comparison.settings.placements < FEWEST:
        found.append(f"[-]: an interval needs {FEWEST} placements; there are {comparison.settings.placements}")
    if any(same_code_text(comparison, subject, label) for subject in comparison.calls for label in subject):
        found.append("same code: the machine code is the same byte by byte, so it is not timed again")
    if comparison.noise is not None:
        found.append(str(comparison.noise))
    counters = str(comparison.machine.get("counters", ""))
    if counters.startswith("none"):
        found.append(f"hardware counters: {counters}")
    return found


def counted(comparison: Results) -> list[str]:
    """Names of what the hardware has counted in any call."""
    rows = [row for subject in comparison.calls for row in subject.values()]
    return list(dict.fromkeys(name for row in rows for name in row.counters))
