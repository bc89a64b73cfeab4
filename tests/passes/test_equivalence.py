"""Functions do the same after a pass as before: random ones, the fuzzing corpus, kernels; the evaluator tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaofnodes.errors import UnsupportedError, UnsupportedFeatureError
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.text import assemble, load
from tests.passes.equivalence import check_equivalent, load_fuzzed
from tests.passes.generate import StateGenerator

PASSES = ["simplify", "gvn", "branch-elimination", "load-elimination", "store-elimination", "strength-reduction"]
STATE = "simplify,gvn,load-elimination,store-elimination,strength-reduction,simplify,gvn,dead-code"
SEEDS = range(96)


@pytest.mark.parametrize("pipeline", [*PASSES, STATE, "default"])
@pytest.mark.parametrize("first", SEEDS[::24])
def test_random_functions(pipeline: str, first: int) -> None:
    for seed in range(first, first + 24):
        module = decode_module(assemble(StateGenerator(seed).module()))
        check_equivalent(module, module.imported_functions + 1, pipeline, seed=seed)


@pytest.mark.parametrize("pipeline", ["default", "load-elimination,store-elimination", "inline"])
def test_fuzzing_corpus(shared: Path, pipeline: str) -> None:
    checked = 0
    for _, module in load_fuzzed(shared / "fuzz"):
        for index in range(module.imported_functions, len(module.functions)):
            check_equivalent(module, index, pipeline, rounds=2)
            checked += 1
    assert checked > 400


KERNELS = (
    "byte_copy call_indirect_poly2 collatz fib globals interpreter mandelbrot matmul nbody quicksort sha_mix sieve"
)


@pytest.mark.parametrize("kernel", [*KERNELS.split(), "byte_copy", "spectral_norm", "string_search", "xxhash"])
def test_kernels(shared: Path, kernel: str) -> None:
    try:
        module = load(shared / "bench" / "kernels" / f"{kernel}.wat")
    except (UnsupportedError, UnsupportedFeatureError) as problem:
        pytest.skip(str(problem))
    for index in range(module.imported_functions, len(module.functions)):
        for pipeline in ("default", STATE):
            check_equivalent(module, index, pipeline, rounds=3)
