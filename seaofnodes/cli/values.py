"""Types of options."""

from __future__ import annotations

import math
from typing import Any

import click


class Seconds(click.FloatRange):
    """A number of seconds in a range. NaN is in none, though it compares as if it were in each."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> float:
        found: float = super().convert(value, parameter, context)
        if math.isnan(found):
            self.fail(f"{value!r} is no number of seconds", parameter, context)
        return found
