"""Rules over loads and stores on graphs: what fires where, and what it leaves in the effect chain."""

from __future__ import annotations

import pytest

from seaofnodes.errors import PassError
from seaofnodes.ir.records.edits import Applied, Created, EditLog, Killed, Replaced
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.passes.framework.rule_pass import pass_of
from seaofnodes.passes.patterns import Expression, Operators, addresses, constants, load, nothing, store, variables
from seaofnodes.passes.rules import RuleSet, at_most, in_bounds, one_use
from seaofnodes.testing import (
    assert_matches,
    assert_rule_does_not_fire,
    assert_rule_fires,
    assert_same_meaning,
    read_graph,
    transform,
)

o = Operators()
x, y = variables("x y")
C, D = constants("C D")
a, b = addresses("a b")
MODULE = "(module (memory 1) (func (param i32 i32) (result {result}) {body}))"
WIDE = "(module (memory i64 1) (func (param i64) (result {result}) {body}))"


def one(pattern: object, replacement: object, where: object = None) -> RuleSet:
    rules = RuleSet("one")

    def rule() -> Expression:
        """Under test."""
        return replacement  # type: ignore[return-value]

    rules.rule(pattern, where)(rule)  # type: ignore[arg-type]
    return rules


def i32(body: str) -> str:
    return MODULE.format(result="i32", body=body)


UPPER = one(o.Word32Shr(load("Word32", a), 24), load("Uint8", a + 3))
LOAD = "(i32.load offset=4 (local.get 0))"


def test_a_load_takes_the_place_of_another() -> None:
    """Between its neighbours in the effect chain, and at the instruction at which the old one trapped."""
    source = i32(
        f"(i32.store (local.get 1) (i32.const 1)) (i32.shr_u {LOAD} (i32.const 24)) (i32.store (local.get 1) "
        "(i32.const 2))"
    )
    found = assert_rule_fires("rule", UPPER, source, times=1)
    nodes = assert_matches(
        """
        %first = Store...
        %load = Load[Uint8, Word32, 0, 7](..., %first, ...)
        not: ... = Word32Shr(...)
        %second = Store...(..., %load, ...)
        ... = Return...(%load, %second, ...)
        """,
        found,
    )
    assert len(nodes) == 3
    assert_same_meaning(found.before, found.after)
    [old] = [node for node in found.before.reachable() if node.op.is_load]
    [new] = [node for node in found.after.reachable() if node.op.is_load]
    assert new.origin[:2] == old.origin[:2]
    assert (new.origin.phase, new.origin.rule) == ("one", "rule")


def test_other_uses_keep_a_load_that_may_trap() -> None:
    twice = f"(local.set 0 {LOAD}) (i32.add (local.get 0) (i32.shr_u (local.get 0) (i32.const 24)))"
    assert_rule_does_not_fire("rule", UPPER, i32(twice))
    inner = one(o.Word32And(o.Word32Shr(load("Word32", a), 24), 15), o.Word32And(load("Uint8", a + 3), 15))
    shifted = f"(local.set 0 (i32.shr_u {LOAD} (i32.const 24)))"
    masked = "(i32.and (local.get 0) (i32.const 15))"
    assert_rule_fires("rule", inner, i32(f"{shifted} {masked}"))
    assert_rule_does_not_fire("rule", inner, i32(f"{shifted} (i32.sub (local.get 0) {masked})"))


def test_a_load_that_is_kept_may_have_other_uses() -> None:
    rules = one(o.Word32And(load("Uint8", a), C), load("Uint8", a), (C & 255).eq(255))
    source = i32("(local.set 0 (i32.load8_u (local.get 0))) (i32.add (local.get 0) (i32.and (local.get 0) "
                 "(i32.const 1023)))")
    found = assert_rule_fires("rule", rules, source)
    assert_matches("%load = Load...\n%sum = Int32Add(%load, %load)", found)
    assert_same_meaning(found.before, found.after)
    marked = one(o.Word32And(one_use(load("Uint8", a)), C), load("Uint8", a), (C & 255).eq(255))
    assert_rule_does_not_fire("rule", marked, source)


def test_a_load_that_cannot_trap_floats_and_stays_for_others() -> None:
    narrow = one(o.Word32And(load("Word32", a), 255), load("Uint8", a), in_bounds(a))
    assert_rule_does_not_fire("rule", narrow, i32(f"(i32.and {LOAD} (i32.const 255))"))
    body = "(local $x i32) (local.set $x (i32.load (local.get 0))) (i32.add (local.get $x) (i32.and (local.get $x) "
    found = assert_rule_fires("rule", narrow, WIDE.format(result="i32", body=f"{body} (i32.const 255)))"))
    assert_matches("2 times: ... = Load...in bounds...", found)
    assert_same_meaning(found.before, found.after)


