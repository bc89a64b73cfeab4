"""Reads what Binaryen's interpreter wrote about a module (`wasm-opt --fuzz-exec`)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

_EXPORT = "[fuzz-exec] export "
_RESULT = re.compile(r"\[fuzz-exec\] note result: (.*?) => (.*)")
_LOG = re.compile(r"\[LoggingExternalInterface logging (.*)\]")
_VALUE = re.compile(r"-?(\d[\d.e+-]*|inf|nan\S*)|null|function|object\(null\)|(externref|i31ref)\(-?\d+\)")
_TOLERANCE = 1e-9  # the text rounds some floats, though none of those there are needs more than this


@dataclass(slots=True)
class Outcome:
    """What calling one export does. trap: why it trapped, "" if it did not; logged: each as the numbers of one line."""

    name: str
    results: list[str] = field(default_factory=list)
    logged: list[list[str]] = field(default_factory=list)
    trap: str = ""


def read(text: str) -> list[Outcome]:
    """The outcomes of all exports, in order. Raises ValueError on a line that is not known."""
    outcomes: list[Outcome] = []
    for line in text.splitlines():
        if line.startswith(_EXPORT):
            outcomes.append(Outcome(line.removeprefix(_EXPORT)))
        elif match := _RESULT.fullmatch(line):
            outcomes[-1].results.append(match[2])
        elif match := _LOG.fullmatch(line):
            outcomes[-1].logged.append(match[1].split())
        elif line.startswith("[trap "):
            outcomes[-1].trap = line[6:-1]
        elif (
            outcomes
            and outcomes[-1].results
            and _VALUE.fullmatch(line)
        ):
            outcomes[-1].results.append(line)  # several results: one a line
        else:
            raise ValueError(f"unknown line {line!r}")
    return outcomes


def same(expected: str, actual: float | str, is_float: bool) -> bool:
    """Is a value what the text says? Integers and references exactly, floats as far as the text goes."""
    if isinstance(actual, str):
        return expected == actual
    if not is_float:
        return re.fullmatch(r"-?\d+", expected) is not None and int(expected) == actual
    wanted = float(expected.partition(":")[0])
    if math.isnan(wanted) or math.isnan(actual) or math.isinf(wanted):
        return math.isnan(wanted) == math.isnan(actual) and (math.isnan(wanted) or wanted == actual)
    return math.isclose(wanted, actual, rel_tol=_TOLERANCE, abs_tol=1e-40) and (
        math.copysign(1, wanted) == math.copysign(1, actual)
    )
