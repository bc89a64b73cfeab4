"""The option `--load FILE.py`: passes and rules of the user."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from seaofnodes.passes.framework.pipeline import Pipeline
    from seaofnodes.passes.framework.registry import PassRegistry

Command = Callable[..., Any]


def load_option(command: Command) -> Command:
    """Decorator: the option, as the parameter `load`, a tuple of paths."""
    return click.option(
        "--load",
        multiple=True,
        metavar="FILE.py",
        type=click.Path(),
        help="Load passes, rules and pipelines from a Python file, for pipelines that name them; may be repeated.",
    )(command)


def load_registry(paths: Iterable[str | Path]) -> PassRegistry:
    """A registry with what the files define. Raises PassError, OSError."""
    from seaofnodes.passes.framework.registry import PassRegistry

    registry = PassRegistry()
    for path in paths:
        registry.load(path)
    return registry


def load_pipeline(text: str, paths: Iterable[str | Path]) -> str | Pipeline:
    """The pipeline that `text` means once the files are loaded; the text itself if there are none: then it is read
    when it is first needed. Raises PassError, OSError.
    """
    paths = tuple(paths)
    if not paths:
        return text
    from seaofnodes.passes.framework.pipeline import Pipeline

    return Pipeline.parse(text, load_registry(paths))
