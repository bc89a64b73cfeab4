"""Load elimination: what is forwarded, what is not, and what the graph looks like then."""

from __future__ import annotations

import textwrap

import pytest

from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import PassResult
from tests.passes.texts import apply, canonical, count, lifted, operators, parsed

HEAD = "(Word64, Word32, Word32) -> (Word32)"


def memory(body: str, parameters: str = "(param $p i32) (param $q i32)", results: str = "(result i32)") -> Graph:
    return lifted(
        f"""(module (memory 1) (global $g (mut i32) (i32.const 0)) (global $h (mut i32) (i32.const 0))
        (func {parameters} {results} (local $i i32) {body}) (func $f))""",
        "simplify,gvn",
    )


def loads_left(body: str, **more: str) -> int:
    graph = memory(body, **more)
    apply(graph, "load-elimination")
    return count(graph, "Load")


def test_a_stored_value_is_loaded_in_text() -> None:
    graph = parsed(
        """
        n0 = Start()
        n1 = Parameter[0, Word64](n0)
        n2 = Parameter[1, Word32](n0)
        n3 = Parameter[2, Word32](n0)
        n4 = MemoryStart[0](n1)
        n5 = Store[Word32, Word32, 0, 4](n4, n2, n3, n0, n0)
        n6 = Load[Word32, Word32, 0, 4](n4, n2, n5, n0)
        n7 = Load[Uint8, Word32, 0, 4](n4, n2, n6, n0)
        n8 = Int32Add(n6, n7)
        n9 = Return[1](n8, n7, n0)
        n10 = End[1](n9)
        """,
        HEAD,
    )
    result = apply(graph, "load-elimination")
    assert result.changed and result.statistics["local"] == 2
    expected = """
        B0:
          n0 = Start()
          n1 = Parameter[2, Word32](n0)
          n2 = Parameter[0, Word64](n0)
          n3 = Parameter[1, Word32](n0)
          n4 = MemoryStart[0](n2)
          n5 = Store[Word32, Word32, 0, 4](n4, n3, n1, n0, n0)
          n6 = Int32Constant[255]()
          n7 = Word32And(n1, n6)
          n8 = Int32Add(n1, n7)
          n9 = Return[1](n8, n5, n0)
          n10 = End[1](n9)
        """
    assert canonical(graph) == textwrap.dedent(expected).strip()
    assert not apply(graph, "load-elimination").changed


def test_a_global_is_loaded_again_only_where_a_poll_was_slow_in_text() -> None:
    """The kernel of all counting loops: phis carry the global, its stores stay, its loads are in the deferred block."""
    graph = lifted(
        """(module (global $g (mut i32) (i32.const 0)) (func (param $n i32) (global.set $g (i32.const 0))
        (loop $l (global.set $g (i32.add (global.get $g) (local.get $n)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))""",
        "poll-splitting,simplify,gvn,load-elimination,dead-code",
    )
    expected = """
        B0:
          n0 = Start()
          n1 = Parameter[0, Word64](n0)
          n2 = StackCheck[entry](n0, n0)
          n3 = Parameter[1, Word32](n0)
          n4 = Int32Constant[-1]()
          n5 = Int32Constant[0]()
          n6 = GlobalSet[0, Word32, global0](n1, n5, n2, n2)
        B1:
          n7 = Loop[2](n2, n24)
          n8 = Phi[Word32, 2](n3, n11, n7)
          n9 = EffectPhi[2](n6, n22, n7)
          n10 = Phi[Word32, 2](n5, n21, n7)
          n11 = Int32Add(n8, n4)
          n12 = StackLimitReached(n9)
          n13 = Branch[unlikely](n12, n7)
        B2:
          n14 = IfTrue(n13)
          n15 = StackCheck[slow](n9, n14)
          n16 = GlobalGet[0, Word32, global0](n1, n15)
        B3:
          n17 = IfFalse(n13)
        B4:
          n18 = Merge[2](n17, n15)
          n19 = Phi[Word32, 2](n10, n16, n18)
          n20 = EffectPhi[2](n9, n15, n18)
          n21 = Int32Add(n19, n8)
          n22 = GlobalSet[0, Word32, global0](n1, n21, n20, n18)
          n23 = Branch(n11, n18)
        B5:
          n24 = IfTrue(n23)
        B6:
          n25 = IfFalse(n23)
          n26 = Return[0](n22, n25)
          n27 = End[1](n26)
        """
    assert canonical(graph) == textwrap.dedent(expected).strip()


