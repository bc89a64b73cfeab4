"""Random WebAssembly functions that are all about state: few addresses that overlap, few globals, loops, calls that
clobber.
"""

from __future__ import annotations

import random

HEAD = """
(module
  (import "host" "a" (global $a (mut i32)))
  (import "host" "b" (global $b (mut i32)))
  (import "host" "log" (func $log (param i32)))
  (memory 1)
  (global $g (mut i32) (i32.const 1))
  (global $h (mut i64) (i64.const 2))
  (table 4 funcref)
  (elem (i32.const 0) $clobber $clobber)
  (func $clobber (param i32) (result i32)
    (global.set $g (i32.add (global.get $g) (local.get 0)))
    (i32.store8 offset=9 (i32.const 0) (local.get 0))
    (i32.load (i32.const 8)))
"""
LOADS = {
    "i32": ["i32.load", "i32.load8_s", "i32.load8_u", "i32.load16_s", "i32.load16_u"],
    "i64": ["i64.load", "i64.load8_s", "i64.load8_u", "i64.load16_s", "i64.load16_u", "i64.load32_s", "i64.load32_u"],
    "f32": ["f32.load"],
    "f64": ["f64.load"],
}
STORES = {
    "i32": ["i32.store", "i32.store8", "i32.store16"],
    "i64": ["i64.store", "i64.store8", "i64.store16", "i64.store32"],
    "f32": ["f32.store"],
    "f64": ["f64.store"],
}
GLOBALS = {"i32": ["$g", "$a", "$b"], "i64": ["$h"]}


