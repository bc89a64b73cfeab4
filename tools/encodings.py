"""Learns from PeachPy how all declared instruction forms are encoded, and writes backend/assembler/encodings.txt anew.

usage: tools/encodings.py          (make encodings); exit code 1 where PeachPy is missing
"""

from __future__ import annotations

from pathlib import Path

from seaofnodes.backend.assembler import extraction, learned
from seaofnodes.errors import Error


def main() -> None:
    try:
        table = extraction.learn_all()
    except Error as error:
        raise SystemExit(f"error: {error}") from None
    Path(learned.FILE).write_text(learned.format_table(table), encoding="ascii")
    print(f"{sum(map(len, table.values()))} encodings of {len(table)} instruction forms")


if __name__ == "__main__":
    main()
