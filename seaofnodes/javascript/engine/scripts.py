"""Scripts: from source text to running code (ECMA-262, 16.1)."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.javascript.bytecode.script import ScriptCode
from seaofnodes.javascript.engine.realm import Realm, ScriptSlot
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.errors import syntax_error
from seaofnodes.javascript.parse import parse_script
from seaofnodes.javascript.scope.scopes import Scope


@dataclass(slots=True, eq=False)
class Script:
    """A script that has been compiled; it may run in many realms, and more than once. scope: of its top level."""

    code: ScriptCode
    scope: Scope


def compile_script(text: str, file: str = "<script>") -> Script:
    """text: any string. Raises JavaScriptSyntaxError, UnsupportedError."""
    program = parse_script(text, file)
    code = ScriptCode(program)
    return Script(code, code.analysis.scopes[program])
