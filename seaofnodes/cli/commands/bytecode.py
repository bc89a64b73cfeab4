"""`seaofnodes bytecode`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seaofnodes.cli.output import write_text

if TYPE_CHECKING:
    from seaofnodes.javascript.bytecode.script import ScriptCode

_MOST_BYTES = 1 << 28


@click.command("bytecode")
@click.argument("file", type=click.Path())
@click.option("-f", "--function", metavar="NAME", help="Only this function (default: the script, and all functions).")
@click.option("--print-ast", "ast", is_flag=True, help="Print the syntax tree instead.")
@click.option("-o", "--output", type=click.Path(), help="Write to this file instead of printing.")
def command(file: str, function: str | None, ast: bool, output: str | None) -> None:
    """Print the bytecode of a JavaScript script, in the layout of V8's --print-bytecode.

    FILE is a script, not a module.
    """
    from seaofnodes.errors import Error
    from seaofnodes.files import read_file
    from seaofnodes.javascript.parse import parse_script

    try:
        text = read_file(file, _MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Error(f"{file}: not UTF-8 (at byte {error.start})") from None
    program = parse_script(text, file)
    if ast:
        from seaofnodes.javascript.parse.printer import print_tree

        _show(print_tree(program), output)
        return
    from seaofnodes.javascript.bytecode.script import ScriptCode

    _show(_bytecode(ScriptCode(program), function), output)


def _show(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)


def _bytecode(code: ScriptCode, function: str | None) -> str:
    from seaofnodes.javascript.bytecode.printer import print_all, print_bytecode

    if function is None:
        return print_all(code)
    names = []
    index = 0
    while index < len(code.functions):  # the list grows with what is compiled
        shared = code.functions[index]
        if shared.name == function:
            return print_bytecode(code.bytecode(shared))
        names.append(shared.name)
        code.bytecode(shared)
        index += 1
    raise click.UsageError(f"no function {function!r}; there are: {', '.join(filter(None, names)) or 'none'}")
