"""Functions that are made of text while a program runs."""

from __future__ import annotations

from seaofnodes.errors import JavaScriptSyntaxError, UnsupportedError
from seaofnodes.javascript.engine.scripts import Scripts
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.errors import syntax_error
from seaofnodes.javascript.parse import parse_script, tree
from seaofnodes.javascript.parse.state import syntax_error as code_error
from seaofnodes.javascript.parse.words import from_units, to_units
from seaofnodes.javascript.source import Source


def make_function(iso: Isolate, scripts: Scripts, kind: str, parameters: list[str], body: str) -> int:
    """What the constructor Function makes (ECMA-262, 20.2.1.1.1). Throws SyntaxError. Raises UnsupportedError for kinds
    other than "function".
    """
    if kind != "function":
        raise UnsupportedError(f"JavaScript: making a {kind} of text is not supported yet")
    joined = ",".join(parameters)
    _function(iso, f"(function anonymous({joined}\n) {{\n}})")  # neither may end the other
    _function(iso, f"(function anonymous(\n) {{\n{body}\n}})")
    program = _function(iso, f"(function anonymous({joined}\n) {{\n{body}\n}})")
    statement = program.body[0]
    assert isinstance(statement, tree.ExpressionStatement) and isinstance(statement.expression, tree.FunctionExpression)
    statement.expression.function.name = None  # it does not see its own name
    function = scripts.run(scripts.compile_parsed(program))
    properties.define(iso, function, iso.name("name"), iso.name("anonymous"), writable=False)
    return function


def _function(iso: Isolate, text: str) -> tree.Program:
    """A program that must be one function in parentheses. Throws SyntaxError."""
    try:
        program = parse_script(from_units(text), "<anonymous>")
    except JavaScriptSyntaxError as error:
        syntax_error(iso, error.message)
    match program.body:
        case [tree.ExpressionStatement(expression=tree.FunctionExpression(function=function))] if (
            function.end == len(text) - 1
        ):
            return program
    syntax_error(iso, "Unexpected token ')'")


def compile_wrapper(scripts: Scripts, text: str, file: str, parameters: list[str]) -> int:
    """A function with these parameters whose body is the whole text; places in it are those in the text. It is sloppy
    unless the text says otherwise. Raises JavaScriptSyntaxError, UnsupportedError.
    """
    if text.startswith("#!"):
        text = f"//{text[2:]}"
    before = f"(function ({', '.join(parameters)}) {{"
    units = to_units(text)
    wrapped = f"{before}{units}\n}})"
    try:
        program = parse_script(from_units(wrapped), file)
    except JavaScriptSyntaxError as error:
        raise code_error(units, error.message, min(max(error.offset - len(before), 0), len(units)), file) from None
    match program.body:
        case [tree.ExpressionStatement(expression=tree.FunctionExpression(function=function))] if (
            function.end == len(wrapped) - 1
        ):
            program.source = Source(wrapped, file, len(before))
            return scripts.run(scripts.compile_parsed(program))
    raise code_error(units, "Unexpected token '}'", len(units), file)