@pytest.mark.parametrize(
    ("store", "load", "expected"),
    [
        ("i32.store", "i32.load", []),
        ("i32.store", "i32.load8_s", ["SignExtendWord8ToInt32"]),
        ("i32.store", "i32.load8_u", ["Word32And"]),
        ("i32.store", "i32.load16_s", ["SignExtendWord16ToInt32"]),
        ("i32.store16", "i32.load16_u", ["Word32And"]),
        ("i32.store8", "i32.load8_s", ["SignExtendWord8ToInt32"]),
    ],
)
def test_narrow_loads_of_stored_words(store: str, load: str, expected: list[str]) -> None:
    graph = memory(f"({store} (local.get $p) (local.get $q)) ({load} (local.get $p))")
    apply(graph, "load-elimination")
    assert count(graph, "Load") == 0
    assert [text for text in operators(graph) if text not in ("MemoryStart[0]",) and "Store" not in text] == expected


@pytest.mark.parametrize(
    ("type", "store", "load", "result", "operator"),
    [
        ("f32", "f32.store", "i32.load", "i32", "BitcastFloat32ToInt32"),
        ("i32", "i32.store", "f32.load", "f32", "BitcastInt32ToFloat32"),
        ("f64", "f64.store", "i64.load", "i64", "BitcastFloat64ToInt64"),
        ("i64", "i64.store", "f64.load", "f64", "BitcastInt64ToFloat64"),
        ("i64", "i64.store", "i64.load32_s", "i64", "ChangeInt32ToInt64"),
        ("i64", "i64.store", "i64.load32_u", "i64", "ChangeUint32ToUint64"),
        ("i64", "i64.store32", "i32.load", "i32", "TruncateInt64ToInt32"),
        ("i64", "i64.store", "i64.load16_s", "i64", "SignExtendWord16ToInt64"),
        ("i32", "i32.store", "i64.load8_u", "i64", "Word64And"),
        ("i64", "i64.store", "f32.load", "f32", "BitcastInt32ToFloat32"),
    ],
)
def test_loads_of_another_type(type: str, store: str, load: str, result: str, operator: str) -> None:
    graph = lifted(
        f"""(module (memory 1) (func (param $p i32) (param $v {type}) (result {result})
        ({store} (local.get $p) (local.get $v)) ({load} (local.get $p))))"""
    )
    apply(graph, "load-elimination")
    assert count(graph, "Load") == 0
    assert count(graph, operator) == 1


def test_a_wider_load_is_not_answered_by_a_narrower_access() -> None:
    assert loads_left("(i32.store8 (local.get $p) (local.get $q)) (i32.load (local.get $p))") == 1
    assert loads_left("(i32.add (i32.load16_u (local.get $p)) (i32.load (local.get $p)))") == 2


def test_loads_are_answered_by_loads() -> None:
    assert loads_left("(i32.add (i32.load offset=8 (local.get $p)) (i32.load offset=8 (local.get $p)))") == 1
    assert loads_left("(i32.add (i32.load (local.get $p)) (i32.load16_s (local.get $p)))") == 1


SAME = "(i32.load (local.get $p))"


WRITES = [
    ("(i32.store offset=4 (local.get $p) (i32.const 1))", 1),  # beside it
    ("(i32.store8 offset=3 (local.get $p) (i32.const 1))", 2),  # its last byte
    ("(i64.store offset=4 (local.get $p) (i64.const 1))", 1),
    ("(i32.store (i32.add (local.get $p) (i32.const 4)) (i32.const 1))", 1),
    ("(i32.store (i32.add (local.get $p) (i32.const -4)) (i32.const 1))", 1),
    ("(i32.store (i32.add (local.get $p) (i32.const -3)) (i32.const 1))", 2),
    ("(i64.store (i32.add (local.get $p) (i32.const -4)) (i64.const 1))", 2),
    ("(i32.store offset=4 (i32.add (local.get $p) (i32.const -4)) (i32.const 1))", 2),  # if it does not
    (
        "(i32.store offset=4294967295 (i32.add (local.get $p) (i32.const 1)) (i32.const 1))",
        2,
    ),  # the same, if it wraps
    ("(i32.store (local.get $q) (i32.const 1))", 2),  # anywhere
    ("(i32.store (i32.const 0) (i32.const 1))", 2),
    ("(global.set $g (i32.const 1))", 1),
    ("(call $f)", 2),
    ("(drop (memory.grow (i32.const 1)))", 2),
    ("(drop (i32.div_u (i32.const 1) (local.get $q)))", 1),
]


