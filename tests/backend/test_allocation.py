"""The register allocator on sequences made by hand: what good code looks like."""

from __future__ import annotations

import pytest

from seaofnodes.backend.allocation import Allocation, AllocationError, allocate, check
from seaofnodes.backend.instruction import (
    REMATERIALIZE,
    Block,
    Instruction,
    Move,
    Sequence,
    anywhere,
    fixed,
    incoming,
    is_memory,
    late,
    register,
    register_or_slot,
    same_as_first,
)

RAX, RCX, RDX, RBX, RSI = 0, 1, 2, 3, 6


class Builder:
    """Shorthand: blocks by name, virtual registers by attribute."""

    def __init__(self) -> None:
        self.sequence = Sequence()
        self.blocks: dict[str, Block] = {}
        self.names: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        if name not in self.names:
            self.names[name] = self.sequence.new_register("x" if name[0] == "x" else "r", reference=name[0] == "g")
        return self.names[name]

    def flow(self, **edges: str) -> None:
        """Blocks in order, with their successors; capital letters are deferred blocks."""
        for name in edges:
            self.blocks[name] = self.sequence.new_block(name.isupper())
        for name, targets in edges.items():
            for target in targets.split():
                self.sequence.connect(self.blocks[name].index, self.blocks[target].index)

    def emit(
        self,
        block: str,
        opcode: str,
        defs: list[int],
        uses: list[int],
        *,
        is_call: bool = False,
        commutative: bool = False,
        temps: list[int] | None = None,
    ) -> Instruction:
        """Append an instruction."""
        instruction = Instruction(opcode, defs, uses, is_call=is_call, commutative=commutative, temps=temps)
        self.blocks[block].instructions.append(instruction)
        return instruction

    def jumps(self) -> None:
        """End the blocks with one successor."""
        for block in self.sequence.blocks:
            if len(block.successors) == 1:
                block.instructions.append(Instruction("jump", [], []))

    def constant(self, block: str, name: str) -> None:
        """Define a rematerializable value."""
        self.sequence.rematerializable[self[name]] = name
        self.emit(block, "constant", [anywhere(self[name])], [])

    def allocate(self, integers: tuple[int, ...] = (RAX, RCX, RDX, RBX, RSI, 7, 8, 9)) -> Allocation:
        """Allocate and check."""
        allocation = allocate(self.sequence, integers)
        check(allocation)
        return allocation

    def moves(self, *blocks: str) -> list[Move]:
        """All moves in these blocks."""
        return [m for name in blocks for i in self.blocks[name].instructions for m in i.moves or ()]


def test_recursive_calls() -> None:
    """fib: the argument is stored only where it is needed after a call, the first result once."""
    b = Builder()
    b.flow(entry="small large", small="", large="")
    b.sequence.rematerializable[b["instance"]] = "instance"
    b.emit("entry", "start", [fixed(b["instance"], RSI), fixed(b["n"], RAX)], [])
    b.emit("entry", "branch", [], [register_or_slot(b["n"])])
    b.emit("small", "return", [], [fixed(b["n"], RAX)])
    b.emit("large", "sub", [same_as_first(b["n1"])], [register(b["n"])])
    b.emit("large", "call", [fixed(b["r1"], RAX)], [fixed(b["instance"], RSI), fixed(b["n1"], RAX)], is_call=True)
    b.emit("large", "sub", [same_as_first(b["n2"])], [register(b["n"])])
    b.emit("large", "call", [fixed(b["r2"], RAX)], [fixed(b["instance"], RSI), fixed(b["n2"], RAX)], is_call=True)
    add = b.emit(
        "large",
        "add",
        [same_as_first(b["sum"])],
        [register_or_slot(b["r1"]), register_or_slot(b["r2"])],
        commutative=True,
    )
    b.emit("large", "return", [], [fixed(b["sum"], RAX)])
    allocation = b.allocate()
    assert b.moves("entry", "small") == []
    slots = [location for _, location, _ in b.moves("large") if is_memory(location)]
    assert len(slots) == len(set(slots)) == allocation.slots == 2  # both stored once
    assert [m for m in b.moves("large") if m[0] == REMATERIALIZE] == [(REMATERIALIZE, RSI, b["instance"])]
    assert add.def_locations == [RAX]
    assert is_memory(add.use_locations[1])  # r1 is added from its slot
    assert len(b.moves("large")) == 4


@pytest.mark.parametrize("wide", [False, True])
def test_wide_constants_are_copied(wide: bool) -> None:
    """A constant that instructions destroy is made for each of them; one whose `mov` is long, once, before the loop."""
    b = Builder()
    b.flow(entry="body", body="back done", back="body", done="")
    b.emit("entry", "start", [fixed(b["a"], RAX)], [])
    b.constant("entry", "k")
    if wide:
        b.sequence.wide.add(b["k"])
    b.blocks["body"].phis = [(b["x"], [b["a"], b["x3"]])]
    for number in (1, 2, 3):
        b.emit("body", "imul", [same_as_first(b[f"y{number}"])], [register(b["k"]), register_or_slot(b["a"])])
        before = b["x"] if number == 1 else b[f"x{number - 1}"]
        b.emit("body", "add", [same_as_first(b[f"x{number}"])], [register(before), register(b[f"y{number}"])])
    b.emit("body", "branch", [], [register(b["x3"])])
    b.emit("done", "return", [], [fixed(b["x3"], RAX)])
    b.jumps()
    b.allocate()
    made = [m for m in b.moves("body") if m[0] == REMATERIALIZE]
    assert len(made) == (0 if wide else 3)
    assert len([m for m in b.moves("entry") if m[0] == REMATERIALIZE]) == (1 if wide else 0)