def test_addresses_are_the_same_or_a_distance_apart() -> None:
    rules = one(o.Word32Or(load("Uint8", a), o.Word32Shl(load("Uint8", a + 1), 8)), load("Uint16", a))
    byte = "(i32.load8_u offset={} (local.get {}))"
    bytes = f"(i32.or {byte} (i32.shl (i32.load8_u offset={{}} (local.get 0)) (i32.const 8)))"
    found = assert_rule_fires("rule", rules, i32(bytes.format(5, 0, 6)))
    assert_matches("... = Load[Uint8, Word32, 0, 5]...\n%both = Load[Uint16, Word32, 0, 5]...", found)
    assert_same_meaning(found.before, found.after)
    for one_offset, index, other in ((5, 0, 5), (6, 0, 5), (5, 1, 6)):
        assert_rule_does_not_fire("rule", rules, i32(bytes.format(one_offset, index, other)))
    swapped = "(i32.or (i32.shl (i32.load8_u offset=1 (local.get 0)) (i32.const 8)) (i32.load8_u (local.get 0)))"
    found = assert_rule_fires("rule", rules, i32(swapped))  # the other way round, in the effect chain too
    assert_same_meaning(found.before, found.after)


def test_offsets_stay_offsets() -> None:
    """None is negative, none has more than 32 bits."""
    before = one(o.Word32And(load("Word32", a), 255), load("Uint8", a + (-1)))
    mask = "(i32.and (i32.load offset={} (local.get 0)) (i32.const 255))"
    assert_rule_does_not_fire("rule", before, i32(mask.format(0)))
    assert_rule_fires("rule", before, i32(mask.format(1)))
    shift = "(i32.shr_u (i32.load offset={} (local.get 0)) (i32.const 24))"
    assert_rule_does_not_fire("rule", UPPER, i32(shift.format(0xFFFFFFFD)))
    assert_rule_fires("rule", UPPER, i32(shift.format(0xFFFFFFFC)))
    back = one(o.Word32And(load("Word32", a + 8), 255), load("Uint8", a + 8))
    assert_rule_does_not_fire("rule", back, i32(mask.format(4)))


SAME = one(store("Word32", a, load("Word32", a)), nothing)


@pytest.mark.parametrize(
    ("between", "fires"),
    [
        ("", True),
        ("(drop (i32.load (local.get 0)))", True),
        ("(i32.store (local.get 1) (i32.const 3))", False),
        ("(drop (memory.grow (i32.const 0)))", False),
        ("(loop $l (br_if $l (i32.eqz (local.get 1))))", False),
    ],
)
def test_accesses_see_one_state(between: str, fires: bool) -> None:
    """A store is not dropped because of what was loaded before another one."""
    body = f"(local $x i32) (local.set $x (i32.load (local.get 1))) {between} (i32.store (local.get 1) (local.get $x))"
    check = assert_rule_fires if fires else assert_rule_does_not_fire
    found = check("rule", SAME, i32(f"{body} (i32.const 0)"))
    assert any(node.op.is_store for node in found.after.reachable()) is not fires or "store" in between
    assert_same_meaning(found.before, found.after)


def test_another_memory_does_not_matter() -> None:
    body = (
        "(local $x i32) (local.set $x (i32.load (local.get 1))) (i32.store 1 (local.get 1) (i32.const 3)) "
        "(i32.store (local.get 1) (local.get $x)) (i32.const 0)"
    )
    source = f"(module (memory 1) (memory 1) (func (param i32 i32) (result i32) {body}))"
    found = assert_rule_fires("rule", SAME, source)
    assert_same_meaning(found.before, found.after)


def test_a_store_takes_the_place_of_another() -> None:
    rules = one(store("Word8", a, o.Word32And(x, C)), store("Word8", a, x), (C & 255).eq(255))
    stores = "(i32.store8 offset=3 (local.get 0) (i32.and (local.get 1) (i32.const 255)))" * 2
    found = assert_rule_fires("rule", rules, i32(f"{stores} (i32.load8_u (local.get 0))"), times=2)
    assert_matches(
        "%one = Store[Word8, Word32, 0, 3]...\n%two = Store...(..., %one, ...)\n%load = Load...(..., %two, ...)", found
    )
    assert_same_meaning(found.before, found.after)