@pytest.mark.parametrize(("store", "left"), WRITES)
def test_what_stores_overwrite(store: str, left: int) -> None:
    body = f"(local.set $i {SAME}) {store} (i32.add (local.get $i) {SAME})"
    assert loads_left(body) == left


@pytest.mark.parametrize(("store", "left"), WRITES)
def test_what_stores_overwrite_from_other_blocks(store: str, left: int) -> None:
    harmless = "(i32.store offset=4 (local.get $p) (i32.const 1))"
    for stores in (store, store + harmless, harmless + store):
        body = f"(local.set $i {SAME}) (if (local.get $q) (then {stores})) (i32.add (local.get $i) {SAME})"
        assert loads_left(body) == left


@pytest.mark.parametrize(("first", "second", "left"), [("", "", 1), ("offset=4", "", 1), ("", "offset=2", 2)])
def test_constant_addresses(first: str, second: str, left: int) -> None:
    """4 is 4, however it is written."""
    index = "(i32.const 0)" if first else "(i32.const 4)"
    body = f"""(i32.store {first} {index} (i32.const 7)) (i32.store (i32.const 8) (i32.const 9))
    (i32.store (i32.const 2147483648) (i32.const 9))
    (i32.add (local.get $q) (i32.load {second} (i32.const 4)))"""
    graph = memory(body)
    apply(graph, "load-elimination")
    assert count(graph, "Load") == left - 1


def test_a_phi_where_both_arms_know() -> None:
    graph = memory(
        """(if (local.get $q) (then (i32.store (local.get $p) (i32.const 1)))
        (else (i32.store (local.get $p) (local.get $q)))) (i32.load (local.get $p))"""
    )
    result = apply(graph, "load-elimination")
    assert result.statistics["across"] == 1 and result.statistics["phis"] == 1
    assert count(graph, "Load") == 0 and count(graph, "Phi") == 1


def test_no_phi_where_both_arms_know_the_same() -> None:
    graph = memory(
        """(i32.store (local.get $p) (local.get $q))
        (if (local.get $q) (then (i32.store offset=4 (local.get $p) (i32.const 1))))
        (loop $l (br_if $l (i32.eqz (local.get $q))))
        (i32.load (local.get $p))"""
    )
    apply(graph, "poll-splitting")
    apply(graph, "load-elimination")
    loads = [node for node in graph.reachable() if node.op.name == "Load"]
    assert [load.op.parameters.trapping for load in loads] == [False]  # after the poll's slow path
    assert loads[0].effect.op.parameters == "slow"


def test_nothing_where_one_arm_does_not_know() -> None:
    body = """(if (local.get $q) (then (i32.store (local.get $p) (i32.const 1)))) (i32.load (local.get $p))"""
    assert loads_left(body) == 1
    body = """(i32.store (local.get $p) (i32.const 1)) (if (local.get $q) (then (call $f))) (i32.load (local.get $p))"""
    assert loads_left(body) == 1


def test_a_load_in_a_loop_of_what_was_accessed_before_it() -> None:
    body = """(i32.store (local.get $p) (local.get $q))
    (loop $l (local.set $i (i32.add (local.get $i) (i32.load (local.get $p))))
    (br_if $l (i32.lt_u (local.get $i) (i32.const 100)))) (local.get $i)"""
    graph = memory(body)
    apply(graph, "load-elimination")
    assert count(graph, "Load") == 1  # the poll may write
    graph = memory(body)
    apply(graph, "poll-splitting")
    apply(graph, "load-elimination")
    [load] = [node for node in graph.reachable() if node.op.name == "Load"]
    assert not load.op.parameters.trapping and load.effect.op.parameters == "slow"


def test_a_load_in_a_loop_of_what_was_not_accessed_before_it_stays() -> None:
    """It may trap, and before it others may."""
    body = """(loop $l (local.set $i (i32.add (local.get $i) (i32.load (local.get $p))))
    (br_if $l (i32.lt_u (local.get $i) (i32.const 100)))) (local.get $i)"""
    graph = memory(body)
    apply(graph, "poll-splitting")
    apply(graph, "load-elimination")
    assert [node.op.parameters.trapping for node in graph.reachable() if node.op.name == "Load"] == [True]