def loop_with_slow_path(b: Builder, slow: str) -> None:
    edges = {"entry": "head", "head": f"fast {slow}", "fast": "body", slow: "body", "body": "back done"}
    b.flow(**edges, back="head", done="")
    b.sequence.rematerializable[b["instance"]] = "instance"
    b.emit("entry", "start", [fixed(b["instance"], RSI), *(fixed(b[n], i) for i, n in enumerate("abn"))], [])
    b.constant("entry", "i0")
    b.constant("entry", "s0")
    b.blocks["head"].phis = [(b["i"], [b["i0"], b["i1"]]), (b["s"], [b["s0"], b["s2"]])]
    b.emit("head", "branch", [], [register(b["i"])])
    b.emit(slow, "call", [], [fixed(b["instance"], RSI)], is_call=True)
    b.emit("body", "add", [same_as_first(b["s1"])], [register(b["s"]), register_or_slot(b["a"])], commutative=True)
    b.emit("body", "xor", [same_as_first(b["s2"])], [register_or_slot(b["b"]), register(b["s1"])], commutative=True)
    b.emit("body", "add", [same_as_first(b["i1"])], [register(b["i"])])
    b.emit("body", "branch", [], [register(b["i1"]), register_or_slot(b["n"])])
    b.emit("done", "return", [], [fixed(b["s2"], RAX)])
    b.jumps()


def test_a_deferred_call_costs_the_loop_nothing() -> None:
    b = Builder()
    loop_with_slow_path(b, "SLOW")
    allocation = b.allocate()
    assert b.moves("head", "fast", "body", "back") == []
    assert [block.deferred for block in allocation.order] == [False] * 6 + [True]
    stores = [m for m in b.moves("SLOW") if is_memory(m[1])]
    assert len(stores) == 5  # a, b, n, i, s; the instance has its own place


def test_a_call_on_one_of_two_paths_costs_the_other_nothing() -> None:
    b = Builder()
    loop_with_slow_path(b, "slow")
    b.allocate()
    assert b.moves("head", "fast", "body", "back") == []


def test_values_stay_where_they_are_in_deferred_blocks() -> None:
    b = Builder()
    b.flow(entry="one ONE", ONE="one", one="two TWO", TWO="two", two="")
    b.emit("entry", "start", [fixed(b["in_memory"], RAX), fixed(b["c"], RCX)], [])
    b.emit("entry", "call", [fixed(b["a"], RAX)], [fixed(b["c"], RCX)], is_call=True)
    b.emit("entry", "op", [register(b["c2"])], [register(b["a"])])
    b.emit("entry", "branch", [], [register(b["a"])])
    b.emit("one", "branch", [], [register(b["a"])])
    b.emit("ONE", "check", [], [register(b["c2"]), late(anywhere(b["in_memory"]))])
    b.emit("TWO", "check", [], [register(b["in_memory"]), anywhere(b["a"])])
    b.emit("two", "op", [register(b["r"])], [register(b["a"]), register(b["c2"])])
    b.emit("two", "return", [], [fixed(b["r"], RAX), fixed(b["in_memory"], RCX)])
    b.jumps()
    b.allocate()
    assert b.moves("ONE") == []
    assert [is_memory(m[0]) for m in b.moves("TWO")] == [True]


def test_a_value_not_used_in_a_loop_leaves_before_it() -> None:
    b = Builder()
    b.flow(entry="head", head="back done", back="head", done="")
    registers = (RAX, RCX, RDX, RBX, RSI)
    names = [f"v{i}" for i in range(5)]
    b.emit("entry", "start", [fixed(b[name], i) for name, i in zip(names, registers, strict=True)], [])
    b.emit("head", "op", [register(b["t"])], [register(b[name]) for name in names[:3]])
    b.emit("head", "op", [register(b["u"])], [register(b["t"]), register(b["v0"])])
    b.emit("head", "branch", [], [register(b["t"]), register(b["u"]), *(register(b[n]) for n in names[:3])])
    b.emit("done", "return", [], [fixed(b["v3"], RAX), fixed(b["v4"], RCX)])
    b.jumps()
    b.allocate(registers)
    assert b.moves("head", "back") == []
    assert [is_memory(m[1]) for m in b.moves("entry")] == [True, True]


