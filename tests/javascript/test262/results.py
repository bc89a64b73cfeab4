"""What came of tests: a file that grows while they run, and a summary."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

OUTCOMES: Final = ("passed", "failed", "refused", "crashed")
_LONGEST: Final = 110  # characters of a message in the summary


@dataclass(frozen=True, slots=True)
class Result:
    """name: of the test; mode: "sloppy", "strict" or "both"; outcome: one of OUTCOMES, or "left out"; message: why;
    refused: by an UnsupportedError.
    """

    name: str
    mode: str
    outcome: str
    message: str = ""
    seconds: float = 0.0


def read_results(path: Path) -> Iterator[Result]:
    """Of an earlier run; the last line may have been cut off."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                yield Result(**json.loads(line))
            except json.JSONDecodeError:
                return


def line_of(result: Result) -> str:
    return json.dumps(asdict(result)) + "\n"


def summary(results: Iterable[Result], depth: int, groups: int) -> str:
    """A table of folders, `depth` names deep, and the `groups` most frequent messages of failures with an example."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    left_out: Counter[str] = Counter()
    messages: defaultdict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        folder = "/".join(result.name.split("/")[:-1][:depth])
        if result.outcome == "left out":
            left_out[result.message] += 1
            counts[folder]["left out"] += 1
            continue
        counts[folder][result.outcome] += 1
        if result.outcome != "passed":
            messages[result.outcome, general(result.message)].append(result)
    lines = [f"{'folder':52} {'passed':>8} {'failed':>7} {'refused':>7} {'crashed':>7} {'left out':>8}"]
    for folder in sorted(counts):
        lines.append(_row(folder, counts[folder]))
    lines.append(_row("all", sum(counts.values(), Counter())))
    if left_out:
        lines += ["", "left out, files: " + ", ".join(f"{name} {count}" for name, count in left_out.most_common())]
    for outcome in OUTCOMES[1:]:
        found = sorted(((m, r) for (o, m), r in messages.items() if o == outcome), key=lambda pair: -len(pair[1]))
        if found:
            lines += ["", f"{outcome}:"]
            lines += [f"{len(each):6} {message}\n         {each[0].name}" for message, each in found[:groups]]
            if len(found) > groups:
                lines.append(f"       ... {len(found) - groups} more messages")
    return "\n".join(lines)


def _row(name: str, counts: Counter[str]) -> str:
    done = counts["passed"] + counts["failed"] + counts["crashed"]
    share = f"{counts['passed'] / done:8.2%}" if done else " " * 8
    return (
        f"{name:52} {counts['passed']:8} {counts['failed']:7} {counts['refused']:7} {counts['crashed']:7} "
        f"{counts['left out']:8} {share}"
    )


def general(message: str) -> str:
    """A message without what differs from test to test: values, numbers, what stands in quotes."""
    message = message.partition("\n")[0]
    message = re.sub(r"«[^»]*»", "«…»", message)
    message = re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", message)
    message = re.sub(r"\b\d+\b", "N", message)
    return message if len(message) <= _LONGEST else message[: _LONGEST - 1] + "…"
