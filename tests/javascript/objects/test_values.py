"""Words, numbers, strings, symbols and BigInts."""

from __future__ import annotations

import math

import pytest

from seaofnodes.javascript.objects import strings
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.values import same_value
from seaofnodes.javascript.objects.words import is_smi, smi, smi_value
from tests.javascript.objects.support import BareIsolate

NUMBERS = [0, 1, -1, 2**31 - 1, -(2**31), 2**31, 1.5, -0.0, 1e300, math.inf, -math.inf, 5e-324, 2.0, -7.0, 2**53]


@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_is_a_smi_wherever_it_can_be(bare: BareIsolate, value: float) -> None:
    word = bare.iso.number(value)
    assert bare.iso.float_of(word) == value
    assert math.copysign(1, bare.iso.float_of(word)) == math.copysign(1, value)
    small = value == int(value) and -(2**31) <= value < 2**31 if math.isfinite(value) else False
    assert is_smi(word) == (small and math.copysign(1, value) == (1 if value >= 0 else -1))
    assert bare.iso.is_number(word)
    assert bare.iso.kind(word) == (Kind.SMI if is_smi(word) else Kind.HEAP_NUMBER)


@pytest.mark.parametrize("value", [0, 1, -1, 2**31 - 1, -(2**31)])
def test_smis(value: int) -> None:
    assert smi_value(smi(value)) == value
    assert smi(value) & 0xFFFFFFFF == 0


def test_there_is_one_nan(bare: BareIsolate) -> None:
    iso = bare.iso
    first, second = iso.number(math.nan), iso.number(-math.nan)
    assert same_value(iso, first, second)
    assert math.isnan(iso.float_of(first))
    assert not same_value(iso, first, iso.number(1.5))
    assert not same_value(iso, iso.number(0), iso.number(-0.0))
    assert same_value(iso, iso.number(2.5), iso.number(2.5))


@pytest.mark.parametrize("text", ["", "a", "hello world", "äöü", "Ω≈", "\ud83d\ude00", "x\udc00y", "\0", "a" * 70_000])
def test_texts(bare: BareIsolate, text: str) -> None:
    iso = bare.iso
    word = iso.string(text)
    assert iso.is_string(word)
    assert iso.text(word) == text
    assert strings.length(iso, word) == len(text)
    assert [strings.unit_at(iso, word, i) for i in range(min(len(text), 5))] == [ord(c) for c in text[:5]]
    assert iso.text(strings.internalize(iso, word)) == text
    assert strings.internalize(iso, iso.string(text)) == strings.internalize(iso, word)
    assert same_value(iso, word, iso.string(text))


def test_ropes_become_flat(bare: BareIsolate) -> None:
    iso = bare.iso
    word, text = iso.string("x"), "x"
    for i in range(300):
        mark = len(iso.held)
        part = f"<{i}Ω>" if i % 7 == 0 else f"<{i}>"
        word = strings.concat(iso, word, iso.string(part))
        del iso.held[mark:]
        iso.held.append(word)
        text += part
    assert iso.kind(word) == Kind.CONS
    assert strings.unit_at(iso, word, 40) == ord(text[40])
    assert iso.text(word) == text
    assert iso.kind(strings.flatten(iso, word)) == Kind.SEQ_TWO_BYTE
    slice_ = strings.substring(iso, word, 20, 90)
    assert iso.kind(slice_) == Kind.SLICED
    assert iso.text(slice_) == text[20:90]
    inner = strings.substring(iso, slice_, 5, 50)
    assert iso.text(inner) == text[25:70]
    assert strings.unit_at(iso, inner, 3) == ord(text[28])
    assert iso.text(strings.substring(iso, word, 3, 6)) == text[3:6]
    assert strings.equal(iso, inner, iso.string(text[25:70]))
    assert not strings.equal(iso, inner, slice_)


def test_a_rope_may_be_as_deep_as_it_is_long(bare: BareIsolate) -> None:
    iso = bare.iso
    word = iso.string("-" * 20)
    count = 300 if iso.heap.stress else 20_000
    for _ in range(count):
        mark = len(iso.held)
        word = strings.concat(iso, iso.string("ab"), word)
        del iso.held[mark:]
        iso.held.append(word)
    assert iso.text(word) == "ab" * count + "-" * 20


def test_comparisons_go_by_units(bare: BareIsolate) -> None:
    iso = bare.iso
    words = [iso.string(text) for text in ("", "a", "ab", "b", "\ud83d\ude00", "\uffff")]
    for i, a in enumerate(words):
        for j, b in enumerate(words):
            assert strings.compare(iso, a, b) == (i > j) - (i < j)


@pytest.mark.parametrize(
    ("text", "index"),
    [("0", 0), ("7", 7), ("01", None), ("-1", None), ("4294967294", 2**32 - 2), ("4294967295", None), ("", None),
     ("1.0", None), ("١", None), ("x", None), ("99999999999", None)],
)  # fmt: skip
def test_keys(bare: BareIsolate, text: str, index: int | None) -> None:
    iso = bare.iso
    key = strings.key_of_text(iso, text)
    assert key == strings.key_of_string(iso, iso.string(text))
    assert (key < 0) == (index is not None)
    if index is not None:
        assert ~key == index
    assert iso.text(strings.key_word(iso, key)) == text
    assert strings.key_text(iso, key) == text


@pytest.mark.parametrize("value", [0, 1, -1, 2**64 - 1, 2**64, -(2**200) + 17, 10**100])
def test_bigints(bare: BareIsolate, value: int) -> None:
    word = bare.iso.bigint(value)
    assert bare.iso.is_bigint(word)
    assert bare.iso.bigint_of(word) == value
    assert same_value(bare.iso, word, bare.iso.bigint(value))
    assert not same_value(bare.iso, word, bare.iso.bigint(value + 1))


def test_symbols(bare: BareIsolate) -> None:
    iso = bare.iso
    first, second, none = iso.symbol("x"), iso.symbol("x"), iso.symbol(None)
    assert first != second
    assert iso.symbol_description(first) == "x"
    assert iso.symbol_description(none) is None
    assert iso.symbol_description(iso.symbols.iterator) == "Symbol.iterator"
    assert iso.is_symbol(first)
    assert not iso.is_private(first)
    assert iso.is_private(iso.symbol("#x", private=True))


def test_oddballs(bare: BareIsolate) -> None:
    iso = bare.iso
    kinds = [iso.kind(word) for word in (iso.undefined, iso.null, iso.true, iso.false, iso.hole)]
    assert kinds == [Kind.UNDEFINED, Kind.NULL, Kind.BOOLEAN, Kind.BOOLEAN, Kind.HOLE]
    assert iso.boolean(True) == iso.true
    assert [iso.describe(word) for word in (iso.undefined, iso.null, iso.true)] == ["undefined", "null", "true"]
