"""What is compared: a pipeline, and options of the engine that runs it.

    default                                    a preset, or a pipeline as text
    inline{budget=100},simplify,gvn            the same, spelled out
    @tier=baseline                             the default pipeline, in an engine with options
    none@inline=false,deopt=false              both
    default+mine@gvn@inline=false              a pass added at a place of the pipeline, and an option
    no inlining: default@inline=false          with a name for tables and plots

The label ends at the last colon; blanks do not matter.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from seaofnodes.engine import Engine
from seaofnodes.errors import Error, PassError
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.runtime.tiers.options import COMPILE_LIMIT, EngineOptions

# Not of the code that is made, or not a plain value; the pipeline stands before the "@".
_NO_OPTION: Final = {
    "pipeline", "time_limit", "max_stack", "code_space", "max_memory", "heap_limit", "verify", "stress_gc",
    "exit_on_hang",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Configuration:
    """A pipeline and engine options under a label.

    Attributes: pipeline: as text, presets spelled out; options: keyword arguments of Engine that differ from their
    defaults, sorted; made: the pipeline itself, where its text does not say it: its passes or rules are those of a
    notebook's cells.
    """

    label: str
    pipeline: str = "default"
    options: tuple[tuple[str, Any], ...] = ()
    made: Pipeline | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, source: str | Pipeline | Configuration, registry: PassRegistry, label: str = "") -> Configuration:
        """From text, as `parse` reads it, or from a pipeline. label: instead of its own. Raises PassError, Error."""
        if isinstance(source, Pipeline):
            return cls(label or str(source), str(source), made=None if _says_all(source, registry) else source)
        found = cls.parse(source, registry) if isinstance(source, str) else source
        return dataclasses.replace(found, label=label) if label else found

    @classmethod
    def parse(cls, text: str, registry: PassRegistry | None = None) -> Configuration:
        """From `[LABEL:] [PIPELINE] [@ option=value,...]`. Raises PassError or Error, with the nearest names."""
        label, colon, rest = text.rpartition(":")
        pipeline, at, options = _split(rest)
        pipeline = pipeline.strip()
        if not pipeline and not at:
            raise Error("an empty pipeline: say 'none' for no passes")
        passes = Pipeline.parse(pipeline or "default", registry)
        found = cls(label.strip() if colon else rest.strip(), str(passes), _options(options) if at else ())
        EngineOptions(**dict(found.options))
        if not found.label:
            raise Error(f"{text!r} has an empty label")
        return found

    def __str__(self) -> str:
        """Without the label."""
        options = ",".join(f"{key}={str(value).lower()}" for key, value in self.options)
        return self.pipeline + (f"@{options}" if options else "")

    def engine(self, registry: PassRegistry, compile_limit: float = COMPILE_LIMIT, **others: Any) -> Engine:
        """An engine of this configuration, with `others` on top; compile_limit: where it does not say it itself."""
        usual = {"background": False, "strict": True, "compile_limit": compile_limit}
        options = {**usual, **dict(self.options), **others}
        return Engine(self.passes(registry), **options)

    def passes(self, registry: PassRegistry) -> Pipeline:
        """The pipeline itself."""
        return self.made or Pipeline.parse(self.pipeline, registry)


def _says_all(pipeline: Pipeline, registry: PassRegistry) -> bool:
    """Does a pipeline's text mean just this, wherever it is read?"""
    try:
        return Pipeline.parse(str(pipeline), registry) == pipeline
    except PassError:
        return False


# What is compared: with labels of their own, or labels beside them.
Pipelines = Sequence[str | Pipeline | Configuration] | Mapping[str, str | Pipeline | Configuration]


def _split(text: str) -> tuple[str, str, str]:
    """Pipeline, "@" and options; a pipeline has an "@" behind each place that it adds passes at."""
    for match in re.finditer("@", text):
        before = text[: match.start()]
        if re.match(r"\s*([\w-]+\s*=|,|$)", text[match.end() :]) or "+" not in before:
            return before, "@", text[match.end() :]
    return text, "", ""


def _options(text: str) -> tuple[tuple[str, Any], ...]:
    known = {f.name: f for f in dataclasses.fields(EngineOptions) if f.name not in _NO_OPTION}
    found: dict[str, Any] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        key, equals, value = (word.strip() for word in part.partition("="))
        name = key.replace("-", "_")
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
            raise Error(f"an engine has no option {key!r} to compare; {hint}")
        if not equals:
            raise Error(f"option {key!r} needs a value: {key}=...")
        default = known[name].default
        read = _value(name, type(default), value)
        if read != default:
            found[name] = read
        else:
            found.pop(name, None)
    return tuple(sorted(found.items()))


def _value(name: str, kind: type, text: str) -> Any:
    try:
        return {"true": True, "false": False}[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        raise Error(f"engine option {name!r} takes {kind.__name__}, not {text!r}") from None


def parse_configurations(sources: Pipelines, registry: PassRegistry) -> list[Configuration]:
    """All of them. Raises Error when there are none, or when two have one label."""
    if isinstance(sources, Mapping):
        found = [Configuration.of(source, registry, label) for label, source in sources.items()]
    else:
        found = [Configuration.of(source, registry) for source in sources]
    if not found:
        raise Error("nothing to compare: give at least one pipeline")
    labels = [configuration.label for configuration in found]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise Error(f"two pipelines are called {twice!r}; name them: -p 'NAME: PIPELINE'")
    return found


def with_ablations(configurations: Sequence[Configuration], registry: PassRegistry) -> list[Configuration]:
    """Each of the configurations, followed by those without one of its passes, as `default-gvn`, or of the sets of
    rules that it switches on. Raises Error for a pipeline without passes.
    """
    return [found for configuration in configurations for found in _ablated(configuration, registry)]


def _ablated(configuration: Configuration, registry: PassRegistry) -> Iterator[Configuration]:
    pipeline = configuration.passes(registry)
    if not pipeline.passes:
        raise Error(f"{configuration.label} has no passes to leave out")
    yield configuration
    for name, smaller in pipeline.ablations().items():
        label = f"{configuration.label} -{name}" if " " in configuration.label else f"{configuration.label}-{name}"
        made = None if configuration.made is None else smaller
        yield dataclasses.replace(configuration, label=label, pipeline=str(smaller), made=made)
