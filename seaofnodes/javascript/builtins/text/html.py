"""Methods that make HTML (ECMA-262, sections B.2.2.2 to B.2.2.14)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.builtins.text.coercion import this_text
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_text


def _method(name: str, tag: str, attribute: str = "") -> Method:
    """attribute: of the tag, whose value is the argument."""

    def builtin(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        text = this_text(iso, this, name)
        opening = tag
        if attribute:
            value = to_text(iso, argument(iso, arguments, 0)).replace('"', "&quot;")
            opening = f'{tag} {attribute}="{value}"'
        return iso.string(f"<{opening}>{text}</{tag}>")

    return Method(name, 1 if attribute else 0, builtin)


METHODS = (
    _method("anchor", "a", "name"),
    _method("big", "big"),
    _method("blink", "blink"),
    _method("bold", "b"),
    _method("fixed", "tt"),
    _method("fontcolor", "font", "color"),
    _method("fontsize", "font", "size"),
    _method("italics", "i"),
    _method("link", "a", "href"),
    _method("small", "small"),
    _method("strike", "strike"),
    _method("sub", "sub"),
    _method("sup", "sup"),
)
