"""From source text to an abstract syntax tree, with all early errors."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import fields

from seaofnodes.errors import JavaScriptSyntaxError
from seaofnodes.javascript.parse import concrete, tree
from seaofnodes.javascript.parse.build import build
from seaofnodes.javascript.parse.modules import check_exports
from seaofnodes.javascript.parse.state import State, syntax_error
from seaofnodes.javascript.parse.words import to_units
from seaofnodes.javascript.source import Source

_ATTEMPTS = 24


def parse_script(text: str, file: str = "<script>") -> tree.Program:
    """Raises JavaScriptSyntaxError."""
    return _parse(text, False, file)


def parse_module(text: str, file: str = "<module>") -> tree.Program:
    """Raises JavaScriptSyntaxError."""
    return _parse(text, True, file)


def _parse(source: str, module: bool, file: str) -> tree.Program:
    """Parses, with repairs, until neither the grammar nor the context has something against it."""
    text = original = to_units(source)
    substituted: dict[int, str] = {}
    inserted: list[int] = []  # offsets in `text` of semicolons that the original does not have
    error: JavaScriptSyntaxError | None = None

    def wrong(message: str, offset: int) -> JavaScriptSyntaxError:
        return syntax_error(original, message, offset - bisect_left(inserted, offset), file)

    for _ in range(_ATTEMPTS):
        changed = concrete.substitute(text, substituted)
        root = concrete.parse(changed)
        inserts: list[int] = []
        if root.has_error:
            offset = concrete.first_error(changed, root)
            offset += offset in inserted
            error = error or wrong(concrete.complaint(text, offset, module), offset)
            more = concrete.repairs(text, root, offset, substituted, module)
        else:
            state = State(text, module, substituted, file)
            try:
                program = build(root, state)
                if not state.repairs and not state.inserts:
                    check_exports(state)
                    if inserted:
                        _move(program, inserted)
                    program.source = Source(original, file)
                    return program
            except JavaScriptSyntaxError as early:
                if not state.repairs and not state.inserts:
                    raise wrong(early.message, early.offset) from None
                error = error or wrong(early.message, early.offset)
            inserts = sorted(state.inserts)
            more = {key: value for key, value in state.repairs.items() if substituted.get(key) != value}
        if not more and not inserts:
            break
        substituted = {**substituted, **more}
        if inserts:
            substituted = {key + bisect_left(inserts, key): value for key, value in substituted.items()}
            inserted = sorted(
                [offset + bisect_right(inserts, offset) for offset in inserted]
                + [offset + index for index, offset in enumerate(inserts)]
            )
            for offset in reversed(inserts):
                text = text[:offset] + ";" + text[offset:]
    if error is None:  # a repair that did not help
        offset = min(state.repairs)
        error = wrong(concrete.complaint(text, offset, module), offset)
    raise error


def _move(program: tree.Program, inserted: list[int]) -> None:
    """From offsets in a text with semicolons inserted to those without."""
    seen = set()
    todo: list[object] = [program]
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo += node
        elif isinstance(node, tree.Node) and id(node) not in seen:
            seen.add(id(node))
            for field in fields(node):
                value = getattr(node, field.name)
                if field.name in ("start", "end", "position"):
                    setattr(node, field.name, value - bisect_left(inserted, value))
                elif isinstance(value, list | tree.Node):
                    todo.append(value)
