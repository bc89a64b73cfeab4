"""A session in a terminal, with prompt_toolkit: entries of several lines, history, completion, colours."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.javascript import JavascriptLexer

from seaofnodes.cli.repl.session import Session


class Names(Completer):
    """Completes as the session does."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        start, names = self._session.completer.complete(document.text_before_cursor)
        for name in names:
            yield Completion(name, -len(start))


def _history() -> History:
    """Entries of earlier sessions, if there is a place for them."""
    path = Path(click.get_app_dir("seaofnodes")) / "repl_history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


def run(session: Session) -> None:
    """Prompt until the user ends it."""
    keys = KeyBindings()

    @Condition
    def complete() -> bool:
        return session.is_complete(prompt.default_buffer.text)

    @keys.add("enter", filter=complete)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    prompt: PromptSession[str] = PromptSession(
        "> ",
        multiline=True,
        prompt_continuation="... ",
        history=_history(),
        completer=Names(session),
        complete_while_typing=False,
        lexer=PygmentsLexer(JavascriptLexer),
        key_bindings=keys,
        include_default_pygments_style=True,
    )
    while not session.ended:
        try:
            text = prompt.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        try:
            click.echo(session.enter(text), nl=False)
        except KeyboardInterrupt:
            click.echo("interrupted")