def test_facts_of_what_is_stored() -> None:
    rules = one(store("Word16", a, o.Word32And(x, 255)), store("Word16", a, x), at_most(x, 255))
    body = "(i32.store16 (local.get 1) (i32.and ({} (local.get 0)) (i32.const 255))) (i32.const 0)"
    assert_rule_fires("rule", rules, i32(body.format("i32.load8_u")))
    assert_rule_does_not_fire("rule", rules, i32(body.format("i32.load16_u")))


def test_what_a_viewer_replays() -> None:
    """Every step of a rule is told: the graph after them is the graph there is."""
    graph = read_graph(i32(f"(i32.shr_u {LOAD} (i32.const 24))"))
    [old] = [node for node in graph.reachable() if node.op.is_load]
    [root] = [node for node in graph.reachable() if node.op.name == "Word32Shr"]
    log = EditLog(graph)
    Pipeline((pass_of(UPPER)(),)).run(graph, verify=True)
    [new] = [node for node in graph.reachable() if node.op.is_load]
    edits = log.take()
    assert Replaced(old.id, new.id) in edits and Killed(old.id) in edits and Replaced(root.id, new.id) in edits
    assert Applied(root.id, new.id, "rule", (("a", old.id),)) in edits
    [made] = [edit for edit in edits if isinstance(edit, Created) and edit.id == new.id]
    assert made.origin.rule == "rule" and made.origin.node == root.id


def test_counts_names_and_gates() -> None:
    rules, source = UPPER, i32(f"(i32.shr_u {LOAD} (i32.const 24))")
    graph = read_graph(source)
    context = PassContext(timed=True)
    Pipeline((pass_of(rules)(),)).run(graph, context, verify=True)
    count = context.rules["rule"]
    assert (count.tried, count.matched, count.fired) == (1, 1, 1)
    for off in (PassContext(disabled_rules=frozenset(["rule"])), PassContext(gate=lambda name: False)):
        graph = read_graph(source)
        Pipeline((pass_of(rules)(),)).run(graph, off, verify=True)
        assert any(node.op.name == "Word32Shr" for node in graph.reachable())


def test_rules_that_undo_each_other_are_named() -> None:
    rules = RuleSet("circle")

    @rules.rule(store("Word32", a, o.BitcastFloat32ToInt32(x)))
    def as_float() -> Expression:
        """There."""
        return store("Float32", a, x)

    @rules.rule(store("Float32", a, x))
    def as_word() -> Expression:
        """And back."""
        return store("Word32", a, o.BitcastFloat32ToInt32(x))

    source = i32("(f32.store (local.get 0) (f32.load (local.get 1))) (i32.const 0)")
    with pytest.raises(PassError, match=r"does not end: as_float \(.*:\d+\) -> as_word \(.*:\d+\) -> as_float"):
        transform(rules, source)


def test_the_built_in_rules_are_at_work() -> None:
    for body, result, rule in (
        ("(f32.reinterpret_i32 (i32.load (local.get 0)))", "f32", "load_as_float_32"),
        ("(i64.extend_i32_s (i32.load8_s (local.get 0)))", "i64", "load_wide_int8"),
        ("(i64.and (i64.load32_s (local.get 0)) (i64.const 0xffffffff))", "i64", "load_without_sign_32_64"),
        ("(i64.store32 (local.get 0) (i64.extend_i32_s (local.get 1))) (i32.const 0)", "i32",
         "store_before_extension_32"),
    ):
        source = MODULE.format(result=result, body=body)
        found = assert_rule_fires(rule, "simplify", source)
        assert_same_meaning(found.before, found.after)
        verify(found.after)
        for off in (rule, "memory", f"{rule[:5]}*"):
            assert_rule_does_not_fire(rule, f"simplify{{without-rules={off}}}", source)


def test_a_rule_that_is_defined_again() -> None:
    """As in a notebook: the latter one is applied."""
    registry = PassRegistry()
    source = i32(f"(i32.shr_u {LOAD} (i32.const 24))")
    for rep, bits in (("Int8", 8), ("Uint8", 8)):
        rules = RuleSet("mine")

        @rules.rule(o.Word32Shr(load("Word32", a), 24))
        def last_byte(rep: str = rep) -> Expression:
            """One of them is wrong."""
            return load(rep, a + 3)

        registry.register_rules(rules)
        graph = read_graph(source)
        Pipeline.parse("mine", registry).run(graph, verify=True)
        [access] = [node.op.parameters for node in graph.reachable() if node.op.is_load]
        assert (access.rep, access.width) == (rep, bits)
