"""Results of node 26 (beside_node.py wrote them): every bit, every digit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.javascript.builtins.numbers.beside_node import ONE, TEXTS, TWO, Call, ours

_CALLS: dict[str, list[tuple[Call, str]]] = {}
for _line in (Path(__file__).parent / "of_node.txt").read_text().splitlines():
    *_call, _result = json.loads(_line)
    _CALLS.setdefault(_call[0], []).append((tuple(_call), _result))


@pytest.mark.parametrize("name", [*ONE, *TWO, *TEXTS])
def test_the_same_as_node(name: str) -> None:
    calls = _CALLS[name]
    assert len(calls) > 15
    for call, result in calls:
        assert ours(call) == result, call
