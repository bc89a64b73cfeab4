"""Partial matches: what fits, what does not, and what is said then."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from seaofnodes.errors import Error
from seaofnodes.testing import assert_matches, transform
from tests.testing.test_plugin import run_pytest

TEXT = """graph $f (Word64, Word32) -> (Word32) function 0
B0:
  n0 = Start()
  n1 = Parameter[1, Word32](n0)
  n2 = Int32Add(n1, n1)  ; @0x25
  n3 = Int32Add(n2, n1)
  n13 = Int32Mul(n3, n2)
  n4 = Word32And(n13, n1)
  n5 = Return[1](n4, n0, n0)
  n6 = End[1](n5)
"""


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ("%s = Int32Add(%x, %x)", {"s": "n2", "x": "n1"}),
        ("%2 = Int32Add(%1, %1)", {"2": "n2", "1": "n1"}),
        ("%s = Int32Add(%x, %y)\n%p = Int32Mul(%s, %x)", {"s": "n3", "x": "n2", "y": "n1", "p": "n13"}),  # not n2
        ("n3 = Int32Add(n2, n1)", {}),
        ("%a = Int32Mul(...)\n  next:  %b = Word32And(%a, ...)   # a comment\n", {"a": "n13", "b": "n4"}),
        ("... = Start()\nnot: ... = Int32Mul(...)\n... = Int32Mul(...)", {}),
        ("2 times: ... = Int32Add(...)", {}),
        ("%s = Int32Add(...)\n1 time: %other = Int32Add(...)\n... = Int32Mul(...)", {"s": "n2"}),
        ("0 times: Int32Add(...)", {}),  # a pattern is for whole lines
        ("# of a block\nB0:\nnot: B0:\n", {}),
    ],
)
def test_what_fits(patterns: str, names: dict[str, str]) -> None:
    assert assert_matches(patterns, TEXT) == names


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        ("%s = Int32Add(%x, %x)\n%p = Int32Mul(%s, %s)",
         ["line 2 of the patterns: %p = Int32Mul(%s, %s)  (%s = n2)\nno line fits after: n2 = Int32Add(n1, n1)\n"
          "nearest: n13 = Int32Mul(n3, n2)\n", "\n  1 n2 = Int32Add(n1, n1)\n", "\n  ? n13 = Int32Mul"]),
        ("... = Int32Mul(...)\n... = Int32Add(...)", ["line 2 of the patterns", "no line fits after: n13 ="]),  # order
        ("%s = Int32Add(...)\nnext: ... = Int32Mul(...)\nnext: ... = Return[1](...)",
         ["line 3 of the patterns", "the next line is another one after: n13", "nearest: n4 = Word32And(n13, n1)"]),
        ("... = Start()\nnot: ... = Int32Add(%x, %x)\n... = Int32Mul(...)",
         ["line 2 of the patterns: not: ... = Int32Add(%x, %x)\n1 line there (!)", "\n  ! n2 = Int32Add(n1, n1)"]),
        ("3 times: ... = Int32Add(...)", ["2 lines there"]),
        ("1 time: ... = Int32Add(...)", ["2 lines there"]),
        ("%s = Int32Add(...)\n%s = Int32Add(...)", ["line 2 of the patterns"]),  # a node has one line
        ("n1 = Int32Mul(...)", ["line 1", "nearest: n13 = Int32Mul(n3, n2)"]),  # not n13
        ("Int32Mul(...)", ["line 1"]),
        ("... = End[1](...)\nnext: B1:", ["the next line is another one after: n6"]),
        ("%s = Int32Mul(...)\nnot: ... = Word32And(%s, ...)", ["line 2", "1 line there"]),
        ("... = Int32Add(...)\nnot: ... = Int32Mul(...)", ["line 2", "1 line there"]),  # until the end
    ],
)  # fmt: skip
def test_what_does_not_fit(patterns: str, words: list[str]) -> None:
    with pytest.raises(AssertionError) as failed:
        assert_matches(patterns, TEXT)
    assert [word for word in words if word not in str(failed.value)] == []
    assert str(failed.value).endswith("n6 = End[1](n5)\n")  # the text is shown to its end


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        ("", "no lines to look for"),
        ("# nothing\n", "no lines to look for"),
        ("next: B0:", "line 1: `next:` needs a line before it"),
        ("not: B1:\nnext: B0:", "line 2: `next:` needs a line before it"),
        ("B0:\nnto: n1", "line 2: 'nto' is neither `next:`, `not:` nor `3 times:`"),
    ],
)
def test_patterns_that_make_no_sense(patterns: str, words: str) -> None:
    with pytest.raises(Error, match=words):
        assert_matches(patterns, TEXT)


def test_many_ways_to_fit_take_no_long_time() -> None:
    text = "".join(f"n{number} = Int32Add(n0, n0)\n" for number in range(300))
    patterns = "".join(f"%a{number} = Int32Add(...)\n" for number in range(40)) + "... = Int32Mul(...)"
    start = time.process_time()
    with pytest.raises((AssertionError, Error), match=r"Int32Mul|too many ways"):
        assert_matches(patterns, text)
    assert time.process_time() - start < 20


def test_after_a_transformation(root: Path) -> None:
    source = (root / "examples/masks.wat").read_text()
    found = transform("simplify{rules=mine}", source, load=[root / "examples/my_pass.py"])
    names = assert_matches("%a = Load[...](...)\n%b = Load[...](...)\nnot: ... = Word32And(...)\n"
                           "%or = Word32Or(%a, %b)\nnext: ... = Return[1](%or, ...)", found)  # fmt: skip
    assert f"{names['or']} = Word32Or({names['a']}, {names['b']})" in found.text
    assert assert_matches("%or = Word32Or(%a, %b)", found.after) == {name: names[name] for name in ("or", "a", "b")}


def test_sections_of_files(root: Path, tmp_path: Path) -> None:
    """Patterns in a file: they pass, fail with what is near, and blessing leaves them."""
    head = (
        "(module (func (param i32 i32) (result i32) (i32.add (i32.sub (local.get 0) (local.get 1)) (local.get 1))))\n"
    )
    file = tmp_path / "a.graph"
    right = head + "=== simplify\nmatches:\nfired: ... 1\n%x = Parameter[1, Word32](...)\nnot: ... = Int32Add(...)\n"
    file.write_text(right + "... = Return[1](%x, ...)\n")
    result = run_pytest(root, tmp_path, "--bless")
    assert result.returncode == 0, result.stdout
    assert file.read_text() == right + "... = Return[1](%x, ...)\n"
    file.write_text(right + "... = Return[2](%x, ...)\n=== none\n")
    for option in ([], ["--bless"]):
        result = run_pytest(root, tmp_path, *option)
        assert result.returncode == 1 and "Traceback" not in result.stdout
        assert "line 4 of the patterns: ... = Return[2](%x, ...)" in result.stdout, result.stdout
        assert "nearest: n3 = Return[1](n1," in result.stdout
    assert file.read_text().startswith(right + "... = Return[2](%x, ...)\n=== none\ngraph $")
