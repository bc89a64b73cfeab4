"""All of test262's test/language, parsed: python -m tests.javascript.parse.test262 PATH [FILTER]

PATH is that of a checkout of github.com/tc39/test262.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from pathlib import Path

from seaofnodes.errors import JavaScriptSyntaxError
from seaofnodes.javascript.parse import parse_module, parse_script

SKIPPED = {"decorators", "source-phase-imports", "import-defer", "import-bytes", "import-text"}  # proposals


def flags_and_phase(source: str) -> tuple[set[str], bool, set[str]]:
    """The flags, whether parsing must fail, and the features of a test."""
    match = re.search(r"/\*---(.*?)---\*/", source, re.S)
    header = match[1] if match else ""
    flags = set(_words(header, "flags"))
    return flags, bool(re.search(r"phase:\s*parse", header)), set(_words(header, "features"))


def _words(header: str, key: str) -> list[str]:
    inline = re.search(rf"^{key}:\s*\[(.*?)\]", header, re.M | re.S)
    if inline:
        return [word.strip() for word in inline[1].split(",")]
    listed = re.search(rf"^{key}:\s*\n((?:\s+-.*\n?)+)", header, re.M)
    return re.findall(r"-\s*(\S+)", listed[1]) if listed else []


def run(path: Path) -> list[tuple[str, bool, str]] | None:
    """For each mode: which, must it parse, and what was wrong, or ""; None if the test is skipped."""
    with path.open(encoding="utf-8", newline="") as file:
        source = file.read()
    flags, negative, features = flags_and_phase(source)
    if features & SKIPPED:
        return None
    modes = {"sloppy": source, "strict": '"use strict";\n' + source}
    if "module" in flags:
        modes = {"module": source}
    elif flags & {"raw", "noStrict"}:
        del modes["strict"]
    elif "onlyStrict" in flags:
        del modes["sloppy"]
    found = []
    for mode, text in modes.items():
        wrong = "accepted" if negative else ""
        try:
            (parse_module if mode == "module" else parse_script)(text)
        except JavaScriptSyntaxError as error:
            wrong = "" if negative else f"{error.line}:{error.column}: {error.message}"
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
        found.append((mode, not negative, wrong))
    return found


def main() -> None:
    root = Path(sys.argv[1])
    chosen = sys.argv[2] if len(sys.argv) > 2 else ""
    counts: Counter[tuple[bool, bool]] = Counter()
    folders: Counter[str] = Counter()
    skipped = 0
    began = time.perf_counter()
    for path in sorted((root / "test").rglob("*.js")):
        name = str(path.relative_to(root / "test"))
        if "_FIXTURE" in name or chosen not in name or "language/" not in name:
            continue
        results = run(path)
        if results is None:
            skipped += 1
            continue
        for mode, positive, wrong in results:
            counts[positive, not wrong] += 1
            if wrong:
                print(f"{name} ({mode}): {wrong}")
                folders["/".join(name.split("/")[:-1])] += 1
    print()
    for folder, count in folders.most_common():
        print(f"{count:6} {folder}")
    for positive, text in ((True, "parse, as they must"), (False, "are rejected, as they must")):
        good, all_ = counts[positive, True], counts[positive, True] + counts[positive, False]
        print(f"{good:,} of {all_:,} {text}: {good / max(all_, 1):.2%}")
    print(f"{skipped:,} files are about proposals; {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
