"""Test cases from numbers: which module, which calls, which ways to run it."""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from seaofnodes.errors import Error
from seaofnodes.fuzz.case import Case, plan_calls
from seaofnodes.fuzz.generate.module import generate
from seaofnodes.fuzz.generate.recipe import Recipe
from seaofnodes.fuzz.random_pipeline import random_pipeline
from seaofnodes.fuzz.registries import own, registry_for, rules_for
from seaofnodes.fuzz.variant import Variant
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.stress_deopt import StressDeoptimization
from seaofnodes.plain import checked
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.decoder import decode_module

_BUDGETS = (0, 1, 2, 3, 5, 10, 40)
_ENGINES = ("baseline", "auto", "optimized")
_COLLECT_CHANCE = 0.4  # where modules may have objects
_TTF_BYTES = 3000  # of random input for Binaryen
_TTF_CHANCE = 0.2
_OLD_FORM = frozenset((w.TRY, w.CATCH, w.CATCH_ALL, w.RETHROW, w.DELEGATE))  # of exceptions: wasmtime has not got it


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides about test cases, together with their numbers.

    seed; pipelines: are always tried, besides random ones; vary: are there random pipelines and orders at all?; only:
    kinds of variants to use (empty: all); load: files of passes and rules; wasm_opt: path of Binaryen's `wasm-opt`,
    which then makes some of the modules ("" for none); objects: may modules have objects?
    """

    seed: int = 0
    pipelines: tuple[str, ...] = ("default",)
    vary: bool = True
    only: tuple[str, ...] = ()
    load: tuple[str, ...] = ()
    wasm_opt: str = ""
    objects: bool = False

    def to_json(self) -> dict[str, Any]:
        """As JSON has it."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """Raises Error for what `to_json` did not write."""
        try:
            values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
            return checked(cls(**values))
        except (TypeError, AttributeError) as error:
            raise Error(f"not a saved plan: {error}") from None


def by_binaryen(plan: Plan, recipe: Recipe, rng: random.Random) -> bool:
    """Does Binaryen draw the module? rng: of the number. A mutation is never its work."""
    return bool(plan.wasm_opt) and rng.random() < _TTF_CHANCE and not recipe.layers


def number_random(plan: Plan, number: int) -> random.Random:
    """Random numbers for everything in a test case but its module."""
    return random.Random(f"{plan.seed}:{number}:plan")


def make_case(plan: Plan, number: int, recipe: Recipe | None = None) -> Case:
    """Test case `number`. recipe: of the module; None: the number's own. The same arguments give the same case, for as
    long as rules and passes are the same.
    """
    rng = number_random(plan, number)
    recipe = recipe or Recipe(f"{plan.seed}:{number}")
    if by_binaryen(plan, recipe, rng):
        data = from_binaryen(plan.wasm_opt, rng)
        costs, old_form = None, False
    else:
        generated = generate(recipe, rules_for(plan.load, plan.pipelines), objects=plan.objects)
        data, costs = generated.draft.encode(), generated.costs
        old_form = not _OLD_FORM.isdisjoint(generated.draft.opcodes())
    module = decode_module(data)
    calls = plan_calls(module, rng, costs)
    variants = [variant for variant in _variants(plan, rng) if not (old_form and variant.kind == "wasmtime")]
    return Case(data, calls, tuple(variants), plan.load)


def _variants(plan: Plan, rng: random.Random) -> list[Variant]:
    registry = registry_for(plan.load)

    def pipeline() -> str:
        chance = rng.random() if plan.vary else 1.0
        if chance < 0.4:
            return random_pipeline(rng, registry, own(plan.load, plan.pipelines))
        chosen = rng.choice(plan.pipelines)
        if chance < 0.7:
            return str(Pipeline.parse(chosen, registry).replace("checkpoint-elimination", StressDeoptimization()))
        return chosen

    def order() -> int:
        return rng.choice((0, rng.randint(1, 1 << 30))) if plan.vary else 0

    def often(kind: str, chance: float) -> bool:
        return kind in plan.only if plan.only else rng.random() < chance

    found = []
    if often("wasmtime", 1):
        found.append(Variant("wasmtime"))
    if often("baseline", 1):
        found.append(Variant("baseline"))
    if often("auto", 1):
        found.append(Variant("auto", pipeline(), rng.choice(_BUDGETS), order=order()))
    if often("optimized", 0.6):
        found.append(Variant("optimized", pipeline(), verify=rng.random() < 0.4, order=order()))
    if often("evaluator", 0.4):
        found.append(Variant("evaluator", pipeline(), order=order()))
    if plan.objects:
        found = [replace(one, collect=one.kind in _ENGINES and rng.random() < _COLLECT_CHANCE) for one in found]
    return found


def from_binaryen(wasm_opt: str, rng: random.Random) -> bytes:
    """A module that `wasm-opt -ttf` makes of random bytes. Raises Error when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "input", Path(folder) / "module.wasm"
        source.write_bytes(rng.randbytes(_TTF_BYTES))
        features = ["--mvp-features", "--enable-sign-ext", "--enable-nontrapping-float-to-int", "--enable-multivalue"]
        features += ["--enable-mutable-globals", "--enable-bulk-memory"]
        command = [wasm_opt, str(source), "-ttf", "--denan", *features, "-o", str(target)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise Error(f"wasm-opt failed: {done.stderr.strip()[-300:]}")
        return target.read_bytes()
