"""The oracle: runs a case in every way, and says where one of them differs from the reference interpreter.

Compared are results (every NaN is the same NaN), traps with their reasons, the calls of the host with their arguments,
and exported memories and globals after each call. An exception from inside the project is a difference too.
"""

from __future__ import annotations

import re
import traceback
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import seaofnodes
from seaofnodes.errors import Error, LinkError, TimeLimitError, Trap, WasmException
from seaofnodes.fuzz.case import Call, Case
from seaofnodes.fuzz.fired import Fired
from seaofnodes.fuzz.limited import LimitedPipeline, Record
from seaofnodes.fuzz.registries import registry_for
from seaofnodes.fuzz.sides.evaluated import Evaluated
from seaofnodes.fuzz.sides.host import Host, HostError, canonical, show
from seaofnodes.fuzz.sides.machine import Machine, start
from seaofnodes.fuzz.variant import REFERENCE, Variant
from seaofnodes.ir.evaluator.evaluate import OutOfSteps
from seaofnodes.passes.framework.failures import culprit_of
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.module import FUNCTION, GLOBAL, MEMORY, Module

STOPPED: Final = "stopped"
_ALIKE: Final = {  # wasmtime has one word for these
    "undefined element": "out of bounds table access",
    "null function reference": "null reference",
    "null exception reference": "null reference",
    "null structure reference": "null reference",
    "null array reference": "null reference",
    "null i31 reference": "null reference",
}


class Step(NamedTuple):
    """What one call did. kind: "results", "trap", "exception", "host", "stopped" or "error"; memory: a checksum."""

    kind: str
    end: str
    log: tuple[str, ...] = ()
    memory: int = 0
    globals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a variant and the reference part.

    kind: "results", "trap", "log", "memory", "globals", "error", "crash" or "hang"; call: number of the call, -1 for
    instantiating; signature: the same for what seems to be the same bug.
    """

    variant: Variant
    kind: str
    call: int
    message: str
    signature: str

    def __str__(self) -> str:
        return f"{self.variant}: {self.message}"


@dataclass(slots=True)
class Outcome:
    """What came of a case. calls: how many the reference finished; ends: how they ended; reached: see coverage.py;
    fired: what passes and rules did.
    """

    difference: Difference | None = None
    calls: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    reached: dict[str, Counter[str]] = field(default_factory=dict)
    fired: Fired = field(default_factory=Fired)


def pipeline_of(variant: Variant, load: tuple[str, ...] = (), record: Record | None = None) -> LimitedPipeline:
    """A variant's pipeline, parsed. record: how far it goes, and what it did. Raises OSError, PassError."""
    parsed = Pipeline.parse(variant.pipeline, registry_for(load))
    return LimitedPipeline(parsed.steps, variant.order, record)


def run_case(case: Case, record: Record | None = None) -> Outcome:
    """Run a case in all its ways, up to the first difference. record: limits of the passes, and what they did.

    Raises DecodeError, ValidationError; OSError, PassError if its pipelines cannot be had.
    """
    module = decode_module(case.data, case.features)
    outcome = Outcome()
    expected = run_reference(module, case.calls)
    if expected and expected[-1].kind == "error":
        outcome.difference = _broken(REFERENCE, expected, len(expected) - 1)
        return outcome
    outcome.calls = sum(step.kind != STOPPED for step in expected)
    if not outcome.calls:
        return outcome  # not even instantiating it ends
    outcome.ends.update(step.end if step.kind == "trap" else step.kind for step in expected)
    for variant in case.variants:
        pipeline = pipeline_of(variant, case.load, record)
        found, machine = run_variant(module, variant, case.calls, pipeline, most=outcome.calls)
        outcome.fired.add(pipeline.fired)
        if isinstance(machine, Evaluated):
            for name, counts in machine.reached.counts().items():
                outcome.reached.setdefault(name, Counter()).update(counts)
        outcome.difference = compare(module, case, variant, expected, found)
        if outcome.difference is not None:
            break
    return outcome


def run_reference(module: Module, calls: tuple[Call, ...]) -> list[Step]:
    """What the interpreter says."""
    return run_variant(module, REFERENCE, calls, Pipeline(()))[0]


