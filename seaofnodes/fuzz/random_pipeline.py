"""Random pipelines: any passes in any order, in groups, with options at their edges."""

from __future__ import annotations

import dataclasses
import random

from seaofnodes.errors import PassError
from seaofnodes.fuzz.registries import Own
from seaofnodes.passes.framework.pipeline import Pipeline, make_pass, step_text
from seaofnodes.passes.framework.registry import BUILT_IN, PassRegistry

_MOST = 9
_TRIES = 20
_OWN = 0.25  # chance of a pass that is one of users' files


def random_pipeline(rng: random.Random, registry: PassRegistry, own: Own) -> str:
    """The text of a pipeline that `Pipeline.parse` accepts. own: what is looked at comes more often."""
    sets = ",".join(rules.name for rules in own.sets if registry.has(rules.name))
    for _ in range(_TRIES):
        text = ",".join(_step(rng, registry, own, True) for _ in range(rng.randint(1, _MOST)))
        if sets and rng.random() < 0.8:
            text = f"with{{rules={sets}}}({text})"
        try:
            return str(Pipeline.parse(text, registry))
        except PassError:  # an order that some pass does not allow
            continue
    return "default"


def _step(rng: random.Random, registry: PassRegistry, own: Own, group: bool) -> str:
    if group and rng.random() < 0.15:
        steps = ",".join(_step(rng, registry, own, False) for _ in range(rng.randint(1, 4)))
        return f"fix{{limit={rng.randint(1, 3)}}}({steps})"
    mine = own.pipeline_names(registry)
    names = [*BUILT_IN, *mine]  # and nothing that is only installed: it may be broken
    pass_class = registry.find(rng.choice(mine if mine and rng.random() < _OWN else names))
    options: dict[str, str] = {}
    if rng.random() < 0.3:
        for found in dataclasses.fields(pass_class):  # type: ignore[arg-type]
            if rng.random() < 0.6:
                options[found.name] = _value(rng, found.default)
    try:
        return step_text(make_pass(pass_class, options))
    except PassError:  # a value that the pass does not allow
        return pass_class.name


def _value(rng: random.Random, default: object) -> str:
    if isinstance(default, bool):
        return rng.choice(("true", "false"))
    if isinstance(default, int):
        return str(rng.choice((0, 1, 2, default // 2, default, default * 2)))
    if isinstance(default, float):
        return str(rng.choice((0.0, default / 2, default, default * 2)))
    return str(default)
