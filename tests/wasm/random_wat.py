"""Random modules as text, from a seed: valid by construction, terminating, and full of traps, merges and edge cases."""

from __future__ import annotations

import random
from dataclasses import dataclass

TYPES = ("i32", "i64", "f32", "f64")
INTEGER_BINARY = "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr".split()
INTEGER_COMPARE = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u".split()
FLOAT_BINARY = "add sub mul div min max copysign".split()
FLOAT_COMPARE = "eq ne lt gt le ge".split()
UNARY = {
    "i32": "clz ctz popcnt extend8_s extend16_s".split(),
    "i64": "clz ctz popcnt extend8_s extend16_s extend32_s".split(),
    "f32": "abs neg ceil floor trunc nearest sqrt".split(),
    "f64": "abs neg ceil floor trunc nearest sqrt".split(),
}
CONVERSIONS = {
    "i32": [("i64", "wrap_i64"), ("f32", "reinterpret_f32")]
    + [(f, f"{trunc}_{f}_{s}") for f in ("f32", "f64") for s in "su" for trunc in ("trunc", "trunc_sat")],
    "i64": [("i32", "extend_i32_s"), ("i32", "extend_i32_u"), ("f64", "reinterpret_f64")]
    + [(f, f"{trunc}_{f}_{s}") for f in ("f32", "f64") for s in "su" for trunc in ("trunc", "trunc_sat")],
    "f32": [("f64", "demote_f64"), ("i32", "reinterpret_i32")]
    + [(i, f"convert_{i}_{s}") for i in ("i32", "i64") for s in "su"],
    "f64": [("f32", "promote_f32"), ("i64", "reinterpret_i64")]
    + [(i, f"convert_{i}_{s}") for i in ("i32", "i64") for s in "su"],
}
LOADS = {
    "i32": ["load", "load8_s", "load8_u", "load16_s", "load16_u"],
    "i64": ["load", "load8_s", "load8_u", "load16_s", "load16_u", "load32_s", "load32_u"],
    "f32": ["load"],
    "f64": ["load"],
}
STORES = {"i32": ["store", "store8", "store16"], "i64": ["store", "store8", "store16", "store32"]}
CONSTANTS = {
    "i32": ["0", "1", "-1", "2", "7", "31", "32", "255", "65535", "0x7fffffff", "0x80000000", "0xdeadbeef"],
    "i64": ["0", "1", "-1", "3", "63", "64", "0xffffffff", "0x7fffffffffffffff", "0x8000000000000000", "-123456789012"],
    "f32": [
        "0",
        "-0",
        "1",
        "-1.5",
        "inf",
        "-inf",
        "nan",
        "0x1p-149",
        "2147483648",
        "-2147483904",
        "4294967296",
        "0x1p63",
    ],
    "f64": [
        "0",
        "-0",
        "1",
        "-0.5",
        "inf",
        "nan",
        "0x1p-1074",
        "2147483647.5",
        "-2147483648.9",
        "0x1p63",
        "0x1p64",
        "1e300",
    ],
}
GLOBALS = {"i32": ["$gi"], "i64": ["$gl"], "f32": [], "f64": ["$gd"]}
FUNCTIONS = 5


@dataclass
class Signature:
    params: list[str]
    results: list[str]

    def __str__(self) -> str:
        return f"(param {' '.join(self.params)}) (result {' '.join(self.results)})"


