"""Traces in the words of d8's flags, one bracketed line an event, on standard error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TextIO

import click

from seaofnodes.plain import json_text
from seaofnodes.runtime.tiers.events import (
    DeoptEvent,
    Event,
    FailureEvent,
    GiveUpEvent,
    MarkEvent,
    OsrEvent,
    event_json,
)
from seaofnodes.viz.deopt import deopt_text
from seaofnodes.viz.inlining import inlining_text
from seaofnodes.viz.listing import printable


@dataclass(frozen=True, slots=True)
class Tracer:
    """An observer that prints: compilations (--trace-opt), inlining decisions (--trace-inlining), loops that go on in
    optimized code (--trace-osr), deoptimizations (--trace-deopt, --trace-deopt-verbose).
    """

    opt: bool = False
    inlining: bool = False
    osr: bool = False
    deopt: bool = False
    deopt_verbose: bool = False

    def __call__(self, event: Event) -> None:
        function = f"function {event.function_index} <{printable(event.name)}>"
        if isinstance(event, MarkEvent):
            if self.opt:
                mode = "kConcurrent" if event.concurrent else "kSynchronous"
                loop = f" OSR from {event.osr_offset:#x}" if event.osr_offset >= 0 else ""
                text = f"[marking {function} for optimization to optimized{loop}, ConcurrencyMode::{mode}, reason: hot"
                click.echo(f"{text} loop]" if loop else f"{text} and stable]", err=True)
            return
        if isinstance(event, OsrEvent):
            if self.osr:
                click.echo(f"[OSR - entry. {function}, osr offset: {event.osr_offset:#x}]", err=True)
            return
        if isinstance(event, DeoptEvent):
            if self.deopt or self.deopt_verbose:
                click.echo(deopt_text(event, verbose=self.deopt_verbose), err=True)
            return
        if isinstance(event, GiveUpEvent):
            click.echo(f"[not optimizing {function}: {printable(event.reason, 1000)}]", err=True)
            return
        if isinstance(event, FailureEvent):
            if self.opt:
                loop = f" OSR from {event.osr_offset:#x}" if event.osr_offset >= 0 else ""
                reason = printable(event.reason, 1000)
                click.echo(f"[failed to optimize {function}{loop}{event.where}: {reason}]", err=True)
            return
        if self.inlining:
            for remark in event.remarks:
                if remark.phase == "inline":
                    click.echo(inlining_text(event.function_index, remark), err=True)
        if self.opt:
            took = f"took {event.seconds * 1e3:.3f} ms, {event.code_size} bytes"
            loop = f" OSR from {event.osr_offset:#x}" if event.osr_offset >= 0 else ""
            click.echo(f"[completed compiling {function} (target {event.tier}){loop} - {took}]", err=True)


@dataclass(frozen=True, slots=True)
class EventLog:
    """An observer that writes each event as a line of JSON."""

    file: TextIO

    def __call__(self, event: Event) -> None:
        self.file.write(json_text(event_json(event), default=str) + "\n")
