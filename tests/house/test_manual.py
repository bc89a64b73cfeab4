"""The manual builds, without network and warnings, and has everything that is public."""

from __future__ import annotations

import ast
import html.parser
import importlib
import inspect
import os
import runpy
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES: dict[str, tuple[str, ...]] = {
    module: names
    for page in runpy.run_path(str(ROOT / "tools" / "public.py"))["PAGES"].values()
    for module, names in page.modules.items()
}


class Html(html.parser.HTMLParser):
    """Attributes: ids: what links may lead to; links; loaded: what a browser loads for the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        self.ids |= {found[key] for key in ("id", "name") if key in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in ("script", "img", "link") and (source := found.get("src") or found.get("href")):
            self.loaded.append(source)


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Html]:
    """The pages that `make docs` makes, in a folder of their own, without network."""
    folder = tmp_path_factory.mktemp("manual")
    nowhere = "http://127.0.0.1:9"
    environment = {**os.environ, "PYTHONPATH": str(root), "http_proxy": nowhere, "https_proxy": nowhere}
    command = [sys.executable, "tools/site.py", str(folder)]
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    pages = {path: Html(path.read_text()) for path in (folder / "site").glob("**/*.html")}
    assert len(pages) > 25
    return pages


def test_no_link_is_broken(site: dict[Path, Html]) -> None:
    broken: list[str] = []
    checked = 0
    for path, page in site.items():
        if path.name == "404.html":
            continue  # its links are from the top of a server
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            fragment = unquote(parts.fragment)
            good = target.is_file() and (not fragment or target not in site or fragment in site[target].ids)
            checked += 1
            if not good:
                broken.append(f"{path.name}: {link}")
    assert checked > 2000
    assert not broken, broken[:20]


def test_pages_need_no_network(site: dict[Path, Html]) -> None:
    assert not [(path.name, link) for path, page in site.items() for link in page.loaded if urlsplit(link).netloc]


def test_every_public_name_is_in_the_manual(site: dict[Path, Html]) -> None:
    ids = set().union(*(page.ids for page in site.values()))
    names = [f"{module}.{name}" for module in MODULES for name, _ in public(module)]
    assert len(names) > 150
    listed = {module: MODULES[module] or getattr(importlib.import_module(module), "__all__", ()) for module in MODULES}
    names += [f"{module}.{name}" for module, found in listed.items() for name in found]  # constants, too
    assert not [name for name in names if name not in ids]
    assert {"seaofnodes.ir.types.WORD32", "seaofnodes.runtime.tiers.events.Event"} <= ids
    assert "seaofnodes.Engine.runtime" not in ids


def test_every_page_of_docs_is_in_the_manual(root: Path, site: dict[Path, Html]) -> None:
    built = {path.stem for path in site if path.parent.name == "docs"}
    assert {path.stem for path in (root / "docs").glob("*.md")} <= built


def public(module: str) -> Iterator[tuple[str, Any]]:
    """The public names of a module of the reference, and what they stand for."""
    found = importlib.import_module(module)
    names = MODULES[module] or getattr(found, "__all__", None) or [name for name in vars(found) if name[0] != "_"]
    for name in names:
        value = getattr(found, name)
        exported = MODULES[module] or hasattr(found, "__all__") or module == "seaofnodes.testing"
        if (inspect.isclass(value) or inspect.isfunction(value)) and (exported or value.__module__ == module):
            yield name, value


def functions(module: str) -> Iterator[tuple[str, types.FunctionType]]:
    """Public functions and methods, by name."""
    for name, value in public(module):
        if inspect.isfunction(value):
            yield name, value
        for key, member in vars(value).items() if inspect.isclass(value) else ():
            wrapped = (getattr(member, key, None) for key in ("fget", "func", "__func__"))  # properties, class methods
            inner = next(filter(None, wrapped), member)
            if inspect.isfunction(inner) and not key.startswith("_"):
                yield f"{name}.{key}", inner


@pytest.mark.parametrize("module", MODULES)
def test_what_is_public_is_described(module: str) -> None:
    described = [*public(module), *functions(module)]
    missing = [name for name, value in described if not value.__doc__ or value.__doc__.startswith(f"{name}(")]
    assert not missing


@pytest.mark.parametrize("module", MODULES)
def test_errors_that_public_functions_raise_are_named(module: str) -> None:
    """Those in a raise of the function itself; what it calls may raise more."""
    missing = []
    for name, function in functions(module):
        source = inspect.cleandoc("\n" + inspect.getsource(function))
        (tree,) = ast.parse(source).body
        assert isinstance(tree, ast.FunctionDef)
        documentation = function.__doc__ or ""
        for statement in ast.walk(tree):
            if isinstance(statement, ast.Raise) and isinstance(statement.exc, ast.Call):
                error = ast.unparse(statement.exc.func).split(".")[-1]
                if error not in documentation and error != "NotImplementedError":
                    missing.append(f"{name}: {error}")
    assert not missing
