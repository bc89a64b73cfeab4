"""Runs one .wast script: splits it into commands and carries them out.

A module that needs an unsupported feature is skipped, with the assertions on it and the modules that import from it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seaofnodes.errors import DecodeError, LinkError, Trap, UnsupportedFeatureError, ValidationError, WasmException
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.text import TextError, assemble
from tests.spec.adapters import Adapter
from tests.spec.sexpr import Node, parse
from tests.spec.values import UnknownValue, argument, matches, parse_value, show

TEXT = "text"  # the assembler rejected it: nothing for a binary front end to do
NOT_RUN = "execution"
BROKEN = "its module failed"
SPECTEST = """(module
  (func (export "print")) (func (export "print_i32") (param i32)) (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32)) (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32)) (func (export "print_f64_f64") (param f64 f64))
  (global (export "global_i32") i32 (i32.const 666)) (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6)) (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref) (memory (export "memory") 1 2)%s)"""
# What features add to it.
MORE_SPECTEST = {
    "memory64": '(table (export "table64") i64 10 20 funcref)',
    "threads": '(memory (export "shared_memory") 1 2 shared)',
}
_ASSERTIONS = ("return", "trap", "exhaustion", "exception", "invalid", "malformed", "unlinkable")
_COMMANDS = {f"assert_{kind}" for kind in _ASSERTIONS} | {"module", "register", "invoke", "get"}


_NOT_ASCII = re.compile(r"[^\0-\x7f]")


def _escape(found: re.Match[str]) -> str:
    """The same in a string, where the assembler refuses characters that may confuse a reader; none are elsewhere."""
    return "".join(f"\\{byte:02x}" for byte in found[0].encode())


class Skip(Exception):
    """The command cannot be carried out; the message is the missing feature."""


class Failure(Exception):
    """The command did something else than the script expects."""


@dataclass(slots=True)
class Report:
    """What came of a script.

    passed: assertions by kind; failures: (line, message); skipped: assertions by feature; modules: how many;
    compiled: see Adapter.compiled.
    """

    path: Path
    passed: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    modules: int = 0
    compiled: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Instance:
    """An instantiated module; exports is empty when nothing is run."""

    module: Module
    exports: Mapping[str, Any]


class Script:
    """The state of a running script. A feature's name stands for a module that was skipped for want of it."""

    def __init__(self, path: Path, adapter: Adapter | None, features: frozenset[str]) -> None:
        self.text = path.read_text(encoding="utf-8")
        self.adapter = adapter
        self.features = features
        self.report = Report(path)
        self.current: Instance | str = "no module"
        self.named: dict[str, Instance | str] = {}
        self.definitions: dict[str, Module | str] = {}
        self.registered: dict[str, Instance | str] = {}
        self.incomplete: dict[int, str] = {}  # ids of instances that a skipped module imports from

    def run(self) -> Report:
        """Carry out all commands."""
        breaks = [at for at, character in enumerate(self.text) if character == "\n"]
        more = "".join(text for feature, text in MORE_SPECTEST.items() if feature in self.features)
        self.registered["spectest"] = self._instantiate(self._decode(assemble(SPECTEST % more)))
        commands = parse(self.text)
        if commands and commands[0].head() not in _COMMANDS:  # bare module fields
            self._command(commands, lambda _: self._define(None, assemble(self.text)), 1)
            return self.report
        for node in commands:
            line = bisect_left(breaks, node.start) + 1
            if node.head() not in _COMMANDS:
                self.report.failures.append((line, f"unknown command {node.head()!r}"))
                continue
            self._command(node, getattr(self, "_" + node.head()), line)
        return self.report

    def _command(self, node: Node, action: Callable[[Node], None], line: int) -> None:
        kind = node.head()
        asserting = kind.startswith("assert_")
        try:
            action(node)
        except (Skip, UnsupportedFeatureError, UnknownValue) as problem:
            feature = getattr(problem, "feature", str(problem))
            self._leave_out(node, feature)
            if asserting:
                self.report.skipped[feature] += 1
        except Exception as problem:  # whatever went wrong, it is this command's failure, and told with the others
            instance = self._instance_of(node[1]) if asserting else None
            if id(instance) in self.incomplete:
                self.report.skipped[self.incomplete[id(instance)]] += 1
                return
            what = "" if isinstance(problem, Failure) else f"{type(problem).__name__}: "
            self.report.failures.append((line, f"{kind}: {what}{problem}"))
        else:
            self.report.passed.update([kind] * asserting)

    def _leave_out(self, node: Node, feature: str) -> None:
        """Note that a skipped module would have written to what it imports: later assertions may miss that."""
        module = node if node.head() == "module" else node[1] if isinstance(node[1], Node) else Node(0)
        todo = list(module)
        while todo:
            item = todo.pop()
            if isinstance(item, Node):
                todo += item
                if item.head() == "import" and item[1].decode() in self.registered:
                    self.incomplete[id(self.registered[item[1].decode()])] = feature

    def _instance_of(self, action: Node) -> Instance | str | None:
        """The instance that (invoke [$name] ...) or (get [$name] ...) is about."""
        if action.head() not in ("invoke", "get"):
            return None
        return self.named.get(action[1]) if isinstance(action[1], str) else self.current

    # Modules.

    def _binary(self, node: Node) -> bytes:
        """The binary of (module [definition] [$name] [binary | quote] ...). Raises Skip if the text is malformed."""
        at = 1
        if len(node) > at and node[at] == "definition":
            at += 1
        named = len(node) > at and isinstance(node[at], str) and node[at].startswith("$")
        form = node[at + named] if len(node) > at + named else None
        if form == "binary":
            return b"".join(node[at + named + 1 :])
        if form == "quote":
            text = "(module " + b" ".join(node[at + named + 1 :]).decode("utf-8", "surrogateescape") + ")"
        else:
            start = node.starts[at] if len(node) > at else node.end - 1
            text = "(module " + _NOT_ASCII.sub(_escape, self.text[start : node.end])
        try:
            return assemble(text)
        except (TextError, UnicodeEncodeError) as problem:
            raise Skip(TEXT) from problem

    def _decode(self, data: bytes) -> Module:
        return decode_module(data, self.features)

    def _instantiate(self, module: Module) -> Instance:
        imports: dict[str, Any] = {}
        for found in module.imports:
            source = self.registered.get(found.module)
            for feature, text in MORE_SPECTEST.items():
                if found.module == "spectest" and f'"{found.name}"' in text and feature not in self.features:
                    raise Skip(feature)
            if isinstance(source, str):
                raise Skip(source)
            if source is not None:
                imports[found.module] = source.exports
        return Instance(module, self.adapter.instantiate(module, imports).exports if self.adapter else {})

    def _define(self, name: str | None, data: bytes) -> None:
        self.report.modules += 1
        try:
            self.current = self._instantiate(self._decode(data))
        except (Skip, UnsupportedFeatureError) as problem:
            self.current = getattr(problem, "feature", str(problem))
        except Exception:
            self.current = BROKEN
            raise
        finally:
            if name is not None:
                self.named[name] = self.current

    def _module(self, node: Node) -> None:
        words = [item for item in node[1:3] if isinstance(item, str)]
        name = next((word for word in words if word.startswith("$")), None)
        if words[:1] == ["instance"]:
            self._module_instance(node)
        elif words[:1] == ["definition"]:
            self.report.modules += 1
            definition: Module | str
            try:
                definition = self._decode(self._binary(node))
            except (Skip, UnsupportedFeatureError) as problem:
                definition = getattr(problem, "feature", str(problem))
            self.definitions[name or ""] = definition
        else:
            try:
                data = self._binary(node)
            except Skip as problem:
                self.current = str(problem)
                if name is not None:
                    self.named[name] = self.current
                raise
            self._define(name, data)
            if isinstance(self.current, str):
                self._leave_out(node, self.current)

    def _module_instance(self, node: Node) -> None:
        names = [item for item in node[2:] if isinstance(item, str)]
        definition = self.definitions[names[1] if len(names) > 1 else ""]
        instance = definition if isinstance(definition, str) else self._instantiate(definition)
        self.current = instance
        if names:
            self.named[names[0]] = instance

    def _register(self, node: Node) -> None:
        self.registered[node[1].decode()] = self.named[node[2]] if len(node) > 2 else self.current

    # Actions.

    def _must_run(self) -> None:
        if self.adapter is None:
            raise Skip(NOT_RUN)

    def _action(self, node: Node) -> list[tuple[str, Any]]:
        """Carry out (invoke ...) or (get ...): results as (type, bits or reference)."""
        named = isinstance(node[1], str)
        instance = self._instance_of(node)
        if instance is None:
            raise Failure(f"no module {node[1]}")
        if isinstance(instance, str):
            if instance == BROKEN:
                raise Failure(BROKEN)
            raise Skip(instance)
        self._must_run()
        name = node[1 + named].decode()
        export = next((found for found in instance.module.exports if found.name == name), None)
        if export is None:
            raise Failure(f"no export {name!r}")
        if node.head() == "get":
            kind = instance.module.globals[export.index].type.type
            return [(kind.name, instance.exports[name].bits)]
        given = [argument(item) for item in node[2 + named :]]
        bits = instance.exports[name].call_bits(*given)
        types = instance.module.functions[export.index].results
        if len(bits) != len(types):
            raise Failure(f"{len(bits)} results instead of {len(types)}")
        return [(kind.name, found) for kind, found in zip(types, bits, strict=True)]

    def _invoke(self, node: Node) -> None:
        self._action(node)

    def _get(self, node: Node) -> None:
        self._action(node)

    def _assert_return(self, node: Node) -> None:
        results = self._action(node[1])
        expected = [parse_value(item) for item in node[2:]]
        same = len(results) == len(expected) and all(
            matches(wanted, kind, bits) for wanted, (kind, bits) in zip(expected, results, strict=True)
        )
        if not same:
            raise Failure(f"{node[1][1]!r} gave {[show(*result) for result in results]}, expected {node[2:]}")

    def _expect_trap(self, action: Callable[[], object], reason: str) -> None:
        try:
            found = action()
        except Trap as trap:
            # The scripts abbreviate: "uninitialized" for "uninitialized element".
            if not (trap.reason.startswith(reason) or reason.startswith(trap.reason)):
                raise Failure(f"trapped with {trap.reason!r}, expected {reason!r}") from None
        else:
            raise Failure(f"gave {found}, expected the trap {reason!r}")

    def _assert_trap(self, node: Node) -> None:
        if node[1].head() == "module":
            module = self._decode(self._binary(node[1]))
            self._must_run()
            self._expect_trap(lambda: self._instantiate(module), node[2].decode())
        else:
            self._expect_trap(lambda: self._action(node[1]), node[2].decode())

    def _assert_exhaustion(self, node: Node) -> None:
        self._expect_trap(lambda: self._action(node[1]), node[2].decode())

    def _assert_exception(self, node: Node) -> None:
        try:
            found = self._action(node[1])
        except WasmException:
            return
        raise Failure(f"gave {found}, expected an exception")

    # Modules that must be refused.

    def _assert_refused(self, node: Node) -> None:
        data = self._binary(node[1])
        try:
            self._decode(data)
        except UnsupportedFeatureError:
            raise
        except (DecodeError, ValidationError) as problem:
            if not 0 <= problem.offset <= len(data):
                raise Failure(f"the offset {problem.offset} is not in the module: {problem}") from None
        else:
            raise Failure(f"accepted, expected {node[2].decode()!r}")

    _assert_invalid = _assert_malformed = _assert_refused

    def _assert_unlinkable(self, node: Node) -> None:
        module = self._decode(self._binary(node[1]))
        self._must_run()
        try:
            self._instantiate(module)
        except LinkError:
            return
        raise Failure(f"linked, expected {node[2].decode()!r}")


def run_script(path: Path, adapter: Adapter | None, features: frozenset[str]) -> Report:
    """Run the script in a file; adapter None: decode and validate only. Raises OSError, SyntaxProblem."""
    report = Script(path, adapter, features).run()
    if adapter is not None:
        report.compiled = adapter.compiled()
    return report


def module_binaries(path: Path) -> list[bytes]:
    """The binaries of all modules of a script, refused ones left out, in order."""
    found = []
    script = Script(path, None, frozenset())
    for node in parse(script.text):
        if node.head() == "module" and node[1:2] != ["instance"]:
            try:
                found.append(script._binary(node))
            except Skip:
                continue
    return found
