"""The engine as test262's host: a test in a realm of its own, with the harness."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seaofnodes.errors import JavaScriptSyntaxError, TimeLimitError, UnsupportedError
from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.binary.buffers import detach
from seaofnodes.javascript.builtins.table import Constant, Function, Group, Method
from seaofnodes.javascript.engine.host import JavaScript
from seaofnodes.javascript.engine.realm import Realm
from seaofnodes.javascript.engine.scripts import Script, parse_in_program
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.operations.conversions import to_text
from seaofnodes.javascript.operations.errors import data_of, describe
from seaofnodes.javascript.parse.words import from_units
from seaofnodes.runtime.runtime import Runtime
from seaofnodes.runtime.tiers.options import EngineOptions
from tests.javascript.test262.metadata import Negative, Test, read_test
from tests.javascript.test262.results import Result

_HARNESS: Final = ("assert.js", "sta.js")
_REPLACED: Final = 200  # tests, after which an engine is: it keeps the names of all scripts
_HEAP: Final = 512 << 20


TIERS: Final = ("auto", "baseline", "jitless")


@dataclass(frozen=True, slots=True)
class Settings:
    """root: of the checkout; seconds: for a test in a mode; tier: one of TIERS."""

    root: Path
    seconds: float
    stress_gc: bool = False
    tier: str = "auto"

    def options(self) -> EngineOptions:
        """Of the engine."""
        return EngineOptions(
            tier="baseline" if self.tier == "baseline" else "auto",
            jitless=self.tier == "jitless",
            time_limit=self.seconds,
            stress_gc=self.stress_gc,
            heap_limit=_HEAP,
        )


class Host:
    """One engine, with the harness compiled."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._runtime = Runtime(settings.options())
        self._javascript = JavaScript(self._runtime)
        self._scripts: dict[str, Script] = {}
        self.tests = 0

    def run(self, test: Test, mode: str) -> tuple[str, str]:
        """Outcome and message of a test in a mode."""
        self.tests += 1
        realm = self._javascript.run(self._realm)
        try:
            return self._javascript.run(lambda: self._inside(test, mode, realm))
        except TimeLimitError:
            return "failed", "took too long"
        except UnsupportedError as error:
            return "refused", str(error)
        finally:
            realm.close()

    def _inside(self, test: Test, mode: str, realm: Realm) -> tuple[str, str]:
        realm.enter()
        scripts = self._javascript.scripts
        iso = self._javascript.iso
        if "raw" not in test.flags:
            for name in (*_HARNESS, *test.includes):
                mark = len(iso.held)
                try:
                    scripts.run(self._harness(name))
                except Throw as thrown:
                    return "failed", f"{name}: {self._text(thrown)}"
                del iso.held[mark:]
        source = test.source if mode == "sloppy" else f'"use strict";\n{test.source}'
        negative = test.negative
        try:
            script = scripts.compile(source, test.name)
        except JavaScriptSyntaxError as error:
            if negative is not None and negative == Negative("parse", "SyntaxError"):
                return "passed", ""
            return "failed", f"SyntaxError: {error.message}"
        if negative is not None and negative.phase == "parse":
            return "failed", "accepted"
        try:
            scripts.run(script)
        except Throw as thrown:
            if negative is not None and negative.phase == "runtime":
                name = self._constructor(thrown)
                return ("passed", "") if name == negative.type else ("failed", f"threw {name}")
            return "failed", self._text(thrown)
        if negative is not None:
            return "failed", f"did not throw {negative.type}"
        return "passed", ""

    def _harness(self, name: str) -> Script:
        found = self._scripts.get(name)
        if found is None:
            text = (self.settings.root / "harness" / name).read_text(encoding="utf-8")
            found = self._scripts[name] = self._javascript.scripts.compile(text, name)
        return found

    def _text(self, thrown: Throw) -> str:
        iso = self._javascript.iso
        try:
            return from_units(to_text(iso, thrown.word))
        except Throw:
            return describe(iso, thrown.word)

    def _constructor(self, thrown: Throw) -> str:
        iso = self._javascript.iso
        if not iso.is_object(thrown.word):
            return "a primitive value"
        constructor = data_of(iso, thrown.word, key_of_text(iso, "constructor"))
        name = None if constructor is None else data_of(iso, constructor, key_of_text(iso, "name"))
        return iso.text(name) if name is not None and iso.is_string(name) else "an object"

    # What test262 wants.

    def _realm(self) -> Realm:
        group = Group(
            "$262",
            entries=[
                Method("createRealm", 0, self._create_realm),
                Method("detachArrayBuffer", 1, _detach),
                Method("evalScript", 1, self._eval_script),
                Method("gc", 0, _gc),
                Constant("global", lambda iso: iso.realm.global_object, writable=True, configurable=True),
            ],
        )
        return self._javascript.new_realm([group, Group("print", constructor=Function(1, _print, constructs=False))])

    def _create_realm(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        raise UnsupportedError("JavaScript: other realms are not supported yet")

    def _eval_script(self, iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        program = parse_in_program(iso, to_text(iso, argument(iso, arguments, 0)), "<evalScript>")
        scripts = self._javascript.scripts
        return scripts.run(scripts.compile_parsed(program))


def _print(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    print(from_units(to_text(iso, argument(iso, arguments, 0))))
    return iso.undefined


def _gc(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    iso.heap.collect()
    return iso.undefined


def _detach(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    detach(iso, argument(iso, arguments, 0))
    return iso.null


# Workers.

_hosts: list[Host] = []  # of this process: at most one


def prepare(settings: Settings) -> Host:
    """This process's host; made anew now and then, as it keeps the names of all scripts."""
    if _hosts and (_hosts[0].settings != settings or _hosts[0].tests >= _REPLACED):
        _hosts.clear()
    if not _hosts:
        _hosts.append(Host(settings))
    return _hosts[0]


def run_file(settings: Settings, name: str, mode: str | None, detailed: bool) -> list[Result]:
    """Run a test in the modes that it is for. detailed: show where Python fails."""
    test = read_test(settings.root, name)
    results = []
    for each in test.modes:
        if mode is not None and each != mode:
            continue
        begun = time.perf_counter()
        try:
            outcome, message = prepare(settings).run(test, each)
        except Exception as error:
            if detailed:
                traceback.print_exc()
            _hosts.clear()  # who knows what state it is in
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            outcome, message = "crashed", f"{type(error).__name__}: {error} ({where})"
        results.append(Result(name, each, outcome, message, round(time.perf_counter() - begun, 4)))
    return results
