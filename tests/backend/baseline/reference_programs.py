"""Random programs that pass references to functions around: as parameters, locals, operands and results."""

from __future__ import annotations

import random

FUNCTIONS = 5
LEAVES = 4
FUEL = 20  # how often loops turn after a call of "refuel"
_REFERENCE = "(ref null $t)"
_KINDS = ("i32", _REFERENCE)
_RESULTS = (["i32"], [_REFERENCE], ["i32", _REFERENCE, _REFERENCE, "i32"])


class _Function:
    def __init__(
        self, chance: random.Random, index: int, signatures: list[tuple[list[str], list[str]]], throws: bool
    ) -> None:
        self.chance = chance
        self.throws = throws
        self.index = index
        self.signatures = signatures
        self.params, self.results = signatures[index]
        self.locals = [*self.params, *(chance.choice(_KINDS) for _ in range(chance.randrange(2, 8)))]
        self.locals += ["i32", _REFERENCE]

    def _local(self, kind: str) -> int:
        return self.chance.choice([index for index, known in enumerate(self.locals) if known == kind])

    def value(self, kind: str, depth: int = 0) -> str:
        """An expression."""
        chance = self.chance
        choices = ["get", "get", "constant"] + (["select", "block", "tee", "call"] if depth < 3 else [])
        if kind == "i32" and depth < 3:
            choices += ["add", "null", "apply"] + ["try"] * 3 * self.throws
        what = chance.choice(choices)
        if what == "get":
            return f"(local.get {self._local(kind)})"
        if what == "constant":
            if kind == "i32":
                return f"(i32.const {chance.randrange(9)})"
            return chance.choice(("(ref.null $t)", f"(ref.func $leaf{chance.randrange(LEAVES)})"))
        if what == "tee":
            return f"(local.tee {self._local(kind)} {self.value(kind, depth + 1)})"
        if what == "select":
            one, other, which = self.value(kind, depth + 1), self.value(kind, depth + 1), self.value("i32", depth + 1)
            return f"(select (result {kind}) {one} {other} {which})"
        if what == "block":
            inner = f"(br_if 0 {self.value(kind, depth + 1)} {self.value('i32', depth + 1)})"
            return f"(block (result {kind}) {self.statement(depth + 1)} {inner})"
        if what == "add":
            return f"(i32.add {self.value('i32', depth + 1)} {self.value('i32', depth + 1)})"
        if what == "null":
            return f"(ref.is_null {self.value(_REFERENCE, depth + 1)})"
        if what == "try":
            inner = f"{self.statement(depth + 1)} {self._throw(depth + 1)} {self.statement(depth + 1)}"
            return (
                f"(block $h (result i32) (try_table (result i32) (catch $e $h) {inner} {self.value('i32', depth + 1)}))"
            )
        if what == "apply":
            return self._apply(depth)
        return self._call(kind, depth)

    def _throw(self, depth: int) -> str:
        which = f"(i32.eq {self.value('i32', depth)} (i32.const {self.chance.randrange(5)}))"
        return f"(if {which} (then (throw $e {self.value('i32', depth)})))"

    def _apply(self, depth: int) -> str:
        argument, target = self.value("i32", depth + 1), self.value(_REFERENCE, depth + 1)
        called = f"(br $done (call_ref $t {argument} (br_on_null $null {target})))"
        return f"(block $done (result i32) (block $null {called}) (i32.const 3))"

    def _call(self, kind: str, depth: int) -> str:
        """A call of an earlier function; of its results the last one of the right type stays."""
        callee = self.chance.randrange(self.index) if self.index else -1
        if callee < 0 or kind not in self.signatures[callee][1]:
            return f"(local.get {self._local(kind)})"
        params, results = self.signatures[callee]
        text = f"(call $f{callee} {' '.join(self.value(param, depth + 1) for param in params)})"
        keep = self._local(kind)
        pops = [f"(local.set {keep})" if result == kind else "(drop)" for result in reversed(results)]
        return f"{text} {' '.join(pops)} (local.get {keep})"

    def statement(self, depth: int = 0) -> str:
        """A statement."""
        chance = self.chance
        kind = chance.choice(_KINDS)
        if self.throws and chance.random() < 0.04:
            return self._throw(depth + 1)
        what = chance.randrange(8) if depth < 2 else chance.randrange(5)
        if what < 5:
            return f"(local.set {self._local(kind)} {self.value(kind, depth)})"
        if what == 5:
            then, otherwise = self.statement(depth + 1), self.statement(depth + 1)
            return f"(if {self.value('i32', depth)} (then {then}) (else {otherwise}))"
        body = f"{self.statement(depth + 1)} {self.statement(depth + 1)}"
        fuel = "(global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))"
        return f"(loop {body} {fuel} (br_if 0 (i32.gt_s (global.get $fuel) (i32.const 0))))"

    def text(self) -> str:
        """The function."""
        body = "\n".join(self.statement() for _ in range(6))
        results = " ".join(self.value(result) for result in self.results)
        alike = [index for index in range(self.index) if self.signatures[index][1] == self.results]
        if alike and self.chance.random() < 0.7:
            callee = self.chance.choice(alike)
            arguments = " ".join(self.value(param) for param in self.signatures[callee][0])
            results = f"(return_call $f{callee} {arguments})"
        locals = " ".join(self.locals[len(self.params) :])
        return f"""(func $f{self.index} (param {" ".join(self.params)}) (result {" ".join(self.results)})
          (local {locals}) {body} {results})"""


def program(seed: int, *, throws: bool = False) -> str:
    """A module that exports "run", (i32) -> i32, and "refuel". throws: does it throw and catch exceptions?"""
    chance = random.Random(seed)
    signatures = []
    for _ in range(FUNCTIONS):
        params = [chance.choice(_KINDS) for _ in range(chance.choice((0, 1, 3, 8, 12, 20)))]
        signatures.append((params, chance.choice(_RESULTS)))
    signatures.append((["i32"], ["i32"]))
    functions = [_Function(chance, index, signatures, throws).text() for index in range(FUNCTIONS + 1)]
    leaves = [
        f"(func $leaf{index} (type $t) (i32.add (i32.mul (local.get 0) (i32.const {index + 2})) (i32.const {index})))"
        for index in range(LEAVES)
    ]
    names = " ".join(f"$leaf{index}" for index in range(LEAVES))
    return f"""(module (type $t (func (param i32) (result i32))) (elem declare func {names})
      {"(tag $e (param i32))" if throws else ""}
      (global $fuel (mut i32) (i32.const 0)) (export "run" (func $f{FUNCTIONS}))
      (func (export "refuel") (global.set $fuel (i32.const {FUEL})))
      {" ".join(leaves)} {" ".join(functions)})"""
