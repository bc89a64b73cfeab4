"""What may follow what has been entered: names of variables and properties. No code of the program runs for it."""

from __future__ import annotations

import re
from typing import Final

from seaofnodes.javascript.engine.host import JavaScript
from seaofnodes.javascript.interpreter.global_variables import ScriptContext
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.contexts import slot
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.operations.access import prototype_of_value
from seaofnodes.javascript.operations.errors import data_of
from seaofnodes.javascript.parse.words import KEYWORDS, from_units, to_units

_NAME: Final = r"[A-Za-z_$][\w$]*"
_CHAIN: Final = re.compile(rf"((?:{_NAME}\s*\.\s*)*)({_NAME}|)$", re.ASCII)
_IDENTIFIER: Final = re.compile(rf"{_NAME}\Z", re.ASCII)


class Completer:
    """Completes names in the realm of an engine."""

    def __init__(self, javascript: JavaScript) -> None:
        self._javascript = javascript

    def complete(self, text: str) -> tuple[str, list[str]]:
        """text: up to the cursor. What of it the completions replace, and these, sorted."""
        match = _CHAIN.search(text)
        if match is None or text[: match.start()].rstrip().endswith(("'", '"', "`", ")", "]")) and match[1] == "":
            return "", []
        before, start = re.findall(_NAME, match[1]), match[2]
        if not before and text[: match.start()].rstrip().endswith("."):
            return start, []
        names = self._javascript.run(lambda: self._names(before))
        return start, sorted(name for name in names if name.startswith(start) and _IDENTIFIER.match(name))

    def _names(self, chain: list[str]) -> set[str]:
        iso, realm = self._javascript.iso, self._javascript.realm
        context = realm.script_context
        assert isinstance(context, ScriptContext)
        if not chain:
            found = {from_units(iso.text(key)) for key in context.slots}
            return found | self._properties(realm.global_object) | KEYWORDS
        key = key_of_text(iso, to_units(chain[0]))
        place = context.lookup(key)
        word = data_of(iso, realm.global_object, key) if place is None else slot(iso, place.context, place.index)
        for name in chain[1:]:
            if word is None or word in (iso.undefined, iso.null, iso.hole):
                return set()
            holder = word if iso.is_object(word) else prototype_of_value(iso, word)
            word = data_of(iso, holder, key_of_text(iso, to_units(name)))
        if word is None or word in (iso.undefined, iso.null, iso.hole):
            return set()
        return self._properties(word if iso.is_object(word) else prototype_of_value(iso, word))

    def _properties(self, word: int) -> set[str]:
        """Names of the properties of an object and its prototypes."""
        iso = self._javascript.iso
        found: set[str] = set()
        while word != iso.null:
            keys = properties.own_keys(iso, word)
            found |= {from_units(iso.text(key)) for key in keys if key >= 0 and iso.is_string(key)}
            word = properties.get_prototype(iso, word)
        return found
