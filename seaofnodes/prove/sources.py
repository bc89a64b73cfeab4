"""Where rules come from: files of the user, or the built-in sets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from seaofnodes.errors import Error
from seaofnodes.passes.framework.plugins import load_file
from seaofnodes.passes.framework.registry import PassRegistry, built_in_rules
from seaofnodes.passes.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Source:
    """title: a file's name, or that of a built-in set."""

    title: str
    rules: tuple[Rule, ...]


def sources_of(files: Sequence[str]) -> list[Source]:
    """What the files define; the built-in sets if there are none. The name of a built-in or installed set stands for a
    file, too. Raises OSError, Error.
    """
    if not files:
        return [Source(rules.name, tuple(rules.rules)) for rules in built_in_rules()]
    return [_of_file(file) for file in dict.fromkeys(files)]


def _of_file(file: str) -> Source:
    if not os.path.exists(file) and os.path.basename(file) == file and not file.endswith(".py"):
        found = PassRegistry().find_rules(file)
        return Source(found.name, tuple(found.rules))
    rules = tuple(rule for rules in load_file(file).rule_sets for rule in rules.rules)
    if not rules:
        raise Error(f"{file}: no rules are declared in it")
    return Source(file, rules)


def select(sources: Sequence[Source], names: Sequence[str]) -> list[Source]:
    """Only the rules that are called so; * and ? stand for letters. Raises Error for a name that fits none."""
    if not names:
        return list(sources)
    known = [rule.name for source in sources for rule in source.rules]
    for name in names:
        if not any(fnmatchcase(other, name) for other in known):
            near = get_close_matches(name, known, 1)
            raise Error(f"no rule is called {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    found = [
        Source(source.title, tuple(rule for rule in source.rules if any(fnmatchcase(rule.name, n) for n in names)))
        for source in sources
    ]
    return [source for source in found if source.rules]
