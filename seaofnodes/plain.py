"""Plain values: as JSON has them, to files and back. What comes back is checked: anybody may have written the file."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from seaofnodes.errors import Error
from seaofnodes.files import read_file

T = TypeVar("T")


def read_json(path: str | Path, limit: int) -> Any:
    """What a file of JSON of at most `limit` bytes holds. Raises Error for what is none, and as `read_file` does."""
    try:
        return json.loads(read_file(path, limit))
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise Error(f"{path}: no JSON: {reason}") from None


def json_text(value: object, *, default: Callable[[Any], object] | None = None, **options: Any) -> str:
    """As `json.dumps`; but JSON has no NaN and no infinities: they are the strings "NaN", "Infinity", "-Infinity"."""
    try:
        return json.dumps(value, default=default, allow_nan=False, **options)
    except ValueError:  # rare
        return json.dumps(_finite(value, default), default=default, allow_nan=False, **options)


def _finite(value: Any, default: Callable[[Any], object] | None) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else json.dumps(value)
    if isinstance(value, dict):
        return {key: _finite(found, default) for key, found in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(found, default) for found in value]
    if value is None or isinstance(value, str | int) or default is None:
        return value
    return _finite(default(value), None)


def fits(value: object, hint: Any) -> bool:
    """Is a value of a type that is made of None, bool, int, float (finite), str, list, tuple, set, dict and classes?"""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in inner)
    if origin in (list, tuple, set):
        return isinstance(value, origin) and all(fits(found, inner[0]) for found in value)
    if origin is dict:
        return isinstance(value, dict) and all(fits(k, inner[0]) and fits(v, inner[1]) for k, v in value.items())
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, NoneType if hint is None else origin or hint)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def checked(made: T) -> T:
    """A dataclass's object, if its fields are of the types that it declares. Raises TypeError."""
    kind: Any = type(made)
    hints = _hints(kind)
    for field in dataclasses.fields(made):  # type: ignore[arg-type]
        value = getattr(made, field.name)
        if not fits(value, hints[field.name]):
            raise TypeError(f"{field.name} is {value!r:.100}")
    return made
