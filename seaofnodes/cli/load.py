"""The option `--load FILE.py`: passes and rules of the user, and the project's file that says what is always loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seaofnodes.files import shown_path

if TYPE_CHECKING:
    from seaofnodes.passes.framework.pipeline import Pipeline
    from seaofnodes.passes.framework.registry import PassRegistry

Command = Callable[..., Any]


def load_option(command: Command) -> Command:
    """Decorator: the option, as the parameter `load`, a tuple of paths; the first is the project's pyproject.toml, if
    that says something.
    """
    return click.option(
        "--load",
        multiple=True,
        metavar="FILE.py",
        type=click.Path(),
        callback=_with_project,
        help="Load passes, rules and pipelines from a Python file, for pipelines that name them; may be repeated. "
        "What the project's pyproject.toml says is loaded before.",
    )(command)


def _with_project(context: click.Context, parameter: click.Parameter, paths: tuple[str, ...]) -> tuple[str, ...]:
    from seaofnodes.passes.framework.project import find_project

    try:
        found = find_project(Path.cwd())
    except FileNotFoundError:  # the working directory has been removed
        found = None
    return paths if found is None else (shown_path(found), *paths)


def load_registry(paths: Iterable[str | Path]) -> PassRegistry:
    """A registry with what the files define. Raises PassError, OSError."""
    from seaofnodes.passes.framework.registry import PassRegistry

    registry = PassRegistry()
    for path in paths:
        registry.load(path)
    return registry


def load_pipelines(texts: Sequence[str], paths: Sequence[str | Path]) -> list[str | Pipeline]:
    """The pipelines that texts mean once the files are loaded; the texts themselves if there are none: then they are
    read when they are first needed. Warns if none of them has anything of the files. Raises PassError, OSError.
    """
    if not paths:
        return list(texts)
    from seaofnodes.passes.framework.pipeline import Pipeline

    registry = load_registry(paths)
    found = [Pipeline.parse(text, registry) for text in texts]
    warn_of_unused(registry, found, paths)
    return list(found)


def warn_of_unused(registry: PassRegistry, pipelines: Iterable[Pipeline], paths: Iterable[str | Path]) -> None:
    """Say it, on standard error, if nothing of what `--load` has brought is in any of the pipelines."""
    from seaofnodes.passes.framework.project import is_project

    named = [shown_path(path) for path in paths if not is_project(path)]
    if named and registry.has_own_passes and not any(pipeline.uses(registry) for pipeline in pipelines):
        click.echo(f"warning: {unused_text(registry, named)}", err=True)


def unused_text(registry: PassRegistry, files: Sequence[str]) -> str:
    """What to do about files of which no pipeline has anything."""
    sets = [rules.name for rules in registry.rule_sets]
    passes = [one.name for one in registry.own_passes if one.name not in sets]
    hint = f"default+{passes[0]}" if passes else f"default{{rules={sets[0]}}}"
    return f"nothing of {', '.join(files)} is in the pipeline: name it, as in --pipeline '{hint}'"
