"""What a session of lines does, without a terminal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from seaofnodes.cli.repl.completion import Completer
from seaofnodes.engine import Engine
from seaofnodes.errors import Error, JavaScriptError, JavaScriptSyntaxError
from seaofnodes.javascript.engine.inspect.formatting import inspect
from seaofnodes.javascript.engine.program import read_source
from seaofnodes.javascript.parse import parse_script
from seaofnodes.javascript.parse.words import from_units

HELP: Final = """.exit        end (Ctrl-D does, too)
.load FILE   run a script
.help        this text
`_` is the last value. A declaration may be entered again. Ctrl-C gives up what is entered, or stops what runs.
"""
_OPEN: Final = ("Unterminated template literal", "Unterminated regular expression", "Unexpected end of input")
_TOP: Final = re.compile(r"^    at REPL\d+:\d+:\d+\n?", re.MULTILINE)


class Session:
    """Evaluates entries in one engine. Attributes: completer; ended: has the user asked for the end?"""

    def __init__(self, engine: Engine, colours: bool) -> None:
        self._javascript = engine.javascript
        self._colours = colours
        self._entries = 0
        self.completer = Completer(engine.javascript)
        self.ended = False

    def is_complete(self, text: str) -> bool:
        """Is there nothing open at the end of an entry, such as a bracket?"""
        if text.startswith(".") or not text.strip():
            return True
        try:
            self._parse_either(text)
        except JavaScriptSyntaxError as error:
            at_end = error.offset >= len(text.rstrip())
            return not (at_end or error.message in _OPEN or _is_open_comment(text) or _is_open_template(text))
        return True

    def _parse_either(self, text: str) -> str:
        """The text, or in parentheses if it is an expression so that begins with `{`. Raises JavaScriptSyntaxError."""
        stripped = text.strip()
        if stripped.startswith("{") and not stripped.endswith(";"):
            try:
                parse_script(f"({stripped}\n)")
            except JavaScriptSyntaxError:
                pass
            else:
                return f"({stripped}\n)"
        parse_script(text, f"REPL{self._entries + 1}")
        return text

    def enter(self, text: str) -> str:
        """Evaluate an entry; what there is to print. Raises KeyboardInterrupt."""
        stripped = text.strip()
        if not stripped:
            return ""
        try:
            if re.match(r"\.[a-z]", stripped):
                return self._command(*stripped[1:].split(None, 1))
            return self._evaluate(self._parse_either(text))
        except JavaScriptSyntaxError as error:
            return f"Uncaught SyntaxError: {error.message}\n{str(error).partition(chr(10))[2]}\n"
        except JavaScriptError as error:
            text = _TOP.sub("", error.stack + "\n").rstrip()
            if error.name and text.startswith("[") and text.endswith("]"):  # so is an error shown that has no frames
                text = text[1:-1]
            return f"Uncaught {text}\n"
        except Error as error:
            return f"error: {error}\n"
        except OSError as error:
            return f"error: {error.filename}: {error.strerror}\n"

    def _evaluate(self, text: str) -> str:
        javascript = self._javascript
        self._entries += 1

        def evaluate() -> str:
            iso = javascript.iso
            script = javascript.scripts.compile(text, f"REPL{self._entries}")
            word = javascript.scripts.run(script, redeclare=True)
            javascript.set_global("_", word)
            return from_units(inspect(iso, word, colours=self._colours)) + "\n"

        return javascript.run(evaluate)

    def _command(self, name: str, argument: str = "") -> str:
        if name == "exit":
            self.ended = True
            return ""
        if name == "help":
            return HELP
        if name == "load":
            return self._evaluate(read_source(Path(argument.strip()))[0])
        return f"error: there is no command .{name}; .help lists them\n"


def _is_open_template(text: str) -> bool:
    try:
        parse_script(text + "`")
    except JavaScriptSyntaxError:
        return False
    return True


def _is_open_comment(text: str) -> bool:
    return text.rfind("/*") > text.rfind("*/")
