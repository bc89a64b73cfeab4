"""The code of a script: its top level at once, functions when they are called first."""

from __future__ import annotations

from seaofnodes.errors import UnsupportedError
from seaofnodes.javascript.bytecode.array import BytecodeArray
from seaofnodes.javascript.bytecode.constants import SharedFunction
from seaofnodes.javascript.bytecode.generate import all_visitors, generate_function, generate_script
from seaofnodes.javascript.bytecode.nesting import depth_of, room_for
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.analysis import analyze, analyze_evaluated
from seaofnodes.javascript.scope.scopes import Scope


class ScriptCode:
    """What a parsed script is compiled to.

    Attributes: source: its text, if it was parsed from one; top: the bytecode of the top level; functions: those of
    which there are closures in code that has been compiled, in the order of compilation. Raises UnsupportedError, here
    or in `bytecode`, for what is not there yet.
    """

    def __init__(self, program: tree.Program) -> None:
        self._visitors = all_visitors()
        self._known: dict[SharedFunction, BytecodeArray] = {}
        self._depth = depth_of(program)
        self.source = program.source
        with room_for(self._depth):
            self.analysis = analyze(program)
            self.top, self.functions = generate_script(self.analysis, self._visitors)

    def bytecode(self, function: SharedFunction) -> BytecodeArray:
        """The bytecode of a function; made when it is asked for first."""
        found = self._known.get(function)
        if found is None:
            with room_for(self._depth):
                found, inner = generate_function(self.analysis, function, self._visitors)
            self._known[function] = found
            self.functions.extend(inner)
        return found

    def all(self) -> list[tuple[SharedFunction, BytecodeArray]]:
        """Every function, compiled."""
        return [(function, self.bytecode(function)) for function in self.functions]  # the list grows meanwhile


class EvaluatedCode(ScriptCode):
    """What a text is compiled to that eval is given, in a scope whose code calls it; `top` is that of a function.

    Attributes: function: which. Raises as ScriptCode does.
    """

    def __init__(self, program: tree.Program, outer: Scope) -> None:
        self._visitors = all_visitors()
        self._known = {}
        self._depth = depth_of(program)
        self.source = program.source
        with room_for(self._depth):
            self.analysis, self.function = analyze_evaluated(program, outer)
            if self.analysis.hoisted:
                raise UnsupportedError("JavaScript: direct eval of sloppy functions in blocks is not supported yet")
            shared = SharedFunction(self.function, "")
            self.top, self.functions = generate_function(self.analysis, shared, self._visitors, evaluated=True)
