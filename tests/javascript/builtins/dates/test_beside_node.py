"""Dates beside node's results (beside_node.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.javascript.builtins.dates.beside_node import ZONES, parsed, shown

LINES = [json.loads(line) for line in (Path(__file__).parent / "of_node.txt").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("zone", ZONES)
def test_dates_are_as_node_has_them(zone: str) -> None:
    lines = [line for line in LINES if line[0] == zone]
    assert len(lines) > 50
    for _, given, wanted in lines:
        assert (parsed(given, zone) if isinstance(given, str) else shown(given, zone)) == wanted, given
