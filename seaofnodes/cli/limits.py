"""The option `--compile-limit`: passes of users may hang."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from seaofnodes.cli.values import Seconds
from seaofnodes.runtime.tiers.options import COMPILE_LIMIT

Command = Callable[..., Any]


def compile_limit_option(command: Command) -> Command:
    """Decorator: the option, as the parameter `compile_limit`, seconds."""
    return click.option(
        "--compile-limit",
        type=Seconds(0, min_open=True),
        default=COMPILE_LIMIT,
        metavar="SECONDS",
        help=f"Stop a compilation after so much processor time, as one that hangs (default: {COMPILE_LIMIT:g} s).",
    )(command)