class Generator:
    """Writes one module. Functions call those before them, so nothing recurs; loops count down."""

    def __init__(self, seed: int, size: int) -> None:
        self.random = random.Random(seed)
        self.size = size
        self.signatures: list[Signature] = []
        self.lines: list[str] = []

    def module(self) -> str:
        functions = []
        for index in range(FUNCTIONS):
            signature = Signature(
                [self.type() for _ in range(self.random.randint(0, 4))],
                [self.type() for _ in range(self.random.choice((0, 1, 1, 1, 2, 3)))],
            )
            functions.append(self.function(index, signature))
            self.signatures.append(signature)
        types = "\n".join(f"(type $t{i} (func {signature}))" for i, signature in enumerate(self.signatures))
        return f"""(module
{types}
(memory (export "memory") 1 2)
(table 8 funcref) (elem (i32.const 1) func {" ".join(f"$f{i}" for i in range(FUNCTIONS))})
(global $gi (mut i32) (i32.const 5)) (global $gl (mut i64) (i64.const -9)) (global $gd (mut f64) (f64.const 2.5))
(global $constant i32 (i32.const 77))
(data (i32.const 16) "random modules are full of surprises")
{chr(10).join(functions)})"""

    def function(self, index: int, signature: Signature) -> str:
        self.lines = []
        self.room = self.size
        self.locals = signature.params + [self.type() for _ in range(self.random.randint(0, 5))]
        self.results = signature.results
        self.callable = index
        self.labels: list[list[str] | None] = []  # types that a branch to each carries, innermost last; None for loops
        self.loops = 0
        declared = "".join(f" (local {type})" for type in self.locals[len(signature.params) :])
        counters = "(local $c0 i32) (local $c1 i32)"
        while self.room > 0:
            self.statement(0)
        for type in signature.results:
            self.value(type, 2)
        body = "\n".join(self.lines)
        return f'(func $f{index} (export "f{index}") {signature}{declared} {counters}\n{body})'

    def emit(self, *lines: str) -> None:
        self.room -= len(lines)
        self.lines += lines

    def type(self) -> str:
        return self.random.choices(TYPES, (5, 3, 2, 2))[0]

    def local(self, type: str) -> int | None:
        found = [i for i, other in enumerate(self.locals) if other == type]
        return self.random.choice(found) if found else None

    # Statements.

    def statement(self, depth: int) -> None:
        nested = [self.block, self.if_else, self.loop, self.table_branch] if depth < 4 and self.room > 20 else []
        plain = [self.assign, self.assign, self.assign, self.store, self.set_global, self.call, self.leave]
        self.random.choice(plain + nested)(depth)

    def statements(self, depth: int) -> None:
        for _ in range(self.random.randint(1, 4)):
            self.statement(depth)

    def assign(self, depth: int) -> None:
        type = self.type()
        index = self.local(type)
        self.value(type, 3)
        if index is None:
            self.emit("drop")
        elif self.random.random() < 0.2:
            self.emit(f"local.tee {index}", "drop")
        else:
            self.emit(f"local.set {index}")

    def set_global(self, depth: int) -> None:
        type = self.random.choice(("i32", "i64", "f64"))
        self.value(type, 2)
        self.emit(f"global.set {GLOBALS[type][0]}")

    def address(self) -> str:
        """Leaves an address, seldom out of bounds, and gives an offset."""
        self.value("i32", 1)
        if self.random.random() < 0.95:
            self.emit("i32.const 127", "i32.and")
        offsets = (3, 8, 65530, 4294967295) if self.random.random() < 0.05 else (0, 4)
        return f"offset={self.random.choice(offsets)}"

    def store(self, depth: int) -> None:
        type = self.type()
        offset = self.address()
        self.value(type, 2)
        self.emit(f"{type}.{self.random.choice(STORES.get(type, ['store']))} {offset}")

    def call(self, depth: int) -> None:
        if not self.callable:
            return self.assign(depth)
        index = self.random.randrange(self.callable)
        self.call_function(index)
        for type in reversed(self.signatures[index].results):
            target = self.local(type)
            self.emit("drop" if target is None else f"local.set {target}")

    def call_function(self, index: int) -> None:
        for type in self.signatures[index].params:
            self.value(type, 1)
        if self.random.random() < 0.4:
            wrong = self.random.random() < 0.1
            self.emit(f"i32.const {self.random.randrange(9) if wrong and index == 0 else index + 1}")
            self.emit(f"call_indirect (type $t{index})")
        else:
            self.emit(f"call $f{index}")

    def leave(self, depth: int) -> None:
        """Seldom: return, branch out or trap, on a condition or not."""
        if self.random.random() < 0.5:
            return self.assign(depth)
        way = self.random.random()
        targets = [(depth, types) for depth, types in enumerate(reversed(self.labels)) if types is not None]
        if targets and way < 0.7:
            depth, types = self.random.choice(targets)
            for type in types:
                self.value(type, 1)
            self.value("i32", 2)
            self.emit(f"br_if {depth}", *["drop"] * len(types))
            return
        self.value("i32", 2)
        self.emit("if")
        if way < 0.8:
            self.emit("unreachable")
        else:
            for type in self.results:
                self.value(type, 1)
            self.emit("return")
        self.emit("end")

    def scope(self, head: str, types: list[str], depth: int) -> None:
        self.emit(head)
        self.labels.append(types)
        self.statements(depth + 1)

    def block(self, depth: int) -> None:
        types = [self.type() for _ in range(self.random.randint(0, 2))]
        params = [self.type() for _ in range(self.random.randint(0, 2))]
        for type in params:
            self.value(type, 1)
        self.scope(f"block (param {' '.join(params)}) (result {' '.join(types)})", types, depth)
        for type in reversed(params):
            target = self.local(type)
            self.emit("drop" if target is None else f"local.set {target}")
        for type in types:
            self.value(type, 1)
        if self.random.random() < 0.1:
            self.emit("br 0", "i32.const 3", "drop")  # what follows is not reachable
        self.labels.pop()
        self.emit("end")
        for type in reversed(types):
            target = self.local(type)
            self.emit("drop" if target is None else f"local.set {target}")

    def if_else(self, depth: int) -> None:
        self.value("i32", 2)
        self.scope("if", [], depth)
        if self.random.random() < 0.2:
            self.emit("br 0")
        if self.random.random() < 0.6:
            self.emit("else")
            self.statements(depth + 1)
        self.labels.pop()
        self.emit("end")

    def loop(self, depth: int) -> None:
        if self.loops == 2:
            return self.assign(depth)
        counter = f"$c{self.loops}"
        self.loops += 1
        type = self.type()
        self.emit(f"i32.const {self.random.randint(1, 4)}", f"local.set {counter}")
        self.value(type, 1)
        self.emit(f"loop (param {type}) (result {type})", "block")
        self.labels += [None, []]  # branching back without counting would never end
        self.statements(depth + 1)
        del self.labels[-2:]
        self.emit("end")
        target = self.local(type)
        if target is not None:
            self.emit(f"local.set {target}")
            self.value(type, 1)
        self.emit(f"local.get {counter}", "i32.const 1", "i32.sub", f"local.tee {counter}", "br_if 0", "end")
        self.emit("drop" if target is None else f"local.set {target}")
        self.loops -= 1

    def table_branch(self, depth: int) -> None:
        self.emit("block", "block", "block")
        self.labels += [[], [], []]
        self.value("i32", 1)
        self.emit("i32.const 7", "i32.and")
        self.emit("br_table " + " ".join(str(self.random.randrange(3)) for _ in range(self.random.randint(1, 5))))
        for _ in range(3):
            self.labels.pop()
            self.emit("end")
            self.assign(depth)

    # Values.

    def value(self, type: str, depth: int) -> None:
        """Leaves one value of a type."""
        if depth == 0 or self.room < 0 or self.random.random() < 0.25:
            return self.leaf(type)
        kinds = [
            self.binary,
            self.binary,
            self.unary,
            self.convert,
            self.load,
            self.select,
            self.if_value,
            self.block_value,
        ]
        if type == "i32":
            kinds += [self.compare, self.compare, self.memory_size]
        self.random.choice(kinds)(type, depth - 1)

    def leaf(self, type: str) -> None:
        index = self.local(type)
        choice = self.random.random()
        if index is not None and choice < 0.6:
            self.emit(f"local.get {index}")
        elif GLOBALS[type] and choice < 0.7:
            self.emit(f"global.get {self.random.choice(GLOBALS[type])}")
        elif type == "i32" and choice < 0.73:
            self.emit("global.get $constant")
        else:
            self.emit(f"{type}.const {self.random.choice(CONSTANTS[type])}")

    def binary(self, type: str, depth: int) -> None:
        self.value(type, depth)
        operation = self.random.choice(INTEGER_BINARY if type[0] == "i" else FLOAT_BINARY)
        if operation[:3] in ("div", "rem") and type[0] == "i" and self.random.random() < 0.8:
            self.emit(f"{type}.const {self.random.choice(('1', '-1', '3', '-7', '16', '0x80000000'))}")
        else:
            self.value(type, depth)
        self.emit(f"{type}.{operation}")

    def compare(self, type: str, depth: int) -> None:
        operand = self.type()
        self.value(operand, depth)
        if operand[0] == "i" and self.random.random() < 0.2:
            self.emit(f"{operand}.eqz")
            return
        self.value(operand, depth)
        self.emit(f"{operand}.{self.random.choice(INTEGER_COMPARE if operand[0] == 'i' else FLOAT_COMPARE)}")

    def unary(self, type: str, depth: int) -> None:
        self.value(type, depth)
        self.emit(f"{type}.{self.random.choice(UNARY[type])}")

    def convert(self, type: str, depth: int) -> None:
        source, operation = self.random.choice(CONVERSIONS[type])
        if operation.startswith("trunc_f") and self.random.random() < 0.8:
            operation = operation.replace("trunc_", "trunc_sat_")
        self.value(source, depth)
        self.emit(f"{type}.{operation}")

    def load(self, type: str, depth: int) -> None:
        offset = self.address()
        self.emit(f"{type}.{self.random.choice(LOADS[type])} {offset}")

    def select(self, type: str, depth: int) -> None:
        self.value(type, depth)
        self.value(type, depth)
        self.value("i32", depth)
        self.emit("select")

    def memory_size(self, type: str, depth: int) -> None:
        if self.random.random() < 0.2:
            self.emit(f"i32.const {self.random.randint(0, 2)}", "memory.grow")
        else:
            self.emit("memory.size")

    def if_value(self, type: str, depth: int) -> None:
        self.value("i32", depth)
        self.emit(f"if (result {type})")
        self.value(type, depth)
        self.emit("else")
        self.value(type, depth)
        self.emit("end")

    def block_value(self, type: str, depth: int) -> None:
        self.emit(f"block (result {type})")
        self.value(type, depth)
        self.value("i32", depth)
        self.emit("br_if 0", "drop")
        self.value(type, depth)
        self.emit("end")


def random_module(seed: int, size: int = 120) -> str:
    """The text of a module of five functions f0 to f4 of about `size` instructions each."""
    return Generator(seed, size).module()
