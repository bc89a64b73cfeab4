"""Random programs of users' languages: the language's interpreter against compiled code, under random pipelines.

They are aimed at users' rules and passes as modules are (corpus.py): what a language draws a program from is changed in
many ways where a rule came further than before, or a pass did something new.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from seaofnodes.engine import Engine
from seaofnodes.errors import Error, Trap
from seaofnodes.fuzz.corpus import Corpus, start_of
from seaofnodes.fuzz.fired import Fired
from seaofnodes.fuzz.generate.recipe import Recipe
from seaofnodes.fuzz.limited import LimitedPipeline
from seaofnodes.fuzz.random_pipeline import random_pipeline
from seaofnodes.fuzz.registries import own, registry_for
from seaofnodes.language.files import languages
from seaofnodes.language.language import Language
from seaofnodes.passes.framework.failures import failure_text
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.workers.pool import Pool, Task
from seaofnodes.workers.results import Crash, Failure, Hang, Raised

_BUDGETS: Final = (40, 200, 1000)
_ROUNDS: Final = 3  # times that the calls of a program are made, so that feedback changes

Calls = list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class LanguagePlan:
    """What is tried. Attributes: suffix: of the language; pipelines: always tried; randomly: random ones, too; load:
    files with the language, passes and rules.
    """

    suffix: str
    seed: int
    pipelines: tuple[str, ...]
    randomly: bool
    load: tuple[str, ...]


@dataclass(slots=True)
class Tried:
    """A program that was tried. difference: "" if there is none, else in which pipeline and call; calls: how many;
    fired: what passes and rules did; features: what of that makes it worth changing, see fired.py.
    """

    number: int
    text: str
    calls: Calls
    options: dict[str, Any] = field(default_factory=dict)
    difference: str = ""
    fired: Fired = field(default_factory=Fired)
    features: tuple[str, ...] = ()


@functools.cache
def find_language(suffix: str, load: tuple[str, ...]) -> type[Language]:
    """The language of files with that suffix. Raises Error with those that there are, and what loading raises."""
    found = {language.suffix: language for language in languages(load)}
    if suffix not in found:
        raise Error(f"no language has the suffix {suffix!r}; there are: {', '.join(found)}")
    return found[suffix]


def outcomes(language: type[Language], text: str, calls: Calls, engine: Engine) -> list[str]:
    """What each call gives, or the exception that it ends with."""
    program = language.read(text)
    engine.load_program(program)
    found = []
    for name, arguments in calls * _ROUNDS:
        try:
            found.append(program.invoke(name, arguments))
        except Trap as trap:  # only compiled code knows its frames
            found.append(f"Trap: {trap.reason}")
        except Exception as error:  # the program's, or the engine's: both tiers must fail alike
            found.append(failure_text(error))
    return found


def try_program(plan: LanguagePlan, number: int, recipe: Recipe) -> Tried:
    """Draw a program and run it: interpreted, then compiled with each pipeline."""
    rng = Random(f"{plan.seed}:{number}:plan")
    language = find_language(plan.suffix, plan.load)
    text, calls = language.draw(recipe.random())
    tried = Tried(number, text, calls)
    _run(plan, language, tried, rng)
    tried.features = tried.fired.features(own(plan.load, plan.pipelines))
    return tried


def _run(plan: LanguagePlan, language: type[Language], tried: Tried, rng: Random) -> None:
    """Up to the first difference."""
    text, calls = tried.text, tried.calls
    expected = outcomes(language, text, calls, Engine(tier="baseline"))
    registry = registry_for(plan.load)
    drawn = [random_pipeline(rng, registry, own(plan.load, plan.pipelines))] if plan.randomly else []
    for pipeline in (*plan.pipelines, *drawn):
        options: dict[str, Any] = {
            "tier": rng.choice(("auto", "optimized")),
            "tier_up_budget": rng.choice(_BUDGETS),
            "stress_inline": rng.random() < 0.2,
        }
        parsed = LimitedPipeline(Pipeline.parse(pipeline, registry).steps, fired=tried.fired)
        engine = Engine(parsed, background=False, strict=True, verify=True, **options)
        found = outcomes(language, text, calls, engine)
        for at, (mine, right) in enumerate(zip(found, expected, strict=True)):
            if mine != right:
                name, arguments = calls[at % len(calls)]
                tried.options = {"pipeline": pipeline, **options}
                tried.difference = f"call {at + 1}, {name}({', '.join(arguments)}): {mine}; interpreted: {right}"
                return


def fuzz_language(
    plan: LanguagePlan, pool: Pool, *, count: int | None, seconds: float | None
) -> Iterator[tuple[int, Recipe, Tried | Failure]]:
    """(number, what the program was drawn from, what came of it), as they come, until so many were tried or so long has
    passed.
    """
    end = None if seconds is None else time.monotonic() + seconds
    corpus, aims = Corpus(), own(plan.load, plan.pipelines).aims
    recipes: dict[int, Recipe] = {}  # of what is under way

    def tasks() -> Iterator[Task | None]:
        number = 0
        while (count is None or number < count) and (end is None or time.monotonic() < end):
            if aims and any(other < start_of(number) for other in recipes):
                yield None  # until the generation before is done
                continue
            recipes[number] = recipe = corpus.recipe(plan.seed, number)
            yield Task(number, try_program, (plan, number, recipe))
            number += 1

    for number, result in pool.run(tasks()):
        recipe = recipes.pop(number)
        if isinstance(result, Tried):
            corpus.take(number, recipe, result.features)
        yield number, recipe, result


def save(out: Path, plan: LanguagePlan, number: int, recipe: Recipe, result: Tried | Crash | Hang | Raised) -> Path:
    """Write a program that fails, and beside it how; gives the source file's path. recipe: what it was drawn from.
    Raises OSError.
    """
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{number:06}{plan.suffix}"
    if isinstance(result, Tried):
        text, facts = result.text, asdict(result)
    else:
        text, calls = find_language(plan.suffix, plan.load).draw(recipe.random())
        facts = {"calls": calls, "failure": str(result)}
    path.write_text(text, encoding="utf-8")
    facts.pop("text", None)
    facts.pop("fired", None)
    facts.pop("features", None)
    facts["recipe"] = recipe.to_json()
    path.with_suffix(".json").write_text(json.dumps({**asdict(plan), **facts}, indent=1), encoding="utf-8")
    return path


def describe(result: Tried | Crash | Hang | Raised) -> str:
    """A failure in one line; "" if there is none."""
    if isinstance(result, Tried):
        return f"{result.difference} ({_options(result.options)})" if result.difference else ""
    return str(result)


def _options(options: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in options.items())


def checked_plan(suffix: str, seed: int, pipelines: Sequence[str], randomly: bool, load: Sequence[str]) -> LanguagePlan:
    """A plan whose language, pipelines and files are there. Raises Error, PassError, OSError."""
    plan = LanguagePlan(suffix, seed, tuple(pipelines), randomly, tuple(load))
    language = find_language(plan.suffix, plan.load)
    try:
        language.draw(Random(0))
    except NotImplementedError as error:
        raise Error(str(error)) from None
    for pipeline in plan.pipelines:
        Pipeline.parse(pipeline, registry_for(plan.load))
    return plan
