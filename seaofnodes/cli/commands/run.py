"""`seaofnodes run`."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, TextIO

import click

from seaofnodes.cli.compiler_failures import failing_with_compiler
from seaofnodes.cli.limits import compile_limit_option
from seaofnodes.cli.load import load_option, load_registry, warn_of_unused
from seaofnodes.cli.programs.program import Program, Run
from seaofnodes.cli.programs.reading import LANGUAGES, read_program
from seaofnodes.engine import Engine
from seaofnodes.runtime.tiers.options import TIERS, EngineOptions

if TYPE_CHECKING:
    from seaofnodes.passes.framework.pipeline import Pipeline


def no_option(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """FILE, which is not to be an option that is not known: what is behind FILE may be the program's."""
    if value.startswith("-") and value != "-":
        name = value.partition("=")[0]
        known = [option for one in context.command.params for option in one.opts]
        near = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {near[0]!r}?" if near else f" (For a file of that name: ./{value})"
        raise click.UsageError(f"No such option before FILE: {name!r}.{hint}", context)
    return value


@click.command("run", context_settings={"ignore_unknown_options": True})
@click.argument("file", type=click.Path(), callback=no_option)
@click.option("--language", type=click.Choice(LANGUAGES), help="Of FILE (default: what its name says).")
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
@click.option("--tier-up-budget", type=int, help="Calls and loop iterations before a function is optimized.")
@click.option("--time-limit", type=float, metavar="SECONDS", help="Stop after so long, loading and compiling included.")
@compile_limit_option
@click.option("--repeat", type=click.IntRange(1), default=1, metavar="N", help="Call N times; the last result counts.")
@click.option(
    "--verify/--no-verify", default=None, help="Check the graph after every pass (default: if some come from --load)."
)
@click.option("--stress-deopt", is_flag=True, help="Deoptimize at every place that can, once each.")
@click.option("--stress-inline", is_flag=True, help="Inline every call that can be.")
@click.option("--heap-limit", type=click.IntRange(1), metavar="MIB", help="What all objects may take together.")
@click.option("--stress-gc", is_flag=True, help="Collect garbage at every allocation, and check all objects.")
@click.option("--seed", type=int, help="Make --stress-deopt and --stress-inline choose at random.")
@click.option("--trace-opt", is_flag=True, help="Say which functions are compiled, when, and how long that takes.")
@click.option("--trace-inlining", is_flag=True, help="Say what was inlined and what was not, and why.")
@click.option("--trace-osr", is_flag=True, help="Say which loops go on in optimized code.")
@click.option("--trace-deopt", is_flag=True, help="Say where optimized code deoptimizes, and why.")
@click.option("--trace-deopt-verbose", is_flag=True, help="The same with all values and their locations.")
@click.option("--trace-events", type=click.File("w"), metavar="FILE", help="Write these events as JSON, one a line.")
@click.option("--print-feedback", is_flag=True, help="Print what each call site, or slot of a script, has seen.")
@click.option("--jitless", is_flag=True, help="Functions of JavaScript stay in the interpreter.")
@click.option("--script", is_flag=True, help="FILE is a JavaScript for a web page: no module, without `require`.")
@click.option("--print-ast", is_flag=True, help="Print the syntax tree of a script.")
@click.option("--print-bytecode", is_flag=True, help="Print the bytecode of a script and its functions.")
@click.option("--time", "timed", is_flag=True, help="Print what took how long.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; NaN and infinities as strings.")
def command(
    file: str,
    language: str | None,
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
    compile_limit: float,
    repeat: int,
    verify: bool | None,
    stress_deopt: bool,
    stress_inline: bool,
    heap_limit: int | None,
    stress_gc: bool,
    seed: int | None,
    trace_opt: bool,
    trace_inlining: bool,
    trace_osr: bool,
    trace_deopt: bool,
    trace_deopt_verbose: bool,
    trace_events: TextIO | None,
    print_feedback: bool,
    jitless: bool,
    script: bool,
    print_ast: bool,
    print_bytecode: bool,
    timed: bool,
    as_json: bool,
) -> None:
    """Run FILE: a .wasm or .wat module, a program in JavaScript (.js, or - for standard input), a .graph, or a program
    of a language that --load or a package brings.

    A .js file is run as node runs it: as a CommonJS module, with `require` and `process`, whose arguments are ARGS.
    With --script, --invoke or from standard input it is a script, whose functions are global.

    A program for WASI gets ARGS, this terminal, and the directories and variables named with --dir and --env; its exit
    status is that of this command. Of other modules, and with --invoke, the exported function NAME is called with ARGS
    (`null` for no reference), and its results printed, one a line; a module that needs other imports cannot run here.

    What the optimizing compiler fails at stays in baseline code, and the program goes on; that is said at once, with
    the line of the pass, and the exit code is 1. With passes from --load in the pipeline, this command
    waits for the compiler's thread.
    """
    registry = load_registry(load)
    passes: str | Pipeline = pipeline
    own = False  # are there passes of users?
    if load:
        from seaofnodes.passes.framework.pipeline import Pipeline

        passes = Pipeline.parse(pipeline, registry)
        own = passes.uses(registry)
        warn_of_unused(registry, [passes], load)
    engine = Engine(
        passes,
        tier,  # type: ignore[arg-type]
        inline=not no_inline,
        deopt=not no_deopt,
        osr=not no_osr,
        background=not no_background,
        tier_up_budget=EngineOptions().tier_up_budget if tier_up_budget is None else tier_up_budget,
        time_limit=time_limit,
        compile_limit=min(compile_limit, time_limit or compile_limit),
        exit_on_hang=own,
        verify=own if verify is None else verify,
        stress_deopt=stress_deopt,
        stress_inline=stress_inline,
        heap_limit=EngineOptions().heap_limit if heap_limit is None else heap_limit << 20,
        stress_gc=stress_gc,
        seed=seed,
        jitless=jitless,
    )
    if trace_opt or trace_inlining or trace_osr or trace_deopt or trace_deopt_verbose:
        from seaofnodes.cli.traces import Tracer

        engine.observe(Tracer(trace_opt, trace_inlining, trace_osr, trace_deopt, trace_deopt_verbose))
    if trace_events is not None:
        from seaofnodes.cli.traces import EventLog

        engine.observe(EventLog(trace_events))
    engine.hold_time_limit()
    wanted = Run(invoke, args, directories, environment, repeat, print_feedback, timed, as_json)
    with failing_with_compiler(engine, wait=own or bool(verify)):
        program = read_program(engine, file, load, language, module=not script)
        if print_ast or print_bytecode:
            print_script(program, print_ast, print_bytecode)
        program.run(wanted)


def print_script(program: Program, ast: bool, bytecode: bool) -> None:
    """What --print-ast and --print-bytecode ask for. Raises click.UsageError if the program is not in JavaScript."""
    from seaofnodes.cli.programs.script import ScriptProgram

    if not isinstance(program, ScriptProgram):
        raise click.UsageError("--print-ast and --print-bytecode are for JavaScript")
    if ast:
        program.print_tree()
    if bytecode:
        program.print_bytecode()
