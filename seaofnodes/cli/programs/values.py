"""Arguments and results of WebAssembly functions as text on the command line."""

from __future__ import annotations

from collections.abc import Sequence

import click

from seaofnodes.names import printable
from seaofnodes.wasm.engine.function import Function
from seaofnodes.wasm.types import EXTERN, RefType, ValType


def parse_arguments(function: Function, texts: Sequence[str]) -> list[object]:
    """One value for each parameter: numbers, `null` for a reference, other texts as they are for an externref.

    Raises click.UsageError, which names the parameter.
    """
    kinds = function.type.params
    if len(texts) != len(kinds):
        takes = ", ".join(kind.name for kind in kinds) or "nothing"
        raise click.UsageError(f"{printable(function.name)} takes {takes}; {len(texts)} arguments were given")
    return [_parse(kind, text, index) for index, (kind, text) in enumerate(zip(kinds, texts, strict=True))]


def _parse(kind: ValType, text: str, index: int) -> object:
    if isinstance(kind, RefType):
        return _parse_reference(kind, text, index)
    try:
        if kind.is_float:
            return float(text)
        number = int(text, 0)
    except ValueError:
        raise click.UsageError(f"argument {index}: {text!r} is not an {kind.name}") from None
    if not -(1 << (kind.bits - 1)) <= number < 1 << kind.bits:
        raise click.UsageError(f"argument {index}: {text} does not fit in an {kind.name}")
    return number


def _parse_reference(kind: RefType, text: str, index: int) -> object:
    if text == "null" and kind.nullable:
        return None
    if kind.heap is EXTERN:
        return text
    raise click.UsageError(f"argument {index}: {text!r} is not a {kind.name}; only null can be given")


def format_results(results: object) -> str:
    """One result a line; nothing for none."""
    if results is None:
        return ""
    values = results if isinstance(results, tuple) else (results,)
    return "\n".join(map(repr, values))
