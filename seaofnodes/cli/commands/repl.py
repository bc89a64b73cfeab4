"""`seaofnodes repl`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from seaofnodes.cli.values import Seconds

if TYPE_CHECKING:
    from seaofnodes.cli.repl.session import Session


@click.command("repl")
@click.option("--time-limit", type=Seconds(0, min_open=True), metavar="SECONDS", help="Stop an entry after so long.")
@click.option("--heap-limit", type=click.IntRange(1), metavar="MIB", help="What all objects may take together.")
@click.option("--stress-gc", is_flag=True, help="Collect garbage at every allocation, and check all objects.")
def command(time_limit: float | None, heap_limit: int | None, stress_gc: bool) -> None:
    """Evaluate JavaScript line by line, and print the values.

    Tab completes names, the arrow keys bring back earlier entries, `.help` says more. Where standard input is no
    terminal, its lines are the entries.
    """
    from seaofnodes.cli.repl.session import Session
    from seaofnodes.engine import Engine
    from seaofnodes.runtime.tiers.options import HEAP_LIMIT

    limit = HEAP_LIMIT if heap_limit is None else heap_limit << 20
    engine = Engine(time_limit=time_limit, heap_limit=limit, stress_gc=stress_gc)
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    session = Session(engine, colours=terminal and "NO_COLOR" not in os.environ)
    if terminal:
        from seaofnodes.cli.repl.terminal import run

        run(session)
    else:
        _read_lines(session)


def _read_lines(session: Session) -> None:
    text = ""
    for line in sys.stdin:
        text += line
        if session.is_complete(text):
            click.echo(session.enter(text), nl=False)
            text = ""
        if session.ended:
            return
    click.echo(session.enter(text), nl=False)
