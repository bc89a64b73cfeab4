"""The core test suite: everything is decoded; the interpreter and the baseline tier run a part of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from seaofnodes.wasm.features import GC, SUPPORTED
from tests.spec.adapters import GIVEN_UP, adapter, features_of
from tests.spec.run import main
from tests.spec.script import run_script
from tests.spec.sexpr import SyntaxProblem, parse
from tests.spec.values import NanClass, Value, float_bits, matches, parse_value

SOME = (
    "block",
    "br_table",
    "call_indirect",
    "data",
    "elem",
    "fac",
    "float_misc",
    "imports",
    "linking",
    "memory_grow",
    "unwind",
)
LATER = (
    "br_on_non_null",
    "br_on_null",
    "call_ref",
    "exceptions/throw_ref",
    "exceptions/try_table",
    "local_init",
    "memory64/call_indirect64",
    "memory64/memory64",
    "memory64/table_copy_mixed",
    "multi-memory/imports2",
    "multi-memory/memory_copy1",
    "ref_is_null",
    "return_call_indirect",
    "return_call_ref",
    "select",
    "table_grow",
    "type-equivalence",
    "type-rec",
)

OBJECTS = (
    "array",
    "array_copy",
    "array_fill",
    "array_init_data",
    "array_init_elem",
    "array_new_data",
    "array_new_elem",
    "binary-gc",
    "br_on_cast",
    "br_on_cast_fail",
    "extern",
    "i31",
    "ref_cast",
    "ref_eq",
    "ref_test",
    "struct",
    "type-subtyping",
)


def test_every_module_gets_the_right_verdict(shared: Path) -> None:
    passed: Counter[str] = Counter()
    for script in sorted((shared / "spec").glob("*.wast")):
        report = run_script(script, None, SUPPORTED)
        assert report.failures == [], script
        passed += report.passed
    assert passed["assert_invalid"] > 1150
    assert passed["assert_malformed"] > 700


@pytest.mark.parametrize("name", LATER)
@pytest.mark.parametrize("tier", ["interpreter", "evaluator", "baseline", "optimized", "auto"])
def test_some_scripts_with_later_features(shared: Path, tier: str, name: str) -> None:
    if name == "return_call_ref" and tier in ("interpreter", "evaluator"):
        pytest.skip("millions of calls, in Python")
    report = run_script(shared / "spec" / f"{name}.wast", adapter(tier), features_of(tier))
    assert report.failures == []
    assert report.passed and report.skipped.keys() <= ({"text"} if tier == "interpreter" else {"text", "gc"})
    assert not any(name.startswith(GIVEN_UP) for name in report.compiled)


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("tier", ["interpreter", "baseline"])
def test_some_scripts(shared: Path, tier: str, name: str) -> None:
    report = run_script(shared / "spec" / f"{name}.wast", adapter(tier), features_of(tier))
    assert report.failures == []
    assert report.passed


@pytest.mark.parametrize("tier", ["interpreter", "evaluator-optimized", "baseline", "auto", "stress", "stress-gc"])
@pytest.mark.parametrize("name", OBJECTS)
def test_objects(shared: Path, tier: str, name: str) -> None:
    report = run_script(shared / "spec" / "gc" / f"{name}.wast", adapter(tier), features_of(tier))
    assert report.failures == []
    assert report.passed and report.skipped.keys() <= {"text"}


def write(folder: Path, text: str) -> Path:
    script = folder / "script.wast"
    script.write_text(text)
    return script


MODULE = '(module (func (export "one") (result i32) (i32.const 1)) (func (export "trap") (unreachable)))'


@pytest.mark.parametrize(
    "assertion",
    [
        '(assert_return (invoke "one") (i32.const 2))',
        '(assert_return (invoke "one") (i64.const 1))',
        '(assert_return (invoke "one"))',
        '(assert_return (invoke "none") (i32.const 1))',
        '(assert_return (invoke "trap"))',
        '(assert_trap (invoke "one") "unreachable")',
        '(assert_trap (invoke "trap") "integer overflow")',
        '(assert_invalid (module (func)) "type mismatch")',
        '(assert_malformed (module binary "\\00asm\\01\\00\\00\\00") "unexpected end")',
        '(assert_unlinkable (module (func)) "unknown import")',
        '(module (import "nowhere" "f" (func)))',
        "(what)",
    ],
)
def test_wrong_expectations_fail(tmp_path: Path, assertion: str) -> None:
    script = write(tmp_path, MODULE + assertion)
    report = run_script(script, adapter("interpreter"), SUPPORTED)
    assert len(report.failures) == 1
    assert main(["--tier", "interpreter", str(script)]) == 1


def test_skipping_is_decided_module_by_module(tmp_path: Path) -> None:
    later = '(module $later (type $s (struct)) (func (export "one") (result (ref null $s)) (ref.null $s)))'
    script = write(
        tmp_path,
        f"""{later} (assert_return (invoke "one") (ref.null)) (register "later")
        (module (import "later" "one" (func))) (assert_return (invoke "one"))
        {MODULE} (assert_return (invoke "one") (i32.const 1)) (assert_return (invoke $later "one") (ref.null))""",
    )
    report = run_script(script, adapter("interpreter"), SUPPORTED - {GC})
    assert report.failures == []
    assert report.passed == {"assert_return": 1}
    assert report.skipped == {"gc": 3}


def test_names_in_all_scripts(tmp_path: Path) -> None:
    """The assembler takes characters that may confuse a reader only when they are escaped."""
    text = '(module (func (export "\u202e\ufeff\u00e9") (result i32) (i32.const 3)))'  # written as they are
    script = write(tmp_path, text + '(assert_return (invoke "\u202e\ufeff\u00e9") (i32.const 3))')
    assert run_script(script, adapter("interpreter"), SUPPORTED).passed == {"assert_return": 1}


def test_expressions() -> None:
    node = parse('(a "b\\22\\u{e9}" (; (; c ;) ;) (@d "e" (f)) ;; g\n (h $i -1))')
    assert node == [["a", b'b"\xc3\xa9', ["h", "$i", "-1"]]]
    for text in ("(a", "a)", "(; a"):
        with pytest.raises(SyntaxProblem):
            parse(text)


@pytest.mark.parametrize(
    ("text", "type", "bits"),
    [
        ("-0.0", "f32", 0x80000000),
        ("1", "f64", 0x3FF0000000000000),
        ("0x1.8p1", "f32", 0x40400000),
        ("1e-45", "f32", 1),
        ("0x1p-150", "f32", 0),
        ("0x1.000001p0", "f32", 0x3F800000),
        ("0x1.000003p0", "f32", 0x3F800002),
        ("0x1.fffffe8p127", "f32", 0x7F7FFFFF),
        ("0x1.fffffep127", "f32", 0x7F7FFFFF),
        ("-inf", "f64", 0xFFF0000000000000),
        ("nan:0x200000", "f32", 0x7FA00000),
        ("-nan", "f32", 0xFFC00000),
        ("4.9406564584124654e-324", "f64", 1),
    ],
)
def test_floats(text: str, type: str, bits: int) -> None:
    assert float_bits(text, type) == bits


def test_nan_classes() -> None:
    canonical, arithmetic = parse(" (f32.const nan:canonical) (f32.const nan:arithmetic)")
    assert isinstance(parse_value(canonical), NanClass)
    for bits, classes in {0x7FC00000: 2, 0xFFC00000: 2, 0x7FC00001: 1, 0x7FA00000: 0, 0x7F800000: 0, 0: 0}.items():
        assert [matches(parse_value(node), "f32", bits) for node in (canonical, arithmetic)].count(True) == classes
    assert matches(Value("i32", 5), "i32", 5) and not matches(Value("i32", 5), "i64", 5)
