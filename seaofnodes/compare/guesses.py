"""What guesses about calls are worth: without them, with a slow path behind them, and with deoptimization."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from seaofnodes.compare.configuration import Configuration
from seaofnodes.errors import Error
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.passes.inlining.inline import Inliner


def with_speculation(configurations: Sequence[Configuration], registry: PassRegistry) -> list[Configuration]:
    """Each of the configurations three times: where calls through references and tables stay what they are; where
    guesses about them are inlined before a generic call, the slow path; and as it is, where wrong guesses deoptimize.

    Raises Error for a pipeline that guesses nothing.
    """
    return [found for configuration in configurations for found in _three(configuration, registry)]


def _three(configuration: Configuration, registry: PassRegistry) -> Iterator[Configuration]:
    pipeline = configuration.passes(registry)
    options = dict(configuration.options)
    inliner = next((one for one in pipeline.passes if isinstance(one, Inliner) and one.max_targets), None)
    if inliner is None or not options.get("deopt", True) or not options.get("inline", True):
        raise Error(f"{configuration.label} guesses nothing about calls: it has to inline, and may deoptimize")
    without = pipeline.replace(inliner.name, dataclasses.replace(inliner, max_targets=0))
    slow = tuple(sorted({**options, "deopt": False}.items()))
    made = without if configuration.made is not None else None
    label = configuration.label
    yield dataclasses.replace(
        configuration, label=f"{label}, no guesses", pipeline=str(without), options=slow, made=made
    )
    yield dataclasses.replace(configuration, label=f"{label}, guesses with a slow path", options=slow)
    yield configuration
