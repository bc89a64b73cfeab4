"""A visit to a page of the viewer: a real browser, from disk, without a network. Pictures are kept in out/viewer/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.viz import browser


class Visit:
    """A page that is open. Attributes: page; problems: what the console said, and what was asked of the network."""

    def __init__(self, chromium: Any, file: Path, root: Path) -> None:
        size = {"width": 1440, "height": 900}
        self.context = chromium.new_context(viewport=size, offline=True, accept_downloads=True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(browser.PATIENCE)
        self.problems: list[str] = []
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._requested)
        self.file, self.root = file, root

    def _requested(self, request: Any) -> None:
        if not request.url.startswith(("file:", "blob:", "data:")):
            self.problems.append(request.url)

    def open(self, link: str = "") -> Any:
        self.page.goto("about:blank")
        self.page.goto(f"file://{self.file}{link}")
        self.page.wait_for_selector("html[data-ready]")
        return self.page

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate("seaofnodes.app.state")
        return found

    def link(self) -> str:
        """The part of the address that says what is looked at: "#..."; it is written after the picture."""
        self.run("app.address.flush()")
        url: str = self.page.url
        return url[url.index("#") :]

    def run(self, text: str) -> Any:
        """What an expression of `app` is."""
        return self.page.evaluate(f"(() => {{ const {{ app }} = seaofnodes; return {text}; }})()")

    def drawn(self) -> None:
        """Wait until the picture is there, and nothing moves any more."""
        self.page.evaluate("seaofnodes.app.scenesReady")
        browser.until(self.page, "seaofnodes.app.views.every((view) => !view.transition)")
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def picture(self, name: str) -> None:
        self.drawn()
        folder = self.root / "out" / "viewer"
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png")

    def end(self) -> None:
        self.context.close()
        assert not self.problems


def lines(visit: Visit, label: str, kind: str = "") -> list[str]:
    """The lines in sight of a list."""
    found: list[str] = visit.page.locator(f'[aria-label="{label}"] .line{kind}').all_inner_texts()
    return found
