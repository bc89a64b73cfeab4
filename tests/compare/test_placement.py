"""Placements, what the hardware counts, and code that is the same."""

from __future__ import annotations

import ctypes
import gc
import itertools
import random
import time
import weakref
from pathlib import Path

import pytest

from seaofnodes import Engine
from seaofnodes.compare import Comparison, calls as measuring, compare
from seaofnodes.compare.contestant import Contestant
from seaofnodes.compare.timing.counters import Counters, medians
from seaofnodes.compare.timing.placement import DEPTHS, PAGE, Placement, deeper
from seaofnodes.errors import Error
from seaofnodes.runtime.code.space import LINE
from seaofnodes.wasm.decoder import decode_module
from tests.compare.programs import LOOP, PASSES, STRAIGHT, write
from tests.support import wat

SOFTWARE = 1  # a kind of events that every Linux counts
PAGE_FAULTS = {"time": (SOFTWARE, 1), "page faults": (SOFTWARE, 2)}


def quick(source: Path, pipelines: list[str], **others: object) -> Comparison:
    given = {"placements": 5, "rounds": 3, "compile_rounds": 1, "warm_up": 0.02, **others}
    return compare([source], pipelines, **given)  # type: ignore[arg-type]


def lines(engine: Engine) -> list[int]:
    """Where in a page two functions and their instance lie."""
    instance = engine.instantiate(wat(STRAIGHT))
    instance.exports["one"](1), instance.exports["two"](1)
    found = [instance.data.address, *(code.start for code in instance.data.code.baseline.values())]
    assert len(found) == 3
    return [address % PAGE for address in found]


def test_code_and_instances_start_at_a_cache_line() -> None:
    ballast = []
    for size in range(1, 20):
        ballast.append(bytearray(size * 24))  # moves what comes next
        assert not any(at % LINE for at in lines(Engine(background=False)))


def test_each_function_and_instance_is_placed_on_its_own() -> None:
    draw = random.Random(1)
    found = [lines(Placement(draw).apply(Engine(background=False))) for _ in range(40)]
    assert not any(at % LINE for one in found for at in one)
    instances, first, second = (set(one) for one in zip(*found, strict=True))
    assert min(len(instances), len(first), len(second)) > 15
    assert len({(b - a) % PAGE for _, a, b in found}) > 15
    slots = {
        Placement(draw).apply(Engine(background=False)).module_code(decode_module(wat(STRAIGHT))).slots % PAGE
        for _ in range(20)
    }
    assert len(slots) > 10
    plain = [lines(Engine(background=False)) for _ in range(5)]
    assert len({tuple(one[1:]) for one in plain}) == 1


def test_gaps_are_given_back() -> None:
    engine = Placement(random.Random(2)).apply(Engine(background=False))
    space = engine.runtime.space
    before = space.code_bytes
    instance = engine.instantiate(wat(STRAIGHT))
    instance.exports["one"](1)
    with_gaps = space.code_bytes
    code = next(iter(instance.data.code.baseline.values()))
    assert space.find(code.start) is code and space.find(code.start - 1) is not code
    assert with_gaps >= before + code.size
    del instance, code
    gc.collect()
    space.code_gap = int  # none
    space.install(b"\xc3", (), "takes back what died")
    assert space.code_bytes < with_gaps


