"""The reducer: small results, the same however many work, and edits that keep modules valid."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from seaofnodes.errors import Error
from seaofnodes.fuzz.case import Case
from seaofnodes.fuzz.generate.draft import draft_of
from seaofnodes.fuzz.generate.module import generate
from seaofnodes.fuzz.oracle import run_case, run_reference
from seaofnodes.fuzz.plan import Plan, make_case
from seaofnodes.fuzz.reduction import code as reduce_code, module as reduce_module
from seaofnodes.fuzz.reduction.candidate import Candidate
from seaofnodes.fuzz.reduction.compact import compact
from seaofnodes.fuzz.reduction.reduce import Check, Reducer
from seaofnodes.fuzz.reduction.shrink import describe, reduced_finding, start_of
from seaofnodes.fuzz.reduction.stack import look, without_dead_code
from seaofnodes.fuzz.tasks import fuzz_pool
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.module import FUNCTION
from tests import support
from tests.fuzz.failures import planted_failure

_TYPED = w.TAIL_CALLS | {
    w.CALL_INDIRECT, w.CALL_REF, w.REF_FUNC, w.BR, w.BR_IF, w.BR_TABLE, w.BR_ON_NULL, w.BR_ON_NON_NULL, w.TRY_TABLE,
}  # fmt: skip


def cleaned(seed: int, objects: bool = False) -> Candidate:
    draft = generate(f"edits:{seed}", objects=objects).draft
    for function in draft.functions:
        function.body = without_dead_code(function.body)
    return Candidate(draft)


@pytest.mark.parametrize(("seed", "objects"), [*((seed, False) for seed in range(12)), *((s, True) for s in range(8))])
def test_edits_of_code_keep_modules_valid(seed: int, objects: bool) -> None:
    candidate = cleaned(seed, objects)
    tried = valid = 0
    for index in range(len(candidate.draft.functions)):
        if len(candidate.draft.functions[index].body) > 150:
            continue
        bodies = [*reduce_code.stubs(candidate, index), *reduce_code.traps(candidate, index)]
        for size in (16, 4, 1):
            bodies += reduce_code.ranges(candidate, index, size)
        bodies += [*reduce_code.operands(candidate, index), *reduce_code.smaller_immediates(candidate, index)]
        found = [candidate.with_body(index, body).encode() for body in bodies]
        assert None not in found
        looser = [candidate.with_body(index, body).encode() for body in reduce_code.unwrapped(candidate, index)]
        tried += len(looser)
        valid += len(looser) - looser.count(None)
    assert valid >= tried // 2  # an `if` with results leaves an arm that may not fit


@pytest.mark.parametrize("seed", range(12))
def test_edits_of_modules_keep_them_valid(seed: int) -> None:
    candidate = cleaned(seed)
    found = [*reduce_module.compacted(candidate), *reduce_module.fewer_parts(candidate)]
    assert found
    for edited in found:
        data = edited.draft.encode()
        assert data != candidate.draft.encode() or edited.draft == candidate.draft
    assert next(reduce_module.compacted(candidate)).encode() is not None
    assert all(edited.encode() is not None for edited in reduce_module.fewer_parameters(candidate) if _direct(edited))


def _direct(candidate: Candidate) -> bool:
    """Calls through references, tail calls and branches out of functions may stand in the way of other types."""
    draft = candidate.draft
    return _TYPED.isdisjoint(draft.opcodes()) and not any(segment.expressions for segment in draft.elements)


@pytest.mark.parametrize("seed", range(12))
def test_compaction_changes_no_behaviour(seed: int) -> None:
    case = make_case(Plan(seed=6), seed)
    module = decode_module(case.data)
    smaller = decode_module(compact(draft_of(module)).encode())
    assert len(smaller.functions) <= len(module.functions)
    assert run_reference(smaller, case.calls) == run_reference(module, case.calls)


@pytest.mark.parametrize("seed", range(20))
def test_stacks_before_instructions(seed: int) -> None:
    """A body that is cut off where a stack is known is valid with drops and results."""
    candidate = cleaned(seed)
    function = candidate.draft.functions[-1]
    nesting = look(candidate.draft, function)
    assert len(nesting.stacks) == len(function.body) + 1
    level = nesting.levels[-1]
    for start, _ in level[:: max(len(level) // 10, 1)]:
        stack = nesting.stacks[start]
        assert stack is not None
        results = next(reduce_code.stubs(candidate, len(candidate.draft.functions) - 1))
        body = [*function.body[:start], *[(w.DROP, None)] * len(stack), *results]
        assert candidate.with_body(len(candidate.draft.functions) - 1, body).encode() is not None


def test_a_planted_failure_becomes_small() -> None:
    finding = planted_failure(250)
    candidate, check = start_of(finding)
    with closing(fuzz_pool(2, seconds=30, fork=True)) as pool:
        reducer = Reducer(pool, check)
        smallest = reducer.run(candidate)
    assert smallest.draft.instructions * 10 < candidate.draft.instructions
    assert len(smallest.calls) == 1 and smallest.variant is not None
    assert smallest.variant.pipeline == "simplify{rules=planted}"
    reduced = reduced_finding(finding, smallest, reducer.difference)
    difference = run_case(reduced.case).difference
    assert difference is not None and difference.message == reduced.difference.message
    text = describe(reduced)
    assert "i32.shl" in text and "i32.shr_u" in text


def test_the_result_does_not_depend_on_the_number_of_workers() -> None:
    candidate, check = start_of(planted_failure(100, 220))
    results = []
    for jobs in (1, 3):
        with closing(fuzz_pool(jobs, seconds=30, fork=True)) as pool:
            results.append(Reducer(pool, check, limit=100).run(candidate).encode())
    assert results[0] == results[1]


def test_a_command_decides(tmp_path: Path) -> None:
    """ "Fails" while there is a multiplication."""
    script = tmp_path / "check.py"
    script.write_text("import sys; sys.exit(b'\\x6c' in open(sys.argv[1], 'rb').read())")
    data = support.wat("""(module (memory 1) (global (mut i32) (i32.const 5))
      (func (export "f") (param i32 i32) (result i32)
        (if (local.get 0) (then (global.set 0 (i32.add (local.get 1) (i32.const 17)))))
        (block (br_if 0 (local.get 1)) (i32.store (i32.const 8) (i32.mul (local.get 0) (i32.const 300))))
        (global.get 0)))""")
    check = Check(command=(sys.executable, "-S", str(script)), seconds=20)
    with closing(fuzz_pool(2, seconds=30)) as pool:
        smallest = Reducer(pool, check).run(Candidate(draft_of(decode_module(data, SUPPORTED))))
    opcodes = smallest.draft.opcodes()
    assert opcodes[w.I32_MUL] == 1 and smallest.draft.instructions <= 5


def test_objects_are_reduced(tmp_path: Path) -> None:
    """ "Fails" while there are a struct.get_s and an export; the types that it needs stay, renumbered."""
    script = tmp_path / "check.py"
    script.write_text(
        "import sys; data = open(sys.argv[1], 'rb').read(); sys.exit(b'\\xfb\\x03' in data and b'\\x01f\\0' in data)"
    )
    data = support.wat("""(module (type $unused (struct (field i64)))
      (rec (type $list (sub (struct (field (mut i8)) (field (ref null $list)))))
        (type $lists (array (mut (ref $list)))))
      (type $other (array (mut i8)))
      (global (mut anyref) (array.new_fixed $lists 0))
      (elem $e (ref null $list) (item (struct.new_default $list)))
      (func (export "f") (param i32) (result i32) (local $l (ref null $list))
        (local.set $l (struct.new $list (local.get 0) (ref.null $list)))
        (block $b (result anyref) (br_on_cast $b anyref (ref $other) (global.get 0))) (global.set 0)
        (global.set 0 (array.new_elem $lists2 $e (i32.const 0) (i32.const 1)))
        (i32.add (array.len (array.new_fixed $other 2 (i32.const 1) (local.get 0)))
          (struct.get_s $list 0 (local.get $l))))
      (type $lists2 (array (ref null $list))))""")
    check = Check(command=(sys.executable, "-S", str(script)), seconds=20)
    with closing(fuzz_pool(2, seconds=30)) as pool:
        smallest = Reducer(pool, check).run(Candidate(draft_of(decode_module(data))))
    opcodes = smallest.draft.opcodes()
    assert opcodes[w.STRUCT_GET_S] == 1 and smallest.draft.instructions <= 4
    assert len(smallest.draft.types) == 2 and not smallest.draft.globals and not smallest.draft.elements


@pytest.mark.parametrize("name", ["gc_04", "gc_10", "gc_17"])
def test_compact_modules_with_objects_do_the_same(shared: Path, name: str) -> None:
    module = decode_module((shared / "fuzz" / f"{name}.wasm").read_bytes())
    compacted = decode_module(compact(draft_of(module)).encode())
    assert len(compacted.types) <= len(module.types)
    assert [compacted.functions[e.index] for e in compacted.exports if e.kind == FUNCTION] == [
        module.functions[e.index] for e in module.exports if e.kind == FUNCTION
    ]


def test_what_does_not_fail_is_not_reduced() -> None:
    candidate, check = start_of(planted_failure())
    assert candidate.variant is not None
    right = replace(candidate, variant=replace(candidate.variant, pipeline="default"))
    with closing(fuzz_pool(1, seconds=30)) as pool, pytest.raises(Error, match="does not fail: all agree"):
        Reducer(pool, check).run(right)


def test_cases_of_reduced_modules_skip_calls_of_what_is_gone() -> None:
    finding = planted_failure()
    draft = draft_of(decode_module(finding.case.data))
    draft.exports = [export for export in draft.exports if export.name == finding.case.calls[0].export]
    variants = tuple(replace(variant, pipeline="default") for variant in finding.case.variants)
    case = Case(draft.encode(), finding.case.calls, variants)
    assert run_case(case).difference is None
