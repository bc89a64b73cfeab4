"""Isolates for tests, plain and with a collection at every allocation."""

from __future__ import annotations

import pytest

from tests.javascript.objects.support import BareIsolate


@pytest.fixture(params=["plain", "stress"])
def bare(request: pytest.FixtureRequest) -> BareIsolate:
    return BareIsolate(stress=request.param == "stress")
