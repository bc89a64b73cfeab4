"""The command `seaofnodes`. Sub-commands are imported when they are used, so that each starts fast."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from typing import Final

import click

from seaofnodes import __version__
from seaofnodes.errors import Error
from seaofnodes.names import visible

COMMANDS: Final = {
    "run": "Run a WebAssembly module, or JavaScript.",
    "repl": "Evaluate JavaScript line by line.",
    "compile": "Compile a function and show every step: graphs, schedule, machine code.",
    "bytecode": "Print the bytecode of a JavaScript script.",
    "opt": "Run passes over a graph as text, and print the graph they make.",
    "view": "Show a compilation in the browser, live.",
    "passes": "List the passes, or describe one.",
    "prove": "Prove rewrite rules, or refute them with values.",
    "compare": "Compare pipelines side by side, over many functions.",
    "fuzz": "Look for miscompilations with random modules.",
    "reduce": "Shrink a failing module, keeping the failure.",
    "bisect": "Find the pass, the rule and the application that break a module.",
}


class LazyGroup(click.Group):
    """Knows its commands by name; imports `seaofnodes.cli.commands.<name>` for one that is used."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = importlib.import_module(f"seaofnodes.cli.commands.{name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(context, args)
        except click.UsageError as error:
            raise click.UsageError(error.message + _near(args[0], COMMANDS), context) from None


def _near(word: str, known: object) -> str:
    import difflib

    found = difflib.get_close_matches(word, list(known), 1)  # type: ignore[call-overload]
    return f" Did you mean {found[0]!r}?" if found else ""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="seaofnodes")
def cli() -> None:
    """A speculative optimizing compiler that you can take apart: WebAssembly in, graphs and machine code out."""


def main() -> None:
    """Run the command line. Exit code 0, 1 for an error in what was asked for, 2 for wrong usage, 130 for Ctrl-C."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names come from files; the terminal may know few letters
    code = _run()
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        code = code or _fail(error)
        _forget_output()
    sys.exit(code)


def _run() -> int | str | None:
    """The exit code; a message on standard error where it is not 0."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except SystemExit as end:
        return end.code
    except (Exception, KeyboardInterrupt) as error:
        return _fail(error)
    return 0


def _fail(error: BaseException) -> int:
    """Say what went wrong, in one line if that is possible; gives the exit code. Raises what is a fault of this program
    itself.
    """
    code = 1
    if isinstance(error, click.ClickException):
        shown = io.StringIO()
        error.show(shown)
        text, code = shown.getvalue().rstrip("\n"), error.exit_code
    elif isinstance(error, click.Abort | KeyboardInterrupt):
        text, code = "interrupted" + _in_pass(error), 130
    elif isinstance(error, BrokenPipeError):
        return 1  # the reader has gone: it has what it wanted
    elif isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        text = f"error: {name}{error.strerror or error}"
    elif isinstance(error, MemoryError):
        text = "error: out of memory"
    elif isinstance(error, Error):
        text = f"error: {error}" + _in_pass(error)
    elif where := _in_pass(error):
        text = f"error: {type(error).__name__}: {error}{where}"
    else:
        raise error
    with contextlib.suppress(OSError):  # where nobody listens
        click.echo(visible(text), err=True)  # names in it come from files
    return code


def _in_pass(error: BaseException) -> str:
    """The pass that the error comes from, if it is one: a pass's author looks for a line of the author's own."""
    if "seaofnodes.passes.base" not in sys.modules:  # no pass has run
        return ""
    from seaofnodes.passes.framework.failures import place_text

    return place_text(error)


def _forget_output() -> None:
    """What cannot be written is not tried again, at the very end, by Python itself."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


if __name__ == "__main__":
    main()
