"""A script in an engine, for users."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, Final

from seaofnodes.errors import Error
from seaofnodes.files import read_file
from seaofnodes.javascript.engine.handles import JavaScriptFunction, JavaScriptObject
from seaofnodes.javascript.engine.host import JavaScript
from seaofnodes.javascript.interpreter.global_variables import load_global, store_global
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.parse.words import from_units, to_units

_MOST_BYTES: Final = 1 << 28
_SUFFIXES: Final = (".js", ".cjs")


class Globals(MutableMapping[str, Any]):
    """The variables that scripts see: those of let, const and class, and properties of the global object."""

    def __init__(self, host: JavaScript) -> None:
        self._host = host

    def __getitem__(self, name: str) -> Any:
        host = self._host

        def load() -> Any:
            key = key_of_text(host.iso, to_units(name))
            if host.realm.script_context.lookup(key) is None and not properties.has(
                host.iso, host.realm.global_object, key
            ):
                raise KeyError(name)
            return host.conversion.to_python(load_global(host.iso, key))

        return host.run(load)

    def __setitem__(self, name: str, value: object) -> None:
        host = self._host

        def store() -> None:
            word = host.conversion.to_javascript(value)
            store_global(host.iso, key_of_text(host.iso, to_units(name)), word, False)

        host.run(store)

    def __delitem__(self, name: str) -> None:
        host = self._host
        found = host.conversion.to_python(host.realm.global_object)
        if name not in found:
            raise KeyError(name)
        del found[name]

    def __iter__(self) -> Iterator[str]:
        """Those that programs have made; the library's are found by name."""
        host = self._host
        slots = [from_units(host.iso.text(key)) for key in host.realm.script_context.slots]
        found = host.conversion.to_python(host.realm.global_object)
        assert isinstance(found, JavaScriptObject)
        return iter([*slots, *(name for name in found if name not in slots)])

    def __len__(self) -> int:
        return len(list(iter(self)))


class JavaScriptProgram:
    """A script that has run; all scripts of an engine share their global variables.

        program = engine.load_javascript("fib.js")
        program.call("fib", 20)
        program.globals["counter"]

    Attributes: host; globals; result: the value of the script's last statement.
    """

    def __init__(self, host: JavaScript, text: str, file: str) -> None:
        self.host = host
        self.globals = Globals(host)
        self.result = self._run(text, file)

    def _run(self, text: str, file: str) -> Any:
        host = self.host
        return host.run(lambda: host.conversion.to_python(host.scripts.run(host.scripts.compile(text, file))))

    def call(self, function: str, *arguments: object) -> Any:
        """Call a global function. Raises Error if there is none, and what JavaScriptFunction raises."""
        try:
            found = self.globals[function]
        except KeyError:
            raise Error(f"no global variable is called {function!r}") from None
        if not isinstance(found, JavaScriptFunction):
            raise Error(f"{function} is no function of JavaScript")
        return found(*arguments)

    def evaluate(self, text: str) -> Any:
        """Run more text as another script; gives the value of its last statement."""
        return self._run(text, "<script>")


def read_source(source: str | Path | bytes, name: str = "<script>") -> tuple[str, str]:
    """The text and the file name of a script: of a path, of the contents of a file as bytes, or of the text itself; a
    string is a path if it ends with .js or .cjs. name: of what is no path. Raises OSError, and Error for what is not
    UTF-8.
    """
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, Path) or source.endswith(_SUFFIXES):
        name = str(source)
        data = read_file(source, _MOST_BYTES)
    else:
        return source, name
    try:
        return data.decode("utf-8-sig"), name
    except UnicodeDecodeError as error:
        raise Error(f"{name}: not UTF-8 (at byte {error.start})") from None
