"""Traces in the words of d8's flags, one bracketed line an event, on standard error."""

from __future__ import annotations

from dataclasses import dataclass

import click

from seaofnodes.runtime.events import CompileEvent, Event
from seaofnodes.viz.listing import printable


@dataclass(frozen=True, slots=True)
class Tracer:
    """An observer that prints: compilations (--trace-opt), inlining decisions (--trace-inlining)."""

    opt: bool
    inlining: bool

    def __call__(self, event: Event) -> None:
        function = f"function {event.function_index} <{printable(event.name)}>"
        if not isinstance(event, CompileEvent):
            click.echo(f"[not optimizing {function}: {printable(event.reason)}]", err=True)
            return
        if self.inlining:
            for remark in event.remarks:
                if remark.phase == "inline":
                    click.echo(f"[{function}: {printable(str(remark))}]", err=True)
        if self.opt:
            took = f"took {event.seconds * 1e3:.3f} ms, {event.code_size} bytes"
            click.echo(f"[completed compiling {function} (target {event.tier}) - {took}]", err=True)
