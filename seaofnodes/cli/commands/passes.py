"""`seaofnodes passes`."""

from __future__ import annotations

import dataclasses
import inspect

import click

from seaofnodes.cli.load import load_option, load_registry
from seaofnodes.errors import PassError
from seaofnodes.names import printable
from seaofnodes.passes.base import Pass
from seaofnodes.passes.framework.pipeline import EXTENSION_POINTS, PRESETS, Pipeline
from seaofnodes.passes.framework.registry import PassRegistry, built_in_rules
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.plain import json_text


@click.command("passes")
@click.argument("name", required=False)
@load_option
@click.option("--pipeline", metavar="PIPELINE", help="Print this pipeline with everything in it spelled out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, load: tuple[str, ...], pipeline: str | None, as_json: bool) -> None:
    """List passes, presets, sets of rules and extension points; with NAME, describe a pass and its options."""
    registry = load_registry(load)
    if pipeline is not None:
        spelled = str(Pipeline.parse(pipeline, registry))
        click.echo(json_text({"pipeline": spelled}) if as_json else spelled or "none")
        return
    if name is None:
        _list(registry, as_json)
        return
    found = registry.find(name)
    if as_json:
        click.echo(json_text(_facts(found)))
        return
    click.echo(f"{found.name}\n\n{inspect.cleandoc(found.__doc__ or '')}")
    options = _facts(found)["options"]
    assert isinstance(options, dict)
    if options:
        click.echo("\nOptions:")
        for option, default in options.items():
            click.echo(f"  {option} = {default}")
    if rules := _rules(found):
        click.echo(f"\nRules ({len(rules)}):")
        for rule in rules:
            click.echo(f"  {rule}")


def _list(registry: PassRegistry, as_json: bool) -> None:
    facts: list[dict[str, object]] = []
    for name in registry.names():
        try:
            facts.append(_facts(registry.find(name)))
        except PassError as error:  # a plugin's fault
            facts.append({"name": name, "summary": str(error), "options": {}, "error": str(error)})
    presets, faults = {}, {}
    for name in (*PRESETS, *registry.presets):
        try:
            presets[name] = str(Pipeline.parse(name, registry))
        except PassError as error:  # a user's fault
            faults[name] = str(error)
    there = (*built_in_rules(), *registry.own_rule_sets(loadable=True))
    sets = {rules.name: [rule.name for rule in rules.rules] for rules in there}
    if as_json:
        points = dict(EXTENSION_POINTS)
        found = {"passes": facts, "presets": presets, "rules": sets, "extension_points": points}
        click.echo(json_text({**found, "errors": faults} if faults else found))
        return
    width = max(len(str(one["name"])) for one in facts)
    click.echo("Passes:")
    for one in facts:
        click.echo(f"  {printable(str(one['name'])):{width}}  {printable(str(one['summary']), 1000)}")
    click.echo("\nPresets:")
    for name, text in presets.items():
        click.echo(f"  {name:{width}}  {text or '(nothing)'}")
    for name, fault in faults.items():
        click.echo(f"  {name:{width}}  error: {fault}")
    click.echo("\nSets of rules, for simplify{rules=NAME} and default{without-rules=NAME}:")
    for name, rules in sets.items():
        click.echo(f"  {printable(name):{width}}  {len(rules)} rule{'' if len(rules) == 1 else 's'}")
    click.echo("\nExtension points, for default+PASS@NAME:")
    for name, where in EXTENSION_POINTS.items():
        click.echo(f"  {name:{width}}  {where}")


def _summary(pass_class: type[Pass]) -> str:
    return inspect.cleandoc(pass_class.__doc__ or "").partition("\n")[0]


def _rules(pass_class: type[Pass]) -> list[Rule]:
    """Those that the pass applies by itself."""
    sets = [rules for rules in vars(pass_class).values() if isinstance(rules, RuleSet)]
    return [rule for rules in sets for rule in rules.rules]


def _facts(pass_class: type[Pass]) -> dict[str, object]:
    options = {f.name: f.default for f in dataclasses.fields(pass_class)}  # type: ignore[arg-type]
    rules = [rule.name for rule in _rules(pass_class)]
    return {"name": pass_class.name, "summary": _summary(pass_class), "options": options, "rules": rules}
