"""Draw the house from its imports, as docs/house.svg: packages, the rooms in them, and which import which.

    python tools/house.py [--check]

An edge says "imports"; one that follows from others is left out (transitive reduction), and so are the files beside the
rooms of a package. `--check` draws nothing: it exits with 1 if the picture
shows other packages, rooms or imports.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import graphviz
import grimp
import networkx

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "house.svg"
# Files and packages that anything may import, which would be arrows without news.
BELOW = ("errors", "files", "names", "plain", "workers")
LANGUAGES = ("wasm", "language")
SVG = "{http://www.w3.org/2000/svg}"

Edge = tuple[str, str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare the picture with the imports")
    check = parser.parse_args().check
    rooms, edges = house(grimp.build_graph("seaofnodes", exclude_type_checking_imports=False, cache_dir=None))
    if not check:
        draw(rooms, edges)
        return 0
    if shown(PICTURE) == ({room for inner in rooms.values() for room in inner} | rooms.keys(), set(edges)):
        return 0
    print(f"{PICTURE.relative_to(ROOT)} is out of date: make house", file=sys.stderr)
    return 1


def house(imports: Any) -> tuple[dict[str, list[str]], list[Edge]]:
    """(package -> its rooms, which imports are drawn), from a graph of imports between files."""
    packages = [name.split(".")[1] for name in sorted(imports.find_children("seaofnodes"))]
    rooms = {
        package: sorted(
            f"{package}.{child.rsplit('.', 1)[1]}"
            for child in imports.find_children(f"seaofnodes.{package}")
            if imports.find_children(child)
        )
        for package in packages
        if package not in BELOW
    }
    known = {room for inner in rooms.values() for room in inner}
    between: set[Edge] = set()
    within: dict[str, set[Edge]] = {package: set() for package in rooms}
    for importer in imports.modules:
        for imported in imports.find_modules_directly_imported_by(importer):
            (first, inner), (second, other) = (_room(name) for name in (importer, imported))
            if first not in rooms or second not in rooms:
                continue
            if first != second:
                between.add((first, second))
            elif inner != other and {inner, other} <= known:
                within[first].add((inner, other))
    return rooms, sorted([*_reduced(between), *(edge for edges in within.values() for edge in _reduced(edges))])


def _room(name: str) -> Edge:
    """(package, room) of a file."""
    parts = name.split(".")[1:3]
    return (parts or [""])[0], ".".join(parts)


def _reduced(edges: Iterable[Edge]) -> list[Edge]:
    """Without edges that others imply; those of a circle all stay."""
    graph: Any = networkx.DiGraph(edges)
    return list(networkx.transitive_reduction(graph).edges if networkx.is_directed_acyclic_graph(graph) else edges)


def draw(rooms: dict[str, list[str]], edges: list[Edge]) -> None:
    """A package with rooms is a box around them; edges to it end at the box, edges from it begin at a low room."""
    dot = graphviz.Digraph("house")
    dot.attr(compound="true", ranksep="0.45", nodesep="0.2", fontname="Helvetica", fontsize="15", margin="0.1")
    dot.attr("node", shape="box", style="rounded,filled", fillcolor="white", fontname="Helvetica", fontsize="12")
    dot.attr("edge", color="#555555", arrowsize="0.7")
    inner_edges = [edge for edge in edges if "." in edge[0]]
    for package, inner in rooms.items():
        color = "#fff3d6" if package in LANGUAGES else "#e8f0fa"
        if not inner:
            dot.node(package, fillcolor=color, fontsize="15", margin="0.2,0.1")
            continue
        with dot.subgraph(name=f"cluster_{package}") as box:
            box.attr(style="rounded,filled", color="#8899aa", fillcolor=color, label=package, margin="12")
            for room in inner:
                box.node(room, room.split(".")[1])
            for edge in inner_edges:
                if edge[0] in inner:
                    box.edge(*edge)
    depths = _depths(inner_edges)
    ordered = {package: sorted(inner, key=lambda room: depths.get(room, 0)) for package, inner in rooms.items()}
    top, bottom = ({package: (inner or [package])[at] for package, inner in ordered.items()} for at in (0, -1))
    for first, second in edges:
        if "." not in first:  # with ltail, too, dot 2.43 fails
            box = {"lhead": f"cluster_{second}"} if rooms[second] else {}
            dot.edge(bottom[first], top[second], id=f"{first}->{second}", **box)
    source: str = dot.source
    made = subprocess.run(["dot", "-Tsvg"], input=source, capture_output=True, text=True, check=True)
    PICTURE.write_text(made.stdout, encoding="utf-8")


def _depths(edges: list[Edge]) -> dict[str, int]:
    """Room -> how many rooms stand above it."""
    layers = enumerate(networkx.topological_generations(networkx.DiGraph(edges)))
    return {room: depth for depth, layer in layers for room in layer}


def shown(picture: Path) -> tuple[set[str], set[Edge]]:
    """(packages and rooms, edges) in a picture."""
    nodes: set[str] = set()
    edges: set[Edge] = set()
    for group in ElementTree.parse(picture).iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title") or ""
        if group.get("class") in ("node", "cluster"):
            nodes.add(title.removeprefix("cluster_"))
        elif group.get("class") == "edge":
            name = group.get("id", "")
            first, _, second = (name if "->" in name else title).partition("->")
            edges.add((first, second))
    return nodes, edges


if __name__ == "__main__":
    sys.exit(main())
