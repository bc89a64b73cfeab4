"""What `reduce` and `bisect` have in common: a module that fails, and how."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from seaofnodes.cli.load import load_option
from seaofnodes.errors import Error
from seaofnodes.fuzz.case import Call, Case, plan_calls
from seaofnodes.fuzz.findings import Finding, load_finding
from seaofnodes.fuzz.oracle import Difference
from seaofnodes.fuzz.registries import usual_pipeline
from seaofnodes.fuzz.tasks import difference_of
from seaofnodes.fuzz.variant import KINDS, Variant
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.interpreter.numeric import to_bits
from seaofnodes.wasm.module import FUNCTION, Module
from seaofnodes.wasm.text import load as load_module
from seaofnodes.workers.pool import Pool, Task
from seaofnodes.workers.results import Crash, Hang

Command = Callable[..., Any]


def failing_options(command: Command) -> Command:
    """Decorator: the options that say what fails, as `check`, `invoke`, `args`, `load`."""
    options: list[Callable[[Command], Command]] = [
        click.option("--check", metavar="'[WAY] PIPELINE'", help="What fails (default: what FILE's .json says)."),
        click.option("--invoke", metavar="NAME", help="Call this export (with --arg ...) instead of drawn ones."),
        click.option("--arg", "args", multiple=True, metavar="NUMBER", help="Argument of --invoke; may be repeated."),
        load_option,
    ]
    for option in reversed(options):
        command = option(command)
    return command


def read_finding(
    path: Path, check: str | None, invoke: str | None, args: tuple[str, ...], load: tuple[str, ...], pool: Pool
) -> Finding:
    """What fails: as it was saved beside the module, or as the options say. Raises Error if nothing fails."""
    load = tuple(str(Path(name).resolve()) for name in load)
    if check is None and invoke is None and path.with_suffix(".json").exists():
        found = load_finding(path)
        case = replace(found.case, load=found.case.load or load)
        check_case(path, case)
        for variant in (found.difference.variant, *case.variants):
            check_pipeline(variant, case.load)
        return replace(found, case=case)
    module = load_module(path)
    variant = parse_way(check or usual_pipeline(load))
    check_pipeline(variant, load)
    case = Case(module.data, _calls(module, invoke, args), (variant,), load)
    ((_, result),) = pool.run([Task(0, difference_of, (case,))])
    if result is None:
        raise Error(f"{path}: nothing disagrees; say with --check, --invoke or --load what fails")
    if isinstance(result, Crash | Hang):
        result = Difference(variant, result.kind, -1, result.kind, f"{variant.kind} {result.kind}")
    if not isinstance(result, Difference):
        raise Error(f"{result}\n{result.traceback}")
    return Finding(case, result)


def check_case(path: Path, case: Case) -> None:
    """Raise Error now if the module is none, or the calls are not calls of its exports."""
    module = decode_module(case.data)
    kinds = {e.name: module.functions[e.index].params for e in module.exports if e.kind == FUNCTION}
    for call in case.calls:
        if len(call.arguments) != len(kinds.get(call.export, ())) or call.export not in kinds:
            raise Error(f"{path.with_suffix('.json')}: not a call of the module: {call}")


def check_pipeline(variant: Variant, load: tuple[str, ...]) -> None:
    """Raise OSError or PassError now if the pipeline cannot be had."""
    from seaofnodes.fuzz.registries import registry_for

    Pipeline.parse(variant.pipeline, registry_for(load))


def parse_way(text: str) -> Variant:
    """A way to run a module, from text such as "auto default": auto optimizes after two calls."""
    first, _, rest = text.strip().partition(" ")
    if first not in KINDS:
        first, rest = "optimized", text
    return Variant(first, rest.strip() or "default", 2 if first == "auto" else 0)


def _calls(module: Module, invoke: str | None, args: tuple[str, ...]) -> tuple[Call, ...]:
    if invoke is None:
        if args:
            raise click.UsageError("--arg goes with --invoke")
        return plan_calls(module, random.Random(0))
    kinds = {e.name: module.functions[e.index].params for e in module.exports if e.kind == FUNCTION}
    if invoke not in kinds:
        import difflib

        near = difflib.get_close_matches(invoke, kinds, 1)
        raise Error(f"no exported function is called {invoke!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    if len(args) != len(kinds[invoke]):
        raise click.UsageError(f"{invoke} takes {len(kinds[invoke])} arguments; {len(args)} were given")
    bits = []
    for text, kind in zip(args, kinds[invoke], strict=True):
        try:
            bits.append(to_bits(kind, float(text) if kind.is_float else int(text, 0)))
        except ValueError:
            raise click.UsageError(f"{text!r} is not an {kind}") from None
    return (Call(invoke, tuple(bits)),)
