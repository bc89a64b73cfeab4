"""A function's source: its text, its tree, and what the names in it stand for."""

from __future__ import annotations
import __future__

import ast
import builtins
import inspect
from types import FunctionType, ModuleType
from typing import Final

from seaofnodes.errors import Error
from seaofnodes.native.subset.errors import Mistake, SourceError

_FUTURE: Final = __future__.annotations.compiler_flag
MISSING: Final = object()  # what a name stands for that stands for nothing


class Source:
    """Attributes: python: the function; name; file; first: its first line in the file (decorators included); lines: of
    its text, as they stand in the file; tree: its definition, with lines and columns of the file.
    """

    def __init__(self, python: FunctionType) -> None:
        """Raises Error where the source cannot be had, SourceError if it is not a plain function's."""
        self.python = python
        self.name = python.__name__
        if python.__name__ == "<lambda>":
            raise Error("a typed function is made with def, not with lambda")
        try:
            lines, self.first = inspect.getsourcelines(python)
            self.file = inspect.getsourcefile(python) or python.__code__.co_filename
        except (OSError, TypeError) as error:
            raise Error(f"{self.name}: its source cannot be read: {error}") from None
        self.lines = [line.rstrip("\n") for line in lines]
        text = "".join(lines)
        inner = text[:1].isspace()
        if inner:  # columns stay those of the file
            text = f"if True:\n{text}"
        try:
            parsed: ast.Module | ast.stmt = ast.parse(text)
        except SyntaxError as error:
            raise Error(f"{self.name}: its source cannot be read: {error.msg}") from None
        ast.increment_lineno(parsed, self.first - 1 - inner)
        while isinstance(parsed, ast.Module | ast.If):
            parsed = parsed.body[0]
        found = parsed
        if isinstance(found, ast.AsyncFunctionDef):
            raise self.error(Mistake("a coroutine cannot be compiled", found))
        if not isinstance(found, ast.FunctionDef):
            raise Error(f"{self.name}: its source is no definition of a function")
        self.tree = found
        if not python.__code__.co_freevars and not _is_made_from(python, text):
            raise Error(f"{self.name}: {self.file} has changed since it was imported")

    def error(self, mistake: Mistake) -> SourceError:
        """The error at a node of the tree."""
        node = mistake.node
        line: int = getattr(node, "lineno", self.first)
        text = self.lines[line - self.first] if 0 <= line - self.first < len(self.lines) else ""
        if isinstance(node, ast.FunctionDef):
            start = text.find("def")
            end = start + len("def ") + len(node.name)
        else:
            start = _characters(text, getattr(node, "col_offset", 0))
            same_line = getattr(node, "end_lineno", line) == line
            end = _characters(text, getattr(node, "end_col_offset", None) or 0) if same_line else len(text)
        return SourceError(mistake.problem, self.file, line, start + 1, text, end - start, self.name)

    def lookup(self, node: ast.expr) -> object:
        """What a name, or a name in a module, stands for outside of the function; MISSING if nothing."""
        if isinstance(node, ast.Attribute):
            base = self.lookup(node.value)
            return getattr(base, node.attr, MISSING) if isinstance(base, ModuleType) else MISSING
        if not isinstance(node, ast.Name):
            return MISSING
        python, name = self.python, node.id
        if name in python.__code__.co_freevars:
            cell = (python.__closure__ or ())[python.__code__.co_freevars.index(name)]
            try:
                found: object = cell.cell_contents
                return found
            except ValueError:  # not assigned yet
                return MISSING
        if name in python.__globals__:
            return python.__globals__[name]
        return getattr(builtins, name, MISSING)


def _characters(text: str, offset: int) -> int:
    """The column of a byte offset in UTF-8."""
    return len(text.encode()[:offset].decode(errors="ignore"))


def _is_made_from(python: FunctionType, text: str) -> bool:
    """Does the text, compiled once more, give the function's bytecode?"""
    module = compile(text, "", "exec", flags=python.__code__.co_flags & _FUTURE, dont_inherit=True)
    made = [found for found in module.co_consts if isinstance(found, type(module))]
    return any(found.co_name == python.__name__ and found.co_code == python.__code__.co_code for found in made)
