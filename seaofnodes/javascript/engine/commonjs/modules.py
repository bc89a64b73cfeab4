"""`require` and the objects of modules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from seaofnodes.errors import JavaScriptSyntaxError
from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.engine.commonjs.process_object import new_process
from seaofnodes.javascript.engine.commonjs.resolution import resolve
from seaofnodes.javascript.engine.functions import compile_wrapper
from seaofnodes.javascript.engine.scripts import Scripts
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.operations.errors import describe, syntax_error
from seaofnodes.javascript.operations.objects import type_name
from seaofnodes.javascript.parse.words import from_units, to_units

if TYPE_CHECKING:
    from seaofnodes.javascript.engine.host import JavaScript

_PARAMETERS: Final = ["exports", "require", "module", "__filename", "__dirname"]


class Modules:
    """The modules of a program, by their files' names in `require.cache`."""

    def __init__(self, iso: Isolate, scripts: Scripts) -> None:
        self._iso = iso
        self._scripts = scripts
        self._cache = iso.pin(factory.new_object(iso, iso.null))
        self._main = iso.undefined

    def run_main(self, path: Path) -> int:
        """Run the module that the program begins with; its `exports`. Raises OSError, UnicodeDecodeError, Throw."""
        return self._load(path.resolve(), None)

    def _load(self, path: Path, parent: int | None) -> int:
        """What a file exports; it runs when it is asked for first. parent: the module that asks."""
        iso = self._iso
        key = key_of_text(iso, to_units(str(path)))
        cached = properties.get(iso, self._cache, key)
        if cached != iso.undefined:
            return properties.get(iso, cached, iso.name("exports"))
        module = self._new_module(path)
        properties.create_data(iso, self._cache, key, module)
        if parent is None:
            self._main = iso.pin(module)
        else:
            children = properties.get(iso, parent, iso.name("children"))
            properties.set_(iso, children, ~self._count(children), module)
        try:
            if path.suffix == ".json":
                self._read_json(path, module)
            else:
                self._run(path, module)
        except Throw:
            properties.delete(iso, self._cache, key)
            raise
        properties.set_(iso, module, iso.name("loaded"), iso.true)
        return properties.get(iso, module, iso.name("exports"))

    def _count(self, array: int) -> int:
        return int(self._iso.float_of(properties.get(self._iso, array, self._iso.length_key)))

    def _new_module(self, path: Path) -> int:
        iso = self._iso
        file = iso.string(to_units(str(path)))
        folder = iso.string(to_units(str(path.parent)))
        module = factory.new_object(iso)
        for name, value in (
            ("id", iso.name(".") if self._main == iso.undefined else file),
            ("path", folder),
            ("exports", factory.new_object(iso)),
            ("filename", file),
            ("loaded", iso.false),
            ("children", factory.new_array(iso, [])),
        ):
            properties.create_data(iso, module, iso.name(name), value)
        return module

    def _read_json(self, path: Path, module: int) -> None:
        iso = self._iso
        json = iso.realm.intrinsic("JSON")
        text = iso.string(to_units(path.read_text(encoding="utf-8-sig")))
        try:
            value = iso.call(properties.get(iso, json, iso.name("parse")), json, [text])
        except Throw as thrown:
            message = iso.text(properties.get(iso, thrown.word, iso.name("message")))
            syntax_error(iso, f"{to_units(str(path))}: {message}")
        properties.set_(iso, module, iso.name("exports"), value)

    def _run(self, path: Path, module: int) -> None:
        iso = self._iso
        text = path.read_text(encoding="utf-8-sig")
        try:
            function = compile_wrapper(self._scripts, text, str(path), _PARAMETERS)
        except JavaScriptSyntaxError as error:
            if module == self._main:
                raise
            syntax_error(iso, to_units(error.message))
        exports = properties.get(iso, module, iso.name("exports"))
        file = properties.get(iso, module, iso.name("filename"))
        folder = properties.get(iso, module, iso.name("path"))
        iso.call(function, exports, [exports, self._new_require(path, module), module, file, folder])

    def _new_require(self, path: Path, module: int) -> int:
        """The function `require` of a module."""
        iso = self._iso

        def find(arguments: list[int]) -> Path:
            request = argument(iso, arguments, 0)
            if not iso.is_string(request):
                received = f"type {type_name(iso, request)} ({describe(iso, request)})"
                if request in (iso.undefined, iso.null):
                    received = describe(iso, request)
                message = f'The "id" argument must be of type string. Received {received}'
                self._throw("TypeError", message, "ERR_INVALID_ARG_TYPE", None)
            text = from_units(iso.text(request))
            if not text:
                self._throw(
                    "TypeError",
                    "The argument 'id' must be a non-empty string. Received ''",
                    "ERR_INVALID_ARG_VALUE",
                    None,
                )
            found = resolve(text, path.parent)
            if found is None:
                self._not_found(text, path)
            return found

        def require(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
            return self._load(find(arguments), module_of(path))

        def module_of(path: Path) -> int:
            return properties.get(iso, self._cache, key_of_text(iso, to_units(str(path))))

        def resolve_name(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
            return iso.string(to_units(str(find(arguments))))

        function = factory.new_builtin(iso, "require", 1, require)
        resolving = factory.new_builtin(iso, "resolve", 2, resolve_name)
        properties.create_data(iso, function, iso.name("resolve"), resolving)
        properties.create_data(iso, function, iso.name("main"), self._main)
        properties.create_data(iso, function, iso.name("cache"), self._cache)
        return function

    def _not_found(self, request: str, path: Path) -> NoReturn:
        message = f"Cannot find module '{request}'\nRequire stack:\n- {path}"
        self._throw("Error", message, "MODULE_NOT_FOUND", [str(path)])

    def _throw(self, kind: str, message: str, code: str, stack: list[str] | None) -> NoReturn:
        """An error with a `code`. stack: which modules asked."""
        iso = self._iso
        error = iso.make_error(kind, to_units(message))
        iso.held.append(error)
        properties.create_data(iso, error, iso.name("code"), iso.string(code))
        if stack is not None:
            words = [iso.string(to_units(file)) for file in stack]
            properties.create_data(iso, error, iso.name("requireStack"), factory.new_array(iso, words))
        iso.throw_word(error)


def run_main(host: JavaScript, path: Path, argv: list[str]) -> int:
    """Run a file as the module that a program begins with, after the global object got `process`; its `exports`.

    argv: of process. Raises OSError, UnicodeDecodeError, JavaScriptSyntaxError, UnsupportedError, Throw, Exit.
    """
    iso = host.iso
    properties.define(iso, host.realm.global_object, iso.name("process"), new_process(iso, argv))
    return Modules(iso, host.scripts).run_main(path)
