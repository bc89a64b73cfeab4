"""Random WebAssembly functions that are all about loops: several back edges, exits through several levels at once,
returns and traps inside, values used far behind.
"""

from __future__ import annotations

import random

HEAD = """
(module
  (memory 1)
  (global $g (mut i32) (i32.const 1))
  (func $far (param i32) (result i32) (global.set $g (local.get 0)) (i32.xor (local.get 0) (i32.const 3)))
  (func (export "run") (param $a i32) (param $b i32) (param $x i64) (result i32)
    (local $c i32) (local $d i32) (local $y i64) (local $fuel i32)
    (local.set $fuel (i32.const 60))
"""
TAIL = """
    (i32.add (i32.xor (local.get $a) (local.get $b)) (i32.sub (local.get $c)
      (i32.xor (local.get $d) (i32.wrap_i64 (i64.add (local.get $x) (local.get $y)))))))
)
"""
INTEGERS = ["$a", "$b", "$c", "$d"]


class LoopGenerator:
    """Writes one module; `calls`: may loops contain them?"""

    def __init__(self, seed: int, size: int = 30) -> None:
        self.random = random.Random(seed)
        self.room = size
        self.labels: list[str] = []
        self.count = 0
        self.calls = self.random.random() < 0.2

    def module(self) -> str:
        return HEAD + self.statements(0) + TAIL

    def statements(self, depth: int) -> str:
        found = [self.statement(depth)]
        while self.room > 0 and self.random.random() < 0.8:
            found.append(self.statement(depth))
        return "\n".join(found)

    def statement(self, depth: int) -> str:
        self.room -= 1
        pick, kind = self.random.choice, self.random.random()
        if depth < 4 and self.room > 0 and kind < 0.35:
            return self.nested(depth)
        if self.labels and kind < 0.5:
            return f"(br_if {pick(self.labels)} {self.condition()})"
        if self.labels and kind < 0.54:
            labels = " ".join(pick(self.labels) for _ in range(self.random.randint(2, 4)))
            return f"(if {self.condition()} (then (br_table {labels} {self.value()})))"
        if kind < 0.57:
            return f"(if {self.condition()} (then (return {self.value()})))"
        if kind < 0.59:
            return f"(if {self.condition()} (then (unreachable)))"
        if kind < 0.66:
            return f"(i32.store offset={pick((0, 4, 9))} (i32.and {self.value()} (i32.const 31)) {self.value()})"
        if kind < 0.7:
            return f"(global.set $g {self.value()})"
        if kind < 0.73 and self.calls:
            return f"(local.set $d (call $far {self.value()}))"
        if kind < 0.8:
            return f"(local.set {pick(('$x', '$y'))} (i64.add (local.get $x) (i64.extend_i32_s {self.value()})))"
        return f"(local.set {pick(INTEGERS)} {self.value()})"

    def nested(self, depth: int) -> str:
        self.count += 1
        label, kind = f"$l{self.count}", self.random.random()
        if kind < 0.25:
            otherwise = self.statements(depth + 1) if self.random.random() < 0.5 else ""
            return f"(if {self.condition()} (then {self.statements(depth + 1)}) (else {otherwise}))"
        self.labels.append(label)
        body = self.statements(depth + 1)
        self.labels.pop()
        if kind < 0.45:
            return f"(block {label} {body})"
        burn = (
            "(local.set $fuel (i32.sub (local.get $fuel) (i32.const 1)))"
            "(if (i32.eqz (local.get $fuel)) (then (return (local.get $c))))"
        )
        again = f"(br_if {label} {self.condition()})" if self.random.random() < 0.8 else f"(br {label})"
        return f"(loop {label} {burn} {body} {again})"

    def condition(self) -> str:
        kind = self.random.random()
        if kind < 0.3:
            return f"(local.get {self.random.choice(INTEGERS)})"
        return f"(i32.{self.random.choice(('lt_s', 'lt_u', 'eq', 'ne'))} {self.value(1)} {self.value(1)})"

    def value(self, depth: int = 2) -> str:
        pick, kind = self.random.choice, self.random.random()
        if depth == 0 or kind < 0.35:
            return f"(local.get {pick(INTEGERS)})"
        if kind < 0.5:
            return f"(i32.const {pick((0, 1, 2, 5, -1, 40))})"
        if kind < 0.57:
            return f"(i32.load offset={pick((0, 4, 8))} (i32.and {self.value(depth - 1)} (i32.const 31)))"
        if kind < 0.62:
            return "(global.get $g)"
        if kind < 0.67:
            return f"(i32.rem_u {self.value(depth - 1)} {self.value(depth - 1)})"
        operation = pick(("add", "sub", "xor", "and", "mul", "add", "add"))
        return f"(i32.{operation} {self.value(depth - 1)} {self.value(depth - 1)})"
