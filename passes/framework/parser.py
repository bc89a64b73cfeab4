"""The text of pipelines.

    inline{budget=5000},fix(simplify,gvn)       passes with options, groups
    default-gvn, default-gvn#2                  a preset or group without passes of a name, or without the second one
    default+mine@gvn                            with a pass after each `gvn`; @before.gvn and @instead.gvn; @gvn#1
    default+mine@late, default+mine             at an extension point; at the one that the pass chooses
    default{rules=mine,without-rules=add_*}     with rule sets of users in `simplify`, without some rules
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable
from typing import Any, Final

from seaofnodes.errors import PassError
from seaofnodes.passes.base import Pass
from seaofnodes.passes.framework.edits import ExtensionPoint, Place, drop, insert, points_of, without_points
from seaofnodes.passes.framework.failures import error_place, error_text
from seaofnodes.passes.framework.presets import EXTENSION_POINTS, PRESETS
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.passes.framework.rule_names import rule_sets_named, rules_matching
from seaofnodes.passes.framework.steps import MOST_ROUNDS, Fix, Step, With, passes_of

_DEEPEST: Final = 20  # groups and presets in each other
_TOKEN: Final = re.compile(r"\s*([\w.*#-]+|[{}(),=+@])")
_PLACE: Final = re.compile(r"(?:(after|before|instead)\.)?([^#]+?)(?:#(\d+))?")
_RULES: Final = ("rules", "without-rules")
Options = dict[str, list[str]]


def parse_steps(text: str, registry: PassRegistry) -> tuple[Step, ...]:
    """The steps that a text means. Raises PassError for unknown passes, options, rules and places."""
    return without_points(_Parser(text, registry, 0).steps(""))


class _PresetError(PassError):
    """Something is wrong in a user's pipeline, and where has been said."""


