"""`seaofnodes run`."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import TextIO

import click

from seaofnodes.cli.load import load_option, load_pipeline
from seaofnodes.cli.phases import Phases
from seaofnodes.cli.traces import EventLog, Tracer
from seaofnodes.cli.values import format_results, parse_arguments
from seaofnodes.errors import Error
from seaofnodes.ir.names import printable
from seaofnodes.runtime.function import Function
from seaofnodes.runtime.instance import Instance
from seaofnodes.runtime.options import TIERS, EngineOptions
from seaofnodes.viz.engine import Engine
from seaofnodes.viz.feedback import feedback_of, format_feedback

WASI = "wasi_snapshot_preview1"


@click.command("run", context_settings={"ignore_unknown_options": True})
@click.argument("file", type=click.Path())
@click.option("--invoke", metavar="NAME", help="Exported function to call, with the ARGS (default: _start or main).")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.option("--tier", type=click.Choice(TIERS), default="auto", show_default=True, help="Force a tier.")
@click.option("--pipeline", default="default", show_default=True, help="Passes of the optimizing tier.")
@load_option
@click.option("--dir", "directories", multiple=True, metavar="DIR[::NAME]", help="Give a WASI program a directory.")
@click.option("--env", "environment", multiple=True, metavar="NAME[=VALUE]", help="Give a WASI program a variable.")
@click.option("--no-inline", is_flag=True, help="Never inline.")
@click.option("--no-deopt", is_flag=True, help="Never speculate.")
@click.option("--no-osr", is_flag=True, help="Hot loops stay in baseline code until their function is called again.")
@click.option("--no-background", is_flag=True, help="Optimize at once, not on another thread.")
@click.option("--tier-up-budget", type=int, help="Calls and loop turns before a function is optimized.")
@click.option("--time-limit", type=float, metavar="SECONDS", help="Stop after so long.")
@click.option("--repeat", type=click.IntRange(1), default=1, metavar="N", help="Call N times; the last result counts.")
@click.option("--verify", is_flag=True, help="Check the graph after every pass.")
@click.option("--stress-deopt", is_flag=True, help="Leave optimized code at every place where it could, once each.")
@click.option("--stress-inline", is_flag=True, help="Inline whatever can be.")
@click.option("--seed", type=int, help="Random decisions for stress instead: some exits, some calls.")
@click.option("--trace-opt", is_flag=True, help="Say which functions are compiled, when, and how long that takes.")
@click.option("--trace-inlining", is_flag=True, help="Say what was inlined and what was not, and why.")
@click.option("--trace-osr", is_flag=True, help="Say which loops go on in optimized code.")
@click.option("--trace-deopt", is_flag=True, help="Say where optimized code is left for baseline code, and why.")
@click.option("--trace-deopt-verbose", is_flag=True, help="The same with all values: where they were, where they went.")
@click.option("--trace-events", type=click.File("w"), metavar="FILE", help="All of this as JSON, a line an event.")
@click.option("--print-feedback", is_flag=True, help="Print what each call site has seen.")
@click.option("--time", "timed", is_flag=True, help="Print what took how long.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: str,
    invoke: str | None,
    args: tuple[str, ...],
    tier: str,
    pipeline: str,
    load: tuple[str, ...],
    directories: tuple[str, ...],
    environment: tuple[str, ...],
    no_inline: bool,
    no_deopt: bool,
    no_osr: bool,
    no_background: bool,
    tier_up_budget: int | None,
    time_limit: float | None,
    repeat: int,
    verify: bool,
    stress_deopt: bool,
    stress_inline: bool,
    seed: int | None,
    trace_opt: bool,
    trace_inlining: bool,
    trace_osr: bool,
    trace_deopt: bool,
    trace_deopt_verbose: bool,
    trace_events: TextIO | None,
    print_feedback: bool,
    timed: bool,
    as_json: bool,
) -> None:
    """Run FILE, a .wasm or .wat module.

    A program for WASI gets ARGS, this terminal, and the directories and variables named with --dir and --env; its exit
    status is that of this command. Of other modules, and with --invoke, the exported function NAME is called with ARGS
    (`null` for no reference), and its results printed, one a line; a module that needs other imports cannot run here.
    """
    engine = Engine(
        load_pipeline(pipeline, load),
        tier,  # type: ignore[arg-type]
        inline=not no_inline,
        deopt=not no_deopt,
        osr=not no_osr,
        background=not no_background,
        tier_up_budget=EngineOptions().tier_up_budget if tier_up_budget is None else tier_up_budget,
        time_limit=time_limit,
        verify=verify,
        stress_deopt=stress_deopt,
        stress_inline=stress_inline,
        seed=seed,
    )
    if trace_opt or trace_inlining or trace_osr or trace_deopt or trace_deopt_verbose:
        engine.observe(Tracer(trace_opt, trace_inlining, trace_osr, trace_deopt, trace_deopt_verbose))
    if trace_events is not None:
        engine.observe(EventLog(trace_events))
    phases = Phases() if timed else None
    module = engine.load(file)
    if phases is not None:
        phases.end("load")
    wasi = None
    ending: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
    if any(wanted.module == WASI for wanted in module.imports):
        from seaofnodes.cli.program import exiting, host_of, run_program

        ending = exiting()
        wasi = host_of(file, args if invoke is None else (), directories, environment)
        if invoke is None:
            sys.exit(run_program(engine, module, wasi, phases))
    elif directories or environment:
        raise click.UsageError("--dir and --env are for programs that use WASI")
    instance = engine.instantiate(module, None if wasi is None else wasi.imports)
    if phases is not None:
        phases.end("instantiate")
    function = find_export(instance, invoke)
    if function is None:
        return
    values = parse_arguments(function, args)
    seconds = []
    results: object = None
    with ending:
        if wasi is not None:
            wasi.initialize(instance)
        for _ in range(repeat):
            start = time.perf_counter()
            results = function(*values)
            seconds.append(time.perf_counter() - start)
    if as_json:
        shown = list(results) if isinstance(results, tuple) else [] if results is None else [results]
        found = {"function": function.name, "results": shown, "seconds": seconds}
        if print_feedback:
            found["feedback"] = list(feedback_of(instance))
        click.echo(json.dumps(found, default=repr))
        return
    if text := format_results(results):
        click.echo(text)
    if print_feedback:
        click.echo(format_feedback(instance))
    if phases is not None:
        phases.end("run")
        click.echo(phases.report(engine, module), err=True)
        click.echo(f"{function.name}: best of {repeat}: {min(seconds) * 1e3:.3f} ms", err=True)


def find_export(instance: Instance, name: str | None) -> Function | None:
    """The exported function of that name; without a name `_start` or `main`, if there is one. Raises Error."""
    functions = {key: value for key, value in instance.exports.items() if isinstance(value, Function)}
    if name is None:
        return functions.get("_start") or functions.get("main")
    if name not in functions:
        import difflib

        near = difflib.get_close_matches(name, functions, 1)
        known = ", ".join(map(printable, functions)) or "none"
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {known}"
        raise Error(f"no exported function is called {name!r}{hint}")
    return functions[name]
