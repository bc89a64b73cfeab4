"""Scripts: from source text to code that runs (ECMA-262, 16.1)."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.errors import JavaScriptSyntaxError
from seaofnodes.javascript.bytecode.script import ScriptCode
from seaofnodes.javascript.interpreter.scripts import run_script, script_function
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.errors import syntax_error
from seaofnodes.javascript.parse import parse_script, tree
from seaofnodes.javascript.parse.words import from_units


@dataclass(slots=True, eq=False)
class Script:
    """A script that has been compiled; it may run in many realms, and more than once. shared: index of its
    SharedFunctionInfo.
    """

    iso: Isolate
    code: ScriptCode
    shared: int

    def run(self) -> int:
        """The value of its last statement, in the realm of the isolate. Raises Throw, and UnsupportedError from
        functions that are called first.
        """
        return run_script(self.iso, self.shared)


def compile_script(iso: Isolate, text: str, file: str = "<script>") -> Script:
    """Raises JavaScriptSyntaxError, UnsupportedError."""
    return script_of(iso, parse_script(text, file))


def script_of(iso: Isolate, program: tree.Program) -> Script:
    """A parsed program, compiled. Raises UnsupportedError."""
    code = ScriptCode(program)
    return Script(iso, code, script_function(iso, code))


def evaluate(iso: Isolate, text: str) -> int:
    """What eval does with a text (a unit string) where it is not called as `eval(...)` (ECMA-262, 19.2.1.1): the value
    of its last statement, in the global scope. Raises Throw, UnsupportedError.
    """
    program = parse_in_program(iso, text, "<anonymous>")
    declared = [statement for statement in program.body if _is_lexical(statement)]
    if declared or program.strict:  # these variables are its own
        directives = [statement for statement in program.body if _is_directive(statement)]
        rest = [statement for statement in program.body if not _is_directive(statement)]
        program.body = [*directives, tree.BlockStatement(program.start, program.end, rest)]
    return script_of(iso, program).run()


def parse_in_program(iso: Isolate, text: str, file: str) -> tree.Program:
    """Parse a unit string that a program has made. Throws SyntaxError."""
    try:
        return parse_script(from_units(text), file)
    except JavaScriptSyntaxError as error:
        syntax_error(iso, error.message)


def _is_lexical(statement: tree.Statement) -> bool:
    match statement:
        case tree.ClassDeclaration() | tree.VariableDeclaration(kind="let" | "const"):
            return True
    return False


def _is_directive(statement: tree.Statement) -> bool:
    return isinstance(statement, tree.ExpressionStatement) and statement.directive is not None
