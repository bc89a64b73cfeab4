"""What is left out because it is not there yet: one table, from reasons to what a test has that is about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.javascript.test262.metadata import Test


@dataclass(frozen=True, slots=True)
class Reason:
    """features, flags: of a test; folders: beginnings of its name; text: what its source has, comments included."""

    features: str = ""
    flags: str = ""
    folders: tuple[str, ...] = ()
    text: str = ""

    def applies(self, test: Test) -> bool:
        return bool(
            test.features & set(self.features.split())
            or test.flags & set(self.flags.split())
            or any(test.name.startswith(folder) for folder in self.folders)
            or (self.text and re.search(self.text, test.source, re.M))
        )


REASONS: Final = {
    "modules": Reason(
        "import-attributes import.meta dynamic-import json-modules top-level-await "
        "export-star-as-namespace-from-module arbitrary-module-namespace-names",
        "module",
        ("language/module-code/", "language/import/", "language/export/"),
        r"\bimport\s*\(",
    ),
    "async": Reason(
        "async-functions async-iteration Symbol.asyncIterator Array.fromAsync Promise Promise.allSettled Promise.any "
        "Promise.prototype.finally promise-with-resolvers promise-try",
        "async",
        (
            "built-ins/Async",
            "built-ins/Promise/",
        ),
        r"\basync\b|\bawait\b|\bPromise\b",
    ),
    "generators": Reason(
        "generators",
        folders=("built-ins/Generator",),
        text=r"\bfunction\s*\*|\byield\b|[{,;]\s*(static\s+)?\*\s*[\w#'\"\[$\\]|\bGeneratorFunction\b",
    ),
    "regexp": Reason(
        "regexp-dotall regexp-duplicate-named-groups RegExp.escape regexp-lookbehind regexp-match-indices "
        "regexp-modifiers regexp-named-groups regexp-unicode-property-escapes regexp-v-flag legacy-regexp "
        "String.prototype.matchAll",
        folders=("built-ins/RegExp", "language/literals/regexp/", "annexB/built-ins/RegExp/"),
        text=r"\bRegExp\b|[=(,]\s*/(?![/*])[^\n]*/[dgimsuvy]*\s*[),;.\]]",
    ),
    "WeakRef": Reason(
        "WeakRef FinalizationRegistry host-gc-required",
        folders=("built-ins/WeakRef/", "built-ins/FinalizationRegistry/"),
    ),
    "with": Reason(folders=("language/statements/with/",), text=r"^[^/\n*]*\bwith\s*\("),
    "shared memory": Reason(
        "Atomics Atomics.pause Atomics.waitAsync SharedArrayBuffer",
        "CanBlockIsTrue CanBlockIsFalse",
        ("built-ins/Atomics/", "built-ins/SharedArrayBuffer/"),
    ),
    "Temporal": Reason("Temporal canonical-tz", folders=("built-ins/Temporal/",)),
    "Intl": Reason(folders=("intl402/",)),
    "realms": Reason("ShadowRealm", folders=("built-ins/ShadowRealm/",)),
    "tail calls": Reason("tail-call-optimization"),
    "document.all": Reason("IsHTMLDDA"),
    "explicit resource management": Reason(
        "explicit-resource-management",
        folders=("built-ins/DisposableStack/", "built-ins/AsyncDisposableStack/", "built-ins/SuppressedError/"),
    ),
    "proposals": Reason(
        "decorators source-phase-imports source-phase-imports-module-source import-defer export-defer import-text "
        "import-bytes immutable-arraybuffer nonextensible-applies-to-private await-dictionary error-stack-accessor "
        "Iterator.prototype.join iterator-includes iterator-chunking joint-iteration iterator-sequencing",
        folders=("built-ins/AbstractModuleSource/",),
    ),
    "staging": Reason(folders=("staging/",)),
}


def why_left_out(test: Test, wanted: frozenset[str]) -> str | None:
    """The first reason why a test is left out, or None. wanted: reasons that do not count."""
    for name, reason in REASONS.items():
        if name not in wanted and reason.applies(test):
            return name
    return None
