"""Abstract words: every operation gives a superset of what `Bits` gives, for words of all widths."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from seaofnodes.ir.bits import Bits
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.passes.facts.words import AbstractFloat, AbstractWord

BINARY = "__add__ __sub__ __mul__ __and__ __or__ __xor__ shl lshr ashr rotl rotr udiv urem sdiv srem".split()
COMPARISONS = "eq ult ule slt sle".split()
UNARY = "__invert__ __neg__ clz ctz popcount".split()
WIDTHS = [1, 2, 4, 8, 32, 64]


def every(width: int) -> list[tuple[AbstractWord, list[int]]]:
    """All sets of a small width that ranges or masks make, with their words."""
    found: dict[AbstractWord, list[int]] = {}
    numbers = range(1 << width)
    half = 1 << (width - 1)
    words = [AbstractWord.unsigned(width, low, high) for low in numbers for high in numbers if low <= high]
    words += [AbstractWord.signed(width, a, b) for a in range(-half, half) for b in range(a, half)]
    for mask, value in itertools.product(numbers, numbers):
        words.append(AbstractWord(width, 0, 2 * half - 1, -half, half - 1, mask & ~value, mask & value))
    for word in words:
        found[word] = [number for number in numbers if number in word]
    return list(found.items())


def drawn(draw: random.Random, width: int) -> tuple[AbstractWord, list[int]]:
    """A set around some words, and those words."""
    edges = [0, 1, 2, 3, -1, -2, 1 << (width - 1), (1 << (width - 1)) - 1, 1 << (width // 2), draw.getrandbits(width)]
    center = draw.choice(edges) + draw.choice([0, 0, 1, -1, 4])
    spread = draw.choice([0, 1, 7, 100, 1 << (width // 2), 1 << width])
    numbers = [Bits(width, center + draw.randint(0, spread) * draw.choice([1, 1, 8])).value for _ in range(4)]
    word = AbstractWord.of(width, numbers[0])
    for number in numbers[1:]:
        word = word.join(AbstractWord.of(width, number))
    return word, numbers


def check(name: str, width: int, sets: list[tuple[AbstractWord, list[int]]]) -> None:
    result: Any = getattr(sets[0][0], name)(*[word for word, _ in sets[1:]])
    for operands in itertools.product(*[numbers for _, numbers in sets]):
        first, *rest = [Bits(width, number) for number in operands]
        expected = getattr(first, name)(*rest)
        assert result.width == expected.width
        assert expected.value in result, (name, operands, sets, result)


@pytest.mark.parametrize("name", [*BINARY, *COMPARISONS])
def test_binary_operations_are_sound_and_sharp_for_all_small_sets(name: str) -> None:
    """All sets of two bits, and all pairs of their words; what is one word in both gives one word."""
    sets = every(2)
    for first, second in itertools.product(sets, sets):
        check(name, 2, [first, second])
        if len(first[1]) == len(second[1]) == 1:
            assert getattr(first[0], name)(second[0]).number is not None


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [*BINARY, *COMPARISONS])
def test_binary_operations_are_sound(name: str, width: int) -> None:
    draw = random.Random(f"{name} {width}")
    for _ in range(400):
        check(name, width, [drawn(draw, width), drawn(draw, width)])


@pytest.mark.parametrize("width", [3, 4, 32, 64])
@pytest.mark.parametrize("name", UNARY)
def test_unary_operations_are_sound(name: str, width: int) -> None:
    draw = random.Random(f"{name} {width}")
    for found in every(width) if width < 8 else [drawn(draw, width) for _ in range(400)]:
        check(name, width, [found])


@pytest.mark.parametrize("width", [8, 32, 64])
def test_other_widths(width: int) -> None:
    draw = random.Random(width)
    for _ in range(400):
        word, numbers = drawn(draw, width)
        low, wide = draw.randrange(width), draw.choice([width // 2, width, 2 * width])
        high = draw.randrange(low, width)
        for name, arguments in (("zext", (wide,)), ("sext", (wide,)), ("extract", (high, low))):
            result = getattr(word, name)(*arguments)
            for number in numbers:
                expected = getattr(Bits(width, number), name)(*arguments)
                assert result.width == expected.width and expected.value in result


def test_the_lattice() -> None:
    sets = every(3)
    for (first, mine), (second, others) in itertools.product(sets, sets):
        joined, met, both = first.join(second), first.meet(second), set(mine) & set(others)
        assert all(number in joined for number in [*mine, *others])
        assert all(number in met for number in both)
        assert joined.includes(first) and joined.includes(second)
        assert first.includes(met)
        assert not first.is_apart(second) or not both
        assert not first.includes(second) or set(others) <= set(mine)


def test_a_set_knows_what_its_bounds_say() -> None:
    for width in (2, 3):
        for word, numbers in every(width):
            assert numbers, word
            signed = [Bits(width, number).signed for number in numbers]
            assert word.umin <= min(numbers) and max(numbers) <= word.umax
            assert word.smin <= min(signed) and max(signed) <= word.smax
            assert AbstractWord(*word._facts()) == word


PRECISE: list[tuple[Callable[[], AbstractWord], tuple[int, int]]] = [
    (lambda: AbstractWord.unsigned(32, 0, 63) + AbstractWord.of(32, 1), (1, 64)),
    (lambda: AbstractWord.unsigned(32, 5, 9) - AbstractWord.of(32, 6), (0, 0xFFFFFFFF)),
    (lambda: AbstractWord.unsigned(32, 0, 255) * AbstractWord.unsigned(32, 0, 65535), (0, 255 * 65535)),
    (lambda: AbstractWord.top(32) & AbstractWord.of(32, 0xF0), (0, 0xF0)),
    (lambda: AbstractWord.top(32).lshr(AbstractWord.of(32, 24)), (0, 255)),
    (lambda: AbstractWord.top(32).urem(AbstractWord.of(32, 100)), (0, 99)),
    (lambda: AbstractWord.top(64).popcount(), (0, 64)),
    (lambda: AbstractWord.signed(8, -5, 5).sext(32) + AbstractWord.of(32, 5), (0, 10)),
    (lambda: AbstractWord.unsigned(32, 0, 99).zext(64).shl(AbstractWord.of(64, 3)), (0, 792)),
    (lambda: AbstractWord.top(32).shl(AbstractWord.of(32, 3)) | AbstractWord.of(32, 1), (1, 0xFFFFFFF9)),
]


@pytest.mark.parametrize(("word", "bounds"), PRECISE)
def test_precision(word: Callable[[], AbstractWord], bounds: tuple[int, int]) -> None:
    assert (word().umin, word().umax) == bounds


@pytest.mark.parametrize("name", sorted(MACHINE))
def test_the_meaning_of_each_operator_is_its_transfer_function(name: str) -> None:
    """Run on abstract words it gives a superset of what it gives for words."""
    op, draw = MACHINE[name], random.Random(name)
    for _ in range(60):
        abstract: list[Any] = []
        concrete: list[list[Any]] = []
        for type in op.signature:
            if type.is_float:
                abstract.append(AbstractFloat(type.bits))
                concrete.append([Bits(type.bits, draw.getrandbits(type.bits)).as_float() for _ in range(3)])
            else:
                word, numbers = drawn(draw, type.bits)
                abstract.append(word)
                concrete.append([Bits(type.bits, number) for number in numbers])
        assert op.meaning is not None
        result = op.meaning(*abstract)
        for operands in itertools.product(*concrete):
            expected = op.meaning(*operands)
            assert result.width == expected.width
            assert op.type.is_float or expected.value in result, (operands, abstract, result)