class StateGenerator:
    """Writes one module; the function measured is exported as "run"."""

    def __init__(self, seed: int, size: int = 40) -> None:
        self.random = random.Random(seed)
        self.room = size
        self.depth = 0
        self.loops = 0
        self.calls = self.random.choice((0.0, 0.0, 0.05, 0.2))  # the fewer, the more is known
        self.stores = self.random.choice((0.1, 0.2, 0.4))
        self.indices = self.random.choice((["$p"], ["$i"], ["$p", "$q"], ["$p", "$q", "$i", "$j"]))
        self.dense = self.random.random() < 0.3  # little but accesses to a few places
        self.constants = self.random.choice((0.0, 0.0, 0.3, 1.0))

    def module(self) -> str:
        locals = "i32 i32 i32 i32 i64 f32 f64".split()
        names = "$i $j $turn0 $turn1 $x $f $d".split()
        declared = " ".join(f"(local {name} {type})" for name, type in zip(names, locals, strict=True))
        result = "(i64.add (local.get $x) (i64.reinterpret_f64 (local.get $d)))"
        body = self.statements()
        while self.room > 0:
            body += self.statements()
        return "\n".join(
            [
                HEAD,
                '(func (export "run") (param $p i32) (param $q i32) (param $n i64) (result i32)',
                declared,
                *body,
                f"(i32.xor (local.get $i) (i32.wrap_i64 {result}))))",
            ]
        )

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def local(self, type: str) -> str:
        return self.pick(*{"i32": ["$i", "$j", "$p", "$q"], "i64": ["$x", "$n"], "f32": ["$f"], "f64": ["$d"]}[type])

    def address(self) -> tuple[str, int]:
        """An index expression and an offset; they meet often."""
        if self.dense:
            return "(local.get $p)", self.random.choice((0, 4))
        offset = self.random.choice((0, 0, 4, 8, 8, 12, 1, 2))
        kind = self.random.random()
        if kind < self.constants:
            return f"(i32.const {self.random.choice((0, 4, 8, 16))})", offset
        kind = self.random.random()
        index = f"(local.get {self.pick(*self.indices)})"
        if kind < 0.6:
            return index, offset
        if kind < 0.9:
            return f"(i32.add {index} (i32.const {self.random.choice((4, 8, -4, -8, 1))}))", offset
        return f"(i32.and {index} (i32.const 31))", offset

    def value(self, type: str, depth: int = 2) -> str:
        kind = self.random.random()
        if depth == 0 or kind < 0.2:
            return f"(local.get {self.local(type)})"
        if kind < 0.3:
            return f"({type}.const {self.random.choice((0, 1, 3, 200, 70000))})"
        if kind < 0.55:
            index, offset = self.address()
            return f"({self.pick(*LOADS[type])} offset={offset} {index})"
        if kind < 0.7 and type in GLOBALS:
            return f"(global.get {self.pick(*GLOBALS[type])})"
        if type in ("i32", "i64"):
            if kind < 0.75 and type == "i32":
                return f"(i32.div_u {self.value('i32', depth - 1)} {self.value('i32', depth - 1)})"
            operation = self.pick("add", "sub", "mul", "xor", "and", "shl")
            return f"({type}.{operation} {self.value(type, depth - 1)} {self.value(type, depth - 1)})"
        return f"({type}.{self.pick('add', 'mul')} {self.value(type, depth - 1)} {self.value(type, depth - 1)})"

    def statements(self) -> list[str]:
        found = [self.statement()]
        while self.room > 0 and self.random.random() < 0.85:
            found.append(self.statement())
        return found

    def statement(self) -> str:
        self.room -= 1
        kind = self.random.random() * (self.stores * 1.5 if self.dense else 1)
        type = self.random.choice(("i32", "i32", "i64", "f32", "f64"))
        if kind < self.stores:
            index, offset = self.address()
            if self.dense:
                operation = self.pick("i32.store", "i32.store", "i32.store8", "i32.store16")
                return f"({operation} offset={offset} {index} (i32.const {self.random.randrange(9)}))"
            return f"({self.pick(*STORES[type])} offset={offset} {index} {self.value(type)})"
        if self.random.random() < self.calls:
            return self.call()
        kind = self.random.random()
        if kind < 0.4:
            return f"(local.set {self.local(type)} {self.value(type)})"
        if kind < 0.5:
            index = f"(local.get {self.pick(*self.indices)})"
            return f"(local.set {self.pick(*self.indices)} (i32.add {index} (i32.const 4)))"
        if kind < 0.65:
            if type not in GLOBALS:
                type = "i32"
            return f"(global.set {self.pick(*GLOBALS[type])} {self.value(type)})"
        if self.depth >= 3 or self.room <= 0:
            return f"(local.set $j (i32.add (local.get $j) {self.value('i32')}))"
        return self.nested()

    def call(self) -> str:
        kind = self.random.random()
        if kind < 0.5:
            return f"(local.set $i (call $clobber {self.value('i32')}))"
        if kind < 0.7:
            return f"(call $log {self.value('i32')})"
        callee = "(i32.and (local.get $p) (i32.const 1))"
        return f"(local.set $j (call_indirect (param i32) (result i32) {self.value('i32')} {callee}))"

    def nested(self) -> str:
        self.depth += 1
        kind = self.random.random()
        if kind < 0.45:
            then = "\n".join(self.statements())
            otherwise = "\n".join(self.statements()) if self.random.random() < 0.6 else ""
            text = f"(if {self.value('i32', 1)} (then {then}) (else {otherwise}))"
        elif self.loops < 2 and kind < 0.85:
            turn = f"$turn{self.loops}"
            self.loops += 1
            body = "\n".join(self.statements())
            self.loops -= 1
            text = (
                f"(local.set {turn} (i32.const {self.random.randint(1, 5)}))"
                f"(loop $again {body} (local.set {turn} (i32.sub (local.get {turn}) (i32.const 1)))"
                f"(br_if $again (local.get {turn})))"
            )
        else:
            first, second = " ".join(self.statements()), " ".join(self.statements())
            text = f"(block $out {first} (br_if $out {self.value('i32', 1)}) {second})"
        self.depth -= 1
        return text
