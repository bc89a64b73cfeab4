"""What each pass is worth: a pipeline beside those that have one of its passes, or sets of rules, left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from seaofnodes.compare.configuration import Configuration
from seaofnodes.errors import Error
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry


def with_ablations(configurations: Sequence[Configuration], registry: PassRegistry) -> list[Configuration]:
    """Each of the configurations, followed by those without one of its passes, as `default-gvn`, or of the sets of
    rules that it switches on. Raises Error for a pipeline without passes.
    """
    return [found for configuration in configurations for found in _ablated(configuration, registry)]


def _ablated(configuration: Configuration, registry: PassRegistry) -> Iterator[Configuration]:
    pipeline = Pipeline.parse(configuration.pipeline, registry)
    if not pipeline.passes:
        raise Error(f"{configuration.label} has no passes to leave out")
    yield configuration
    for name, smaller in pipeline.ablations().items():
        label = f"{configuration.label} -{name}" if " " in configuration.label else f"{configuration.label}-{name}"
        yield replace(configuration, label=label, pipeline=str(smaller))
