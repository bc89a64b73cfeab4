"""Errors in the source of a typed function: with file, line, column and a caret."""

from __future__ import annotations

import ast

from seaofnodes.errors import Error


class SourceError(Error):
    """A function that is outside the subset, or whose types do not match.

    Attributes: problem: in one line; file; line: in the file; column: of the first character, from 1; text: the line;
    name: of the function.
    """

    def __init__(self, problem: str, file: str, line: int, column: int, text: str, width: int, name: str) -> None:
        shown = text.lstrip()
        caret = " " * (column - 1 - (len(text) - len(shown))) + "^" * max(width, 1)
        place = f'  File "{file}", line {line}, column {column}, in {name}'
        super().__init__(f"{problem}\n{place}\n    {shown}\n    {caret}")
        self.problem = problem
        self.file = file
        self.line = line
        self.column = column
        self.text = text
        self.name = name


class Mistake(Exception):
    """A problem at a place of the tree; whoever knows the file makes a SourceError of it."""

    def __init__(self, problem: str, node: ast.AST) -> None:
        super().__init__(problem)
        self.problem = problem
        self.node = node
