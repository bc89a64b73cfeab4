"""Loads of constants and registers, moves."""

from __future__ import annotations

from seaofnodes.javascript.bytecode.opcodes import SHORT_STARS
from seaofnodes.javascript.interpreter.frames import Operation
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.objects.words import smi


def _load_register(p: Preparation, next: int, source: int) -> Operation:
    def load(r: list[int]) -> int:
        r[0] = r[source]
        return next

    return load


def _load_word(word: int, next: int) -> Operation:
    def load(r: list[int]) -> int:
        r[0] = word
        return next

    return load


def _load_zero(p: Preparation, next: int) -> Operation:
    return _load_word(0, next)


def _load_smi(p: Preparation, next: int, value: int) -> Operation:
    return _load_word(smi(value), next)


def _load_undefined(p: Preparation, next: int) -> Operation:
    return _load_word(p.iso.undefined, next)


def _load_null(p: Preparation, next: int) -> Operation:
    return _load_word(p.iso.null, next)


def _load_hole(p: Preparation, next: int) -> Operation:
    return _load_word(p.iso.hole, next)


def _load_true(p: Preparation, next: int) -> Operation:
    return _load_word(p.iso.true, next)


def _load_false(p: Preparation, next: int) -> Operation:
    return _load_word(p.iso.false, next)


def _load_constant(p: Preparation, next: int, index: int) -> Operation:
    return _load_word(p.constant(index), next)


def _store_register(p: Preparation, next: int, target: int) -> Operation:
    def store(r: list[int]) -> int:
        r[target] = r[0]
        return next

    return store


def _store_short(number: int) -> Maker:
    def make(p: Preparation, next: int) -> Operation:
        return _store_register(p, next, p.code.closure + 1 + number)

    return make


def _move(p: Preparation, next: int, source: int, target: int) -> Operation:
    def move(r: list[int]) -> int:
        r[target] = r[source]
        return next

    return move


MAKERS: dict[str, Maker] = {
    "Ldar": _load_register,
    "LdaZero": _load_zero,
    "LdaSmi": _load_smi,
    "LdaUndefined": _load_undefined,
    "LdaNull": _load_null,
    "LdaTheHole": _load_hole,
    "LdaTrue": _load_true,
    "LdaFalse": _load_false,
    "LdaConstant": _load_constant,
    "Star": _store_register,
    "Mov": _move,
    **{f"Star{number}": _store_short(number) for number in range(SHORT_STARS)},
}