def test_stack_depths() -> None:
    class Far(Exception):
        pass

    def fail() -> None:
        raise Far

    assert {Placement(random.Random(seed)).depth for seed in range(200)} == set(range(DEPTHS))
    assert [deeper(depth, lambda: 7) for depth in (0, 1, DEPTHS)] == [7, 7, 7]
    engine = Engine(background=False)  # has the code as long as it lives
    stack_pointer = engine.runtime.space.install(b"\x48\x89\xe0\xc3", (), "mov rax, rsp; ret")
    read = ctypes.CFUNCTYPE(ctypes.c_uint64)(stack_pointer.start)
    found = [deeper(depth, read) for depth in range(DEPTHS)]
    assert found == sorted(set(found), reverse=True) and all(a - b < PAGE for a, b in itertools.pairwise(found))
    assert len({at % PAGE // LINE for at in found}) > DEPTHS // 2
    with pytest.raises(Far):
        deeper(DEPTHS, fail)


def test_each_placement_is_another_and_the_last_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[tuple[str, int, int]] = []
    alive: list[weakref.ref[Contestant]] = []
    most = 0
    enter = Contestant.__init__

    def noted(self: Contestant, *arguments: object) -> None:
        nonlocal most
        enter(self, *arguments)  # type: ignore[arg-type]
        alive.append(weakref.ref(self))
        most = max(most, sum(one() is not None for one in alive))
        instance = self.callee._instance  # type: ignore[attr-defined]
        places.append((self.label, instance.data.address % PAGE, self._placement.depth))

    monkeypatch.setattr(Contestant, "__init__", noted)
    quick(write(tmp_path, loop=LOOP), ["none", "default"], placements=12)
    assert len(places) == 2 * 12 + 1  # the baseline tier is there once
    for label in ("none", "default"):
        assert len({place for name, *place_ in places if name == label for place in [tuple(place_)]}) >= 8
    firsts = {places[at][0] for at in range(3, len(places), 2)}
    assert firsts == {"none", "default"}  # neither is always placed first
    assert most <= 2 + 3  # of two placements, at most


def test_same_code_is_marked_and_not_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[str] = []
    sample = Contestant.sample
    monkeypatch.setattr(Contestant, "sample", lambda self, *rest: (timed.append(self.label), sample(self, *rest))[1])
    found = quick(write(tmp_path, loop=LOOP), ["default", "again: default", "none", "plain: none", "@tier=baseline"])
    [call] = found.calls
    assert {label: row.same_code for label, row in call.items()} == {
        "default": "", "again": "default", "none": "", "plain": "none", "@tier=baseline": "",
    }  # fmt: skip
    samples = {label: timed.count(label) for label in found.labels}
    once = samples["again"]  # in the first placement, to see what becomes hot
    assert samples["plain"] == once and once % 3 == 0
    assert {samples[label] for label in ("default", "none", "@tier=baseline")} == {once + 4 * 3}
    assert call["plain"].run == call["none"].run
    again = found.speedup(call, "again")
    assert again is not None and (again.low, again.value, again.high) == (1, 1, 1)
    assert [label for _, label in found.compared] == ["none", "plain", "@tier=baseline"]
    assert found.summaries[1].same_code == 1 and found.summaries[1].faster == found.summaries[1].slower == 0
    text = str(found)
    assert "same code as none" in text and "not timed again" in text
    assert "same code" in found.to_html()


@pytest.fixture
def batches_of_100(monkeypatch: pytest.MonkeyPatch) -> None:
    """About 200 calls of a small function before the samples, and 400 in four rounds of them."""
    monkeypatch.setattr(measuring, "MAX_BATCH", 100)
    monkeypatch.setattr(measuring, "SAMPLE_SECONDS", 100.0)


@pytest.mark.usefixtures("batches_of_100")
@pytest.mark.parametrize("budget", [100, 300, 500, 1_000_000])
def test_code_is_not_the_same_because_nothing_is_hot_yet(budget: int) -> None:
    """Baseline code is the same under all pipelines; what counts is what the samples run."""
    module = "(module (func (export \"f\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 8))))"
    pipelines = [f"a: none@tier-up-budget={budget}", f"b: simplify@tier-up-budget={budget}"]
    found = compare([wat(module)], pipelines, invoke=("f", [3]), placements=1, rounds=4, warm_up=0)
    assert found.calls[0]["b"].same_code == ("a" if budget == 1_000_000 else "")


def test_same_code_in_a_users_language(root: Path) -> None:
    toy = root / "examples" / "toy"
    pipelines = ["none", "default", "again: default"]
    found = quick(toy / "sum.toy", pipelines, load=[toy / "toy_files.py"], placements=1)
    [call] = found.calls
    assert not found.failed and call["none"].code_size
    assert [call[label].same_code for label in found.labels] == ["", "", "default"]


def test_the_same_size_is_not_the_same_code(tmp_path: Path) -> None:
    other = PASSES.replace('name = "wrong"', 'name = "swap"').replace("*node.inputs", "node.inputs[0], node.inputs[1]")
    (tmp_path / "passes.py").write_text(other)
    module = """(module (func (export "f") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"""
    pipelines = ["a: none@tier=optimized", "b: swap@tier=optimized"]
    quickly = {"placements": 1, "rounds": 1, "compile_rounds": 1, "warm_up": 0.01}
    found = compare([wat(module)], pipelines, invoke=("f", [3, 0]), load=[tmp_path / "passes.py"], **quickly)  # type: ignore[arg-type]
    [call] = found.calls
    assert call["b"].status == "ok" and not call["b"].same_code


@pytest.mark.usefixtures("batches_of_100")
@pytest.mark.parametrize("budget", [100, 300, 500, 900])
def test_samples_are_not_of_two_tiers(budget: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that is called often enough to become hot only while it is sampled would be another one then."""
    module = "(module (func (export \"f\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))"
    tiers: dict[Contestant, list[int]] = {}
    sample = Contestant.sample

    def noted(self: Contestant, times: int, counters: Counters) -> float:
        found = sample(self, times, counters)
        tiers.setdefault(self, []).append(self.optimized())
        return found

    monkeypatch.setattr(Contestant, "sample", noted)
    pipeline = f"none@tier-up-budget={budget}"
    found = compare([wat(module)], [pipeline], invoke=("f", [3]), placements=3, rounds=4, warm_up=0)
    assert not found.failed and len(tiers) == 3
    assert len({tuple(taken[-4:]) for taken in tiers.values()}) == 1  # all placements measure the same
    for taken in tiers.values():
        assert len(set(taken[-4:])) == 1


def test_a_pipeline_with_itself(tmp_path: Path) -> None:
    found = quick(write(tmp_path, loop=LOOP), ["default"], a_a=True)
    assert found.labels == ["default", "default again"]
    [call] = found.calls
    assert not call["default again"].same_code and call["default again"].run != call["default"].run
    assert found.noise is not None and found.noise.intervals == 1
    assert "noise floor: half-widths of intervals: median" in str(found)
    assert "noise floor" in found.to_html() and '"left_out"' in found.to_json()
    for pipelines, run in ((["none", "default"], True), (["none"], False)):
        with pytest.raises(Error, match="compared with itself"):
            quick(tmp_path, pipelines, a_a=True, run=run)


def test_too_few_placements_are_told(tmp_path: Path) -> None:
    found = quick(write(tmp_path, loop=LOOP), ["none", "default"], placements=3)
    assert "[-]: an interval needs 5 placements; there are 3" in str(found)
    assert "x [-]" in str(found) and "*" not in str(found)
    assert found.verdict(found.calls[0], "default") == 0
    assert "[-]" in found.to_html() and 'class="whisker" d=""' in found.to_html()


def test_what_a_machine_counts() -> None:
    """Events of software stand in where there are no others: the calls of the system are the same."""
    with Counters(PAGE_FAULTS) as counters:
        assert counters.names == ["time", "page faults"] and not counters.missing
        size = 40 << 20
        found, [nanoseconds, faults] = counters.count(lambda: len(bytearray(b"\1") * size))
        assert found == size and faults > 8 and nanoseconds > 0
        _, [_, idle] = counters.count(lambda: time.sleep(0.01))
        assert idle < faults
        with pytest.raises(ZeroDivisionError):
            counters.count(lambda: 1 // 0)
        assert counters.count(lambda: 3)[0] == 3


def test_a_machine_without_counters_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Counters({"unicorns": (SOFTWARE, 999), "page faults": (SOFTWARE, 2)}) as counters:
        assert not counters.names and counters.count(lambda: 5) == (5, [])
        assert counters.missing.startswith("this machine counts no unicorns (perf_event_open: ")
    found = quick(write(tmp_path, loop=LOOP), ["none"])
    told = str(found.machine["counters"])
    with Counters() as there:
        assert told == (", ".join(there.names) or f"none: {there.missing}")
    assert ("hardware counters: none" in " ".join(str(found).split())) == told.startswith("none")


def test_counts_are_in_every_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "Counters", lambda: Counters(PAGE_FAULTS))
    found = quick(write(tmp_path, loop=LOOP), ["none", "default"])
    for row in found.calls[0].values():
        assert row.counters["time"] > 0 and row.counters["page faults"] >= 0
    assert "counted by the hardware in one call" in str(found) and "page faults" in str(found)
    assert "Counted by the hardware" in found.to_html() and '"page faults"' in found.to_csv().replace('""', '"')


def test_medians_of_counts() -> None:
    assert medians([[1, 10], [3, 30], [], [2, 20]]) == [2, 20]
    assert medians([[], []]) == [] == medians([])


def test_samples_are_in_the_csv_by_placement(tmp_path: Path) -> None:
    import csv
    import io

    found = quick(write(tmp_path, loop=LOOP), ["none"])
    [line] = [line for line in csv.DictReader(io.StringIO(found.to_csv())) if line["kind"] == "call"]
    assert line["placements"] == "5"
    samples = tuple(tuple(map(float, unit.split())) for unit in line["samples"].split(";"))
    run = found.calls[0]["none"].run
    assert run is not None and samples == run.samples and [len(unit) for unit in samples] == [3] * 5
