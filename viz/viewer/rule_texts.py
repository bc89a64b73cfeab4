"""What rules say about themselves: for each that a pipeline can apply, its text and where it is declared."""

from __future__ import annotations

import inspect
import linecache
import sys
from pathlib import Path
from typing import Any

from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import built_in_rules
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.rule import Rule


def rule_texts(pipeline: Pipeline) -> dict[str, dict[str, Any]]:
    """By name: text (pattern, replacement, condition), doc, source (its declaration), file, line."""
    linecache.checkcache()  # a live page shows files as they are now
    rules = [rule for rules in (*pipeline.rule_sets, *built_in_rules()) for rule in rules.rules]
    for module in dict.fromkeys(type(pass_).__module__ for pass_ in pipeline.passes):
        for value in list(vars(sys.modules[module]).values()) if module in sys.modules else ():
            if isinstance(value, RuleSet):
                rules += value.rules
    return {rule.name: _text(rule) for rule in rules}


def _text(rule: Rule) -> dict[str, Any]:
    file, line = rule.location
    text = str(rule).removeprefix(f"{rule.name}: ")
    return {"text": text, "doc": rule.doc, "source": _source(file, line), "file": Path(file).name, "line": line}


def _source(file: str, line: int) -> str:
    """The declaration, decorators included; "" if the file is not there."""
    lines = linecache.getlines(file)[line - 1 :] if line else []
    return inspect.cleandoc(" " + "".join(inspect.getblock(lines))) if lines else ""
