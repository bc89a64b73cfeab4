"""Random WebAssembly programs, made for a compiler that caches values in registers: locals, joins, multi-value, calls.

They halt (loops count, and burn fuel) and let no NaN's bits be seen, so two engines must agree on results, globals and
memory.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

TYPES = ("i32", "i64", "f32", "f64")
FUEL = 3000
BURN = """global.get $fuel i32.eqz if unreachable end
  global.get $fuel i32.const 1 i32.sub global.set $fuel"""
FLOAT_AREA = 32768  # floats have their own half of the memory

_BINARY = {
    "int": "add sub mul and or xor shl shr_s shr_u rotl rotr add sub".split(),
    "float": "add sub mul div min max".split(),
}
_UNARY = {
    "i32": "clz ctz popcnt extend8_s extend16_s".split(),
    "i64": "clz ctz popcnt extend8_s extend16_s extend32_s".split(),
    "f32": "abs neg sqrt ceil floor trunc nearest".split(),
    "f64": "abs neg sqrt ceil floor trunc nearest".split(),
}
_COMPARE = {"int": "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u".split(), "float": "eq ne lt gt le ge".split()}
_CONVERT = {
    "i32": [("i64", "i32.wrap_i64"), ("f64", "i32.trunc_sat_f64_s"), ("f32", "i32.trunc_sat_f32_u")],
    "i64": [("i32", "i64.extend_i32_s"), ("i32", "i64.extend_i32_u"), ("f64", "i64.trunc_sat_f64_u")],
    "f32": [("f64", "f32.demote_f64"), ("i32", "f32.convert_i32_s"), ("i64", "f32.convert_i64_u")],
    "f64": [("f32", "f64.promote_f32"), ("i32", "f64.convert_i32_u"), ("i64", "f64.convert_i64_s")],
}
_LOADS = {
    "i32": ("load", "load8_s", "load8_u", "load16_s", "load16_u"),
    "i64": ("load", "load8_s", "load16_u", "load32_s", "load32_u"),
    "f32": ("load",),
    "f64": ("load",),
}
_STORES = {
    "i32": ("store", "store8", "store16"),
    "i64": ("store", "store8", "store32"),
    "f32": ("store",),
    "f64": ("store",),
}
_INTEGERS = (0, 1, 2, 3, 7, 31, 32, 63, 64, -1, -2, 255, 65535, 0x7FFFFFFF, -0x80000000)


def _kind(type: str) -> str:
    return "int" if type[0] == "i" else "float"


@dataclass
class Signature:
    """Parameter and result types."""

    params: list[str]
    results: list[str]


@dataclass
class Function:
    """A function being written."""

    random: random.Random
    signature: Signature
    callees: list[Signature]
    locals: list[str]
    size: int
    lines: list[str] = field(default_factory=list)
    labels: list[list[str]] = field(default_factory=list)  # operand types of a branch to each open label
    counters: list[int] = field(default_factory=list)
    loops: int = 0

    def emit(self, *lines: str) -> None:
        self.lines += lines

    def local(self, type: str) -> int | None:
        found = [index for index, kind in enumerate(self.locals) if kind == type and index not in self.counters]
        return self.random.choice(found) if found else None

    def constant(self, type: str) -> None:
        if type[0] == "i":
            value = self.random.choice(_INTEGERS) if self.random.random() < 0.7 else self.random.getrandbits(31)
            if type == "i64" and self.random.random() < 0.2:
                value = self.random.getrandbits(64) - (1 << 63)
            self.emit(f"{type}.const {value}")
        else:
            self.emit(f"{type}.const {self.random.choice('0 -0 1 -1.5 2 1e10 -3e30 inf 0.5'.split())}")

    def address(self, type: str) -> str:
        self.value("i32", 1)
        self.emit("i32.const 4095", "i32.and")
        area = {"f32": FLOAT_AREA, "f64": FLOAT_AREA + 8192}.get(type, 0)
        return f"offset={self.random.randrange(2048) + area}"

    def value(self, type: str, depth: int) -> None:
        """Push a value."""
        pick = self.random.random()
        if depth > 0 and type[0] == "i" and pick < 0.04:
            self.value(type, depth - 1)
            self.value(type, 0)
            if self.random.random() < 0.9:  # seldom zero
                self.emit(f"{type}.const 1", f"{type}.or", f"{type}.const 3", f"{type}.rotl")
            self.emit(f"{type}.{self.random.choice(('div_s', 'div_u', 'rem_s', 'rem_u'))}")
        elif depth <= 0 or len(self.lines) > self.size:
            local = self.local(type)
            if local is None or pick < 0.25:
                self.constant(type)
            else:
                self.emit(f"local.get {local}")
        elif pick < 0.45:
            self.value(type, depth - 1)
            self.value(type, depth - 1)
            self.emit(f"{type}.{self.random.choice(_BINARY[_kind(type)])}")
        elif pick < 0.52:
            self.value(type, depth - 1)
            self.emit(f"{type}.{self.random.choice(_UNARY[type])}")
        elif pick < 0.60:
            source, name = self.random.choice(_CONVERT[type])
            self.value(source, depth - 1)
            self.emit(name)
        elif pick < 0.68:
            if type == "i32":
                self.condition(depth)
            else:
                self.emit(f"{type}.{self.random.choice(_LOADS[type])} {self.address(type)}")
        elif pick < 0.74:
            self.value(type, depth - 1)
            self.value(type, depth - 1)
            self.condition(depth)
            self.emit("select")
        elif pick < 0.80:
            self.emit(f"{type}.{self.random.choice(_LOADS[type])} {self.address(type)}")
        elif pick < 0.85:
            self.value(type, depth - 1)
            local = self.local(type)
            if local is not None:
                self.emit(f"local.tee {local}")
        elif pick < 0.88:
            self.emit(f"global.get ${type}")
        elif pick < 0.92:
            self.block([], [type], depth)
        elif pick < 0.95:
            self.if_([], [type], depth)
        else:
            self.call(type, depth)

    def values(self, types: list[str], depth: int) -> None:
        for type in types:
            self.value(type, depth)

    def drop(self, types: list[str]) -> None:
        """Pop values, some of them into locals."""
        for type in reversed(types):
            local = self.local(type)
            self.emit("drop" if local is None or self.random.random() < 0.4 else f"local.set {local}")

    def condition(self, depth: int) -> None:
        """Push an i32, mostly of a comparison."""
        type = self.random.choice(TYPES)
        pick = self.random.random()
        if pick < 0.15:
            self.value("i32", depth - 1)
        elif pick < 0.3:
            self.value("i32", depth - 1)
            self.emit("i32.eqz")
        else:
            self.value(type, depth - 1)
            self.value(type, depth - 1)
            self.emit(f"{type}.{self.random.choice(_COMPARE[_kind(type)])}")
            if pick > 0.9:
                self.emit("i32.eqz")

    def call(self, type: str | None, depth: int) -> None:
        """Call a function, directly or through the table; leave one result of a type, if one is wanted."""
        found = [n for n, s in enumerate(self.callees) if (type is None or type in s.results)]
        if not found:
            if type is not None:
                self.constant(type)
            return
        number = self.random.choice(found)
        callee = self.callees[number]
        self.values(callee.params, depth - 2)
        if self.random.random() < 0.3:
            index = number if self.random.random() < 0.98 else self.random.randrange(8)
            self.emit(f"i32.const {index}", f"call_indirect (type $t{number})")
        else:
            self.emit(f"call $f{number}")
        if type is None:
            self.drop(callee.results)
            return
        keep = callee.results.index(type)
        self.drop(callee.results[keep + 1 :])
        for kind in reversed(callee.results[:keep]):  # under the one that is kept
            local = self.local(type)
            if local is None:
                self.emit("drop")
                self.drop([kind])
                self.constant(type)
            else:
                self.emit(f"local.set {local}")
                self.drop([kind])
                self.emit(f"local.get {local}")

    def types(self, most: int) -> list[str]:
        return [self.random.choice(TYPES) for _ in range(self.random.randint(0, most))]

    @staticmethod
    def _head(name: str, params: list[str], results: list[str]) -> str:
        return " ".join([name, *(f"(param {t})" for t in params), *(f"(result {t})" for t in results)])

    def block(self, params: list[str], results: list[str], depth: int) -> None:
        self.emit(self._head("block", params, results))
        self.labels.append(results)
        self.drop(params)
        self.statements(2, depth - 1)
        if self.random.random() < 0.7:
            self.branch_if(0, depth)
        self.statements(1, depth - 1)
        self.values(results, depth - 1)
        self.labels.pop()
        self.emit("end")

    def if_(self, params: list[str], results: list[str], depth: int) -> None:
        self.condition(depth)
        bare = params == results and self.random.random() < 0.5
        self.emit(self._head("if", params, results))
        self.labels.append(results)
        self.drop(params)
        self.statements(2, depth - 1)
        self.values(results, depth - 1)
        if not bare:
            self.emit("else")
            self.drop(params)
            self.statements(2, depth - 1)
            self.values(results, depth - 1)
        self.labels.pop()
        self.emit("end")

    def loop(self, depth: int) -> None:
        if self.loops == 2:
            return
        counter = len(self.locals)
        self.locals.append("i32")
        self.counters.append(counter)
        self.loops += 1
        bottom = self.random.random() < 0.5  # the loop's last instruction is its branch back
        params, results = self.types(2), [] if bottom else self.types(2)
        self.emit(f"i32.const {self.random.randint(1, 5)}", f"local.set {counter}")
        self.values(params, depth - 1)
        self.emit(self._head("block", params, results), self._head("loop", params, results))
        self.labels += [results, params]
        self.drop(params)
        self.emit(self.random.choice(("call $burn", *[BURN] * 3)))  # a call empties the registers
        self.values(results, 0)
        self.emit(f"local.get {counter}", "i32.eqz", "br_if 1")
        self.drop(results)
        self.emit(f"local.get {counter}", "i32.const 1", "i32.sub", f"local.set {counter}")
        self.statements(3, depth - 1)
        if bottom:
            self.values(params, depth - 1)
            self.condition(depth)
            self.emit("br_if 0")
            self.drop(params)
        elif self.random.random() < 0.7:
            self.branch_if(0, depth)
            self.statements(1, depth - 1)
            self.values(results, depth - 1)
        else:
            self.values(params, depth - 1)
            self.emit("br 0")
        self.labels[-2:] = []
        self.loops -= 1
        self.emit("end", "end")
        self.drop(results)

    def branch_if(self, label: int, depth: int) -> None:
        types = self.labels[-1 - label]
        self.values(types, depth - 1)
        self.condition(depth)
        self.emit(f"br_if {label}")
        self.drop(types)

    def switch(self, depth: int) -> None:
        wanted = self.random.choice(self.labels)
        self.emit("block")
        self.labels.append([])
        targets = [n for n, types in enumerate(reversed(self.labels)) if n and types == wanted]
        self.values(wanted, depth - 1)
        self.value("i32", depth - 1)
        chosen = [self.random.choice(targets) for _ in range(self.random.randint(1, 5))]
        self.emit("br_table " + " ".join(map(str, [*chosen, chosen[0]])))
        self.labels.pop()
        self.emit("end")

    def statements(self, most: int, depth: int) -> None:
        for _ in range(self.random.randint(0, most)):
            self.statement(depth)

    def statement(self, depth: int) -> None:
        pick = self.random.random()
        type = self.random.choice(TYPES)
        if len(self.lines) > self.size or pick < 0.4:
            local = self.local(type)
            if local is not None:
                self.value(type, min(depth, 3))
                self.emit(f"local.set {local}")
        elif pick < 0.52:
            offset = self.address(type)
            self.value(type, depth - 1)
            self.emit(f"{type}.{self.random.choice(_STORES[type])} {offset}")
        elif pick < 0.57:
            self.value(type, depth - 1)
            self.emit(f"global.set ${type}")
        elif depth <= 0:
            return
        elif pick < 0.68:
            params = self.types(2)
            self.values(params, depth - 1)
            results = self.types(2)
            self.block(params, results, depth)
            self.drop(results)
        elif pick < 0.78:
            params = self.types(2)
            self.values(params, depth - 1)
            results = params if self.random.random() < 0.5 else self.types(2)
            self.if_(params, results, depth)
            self.drop(results)
        elif pick < 0.88:
            self.loop(depth)
        elif pick < 0.92:
            self.call(None, depth)
        elif pick < 0.95:
            self.branch_if(self.random.randrange(len(self.labels)), depth)
        elif pick < 0.97:
            self.condition(depth)
            self.emit("if")
            self.labels.append([])
            self.switch(depth)
            self.labels.pop()
            self.emit("end")
        elif pick < 0.99:
            self.condition(depth)
            self.emit("if")
            self.labels.append([])
            self.values(self.signature.results, depth - 1)
            self.labels.pop()
            self.emit("return", "end")
        elif self.random.random() < 0.2:
            self.condition(depth)
            self.emit("if", "unreachable", "end")

    def text(self, name: str) -> str:
        self.labels.append(self.signature.results)
        self.statements(8, 4)
        self.values(self.signature.results, 3)
        head = self._head(f'(func ${name} (export "{name}")', self.signature.params, self.signature.results)
        locals = self.locals[len(self.signature.params) :]
        return "\n".join([head, "(local " + " ".join(locals) + ")", *self.lines, ")"])


def program(seed: int, functions: int = 4, size: int = 300) -> tuple[str, list[Signature]]:
    """The text of a module that exports f0, f1, ..., the globals and the memory, and the functions' signatures."""
    chance = random.Random(seed)
    signatures: list[Signature] = []
    texts: list[str] = []
    for number in range(functions):
        params = [chance.choice(TYPES) for _ in range(chance.choice((0, 1, 2, 3, 5, 9, 14)))]
        results = [chance.choice(TYPES) for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 6)))]
        declared = [chance.choice(TYPES) for _ in range(chance.choice((0, 2, 6, 12, 40)))]
        signature = Signature(params, results)
        callees = list(signatures) if chance.random() < 0.5 else []
        function = Function(chance, signature, callees, params + declared, size)
        texts.append(function.text(f"f{number}"))
        signatures.append(signature)
    types = "\n".join(f"(type $t{n} {Function._head('(func', s.params, s.results)}))" for n, s in enumerate(signatures))
    elements = " ".join(f"$f{n}" for n in range(functions))
    globals = "\n".join(f'(global ${t} (export "{t}") (mut {t}) ({t}.const 3))' for t in TYPES)
    burn = f'(global $fuel (export "fuel") (mut i32) (i32.const {FUEL}))(func $burn {BURN})'
    memory = f'(memory (export "memory") 1) (table {functions + 3} funcref) (elem (i32.const 0) {elements})'
    return "\n".join(["(module", types, memory, globals, burn, *texts, ")"]), signatures
