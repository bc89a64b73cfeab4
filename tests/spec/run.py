"""Runs the WebAssembly core test suite and prints a table: `python -m tests.spec.run [--tier TIER] [FILE...]`.

Exit code 1 if an assertion fails or a function is not compiled as told, 2 if there is nothing to run.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from tests.spec.adapters import GIVEN_UP, TIERS, adapter, features_of
from tests.spec.script import Report, run_script

SUITE = Path(__file__).resolve().parents[3] / "shared" / "spec"
_SHOWN_FAILURES = 5


def main(arguments: list[str] | None = None) -> int:
    """Run the scripts named on the command line, or all of the suite; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.spec.run", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="scripts or folders; without any, the whole suite")
    parser.add_argument("--tier", choices=TIERS, default="auto", help='"decode" only decodes and validates')
    parser.add_argument("--core", action="store_true", help="of folders, only the files right inside")
    parser.add_argument(
        "--failures", type=int, default=_SHOWN_FAILURES, help="how many different ones to print per file"
    )
    options = parser.parse_args(arguments)
    folders = options.files or [SUITE]
    if missing := [str(folder) for folder in folders if not folder.exists()]:
        print(f"not there: {', '.join(missing)}", file=sys.stderr)
        return 2
    scripts = [
        script
        for folder in folders
        for script in (sorted(folder.glob("*.wast" if options.core else "**/*.wast")) if folder.is_dir() else [folder])
    ]
    if not scripts:
        print(f"no scripts in {', '.join(map(str, folders))}", file=sys.stderr)
        return 2
    print(f"{'script':44} {'passed':>7} {'failed':>7} {'skipped':>8}  skipped for want of")
    reports = []
    for script in scripts:
        report = run_script(script, adapter(options.tier), features_of(options.tier))
        reports.append(report)
        name = script.relative_to(SUITE) if script.is_relative_to(SUITE) else script
        _print_row(str(name), report.passed.total(), len(report.failures), report.skipped)
        first: dict[str, int] = {}
        for line, message in report.failures:
            first.setdefault(message, line)
        for message, line in list(first.items())[: options.failures]:
            print(f"    line {line}: {message}")
    _print_total(reports, options.tier)
    given_up = any(name.startswith(GIVEN_UP) for report in reports for name in report.compiled)
    return 1 if any(report.failures for report in reports) or given_up else 0


def _print_row(name: str, passed: int, failed: int, skipped: Counter[str]) -> None:
    wanting = ", ".join(f"{feature} {count}" for feature, count in skipped.most_common())
    print(f"{name:44} {passed:7} {failed:7} {skipped.total():8}  {wanting}".rstrip(), flush=True)


def _print_total(reports: list[Report], tier: str) -> None:
    passed: Counter[str] = sum((report.passed for report in reports), Counter())
    skipped: Counter[str] = sum((report.skipped for report in reports), Counter())
    _print_row(f"{len(reports)} scripts", passed.total(), sum(len(report.failures) for report in reports), skipped)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(passed.items()) if count)
    modules = sum(report.modules for report in reports)
    print(f"tier {tier}: {modules} modules; passed {kinds or 'nothing'}")
    compiled: Counter[str] = sum((report.compiled for report in reports), Counter())
    if compiled:
        print("functions compiled: " + ", ".join(f"{name} {count}" for name, count in compiled.most_common()))


if __name__ == "__main__":
    sys.exit(main())