def test_the_same_index_node_in_another_turn_is_another_address() -> None:
    """A pointer that moves: no load is answered by that of the turn before."""
    body = """(local.set $i (i32.load (local.get $p)))
    (loop $l (local.set $i (i32.add (local.get $i) (i32.load (local.get $p))))
    (br_if $l (local.tee $p (i32.load offset=4 (local.get $p))))) (local.get $i)"""
    graph = memory(body)
    apply(graph, "poll-splitting")
    result = apply(graph, "load-elimination")
    assert count(graph, "Load") == 3 and not result.statistics["across"]


def test_a_global_read_in_a_loop_is_read_before_it_and_after_slow_polls() -> None:
    body = """(loop $l (local.set $i (i32.add (local.get $i) (global.get $g)))
    (br_if $l (i32.lt_u (local.get $i) (i32.const 100)))) (local.get $i)"""
    graph = memory(body)
    apply(graph, "poll-splitting")
    result = apply(graph, "load-elimination")
    assert result.statistics["inserted"] == 2
    gets = [node for node in graph.reachable() if node.op.name == "GlobalGet"]
    assert sorted(node.effect.op.parameters for node in gets) == ["entry", "slow"]


def test_a_global_called_past_in_a_loop_is_read_again() -> None:
    body = """(loop $l (call $f) (local.set $i (i32.add (local.get $i) (global.get $g)))
    (br_if $l (i32.lt_u (local.get $i) (i32.const 100)))) (local.get $i)"""
    graph = memory(body)
    apply(graph, "poll-splitting")
    result = apply(graph, "load-elimination")
    assert result.statistics["inserted"] == 0 and count(graph, "GlobalGet") == 1


def test_imported_globals_may_be_one() -> None:
    def gets(setter: str) -> tuple[int, PassResult]:
        graph = lifted(
            f"""(module (import "a" "a" (global $a (mut i32))) (import "a" "b" (global $b (mut i32)))
            (import "a" "c" (global $c (mut f32))) (global $own (mut i32) (i32.const 0))
            (func (param i32) (result i32) (global.set $a (local.get 0)) {setter} (global.get $a)))"""
        )
        result = apply(graph, "load-elimination")
        return count(graph, "GlobalGet"), result

    assert gets("(global.set $b (i32.const 1))")[0] == 1
    assert gets("(global.set $c (f32.const 1))")[0] == 0
    assert gets("(global.set $own (i32.const 1))")[0] == 0


def test_sizes_and_tables_are_read_once() -> None:
    graph = lifted(
        """(module (memory 1) (table 1 funcref) (type $t (func))
        (func (param i32) (result i32) (drop (memory.size)) (i32.store (local.get 0) (memory.size))
        (if (local.get 0) (then (drop (memory.grow (i32.const 1)))))
        (i32.add (memory.size) (memory.size))))"""
    )
    apply(graph, "load-elimination")
    assert count(graph, "MemorySize") == 2


def test_reads_leave_loops_that_do_not_write_their_class() -> None:
    """Without polls (inlined endless loops aside, there are none such in practice), by their effect input alone."""
    graph = parsed(
        """
        n0 = Start()
        n1 = Parameter[0, Word64](n0)
        n2 = Parameter[1, Word32](n0)
        n3 = GlobalSet[0, Word32, global0](n1, n2, n0, n0)
        n4 = Loop[2](n0, n11)
        n5 = EffectPhi[2](n3, n8, n4)
        n6 = Phi[Word32, 2](n2, n7, n4)
        n7 = GlobalGet[1, Word32, global1](n1, n8)
        n8 = GlobalSet[2, Word32, global2](n1, n6, n5, n4)
        n9 = Branch(n7, n4)
        n10 = IfFalse(n9)
        n11 = IfTrue(n9)
        n12 = Return[1](n7, n8, n10)
        n13 = End[1](n12)
        """,
        "(Word64, Word32) -> (Word32)",
    )
    result = apply(graph, "load-elimination", across_blocks="false")
    assert result.statistics["raised"] == 1
    [get] = [node for node in graph.reachable() if node.op.name == "GlobalGet"]
    assert get.effect.op.name in ("GlobalSet", "Start") and get.effect.id in (0, 3)


def test_a_read_of_the_stack_limit_stays() -> None:
    graph = memory("(loop $l (br_if $l (local.get $q))) (i32.load (local.get $p))")
    apply(graph, "poll-splitting")
    [limit] = [node for node in graph.reachable() if node.op.name == "StackLimitReached"]
    effect = limit.effect
    apply(graph, "load-elimination")
    assert limit.effect is effect and effect.op.name == "EffectPhi"
