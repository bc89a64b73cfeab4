"""One HTML file that needs nothing else: style, scripts, and the compilations as deflated JSON.

Names in it come from modules that are not trusted. The data cannot end its element (it is base64), the script puts
all text into the page as text, and the page's policy lets no script run but its own, and nothing load from anywhere.
"""

from __future__ import annotations

import base64
import secrets
import zlib
from collections.abc import Callable, Sequence
from html import escape
from string import Template
from typing import Any, Final

from seaofnodes.plain import json_text
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.listing import printable
from seaofnodes.viz.viewer.bundle import APP, bundle
from seaofnodes.viz.viewer.data import compilation_data
from seaofnodes.viz.viewer.positions import sea_positions

DRAW_SECONDS: Final = 4.0


def page(
    compilations: Sequence[Compilation],
    live: dict[str, Any] | None = None,
    draw_seconds: float = DRAW_SECONDS,
    say: Callable[[str], None] = lambda text: None,
) -> str:
    """The page of one function's compilations, the first of which it shows. live: what a page from the server may do
    (see `app/live.js`); draw_seconds: what Graphviz may take, of each compilation; say: is told where it took longer.
    """
    made = [compilation_data(compilation) for compilation in compilations]
    for found in made:
        found["positions"] = sea_positions(found, draw_seconds, say)
    data: dict[str, Any] = {"compilations": made}
    if live is not None:
        data["live"] = live
    nonce = secrets.token_urlsafe(12)
    connect = " connect-src 'self';" if live is not None else ""
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; worker-src blob:; "
        f"img-src data: blob:;{connect} base-uri 'none'; form-action 'none'"
    )
    return Template((APP / "page.html").read_text(encoding="utf-8")).substitute(
        policy=policy,
        nonce=nonce,
        title=escape(printable(compilations[0].name)),
        style=(APP / "page.css").read_text(encoding="utf-8"),
        worker=bundle("worker.js"),
        script=bundle("main.js"),
        data=_packed(data),
    )


def _packed(data: object) -> str:
    """JSON, deflated, in lines of base64."""
    text = json_text(data, separators=(",", ":")).encode()
    return base64.encodebytes(zlib.compress(text, 9)).decode("ascii").rstrip("\n")