def test_a_value_used_in_a_loop_is_loaded_before_it() -> None:
    b = Builder()
    b.flow(entry="head", head="back done", back="head", done="")
    b.emit("entry", "start", [fixed(b["a"], RAX), fixed(b["b"], RCX)], [])
    b.emit("entry", "call", [], [], is_call=True)
    b.emit("head", "op", [], [register(b["a"]), register_or_slot(b["b"])])
    b.emit("head", "branch", [], [register(b["a"])])
    b.emit("done", "return", [], [fixed(b["a"], RAX)])
    b.jumps()
    b.allocate()
    assert b.moves("head", "back") == []
    assert len(b.moves("entry")) == 4


def test_stack_arguments_are_their_own_slots() -> None:
    b = Builder()
    b.flow(entry="")
    b.emit("entry", "start", [incoming(b["a"], 0), incoming(b["b"], 3)], [])
    b.emit("entry", "call", [], [fixed(b["b"], RAX)], is_call=True)
    add = b.emit("entry", "add", [same_as_first(b["c"])], [register_or_slot(b["a"]), register_or_slot(b["b"])])
    b.emit("entry", "return", [], [fixed(b["c"], RAX)])
    assert b.allocate().slots == 0
    assert add.use_locations == [RAX, -4]
    assert b.moves("entry") == [(-4, RAX, b["b"]), (-1, RAX, b["a"])]


def test_constants_are_made_where_they_are_used() -> None:
    b = Builder()
    b.flow(entry="")
    b.constant("entry", "k")
    b.emit("entry", "call", [], [fixed(b["k"], RCX)], is_call=True)
    push = b.emit("entry", "push", [], [anywhere(b["k"])])
    b.emit("entry", "return", [], [fixed(b["k"], RAX)])
    assert b.allocate().slots == 0
    assert push.use_locations == [REMATERIALIZE]
    assert b.moves("entry") == [(REMATERIALIZE, RCX, b["k"]), (REMATERIALIZE, RAX, b["k"])]


def test_phis_that_swap() -> None:
    b = Builder()
    b.flow(entry="head", head="back done", back="head", done="")
    b.emit("entry", "start", [fixed(b["a"], RAX), fixed(b["b"], RCX)], [])
    b.blocks["head"].phis = [(b["p"], [b["a"], b["q"]]), (b["q"], [b["b"], b["p"]])]
    b.emit("head", "branch", [], [register(b["p"]), register(b["q"])])
    b.emit("done", "return", [], [fixed(b["p"], RAX), fixed(b["q"], RCX)])
    b.jumps()
    b.allocate()
    assert b.moves("entry", "head", "done") == []
    assert len(b.moves("back")) == 3  # through the scratch register


def test_division() -> None:
    b = Builder()
    b.flow(entry="")
    b.emit("entry", "start", [fixed(b["a"], RDX), fixed(b["b"], RAX)], [])
    div = b.emit(
        "entry",
        "div",
        [fixed(b["q"], RAX)],
        [fixed(b["a"], RAX), late(register(b["b"]))],
        temps=[fixed(0, RDX)],
    )
    b.emit("entry", "return", [], [fixed(b["q"], RAX), fixed(b["b"], RCX)])
    b.allocate()
    assert div.use_locations == [RAX, RCX]
    assert len(b.moves("entry")) == 2


def test_safepoints_tell_references() -> None:
    b = Builder()
    b.flow(entry="")
    b.emit("entry", "start", [fixed(b["g1"], RAX), fixed(b["g2"], RCX), fixed(b["i"], RDX), incoming(b["g3"], 1)], [])
    one = b.emit("entry", "call", [fixed(b["g4"], RAX)], [fixed(b["g2"], RAX)], is_call=True)
    two = b.emit("entry", "call", [], [register(b["i"]), late(anywhere(b["g3"]))], is_call=True)
    b.emit("entry", "return", [], [fixed(b["g1"], RAX), fixed(b["g4"], RCX)])
    allocation = b.allocate()
    slot = {name: two_ranges(allocation, b[name]) for name in ("g1", "g4")}
    assert allocation.safepoints[one.position] == tuple(sorted((-2, slot["g1"])))
    assert allocation.safepoints[two.position] == tuple(sorted((-2, slot["g1"], slot["g4"])))


def two_ranges(allocation: Allocation, vreg: int) -> int:
    """The slot of a virtual register that is somewhere else first."""
    *_, (_, _, location) = allocation.live_ranges(vreg)
    assert is_memory(location)
    return location


def test_too_few_registers() -> None:
    b = Builder()
    b.flow(entry="")
    b.emit("entry", "start", [fixed(b[name], i) for i, name in enumerate("abc")], [])
    b.emit("entry", "op", [], [register(b[name]) for name in "abc"])
    with pytest.raises(AllocationError, match="no register for virtual register"):
        b.allocate((RAX, RCX))


def test_use_without_definition() -> None:
    b = Builder()
    b.flow(entry="one two", one="", two="")
    b.emit("entry", "branch", [], [])
    b.emit("one", "return", [register(b["a"])], [])
    b.emit("two", "return", [], [register(b["a"])])
    with pytest.raises(AllocationError, match="definition has not been executed"):
        b.allocate()
