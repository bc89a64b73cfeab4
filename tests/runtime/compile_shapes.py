"""Functions of every shape whose compile time could grow faster than their size: each as text, by a count of parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.support import wat

Shape = Callable[[int], str]

HEAD = '(module (memory 1) (func $leaf (param i32) (result i32) (local.get 0)) (func (export "f") (param i32 i32)'
RUN: Final = 1  # index of the function, after the one that it calls


def _function(body: str, locals: str = "", before: str = "") -> str:
    return f"{HEAD} (result i32) {locals} {body}) {before})"


def _lets(count: int) -> str:
    return f"(local {'i32 ' * count})"


def nested_loops(n: int) -> str:
    """Loops in loops, each with a counter of its own."""
    head = "".join(f"(local.set {i + 2} (local.get 0)) (loop " for i in range(n))
    tail = "".join(
        f"(local.set {i + 2} (i32.sub (local.get {i + 2}) (i32.const 1))) (br_if 0 (local.get {i + 2})))"
        for i in range(n - 1, -1, -1)
    )
    return _function(f"{head} (local.set 1 (i32.add (local.get 1) (i32.const 3))) {tail} (local.get 1)", _lets(n))


def nested_loops_one_local(n: int) -> str:
    """Loops in loops that count the same local."""
    tail = "(local.set 1 (i32.sub (local.get 1) (i32.const 1))) (br_if 0 (local.get 1)))" * n
    return _function(f"{'(loop ' * n} {tail} (local.get 1)")


def back_edges(n: int) -> str:
    """One loop that is continued from many places."""
    turn = "(local.set 1 (i32.add (local.get 1) (local.get 0))) (br_if $again (i32.lt_u (local.get 1) (local.get 0)))"
    return _function(f"(loop $again {turn * n}) (local.get 1)")


def back_edges_of_locals(n: int) -> str:
    """One loop that is continued from many places, and each changes another local."""
    turn = "".join(
        f"(local.set {i % 30 + 2} (i32.add (local.get {i % 30 + 2}) (local.get 0)))"
        f"(br_if $again (i32.lt_u (local.get {i % 30 + 2}) (local.get 0)))"
        for i in range(n)
    )
    return _function(f"(loop $again {turn}) (local.get 2)", _lets(30))


def back_edges_times_locals(n: int) -> str:
    """One loop that is continued from n places, with n / 4 locals that all change before the first."""
    count = max(1, n // 4)
    turn = "".join(
        f"(local.set {i % count + 2} (i32.add (local.get {(i + 1) % count + 2}) (local.get 0)))"
        f"(br_if $again (i32.lt_u (local.get {i % count + 2}) (local.get 0)))"
        for i in range(n)
    )
    return _function(f"(loop $again {turn}) (local.get 2)", _lets(count))


def branches_to_every_loop(n: int) -> str:
    """Loops in loops, and the innermost continues each of them."""
    turns = "".join(
        f"(local.set {i + 2} (i32.add (local.get {i + 2}) (local.get 0))) (br_if {i} (local.get {i + 2}))"
        for i in range(n)
    )
    return _function(f"{'(loop ' * n} {turns} {')' * n} (local.get 2)", _lets(n))


def _switch(n: int, arm: Callable[[int], str], after: str) -> str:
    labels = " ".join(str(i) for i in range(n))
    arms = "".join(f") {arm(i)} {after}" for i in range(n))
    return f"{'(block ' * n} (br_table {labels} 0 (local.get 0)) {arms}"


def interpreter(n: int) -> str:
    """A switch in a loop, every case of which goes back to the loop."""

    def arm(i: int) -> str:
        result = f"(local.set {i % 8 + 2} (i32.add (local.get {i % 7 + 2}) (i32.const {i})))"
        return f"{result} (local.set 0 (i32.load (local.get 1)))"

    body = "(loop $again " + _switch(n, arm, "(br $again)") + ") (unreachable)"
    return _function(body, _lets(10))


def interpreter_with_calls(n: int) -> str:
    """The same, where the cases call."""

    def arm(i: int) -> str:
        result = f"(local.set {i % 8 + 2} (call $out (local.get {i % 7 + 2})))"
        return f"{result} (local.set 0 (i32.load (local.get 1)))"

    body = "(loop $again " + _switch(n, arm, "(br $again)") + ") (unreachable)"
    return '(module (import "m" "f" (func $out (param i32) (result i32)))' + _function(body, _lets(10))[7:]


def switch_to_join(n: int) -> str:
    """A br_table with as many cases as targets, which meet behind it."""
    return _function(
        "(block $out " + _switch(n, lambda i: f"(local.set 1 (i32.const {i}))", "(br $out)") + ") (local.get 1)"
    )


def large_table(n: int) -> str:
    """A br_table with many cases and few targets."""
    labels = " ".join(str(i % 3) for i in range(n))
    cases = f"(block (block (block (br_table {labels} 0 (local.get 0)))))"
    return _function(f"{cases} (local.get 0)")


def globals_(n: int) -> str:
    """Many globals, each read and written in a loop."""
    body = "".join(f"(global.set {i} (i32.add (global.get {i}) (local.get 0)))" for i in range(n))
    loop = f"(loop {body} (br_if 0 (i32.lt_u (global.get 0) (local.get 1))))"
    return _function(f"{loop} (global.get 0)", before="(global (mut i32) (i32.const 0))" * n)


def globals_and_branches(n: int) -> str:
    """Many globals, written in one arm of many ifs."""
    body = "".join(
        f"(if (i32.and (local.get 0) (i32.const {1 << i % 31})) (then (global.set {i} (local.get 1))))"
        f"(local.set 1 (i32.add (local.get 1) (global.get {i})))"
        for i in range(n)
    )
    return _function(f"{body} (local.get 1)", before="(global (mut i32) (i32.const 0))" * n)


def nested_blocks(n: int) -> str:
    """Blocks in blocks, with a way out of each to the outermost and the innermost."""
    tail = "".join(f"(br_if {min(i, n - i - 1)} (local.get 0)))" for i in range(n))
    return _function(f"{'(block ' * n} {tail} (local.get 1)")


def nested_ifs(n: int) -> str:
    """Ifs in ifs."""
    head = "".join(
        f"(if (i32.gt_u (local.get 0) (i32.const {i})) (then (local.set 1 (i32.add (local.get 1) (i32.const {i})))"
        for i in range(n)
    )
    return _function(f"{head} {'))' * n} (local.get 1)")


def chained_ifs(n: int) -> str:
    """Ifs behind ifs, with both arms."""
    body = "".join(
        f"(if (i32.and (local.get 0) (i32.const {1 << i % 31}))"
        f"(then (local.set 1 (i32.add (local.get 1) (i32.const {i}))))"
        f"(else (local.set 1 (i32.xor (local.get 1) (i32.const {i})))))"
        for i in range(n)
    )
    return _function(f"{body} (local.get 1)")


def one_condition(n: int) -> str:
    """Ifs behind ifs, all with the same condition."""
    body = "".join(f"(if (local.get 0) (then (local.set 1 (i32.add (local.get 1) (i32.const {i})))))" for i in range(n))
    return _function(f"{body} (local.get 1)")


def many_locals(n: int) -> str:
    """Locals that all live from the beginning to the end."""
    sets = "".join(f"(local.set {i + 2} (i32.mul (local.get 0) (i32.const {2 * i + 3})))" for i in range(n))
    uses = "".join(f"(local.set 1 (i32.xor (local.get 1) (local.get {i + 2})))" for i in range(n))
    return _function(f"{sets} {uses} (local.get 1)", _lets(n))


def many_locals_around_a_loop(n: int) -> str:
    """Locals that all live through a loop that changes them."""
    sets = "".join(f"(local.set {i + 2} (i32.mul (local.get 0) (i32.const {2 * i + 3})))" for i in range(n))
    turn = "".join(f"(local.set {i + 2} (i32.add (local.get {i + 2}) (i32.const {i + 1})))" for i in range(n))
    uses = "".join(f"(local.set 1 (i32.xor (local.get 1) (local.get {i + 2})))" for i in range(n))
    return _function(f"{sets} (loop {turn} (br_if 0 (local.get 2))) {uses} (local.get 1)", _lets(n))


def loops_times_locals(n: int) -> str:
    """n loops, one behind the other, each of which changes n / 8 locals."""
    count = max(1, n // 8)
    one = "".join(f"(local.set {i + 2} (i32.add (local.get {i + 2}) (i32.const {i + 1})))" for i in range(4))
    loops = "".join(
        f"(loop (local.set {i % count + 2} (i32.add (local.get {(i + 1) % count + 2}) (i32.const 1)))"
        f"(br_if 0 (local.get {i % count + 2})))"
        for i in range(n)
    )
    return _function(f"{one} {loops} (local.get 2)", _lets(count + 4))


def diamonds_of_live_values(n: int) -> str:
    """n ifs, while n / 8 values live through all of them."""
    count = max(1, n // 8)
    sets = "".join(f"(local.set {i + 2} (i32.mul (local.get 0) (i32.const {2 * i + 3})))" for i in range(count))
    ifs = "".join(
        f"(if (i32.and (local.get 0) (i32.const {1 << i % 31})) (then (local.set 1 (call $leaf (local.get 1)))))"
        for i in range(n)
    )
    uses = "".join(f"(local.set 1 (i32.xor (local.get 1) (local.get {i + 2})))" for i in range(count))
    return _function(f"{sets} {ifs} {uses} (local.get 1)", _lets(count))


def returning_cases(n: int) -> str:
    """n values that live through every second of n cases; the others return."""
    sets = "".join(f"(local.set {i + 2} (i32.mul (local.get 0) (i32.const {2 * i + 3})))" for i in range(n))
    uses = "".join(f"(local.set 1 (i32.xor (local.get 1) (local.get {i + 2})))" for i in range(n))
    cases = _switch(n, lambda i: f"(local.set 1 (i32.const {i}))", "(br $out)")
    for_returns = cases.split("(br $out)")
    body = "".join(part + ("(br $out)", "(return (local.get 1))")[i % 2] for i, part in enumerate(for_returns[:-1]))
    return _function(f"{sets} (block $out {body} {for_returns[-1]}) {uses} (local.get 1)", _lets(n))


def calls_with_one_value(n: int) -> str:
    """Calls that all take one value, which nothing else wants."""
    text = _function("(drop (call $out (local.get 0)))" * n + "(local.get 1)")
    return '(module (import "m" "f" (func $out (param i32) (result i32)))' + text[7:]


def calls(n: int) -> str:
    """Calls, one behind the other."""
    return _function("(local.set 1 (call $leaf (local.get 1)))" * n + "(local.get 1)")


def imported_calls(n: int) -> str:
    """Calls that cannot be inlined, with values that live across them."""
    body = "".join(f"(local.set {i % 20 + 2} (call $out (local.get {(i + 7) % 20 + 2})))" for i in range(n))
    text = _function(f"{body} (local.get 2)", _lets(20))
    return '(module (import "m" "f" (func $out (param i32) (result i32)))' + text[7:]


def straight_line(n: int) -> str:
    """One long block of arithmetic."""
    body = "".join(
        f"(local.set {i % 10 + 2} (i32.add (i32.mul (local.get {(i + 3) % 10 + 2}) (local.get 0)) (i32.const {i})))"
        for i in range(n)
    )
    return _function(f"{body} (local.get 2)", _lets(10))


def deep_expression(n: int) -> str:
    """Operands that wait on a deep stack."""
    pushes = "".join(f"(i32.add (local.get 0) (i32.const {i}))" for i in range(n))
    return _function(f"{pushes} {'i32.xor ' * (n - 1)}")


def left_sums(n: int) -> str:
    """A long chain of additions of products, which reassociation looks at."""
    return _function(
        "(local.get 1)" + "".join(f"(i32.mul (local.get 0) (i32.const {2 * i + 3})) i32.add " for i in range(n))
    )


def memory_accesses(n: int) -> str:
    """Loads and stores."""
    body = "".join(
        f"(i32.store offset={4 * (i % 1000)} (local.get 0) (i32.load offset={4 * ((i + 5) % 1000)} (local.get 1)))"
        for i in range(n)
    )
    return _function(f"{body} (local.get 1)")


def memory_accesses_in_branches(n: int) -> str:
    """Loads behind stores in arms of ifs."""
    body = "".join(
        f"(if (i32.load offset={4 * (i % 100)} (local.get 1))"
        f"(then (i32.store offset={4 * (i % 90)} (local.get 0) (local.get 1))))"
        for i in range(n)
    )
    return _function(f"{body} (local.get 1)")


def try_tables(n: int) -> str:
    """Tries, one behind the other, around calls that may throw."""
    body = "(block (try_table (catch_all 0) (local.set 1 (call $out (local.get 1)))))" * n
    text = _function(f"{body} (local.get 1)")
    return '(module (import "m" "f" (func $out (param i32) (result i32)))' + text[7:]


def nested_try_tables(n: int) -> str:
    """Tries in tries, each with a call."""
    head = "(block (try_table (catch_all 0) (local.set 1 (call $out (local.get 1)))" * n
    text = _function(f"{head} {'))' * n} (local.get 1)")
    return '(module (import "m" "f" (func $out (param i32) (result i32)))' + text[7:]


def calls_in_one_try(n: int) -> str:
    """Many calls whose exceptions one handler gets."""
    body = "".join(f"(local.set {i % 20 + 2} (call $out (local.get {(i + 7) % 20 + 2})))" for i in range(n))
    text = _function(f"(block (try_table (catch_all 0) {body})) (local.get 2)", _lets(20))
    return '(module (import "m" "f" (func $out (param i32) (result i32)))' + text[7:]


def phis(n: int) -> str:
    """An if that changes many locals, several times."""
    count = max(1, n // 4)
    arm = "".join(f"(local.set {i + 2} (i32.add (local.get {i + 2}) (i32.const {i})))" for i in range(count))
    one = f"(if (local.get 0) (then {arm}))"
    return _function(one * 4 + "(local.get 2)", _lets(count))


def branches_out_of_a_block(n: int) -> str:
    """Many branches to one label, each with other values."""
    body = "".join(
        f"(local.set 1 (i32.add (local.get 1) (i32.const {i + 1}))) (br_if 0 (local.get 1))" for i in range(n)
    )
    return _function(f"(block {body}) (local.get 1)")


def returns(n: int) -> str:
    """Many ways out of the function."""
    body = "".join(
        f"(if (i32.eq (local.get 0) (i32.const {i})) (then (return (i32.mul (local.get 1) (i32.const {i})))))"
        for i in range(n)
    )
    return _function(f"{body} (local.get 1)")


def traps(n: int) -> str:
    """Divisions, each with its checks."""
    return _function("(local.set 1 (i32.div_s (local.get 0) (local.get 1)))" * n + "(local.get 1)")


def loops(n: int) -> str:
    """Small loops, one behind the other."""
    one = "(loop (local.set 1 (i32.add (local.get 1) (local.get 0))) (br_if 0 (i32.lt_u (local.get 1) (i32.const 99))))"
    return _function(one * n + "(local.get 1)")


def selects(n: int) -> str:
    """A chain of selects."""
    body = "".join(
        f"(local.set 1 (select (local.get 0) (local.get 1) (i32.lt_u (local.get 1) (i32.const {i}))))" for i in range(n)
    )
    return _function(f"{body} (local.get 1)")


def indirect_calls(n: int) -> str:
    """Calls through a table, with values that live across them."""
    body = "".join(
        f"(local.set {i % 8 + 2} (call_indirect (type $t) (local.get {i % 7 + 2}) (local.get 0)))" for i in range(n)
    )
    text = _function(f"{body} (local.get 2)", _lets(8), "(table 4 funcref)")
    return "(module (type $t (func (param i32) (result i32)))" + text[7:]


SHAPES: Final[dict[str, tuple[Shape, int]]] = {  # and a count that makes some thousand instructions
    "nested loops": (nested_loops, 200),
    "nested loops, one local": (nested_loops_one_local, 400),
    "back edges": (back_edges, 800),
    "back edges of locals": (back_edges_of_locals, 400),
    "back edges times locals": (back_edges_times_locals, 100),
    "branches to every loop": (branches_to_every_loop, 60),
    "interpreter": (interpreter, 400),
    "interpreter with calls": (interpreter_with_calls, 400),
    "switch to a join": (switch_to_join, 800),
    "large table": (large_table, 4000),
    "globals": (globals_, 800),
    "globals and branches": (globals_and_branches, 400),
    "nested blocks": (nested_blocks, 400),
    "nested ifs": (nested_ifs, 400),
    "chained ifs": (chained_ifs, 400),
    "one condition": (one_condition, 800),
    "many locals": (many_locals, 1000),
    "many locals around a loop": (many_locals_around_a_loop, 500),
    "loops times locals": (loops_times_locals, 400),
    "diamonds of live values": (diamonds_of_live_values, 400),
    "returning cases": (returning_cases, 200),
    "calls with one value": (calls_with_one_value, 1000),
    "calls": (calls, 1000),
    "imported calls": (imported_calls, 1000),
    "straight line": (straight_line, 1000),
    "deep expression": (deep_expression, 1000),
    "left sums": (left_sums, 1000),
    "memory accesses": (memory_accesses, 800),
    "memory accesses in branches": (memory_accesses_in_branches, 400),
    "try_tables": (try_tables, 300),
    "nested try_tables": (nested_try_tables, 300),
    "calls in one try": (calls_in_one_try, 300),
    "phis": (phis, 1000),
    "branches out of a block": (branches_out_of_a_block, 800),
    "returns": (returns, 400),
    "traps": (traps, 600),
    "loops": (loops, 400),
    "selects": (selects, 600),
    "indirect calls": (indirect_calls, 400),
}


def module_of(name: str, count: int) -> bytes:
    """The module of a shape, whose last function is the one that counts."""
    return wat(SHAPES[name][0](count))
