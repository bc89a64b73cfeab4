"""Any value as text, after util.inspect of Node.js: without calling the program's code, but for getters of
Symbol.toStringTag and of an error's stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seaofnodes.javascript.engine.inspect import containers, errors, naming
from seaofnodes.javascript.engine.inspect.layout import put_together
from seaofnodes.javascript.engine.inspect.primitives import DEPTH, plain, styled_primitive
from seaofnodes.javascript.engine.inspect.quoting import key_text
from seaofnodes.javascript.engine.inspect.shower import Form, Parts
from seaofnodes.javascript.engine.inspect.style import styled
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.strings import key_word
from seaofnodes.javascript.objects.words import Key


@dataclass(slots=True)
class Inspector:
    """Shows values of one isolate. depth: levels of objects inside the outermost that are shown, None: all; hidden:
    are properties shown that are not enumerable?
    """

    iso: Isolate
    depth: int | None = DEPTH
    colours: bool = False
    hidden: bool = False
    indentation: int = 0
    _seen: list[int] = field(default_factory=list)
    _circular: dict[int, int] = field(default_factory=dict)
    _level: int = 0  # of the object that was shown last

    def value(self, word: int, level: int = 0) -> str:
        """A value's text, as a unit string. level: how many objects it is in."""
        iso = self.iso
        if not iso.is_object(word):
            return self.primitive(word)
        if word in self._seen:
            number = self._circular.setdefault(word, len(self._circular) + 1)
            return self.styled(f"[Circular *{number}]", "special")
        mark = len(iso.held)
        iso.held.append(word)
        text = self._object(word, level)
        del iso.held[mark:]
        return text

    def primitive(self, word: int) -> str:
        """The text of a value that is no object."""
        return styled_primitive(self.iso, word, self.colours)

    def styled(self, text: str, kind: str) -> str:
        return styled(text, kind, self.colours)

    # Objects.

    def _object(self, word: int, level: int) -> str:
        iso = self.iso
        name = naming.constructor_name(iso, word, depth=DEPTH)
        tag = naming.tag_of(iso, word, name, self.hidden)
        kind = iso.kind(word)
        keys = self.keys(word)
        if kind == Kind.JS_ERROR:
            return errors.show(self, word, level, name, keys)
        form: Form | None
        if iso.is_callable(word):
            form = Form(self.styled(naming.function_text(iso, word, name, tag), "special"))
        elif kind == Kind.JS_ARRAY:
            form = containers.array_form(self, word, name, tag)
        else:
            form = containers.form_of(self, word, kind, name, tag)
        if form is None:
            before = "" if name == "Object" and not tag else naming.prefix(name, tag, "Object")
            if kind in (Kind.JS_ARGUMENTS, Kind.JS_MAPPED_ARGUMENTS) and name == "Object":
                before = "[Arguments] "
            form = Form(braces=(f"{before}{{", "}"), empty=f"{before}{{}}")
        if not form.indices:
            keys = [key for key in keys if key >= 0]
        if not keys and form.braces is None:
            return form.base
        if not keys and form.empty is not None:
            return form.empty
        return self.listed(word, level, keys, form)

    def keys(self, word: int) -> list[Key]:
        """Own properties that are shown."""
        found = properties.own_keys(self.iso, word)
        if self.hidden:
            return found
        kept = []
        mark = len(self.iso.held)
        for key in found:
            own = properties.get_own(self.iso, word, key)
            if own is not None and own.enumerable:
                kept.append(key)
            del self.iso.held[mark:]
        return kept

    def listed(self, word: int, level: int, keys: Sequence[Key], form: Form) -> str:
        """An object of a level with what is in it."""
        if self.depth is not None and level > self.depth:
            name = naming.constructor_name(self.iso, word, depth=DEPTH)
            tag = naming.tag_of(self.iso, word, name, self.hidden)
            return self.styled(f"[{naming.prefix(name, tag, 'Array' if form.array else 'Object')[:-1]}]", "special")
        self._seen.append(word)
        self._level = level + 1
        parts = Parts([]) if form.parts is None else form.parts(level + 1)
        texts = list(parts.texts)
        for label, value in form.extra:
            self.indentation += 2
            texts.append(f"[{label}]: {self.value(value, level + 1)}")
            self.indentation -= 2
        texts += [self._property(word, key, level + 1) for key in keys]
        self._seen.pop()
        base = form.base
        if (number := self._circular.get(word)) is not None:
            reference = self.styled(f"<ref *{number}>", "special")
            base = f"{reference} {base}" if base else reference
        return put_together(
            texts,
            form.braces or ("{", "}"),
            base=base,
            indentation=self.indentation,
            inner_levels=self._level - level - 1,
            columns=parts.columns,
            numbers=parts.numbers,
            more=parts.more,
        )

    def _property(self, word: int, key: Key, level: int) -> str:
        """`key: value`."""
        iso = self.iso
        found = properties.get_own(iso, word, key)
        if found is None:
            return ""
        if found.value is not None:
            self.indentation += 2
            text = self.value(found.value, level)
            self.indentation -= 2
        else:
            readable = found.get is not None and found.get != iso.undefined
            writable = found.set is not None and found.set != iso.undefined
            which = "Getter/Setter" if readable and writable else "Getter" if readable else "Setter"
            text = self.styled(f"[{which}]" if readable or writable else "undefined", "special")
        return f"{self._key(key, bool(found.enumerable))}: {text}"

    def _key(self, key: Key, enumerable: bool) -> str:
        iso = self.iso
        word = key_word(iso, key)
        if not iso.is_string(word):
            text = self.styled(plain(iso, word), "symbol")
            return text if enumerable else f"[{text}]"
        text = iso.text(word)
        if not enumerable:
            return f"[{text}]"
        shown = key_text(text)
        return self.styled(shown, "string") if shown != text else shown
