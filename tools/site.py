"""Builds the manual: `python tools/site.py [FOLDER]`, which is build/manual unless it is named.

README.md, the pages of docs/, and the reference of the Python API (tools/public.py) become a site in FOLDER/site. Every
warning, of a link or a docstring, is an error.
"""

from __future__ import annotations

import ast
import importlib
import logging
import re
import runpy
import shutil
import sys
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from pygments.formatters import HtmlFormatter

ROOT = Path(__file__).resolve().parent.parent
Nav = list[Any]  # of {title: page} and {title: Nav}

# title -> pages of docs/; a page's title is its heading
CHAPTERS = {
    "Tutorials": [
        "first-pass", "reading-a-graph", "python-functions", "rules", "comparing", "dataflow-pass", "speculation",
        "your-own-operators", "your-own-language", "wasi",
    ],
    "Manual": ["python", "editing-a-graph", "pipelines", "viewer", "stability"],
    "Reference": ["operators", "passes"],
    "Inside": ["architecture"],
}  # fmt: skip
OTHERS = ["CONTRIBUTING.md", "CHANGELOG.md"]
LINK = re.compile(r"\]\((\.?[\w./-]+\.\w+)\)")


def public_pages() -> dict[str, Any]:
    """Name of a page of the API reference -> what is on it (tools/public.py)."""
    found: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "public.py"))["PAGES"]
    return found


def reference_page(page: Any) -> str:
    """The Markdown of a page of the API reference."""
    lines = [f"# {page.title}\n", f"{page.text}\n"]
    for module, names in page.modules.items():
        lines.append(f"## {module} {{ #in-{module.replace('.', '-')} }}\n")
        lines.append(f"::: {module}\n    options:\n      show_root_heading: true\n      members:")
        found = names or public_names(module)
        if missing := [name for name in found if not hasattr(importlib.import_module(module), name)]:
            raise SystemExit(f"tools/public.py: {module} has no {missing[0]}")
        lines += [f"      - {name}" for name in found]
        lines.append("")
    return "\n".join(lines)


def public_names(module: str) -> list[str]:
    """What a module exports, or else defines, in order."""
    found = importlib.import_module(module)
    if hasattr(found, "__all__"):
        return list(found.__all__)
    names: list[str] = []
    for node in ast.parse(Path(str(found.__file__)).read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.append(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.append(name)
            case ast.ImportFrom(names=aliases):  # import x as x
                names += [alias.name for alias in aliases if alias.asname == alias.name]
    return [name for name in names if not name.startswith("_")]


def gather(pages: Path) -> Nav:
    """Put everything below `pages`, as the links in it expect it; gives the table of contents."""
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir(parents=True)
    shutil.copy(ROOT / "README.md", pages / "index.md")
    for name in OTHERS:
        shutil.copy(ROOT / name, pages)
    shutil.copytree(ROOT / "docs", pages / "docs")
    copy_linked_files(pages)
    (pages / "highlight.css").write_text(HtmlFormatter().get_style_defs(".highlight"), encoding="utf-8")
    (pages / "docs" / "api").mkdir()
    api: Nav = []
    for name, page in public_pages().items():
        (pages / "docs" / "api" / f"{name}.md").write_text(reference_page(page), encoding="utf-8")
        api.append({page.title: f"docs/api/{name}.md"})
    chapters: Nav = [{title: [f"docs/{name}.md" for name in names]} for title, names in CHAPTERS.items()]
    return [{"Overview": "index.md"}, *chapters, {"Python API": api}, {"Project": OTHERS}]


def copy_linked_files(pages: Path) -> None:
    """Put the files of the project that pages link to where the links expect them."""
    for page in pages.glob("**/*.md"):
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            linked = (page.parent / target).resolve()
            source = ROOT / linked.relative_to(pages.resolve())
            if source.is_file() and not linked.exists() and source.suffix != ".md":
                linked.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, linked)


class Problems(logging.Handler):
    """Keeps what is warned of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


def main() -> int:
    folder = Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT / "build" / "manual"
    pages, site = folder / "pages", folder / "site"
    nav = gather(pages)
    problems = Problems()
    logging.getLogger("mkdocs").addHandler(problems)
    config = load_config(
        str(ROOT / "mkdocs.yml"), docs_dir=str(pages), site_dir=str(site), nav=nav, strict=False
    )
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    config.plugins.on_shutdown()
    for problem in problems.found:
        print(problem, file=sys.stderr)
    print(f"{site}/index.html")
    return 1 if problems.found else 0


if __name__ == "__main__":
    sys.exit(main())
