"""Random modules that throw and catch, in both kinds of exception handling, as bytes: no assembler has the older kind.

Function 0 throws what it is told. The others, (i32, i32) -> i32, call it and each other in nested tries, with operands
and locals alive around them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

I32, I64, F64, EXNREF = b"\x7f", b"\x7e", b"\x7c", b"\x69"
TAGS = ((I32,), (I64, F64), ())
LOCALS = (I32, I32, I32, I32, I64, I64, F64, EXNREF)  # the first two are the parameters
FUNCTIONS = 4
_EXCEPTION = LOCALS.index(EXNREF)


def unsigned(value: int) -> bytes:
    """LEB128."""
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))


def section(number: int, entries: list[bytes]) -> bytes:
    """A section with a vector."""
    body = unsigned(len(entries)) + b"".join(entries)
    return bytes((number,)) + unsigned(len(body)) + body


def function_type(params: tuple[bytes, ...], results: tuple[bytes, ...]) -> bytes:
    """A function type."""
    return b"\x60" + unsigned(len(params)) + b"".join(params) + unsigned(len(results)) + b"".join(results)


@dataclass
class Label:
    """An open block: types of a branch to it; is it a loop; is it a catch, whose exception rethrow may name?"""

    types: tuple[bytes, ...]
    loop: bool = False
    catch: bool = False


@dataclass
class _Function:
    chance: random.Random
    index: int
    legacy: bool
    types: list[bytes]
    code: bytearray = field(default_factory=bytearray)
    labels: list[Label] = field(default_factory=lambda: [Label((I32,))])
    depth: int = 0

    def emit(self, *parts: bytes) -> None:
        for part in parts:
            self.code += part

    def type_index(self, params: tuple[bytes, ...], results: tuple[bytes, ...]) -> bytes:
        found = function_type(params, results)
        if found not in self.types:
            self.types.append(found)
        return unsigned(self.types.index(found))

    def value(self, kind: bytes) -> None:
        """Push something."""
        where = [index for index, known in enumerate(LOCALS) if known == kind]
        if kind == EXNREF or self.chance.random() < 0.5:
            self.emit(b"\x20", unsigned(self.chance.choice(where)))
        elif kind == F64:
            self.emit(b"\x44", bytes(6), bytes((self.chance.randrange(0x10, 0x50), 0x40)))
        else:
            self.emit(b"\x41" if kind == I32 else b"\x42", bytes((self.chance.randrange(60),)))
        if self.chance.random() < 0.3 and kind in (I32, I64):
            self.value(kind)
            self.emit({I32: b"\x6a", I64: b"\x7c"}[kind])

    def keep(self, kinds: tuple[bytes, ...]) -> None:
        """Pop into locals, or add to one."""
        for kind in reversed(kinds):
            index = unsigned(self.chance.choice([i for i, known in enumerate(LOCALS) if known == kind]))
            if kind != EXNREF and self.chance.random() < 0.4:
                self.emit(b"\x20", index, {I32: b"\x6a", I64: b"\x7c", F64: b"\xa0"}[kind])
            self.emit(b"\x21", index)

    def statements(self, count: int) -> None:
        """Statements, the last of which may end the block's code early."""
        for _ in range(count):
            self.statement()

    def statement(self) -> None:
        choices = [self._set, self._call, self._call, self._call, self._if]
        if self.depth < 4:
            choices += [self._try, self._try, self._try, self._loop]
        if self.depth:
            choices += [self._conditionally]
        self.chance.choice(choices)()

    def _set(self) -> None:
        kind = self.chance.choice((I32, I64, F64))
        self.value(kind)
        self.keep((kind,))

    def _call(self) -> None:
        self.value(I32)
        self.value(I32)
        callee = self.chance.randrange(self.index) if self.chance.random() < 0.3 else 0
        if not callee:
            self.emit(b"\x41\x07\x71")  # and 7: most calls do not throw
        self.emit(b"\x10", unsigned(callee))
        self.keep((I32,))

    def _if(self) -> None:
        self.value(I32)
        self.emit(b"\x04\x40")
        self._nested(Label(()), 1)
        if self.chance.random() < 0.5:
            self.emit(b"\x05")
            self._nested(Label(()), 1)
        self.emit(b"\x0b")

    def _loop(self) -> None:
        """Turns while there is fuel, which is a global, and while it likes to."""
        self.emit(b"\x03\x40")
        self._nested(Label((), loop=True), 2)
        self.emit(b"\x23\x00\x41\x01\x6b\x24\x00\x23\x00\x41\x00\x4a")
        self.labels.append(Label((), loop=True))
        self.value(I32)
        self.labels.pop()
        self.emit(b"\x71\x41\x01\x71\x0d\x00\x0b")

    def _conditionally(self) -> None:
        """If something is so: branch, return, throw, rethrow."""
        self.value(I32)
        self.emit(b"\x41\x03\x71\x45\x04\x40")
        self.labels.append(Label(()))
        depths = [depth for depth, label in enumerate(reversed(self.labels)) if not label.loop]
        catches = [depth for depth in depths if self.labels[-1 - depth].catch]
        what = self.chance.randrange(4)
        if what == 0 or what == 3 and self.legacy and not catches:
            depth = self.chance.choice(depths)
            for kind in self.labels[-1 - depth].types:
                self.value(kind)
            self.emit(b"\x0c", unsigned(depth))
        elif what == 1:
            tag = self.chance.randrange(len(TAGS))
            for kind in TAGS[tag]:
                self.value(kind)
            self.emit(b"\x08", unsigned(tag))
        elif what == 2:
            self.value(I32)
            self.emit(b"\x0f")
        elif self.legacy:
            self.emit(b"\x09", unsigned(self.chance.choice(catches)))
        else:
            self.value(EXNREF)
            self.emit(b"\x0a")
        self.labels.pop()
        self.emit(b"\x0b")

    def _nested(self, label: Label, count: int) -> None:
        self.labels.append(label)
        self.depth += 1
        self.statements(count)
        self.depth -= 1
        self.labels.pop()

    def _try(self) -> None:
        """A try of either kind that gives i32, with operands below."""
        below = self.chance.choice(((), (I32,), (F64,), (I64, I32), (I32, EXNREF, F64)))
        if self.legacy:
            below = tuple(kind for kind in below if kind != EXNREF)
        for kind in below:
            self.value(kind)
        if self.legacy:
            self._legacy_try()
        else:
            self._try_table()
        self.keep((*below, I32))

    def _body(self, label: Label, count: int = 2) -> None:
        self._nested(label, self.chance.randrange(count + 1))
        for kind in label.types:
            self.labels.append(label)
            self.value(kind)
            self.labels.pop()

    def _legacy_try(self) -> None:
        self.emit(b"\x06", I32)
        self._body(Label((I32,)), 3)
        if self.chance.random() < 0.2:
            self.emit(b"\x18", unsigned(self.chance.randrange(len(self.labels))))
            return
        for tag in self._tags():
            self.emit(b"\x19" if tag < 0 else b"\x07" + unsigned(tag))
            if tag >= 0:
                self.keep(TAGS[tag])
            self._body(Label((I32,), catch=True))
        self.emit(b"\x0b")

    def _tags(self) -> Iterator[int]:
        for _ in range(self.chance.randrange(3)):
            yield self.chance.randrange(len(TAGS))
        if self.chance.random() < 0.4:
            yield -1

    def _try_table(self) -> None:
        """One block around it for each clause, outermost last; all end behind the outermost, which gives i32."""
        self.emit(b"\x02", I32)
        outermost = len(self.labels) + 1
        self.labels.append(Label((I32,)))
        clauses = [(tag, self.chance.random() < 0.5) for tag in self._tags()]
        carried = [(TAGS[tag] if tag >= 0 else ()) + ((EXNREF,) if reference else ()) for tag, reference in clauses]
        for types in reversed(carried):
            self.emit(b"\x02", self.type_index((), types))
            self.labels.append(Label(types))
        self.emit(b"\x1f", I32, unsigned(len(clauses)))
        for depth, (tag, reference) in enumerate(clauses):
            self.emit(bytes(((2 if tag < 0 else 0) + reference,)), b"" if tag < 0 else unsigned(tag), unsigned(depth))
        self._body(Label((I32,)), 3)
        self.emit(b"\x0b\x0c", unsigned(len(clauses)))
        for types in carried:
            self.emit(b"\x0b")
            self.labels.pop()
            self.keep(types)
            self.statements(self.chance.randrange(2))
            self.value(I32)
            self.emit(b"\x0c", unsigned(len(self.labels) - outermost))
        self.labels.pop()
        self.emit(b"\x0b")