class _Parser:
    def __init__(self, text: str, registry: PassRegistry, depth: int) -> None:
        self.text = text
        self.registry = registry
        self.depth = depth
        self.tokens: list[str] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                raise PassError(f"pipeline {_short(text)}: cannot read {text[at : at + 99].strip()[:20]!r}")
            self.tokens.append(match[1])
            at = match.end()
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "", wanted: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected) or (not expected and token in "{}(),=+@"):
            wanted = wanted or (repr(expected) if expected else "a name")
            found = repr(token) if token else "the end"
            raise PassError(f"pipeline {_short(self.text)}: expected {wanted}, found {found}")
        self.at += 1
        return token

    def steps(self, end: str) -> tuple[Step, ...]:
        found: list[Step] = []
        while self.peek() != end:
            found += self.edited()
            if self.peek() != end:
                self.take(",", "','" if not end else f"',' or '{end}'")
        return tuple(found)

    def edited(self) -> tuple[Step, ...]:
        """A step, or what a preset or group stands for, and what is changed in it."""
        found = self.step()
        while self.peek() == "+" or self.peek().startswith("-"):
            if self.peek() == "+":
                self.take("+")
                new = self.step()
                found = self.added(found, new)
            else:
                found = drop(found, self.place("-"))
        return found

    def added(self, steps: tuple[Step, ...], new: tuple[Step, ...]) -> tuple[Step, ...]:
        """At the place that is said, or that the last of the new passes wants, or late, or at the end."""
        if self.peek() == "@":
            self.take("@")
            return insert(steps, new, self.place(""))
        wanted = next((pass_.extension_point for pass_ in reversed(passes_of(new)) if pass_.extension_point), "")
        points = points_of(steps)
        if wanted and points or "late" in points:
            return insert(steps, new, Place(wanted or "late"))
        return steps + new

    def place(self, sign: str) -> Place:
        """A place, behind a sign in the same word."""
        if sign and self.peek() == sign:
            self.take(sign)
            sign = ""
        self.split(sign)
        text = self.take().removeprefix(sign)
        match = _PLACE.fullmatch(text)
        if match is None or match[3] is not None and not 0 < int(match[3]) < 10_000:
            raise PassError(f"pipeline {_short(self.text)}: {text!r} is no place; places are: gvn, before.gvn, gvn#2")
        relation, name, number = match.groups()
        return Place(name, relation or "after", int(number or 0))

    def split(self, sign: str = "") -> None:
        """The next word is a name; if there is none, but for its beginning up to a minus sign, make two words of it."""
        word = self.peek().removeprefix(sign)
        ends = [at for at in range(len(word) - 1, 0, -1) if word[at] == "-"]
        if not self.known(word) and (end := next((at for at in ends if self.known(word[:at])), 0)):
            self.tokens[self.at : self.at + 1] = [sign + word[:end], word[end:]]

    def known(self, word: str) -> bool:
        match = _PLACE.fullmatch(word)
        if match is None:
            return False
        name = match[2]
        return name in ("fix", "with") or name in EXTENSION_POINTS or name in PRESETS or self.registry.has(name)

    def step(self) -> tuple[Step, ...]:
        """One step; or more, that a preset or group stands for."""
        if self.peek() == "(":
            return self.group()
        if self.peek() == "@":
            self.take("@")
            return (ExtensionPoint(self.take()),)
        self.split()
        name = self.take()
        options = self.options() if self.peek() == "{" else {}
        if name == "fix":
            limit = _convert("fix", "limit", int, ",".join(options.pop("limit", [str(MOST_ROUNDS)])))
            _refuse("fix", options, ["limit"])
            return (Fix(self.group(), limit),)
        if name == "with":
            return self.switched(name, options, self.group())
        text = PRESETS.get(name, self.registry.presets.get(name))
        if text is not None:
            if self.depth >= _DEEPEST:
                raise PassError(f"pipeline {_short(self.text)}: {name} contains itself")
            return self.switched(name, options, self.preset(name, text))
        found = self.registry.find(name)
        own = {field.name.replace("_", "-") for field in dataclasses.fields(found)}  # type: ignore[arg-type]
        rules = {key: options.pop(key) for key in list(options) if _dashed(key) in _RULES and _dashed(key) not in own}
        return self.switched(name, rules, (make_pass(found, {key: ",".join(words) for key, words in options.items()}),))

    def preset(self, name: str, text: str) -> tuple[Step, ...]:
        """What the name of a pipeline stands for. Raises PassError, which says where a user's is defined."""
        try:
            return _Parser(text, self.registry, self.depth + 1).steps("")
        except _PresetError:
            raise
        except PassError as error:
            if name not in self.registry.presets:
                raise
            raise _PresetError(f"{self.registry.preset_place(name)}: {error}") from None

    def switched(self, name: str, options: Options, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """The steps, with the rules on and off that the options say."""
        options = {_dashed(key): value for key, value in options.items()}
        on, off = options.pop("rules", []), options.pop("without-rules", [])
        _refuse(name, options, _RULES)
        if not (on or off):
            return steps
        sets = rule_sets_named(on, self.registry)
        return (With(steps, sets, tuple(off), rules_matching(off, self.registry, passes_of(steps))),)

    def group(self) -> tuple[Step, ...]:
        self.take("(")
        self.depth += 1
        if self.depth > _DEEPEST:
            raise PassError(f"pipeline {_short(self.text)}: at most {_DEEPEST} groups may be in each other")
        steps = self.steps(")")
        self.depth -= 1
        self.take(")")
        return steps

    def options(self) -> Options:
        """`{key=value,...}`; a value may be several words with commas between them."""
        self.take("{")
        found: Options = {}
        while self.peek() != "}":
            key = self.take()
            self.take("=")
            found[key] = [self.take()]
            while self.peek() == "," and self.tokens[self.at + 2 : self.at + 3] != ["="]:
                self.take(",")
                if self.peek() == "}":
                    break
                found[key].append(self.take())
            if self.peek() != "}":
                self.take(",")
        self.take("}")
        return found


def make_pass(pass_class: type[Pass], options: dict[str, str]) -> Pass:
    """A pass with options given as text. Raises PassError for an unknown option or a wrong value."""
    fields = {f.name: f for f in dataclasses.fields(pass_class)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, text in options.items():
        option = key.replace("-", "_")
        if option not in fields:
            _refuse(pass_class.name, (key,), fields)
        values[option] = _convert(pass_class.name, option, type(fields[option].default), text)
    try:
        return pass_class(**values)
    except PassError:
        raise
    except Exception as error:  # of a user's __post_init__
        place = error_place(error)
        given = ",".join(f"{key}={text}" for key, text in options.items())
        what = f"{pass_class.name}{{{given}}}: {error_text(error)}"
        raise PassError(f"{what}, at {place}" if place else what) from error


def _refuse(owner: str, options: Iterable[str], known: Iterable[str]) -> None:
    """Raises PassError for options, which the owner has not."""
    for key in options:
        near = difflib.get_close_matches(key, list(known), 1) or difflib.get_close_matches(_dashed(key), list(known), 1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(known) or 'none'}"
        raise PassError(f"{owner} has no option {key!r}; {hint}")


def _convert(owner: str, option: str, kind: type, text: str) -> Any:
    try:
        if kind is bool:
            return {"true": True, "false": False}[text]
        return kind(text)
    except (KeyError, ValueError):
        raise PassError(f"{owner}: option {option!r} takes {kind.__name__}, not {text!r}") from None


def _dashed(key: str) -> str:
    return key.replace("_", "-")


def _short(text: str) -> str:
    """For a message."""
    return repr(text if len(text) <= 300 else f"{text[:300]}...")
