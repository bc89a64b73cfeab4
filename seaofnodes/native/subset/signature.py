"""The types of a function's parameters and results, from its annotations."""

from __future__ import annotations

import ast
from typing import NamedTuple

from seaofnodes.native.subset.errors import Mistake
from seaofnodes.native.subset.source import Source
from seaofnodes.native.values import NUMBERS, Kind

_MOST: int = 64  # parameters, and results
_NAMES = "i32, u32, i64, u64, f32, f64 or bool"


class Signature(NamedTuple):
    """Attributes: names: of the parameters; parameters, results: their kinds."""

    names: tuple[str, ...]
    parameters: tuple[Kind, ...]
    results: tuple[Kind, ...]


def read_signature(source: Source) -> Signature:
    """Raises SourceError."""
    try:
        return _read(source)
    except Mistake as mistake:
        raise source.error(mistake) from None


def _read(source: Source) -> Signature:
    function = source.tree
    if len(function.decorator_list) > 1:
        raise Mistake("another decorator may change what the function means", function.decorator_list[-1])
    given = function.args
    for wrong in (given.vararg, given.kwarg, *given.kwonlyargs):
        if wrong is not None:
            raise Mistake("parameters are positional, one value each", wrong)
    for default in given.defaults:
        raise Mistake("a parameter has no default value", default)
    arguments = [*given.posonlyargs, *given.args]
    if len(arguments) > _MOST:
        raise Mistake(f"at most {_MOST} parameters", arguments[_MOST])
    kinds = []
    for argument in arguments:
        if argument.annotation is None:
            raise Mistake(f"parameter {argument.arg} needs a type: {_NAMES}", argument)
        kinds.append(read_kind(source, argument.annotation))
    if function.returns is None:
        raise Mistake("the function needs a type of its result: -> i32, -> tuple[i32, i32], or -> None", function)
    return Signature(tuple(a.arg for a in arguments), tuple(kinds), _results(source, function.returns))


def _results(source: Source, node: ast.expr) -> tuple[Kind, ...]:
    node = _unquoted(node)
    if isinstance(node, ast.Constant) and node.value is None:
        return ()
    if isinstance(node, ast.Subscript) and source.lookup(node.value) is tuple:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if not 2 <= len(parts) <= _MOST:
            raise Mistake(f"a tuple of results has 2 to {_MOST}", node)
        return tuple(read_kind(source, part) for part in parts)
    return (read_kind(source, node),)


def read_kind(source: Source, node: ast.expr) -> Kind:
    """The kind that an annotation names. Raises Mistake."""
    node = _unquoted(node)
    found = source.lookup(node)
    if found is bool:
        return bool
    for kind in NUMBERS:
        if found is kind:
            return kind
    hint = {int: "i32 or i64: an int is unbounded", float: "f64"}.get(found) if isinstance(found, type) else None
    raise Mistake(f"{ast.unparse(node)} is no type of a value; say {hint or _NAMES}", node)


def _unquoted(node: ast.expr) -> ast.expr:
    """An annotation in quotes, without them; positions stay those of the string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            inner = ast.parse(node.value.strip(), mode="eval").body
        except SyntaxError as error:
            raise Mistake(f"no type: {error.msg}", node) from None
        for part in ast.walk(inner):
            if isinstance(part, ast.expr):
                ast.copy_location(part, node)
        return inner
    return node