def _sum(function: _Function) -> None:
    """Push what all locals add up to."""
    function.emit(b"\x41\x00")
    for index, kind in enumerate(LOCALS):
        if kind != EXNREF:
            function.emit(b"\x20", unsigned(index), {I32: b"", I64: b"\xa7", F64: b"\xfc\x02"}[kind], b"\x6a")


_THROWER = b"".join(
    b"\x20\x00\x41" + bytes((tag + 1,)) + b"\x46\x04\x40" + payload + b"\x08" + bytes((tag,)) + b"\x0b"
    for tag, payload in enumerate((b"\x20\x01", b"\x20\x01\xac\x20\x01\xb7", b""))
)


def program(seed: int, *, legacy: bool) -> bytes:
    """A module that exports "f1" to "f4"."""
    chance = random.Random(seed)
    types = [function_type((I32, I32), (I32,)), *(function_type(tag, ()) for tag in TAGS)]
    bodies = [b"\x00" + _THROWER + b"\x20\x01\x41\x01\x6a\x0b"]
    runs = [kind for kind in LOCALS[2:] if kind != EXNREF or not legacy]
    for index in range(1, FUNCTIONS + 1):
        function = _Function(chance, index, legacy, types)
        function.statements(6)
        _sum(function)
        declared = unsigned(len(runs)) + b"".join(b"\x01" + kind for kind in runs)
        bodies.append(declared + bytes(function.code) + b"\x0b")
    exports = [b"\x02f" + str(index).encode() + b"\x00" + bytes((index,)) for index in range(1, FUNCTIONS + 1)]
    return b"".join(
        (
            b"\0asm\x01\0\0\0",
            section(1, types),
            section(3, [b"\x00"] * len(bodies)),
            section(13, [b"\x00" + bytes((1 + tag,)) for tag in range(len(TAGS))]),
            section(6, [I32 + b"\x01\x41\x32\x0b"]),
            section(7, exports),
            section(10, [unsigned(len(body)) + body for body in bodies]),
        )
    )