def run_variant(
    module: Module, variant: Variant, calls: tuple[Call, ...], pipeline: Pipeline, most: int | None = None
) -> tuple[list[Step], Machine | None]:
    """What instantiating the module and each call do, until something stops it. most: steps that are wanted."""
    host = Host()
    steps: list[Step] = []
    machine: Machine | None = None

    def state() -> tuple[int, tuple[int, ...]]:
        memory, cells = 0, []
        for export in module.exports:
            if export.kind == MEMORY:
                assert machine is not None
                memory = zlib.crc32(machine.memory(export.name), memory)
            elif export.kind == GLOBAL:
                assert machine is not None
                kind = module.globals[export.index].type.type
                cells.append(canonical(kind, machine.global_bits(export.name)))
        return memory, tuple(cells)

    def guarded(action: Any, results: tuple[Any, ...]) -> Step:
        try:
            found = action()
            text = " ".join(hex(canonical(t, bits)) for t, bits in zip(results, found, strict=True))
            kind, end = "results", text
        except Trap as trap:
            kind, end = "trap", _ALIKE.get(trap.reason, trap.reason)
            if end == "call stack exhausted":
                kind = STOPPED  # each has its own limits
        except WasmException as error:
            kind, end = "exception", " ".join(map(show, error.values))
        except HostError as error:
            kind, end = "host", str(error)
        except (OutOfSteps, TimeLimitError) as error:
            kind, end = STOPPED, "time limit" if isinstance(error, TimeLimitError) else "too many steps"
        except LinkError as error:
            kind, end = "trap", f"does not link: {error}"
        except Exception as error:  # the very thing looked for
            return Step("error", _where(error), host.take_log())
        log = host.take_log()
        return Step(kind, end, log, *state()) if machine is not None and kind != STOPPED else Step(kind, end, log)

    def instantiate() -> list[int]:
        nonlocal machine
        machine = start(module, variant, host, pipeline)
        return []

    steps.append(guarded(instantiate, ()))
    if steps[0].kind != "results":
        return steps, None
    assert machine is not None
    kinds = {e.name: module.functions[e.index].results for e in module.exports if e.kind == FUNCTION}
    for call in calls:
        if most is not None and len(steps) >= most:
            break  # what comes then took the reference too long
        if call.export not in kinds:
            continue  # a reduced module has fewer
        steps.append(guarded(lambda call=call: machine.call(call.export, call.arguments), kinds[call.export]))
        if steps[-1].kind in (STOPPED, "error"):
            break
    return steps, machine


def compare(module: Module, case: Case, variant: Variant, expected: list[Step], found: list[Step]) -> Difference | None:
    """The first difference, None if there is none as far as both got."""
    called = [call for call in case.calls if any(e.name == call.export and e.kind == FUNCTION for e in module.exports)]
    for at, (wanted, got) in enumerate(zip(expected, found, strict=False)):
        if got.kind == "error":
            return _broken(variant, found, at)
        if wanted.kind == STOPPED:
            return None
        if variant.kind == "wasmtime" and wanted.kind == "exception":
            wanted = wanted._replace(end="")
        if got.kind == STOPPED:
            if got.end != "time limit":
                return None
            return Difference(variant, "hang", at - 1, "takes too long", f"{variant.kind} hang")
        if wanted == got:
            continue
        where = f"call {at - 1}, {called[at - 1]}" if at else "instantiating"
        kind, message = _first_difference(wanted, got)
        signature = f"{variant.kind} {kind} {got.end if kind == 'trap' else ''}".strip()
        return Difference(variant, kind, at - 1, f"{where}: {message}", signature)
    return None


def _first_difference(wanted: Step, got: Step) -> tuple[str, str]:
    if (wanted.kind, wanted.end) != (got.kind, got.end):
        kind = "results" if wanted.kind == got.kind == "results" else "trap"
        return kind, f"{_ended(got)}, expected {_ended(wanted)}"
    if wanted.log != got.log:
        pairs = zip(wanted.log, got.log, strict=False)
        at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(wanted.log), len(got.log)))
        left, right = ((log[at] if at < len(log) else "nothing") for log in (got.log, wanted.log))
        return "log", f"host call {at} is {left}, expected {right}"
    if wanted.globals != got.globals:
        at = next(i for i, (a, b) in enumerate(zip(wanted.globals, got.globals, strict=True)) if a != b)
        return "globals", f"exported global {at} is {got.globals[at]:#x}, expected {wanted.globals[at]:#x}"
    return "memory", "the memory's contents differ"


def _ended(step: Step) -> str:
    return f"results [{step.end}]" if step.kind == "results" else f"{step.kind} {step.end!r}"


def _broken(variant: Variant, steps: list[Step], at: int) -> Difference:
    end = steps[at].end
    kind = re.sub(r"\bn?\d+\b|0x[0-9a-f]+", "#", end.partition("\n")[0])[:160]
    return Difference(variant, "error", at - 1, end, f"{variant.kind} error {kind}")


_ROOT: Final = Path(seaofnodes.__file__).parent


def _where(error: Exception) -> str:
    """The error, and the pass that it comes from, with the line; or else the innermost place of the project."""
    first, _, rest = str(error).partition("\n")
    culprit = culprit_of(error)
    if culprit is not None:
        text = f"{type(error).__name__}: {first}, in {culprit}"
        return f"{text}\n{rest}" if rest else text
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f"{_ROOT.name}/" in f.filename]
    inner = [f for f in frames if "/fuzz/" not in f.filename] or frames
    place = f" at {Path(inner[-1].filename).name}:{inner[-1].name}" if inner else ""
    return f"{type(error).__name__}{place}: {first}" + (f"\n{rest}" if rest else "")


def check_runs(case: Case) -> None:
    """Raises Error if the module cannot be run at all."""
    module = decode_module(case.data, case.features)
    steps = run_reference(module, ())
    if steps[0].kind == "error":
        raise Error(f"the reference interpreter cannot run the module: {steps[0].end}")
