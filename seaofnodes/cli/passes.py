"""`seaofnodes passes`."""

from __future__ import annotations

import dataclasses
import inspect
import json

import click

from seaofnodes.cli.load import load_option, load_registry
from seaofnodes.passes.base import Pass
from seaofnodes.passes.pipeline import PRESETS, Pipeline
from seaofnodes.passes.registry import PassRegistry


@click.command("passes")
@click.argument("name", required=False)
@load_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, load: tuple[str, ...], as_json: bool) -> None:
    """List all passes and presets; with NAME, describe one: its options and what it does."""
    registry = load_registry(load)
    if name is None:
        _list(registry, as_json)
        return
    found = registry.find(name)
    if as_json:
        click.echo(json.dumps(_facts(found)))
        return
    click.echo(f"{found.name}\n\n{inspect.cleandoc(found.__doc__ or '')}")
    options = _facts(found)["options"]
    assert isinstance(options, dict)
    if options:
        click.echo("\nOptions:")
        for option, default in options.items():
            click.echo(f"  {option} = {default}")


def _list(registry: PassRegistry, as_json: bool) -> None:
    found = [registry.find(name) for name in registry.names()]
    presets = {name: str(Pipeline.parse(name, registry)) for name in PRESETS}
    if as_json:
        click.echo(json.dumps({"passes": list(map(_facts, found)), "presets": presets}))
        return
    width = max(len(pass_class.name) for pass_class in found)
    click.echo("Passes:")
    for pass_class in found:
        click.echo(f"  {pass_class.name:{width}}  {_summary(pass_class)}")
    click.echo("\nPresets:")
    for name, text in presets.items():
        click.echo(f"  {name:{width}}  {text or '(nothing)'}")


def _summary(pass_class: type[Pass]) -> str:
    return inspect.cleandoc(pass_class.__doc__ or "").partition("\n")[0]


def _facts(pass_class: type[Pass]) -> dict[str, object]:
    options = {f.name: f.default for f in dataclasses.fields(pass_class)}  # type: ignore[arg-type]
    return {"name": pass_class.name, "summary": _summary(pass_class), "options": options}
