"""Progress of long work: a bar on a terminal, now and then a line in a pipe; both on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Report = Callable[[float, float | None, str], None]  # done, of how much (None: not known), what to say

_LINE_SECONDS = 30.0


@contextmanager
def progress(title: str, quiet: bool = False) -> Iterator[tuple[Report, Callable[[str], None]]]:
    """Gives (report, say): `report` shows how far the work is, `say` prints a line that stays."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        last = time.monotonic()

        def report(done: float, total: float | None, text: str) -> None:
            nonlocal last
            if not quiet and time.monotonic() - last > _LINE_SECONDS:
                last = time.monotonic()
                click.echo(f"{title}: {text}", err=True)

        yield report, lambda line: None if quiet else click.echo(line, err=True)
        return
    from rich import progress as bars

    columns = [bars.TextColumn(title), bars.BarColumn(), bars.TextColumn("{task.fields[said]}", markup=False)]
    with bars.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None, said="")
        yield (
            lambda done, total, text: bar.update(task, completed=done, total=total, said=text),
            lambda line: bar.console.print(line, markup=False, highlight=False),
        )
