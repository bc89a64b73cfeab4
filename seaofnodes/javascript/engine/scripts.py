"""Scripts: from source text to code that runs (ECMA-262, 16.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from seaofnodes.errors import JavaScriptSyntaxError, UnsupportedError
from seaofnodes.javascript.bytecode.constants import Globals
from seaofnodes.javascript.bytecode.generator.core import scope_info
from seaofnodes.javascript.bytecode.script import EvaluatedCode, ScriptCode
from seaofnodes.javascript.interpreter.global_variables import (
    ScriptContext,
    ScriptSlot,
    check_globals,
    declare_globals,
)
from seaofnodes.javascript.interpreter.interpreter import Interpreter
from seaofnodes.javascript.objects.contexts import new_context
from seaofnodes.javascript.objects.factory import new_bound_function, new_function
from seaofnodes.javascript.objects.functions import SharedFunctionInfo
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import smi
from seaofnodes.javascript.operations.errors import syntax_error
from seaofnodes.javascript.parse import parse_script, tree
from seaofnodes.javascript.parse.words import from_units
from seaofnodes.javascript.scope.hoisting import lexical_declarations, var_declarations
from seaofnodes.javascript.scope.scopes import Scope, Variable
from seaofnodes.javascript.source import Source

T = TypeVar("T")


class Within(Protocol):
    def __call__(self, function: Callable[[], T]) -> T: ...


class Scripts:
    """Compiles and runs scripts in an isolate."""

    def __init__(self, interpreter: Interpreter, within_limit: Within) -> None:
        """within_limit: calls a function that changes nothing, within the time limit."""
        self._interpreter = interpreter
        self._iso = interpreter.iso
        self._within_limit = within_limit

    def compile(self, text: str, file: str = "<script>") -> Script:
        """Raises JavaScriptSyntaxError, UnsupportedError, TimeLimitError."""
        return self.compile_parsed(self._within_limit(lambda: parse_script(text, file)))

    def compile_parsed(self, program: tree.Program) -> Script:
        """Raises UnsupportedError, TimeLimitError."""
        code = self._within_limit(lambda: ScriptCode(program))
        scope = code.analysis.scopes[program]
        shared = SharedFunctionInfo("", 0, "script", strict=program.strict, script=code)
        self._iso.add_shared(shared)
        lexical = [found for found in scope.variables.values() if found.place == "context" and found.lexical]
        declared = next((found for found in code.top.constants if isinstance(found, Globals)), Globals([], []))
        return Script(code, shared, scope, lexical, declared)

    def run(self, script: Script, *, redeclare: bool = False) -> int:
        """The value of the last statement, in the isolate's realm. redeclare: variables may take the place of those of
        the same name of other scripts. Raises Throw, UnsupportedError.
        """
        iso = self._iso
        names = [iso.name(variable.name) for variable in script.lexical]
        known = iso.realm.script_context
        assert isinstance(known, ScriptContext)
        if redeclare:
            declared = [*names, *map(iso.name, (*script.declared.variables, *dict(script.declared.functions)))]
            for key in declared:
                known.slots.pop(key, None)
        check_globals(iso, names, script.declared)
        context = smi(0)
        if script.scope.needs_context:
            info = self._interpreter.state.scope_info(scope_info(script.scope))
            context = new_context(iso, script.scope.slots, info, smi(0), iso.hole)
        for name, variable in zip(names, script.lexical, strict=True):
            constant = variable.mode == "const"
            known.slots[name] = ScriptSlot(context, variable.index, constant)
        return self._interpreter.run_script(script.shared, context)

    def evaluate(self, text: str) -> int:
        """What eval does with a text (a unit string) where it is not called as `eval(...)` (ECMA-262, 19.2.1.1): the
        value of its last statement, in the global scope. Raises Throw, UnsupportedError.
        """
        program = parse_in_program(self._iso, text, "<anonymous>")
        declared = [statement for statement in program.body if _is_lexical(statement)]
        if program.strict and next(var_declarations(program.body), None) is not None:
            raise UnsupportedError("JavaScript: eval of strict code that declares variables is not supported yet")
        if declared or program.strict:  # these variables are its own
            directives = [statement for statement in program.body if _is_directive(statement)]
            rest = [statement for statement in program.body if not _is_directive(statement)]
            program.body = [*directives, tree.BlockStatement(program.start, program.end, rest)]
        script = self.compile_parsed(program)
        script.declared.deletable = True
        return self.run(script)


    def evaluated_function(self, text: str, scope: Scope, context: int) -> int:
        """A function of a text (a unit string) that a direct call of eval has been given (ECMA-262, 19.2.1.1): called
        without `this` it gives the value of the last statement. scope, context: of the call. Throws SyntaxError. Raises
        UnsupportedError.
        """
        iso = self._iso
        program = parse_in_scope(iso, text, scope)
        if not (program.strict or scope.strict):
            self._declare_outside(program, scope)
        code = self._within_limit(lambda: EvaluatedCode(program, scope))
        shared = SharedFunctionInfo("", 0, "arrow", strict=code.function.strict, script=code)
        iso.add_shared(shared)
        function = new_function(iso, shared, context)
        if scope.closure.kind == "script":  # its `this` is in no context
            function = new_bound_function(iso, function, iso.realm.global_object, [])
        return function

    def _declare_outside(self, program: tree.Program, scope: Scope) -> None:
        """What sloppy code declares with `var` is a variable of the function around it, or of the global object."""
        iso = self._iso
        names = dict.fromkeys(identifier.name for identifier in var_declarations(program.body))
        for statement in lexical_declarations(program.body):
            if isinstance(statement, tree.FunctionDeclaration) and statement.function.name is not None:
                names[statement.function.name.name] = None
        for name in names:
            walk: Scope | None = scope
            while walk is not None and walk.kind != "script":
                found = walk.variables.get(name)
                if found is not None and found.lexical and walk.kind != "catch":
                    syntax_error(iso, f"Identifier '{name}' has already been declared")
                if found is not None and walk.kind != "catch" and found.mode != "function name":
                    break
                if walk is walk.closure:
                    raise UnsupportedError(
                        "JavaScript: direct eval that declares new variables of a function is not supported yet"
                    )
                walk = walk.outer
        if scope.closure.kind == "script" and names:
            declared = Globals(list(names), [], deletable=True)
            check_globals(iso, [], declared)
            declare_globals(iso, declared, [])


@dataclass(slots=True, eq=False)
class Script:
    """A script that has been compiled; it may run in many realms, and more than once.

    lexical: the variables of let, const and class; declared: those that become properties of the global object.
    """

    code: ScriptCode
    shared: SharedFunctionInfo
    scope: Scope
    lexical: list[Variable]
    declared: Globals


def parse_in_program(iso: Isolate, text: str, file: str) -> tree.Program:
    """Parse a unit string that a program has made. Throws SyntaxError."""
    try:
        return parse_script(from_units(text), file)
    except JavaScriptSyntaxError as error:
        syntax_error(iso, error.message)


def parse_in_scope(iso: Isolate, text: str, scope: Scope) -> tree.Program:
    """Parse a unit string that is evaluated in a scope, as strict code if that is. Throws SyntaxError. Raises
    UnsupportedError for what only functions may have.
    """
    before = '"use strict";' if scope.strict else ""
    whole = before + text
    try:
        program = parse_script(from_units(whole), "<anonymous>")
    except JavaScriptSyntaxError as error:
        may_be_there = any(what in error.message for what in ("super", "new.target", "Private field"))
        if scope.closure.kind == "function" and may_be_there:
            raise UnsupportedError(f"JavaScript: direct eval: {error.message}: not supported yet") from None
        syntax_error(iso, error.message)
    program.source = Source(whole, "<anonymous>", len(before))
    if before:
        del program.body[0]  # its value is not that of the text
    return program


def _is_lexical(statement: tree.Statement) -> bool:
    match statement:
        case tree.ClassDeclaration() | tree.VariableDeclaration(kind="let" | "const"):
            return True
    return False


def _is_directive(statement: tree.Statement) -> bool:
    return isinstance(statement, tree.ExpressionStatement) and statement.directive is not None
