"""Interrupts every scenario everywhere, and prints a table: `python -m tests.runtime.interrupts`.

Exit code 1 if something was wrong after an interrupt.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.runtime.interrupts import campaign
from tests.runtime.interrupts.child import Outcome
from tests.runtime.interrupts.points import LINE, parse
from tests.runtime.interrupts.scenario import SCENARIOS

_TOLD = 100  # points between two lines of progress


def main(arguments: list[str] | None = None) -> int:
    """Gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.runtime.interrupts", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help="names; without any, all")
    parser.add_argument("--points", type=int, default=15_000, help="at most so many in all")
    parser.add_argument("--modes", default="line,opcode,signal")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write a line of JSON for each point")
    parser.add_argument("--point", help="this one alone, as --out spells it; tells everything")
    options = parser.parse_args(arguments)
    chosen = [SCENARIOS[name] for name in options.scenarios] or list(SCENARIOS.values())
    pools = campaign.Pools(options.jobs)
    summary = campaign.Summary()
    start = time.monotonic()
    output = options.out.open("w", encoding="utf-8") if options.out else None

    def done(name: str, outcome: Outcome) -> None:
        summary.add(name, outcome)
        if output is not None:
            print(campaign.as_json(name, outcome), file=output, flush=True)
        if options.point is not None:
            print("\n".join([str(outcome.point), *(outcome.stack or ["not met"])]))
            print("\n".join(f"{kind}: {text}" for kind, text in outcome.problems) or "all is right")
        count = sum(summary.points.values())
        if count % _TOLD == 0:
            campaign.tell(f"{time.monotonic() - start:6.0f} s  {count:6} points  {summary.failures:5} failed  {name}")

    try:
        if options.point is not None:
            points = {chosen[0].name: [parse(options.point)]}
        else:
            modes = options.modes.split(",")
            seen = campaign.record_all(pools, chosen, modes != [LINE])
            points = campaign.choose(seen, options.points, modes)
        campaign.tell(f"{sum(map(len, points.values())):,} points of {len(points)} scenarios")
        campaign.run(pools, points, done)
    finally:
        pools.close()
        if output is not None:
            output.close()
    print(summary.table())
    return 1 if summary.failures else 0


if __name__ == "__main__":
    sys.exit(main())
