"""Typed functions from texts."""

from __future__ import annotations

from typing import Final

from seaofnodes.language.typed import TypedProgram

HEAD: Final = """\
import math
from seaofnodes import f32, f64, function, i32, i64, u32, u64
from seaofnodes.native import *
LIMIT = 10
HALF = 0.5
WIDE = i64(7)
TEXT = "heap"
THINGS = [1, 2]

def plain(x):
    return x

@function
def twice(x: i32) -> i32:
    return x + x

@function
def both(x: i32, y: i32) -> tuple[i32, i32]:
    return y, x

@function
def nothing(x: i32) -> None:
    pass

"""


def program(text: str) -> TypedProgram:
    """The functions of a text, with all typed names at hand."""
    return TypedProgram.read(HEAD + text)
