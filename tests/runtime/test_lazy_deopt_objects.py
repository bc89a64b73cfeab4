"""Objects that optimized code has not made are made where a call returns to code whose assumptions have ended.

The language here has references in its frames: words, through which these tests read. `resume` looks at the objects as
soon as they are there, and once more when everything that nothing holds has been freed and written over.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Final

import pytest

from seaofnodes import Engine
from seaofnodes.backend.layout import ARRAY_ELEMENTS, ARRAY_LENGTH, OBJECT_TAG, OBJECT_TYPE, TYPE_ARRAY, TYPE_STRUCT
from seaofnodes.errors import HeapLimitError, UnsupportedError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, machine as m, objects as o
from seaofnodes.ir.ops.shapes import ArrayShape, ElementAccess, FieldAccess, ObjectType, StructShape
from seaofnodes.ir.types import REFERENCE, WORD32, WORD64
from seaofnodes.language import Frame, FunctionInfo, Language, Lifter, Value
from seaofnodes.runtime.heap.handles import Handle
from seaofnodes.runtime.heap.heap import Heap, IsFree
from seaofnodes.runtime.heap.records import TypeRecord
from seaofnodes.runtime.tiers.events import DeoptEvent

PAIR_TYPE, NODE_TYPE, LIST_TYPE = ObjectType("struct", 0), ObjectType("struct", 1), ObjectType("array", 2)
A, B = FieldAccess(0, 0, "Word32", WORD32, 8), FieldAccess(0, 1, "Word64", WORD64, 16)
VALUE, NEXT, PLACE = (
    FieldAccess(1, 0, "Word64", WORD64, 8),
    FieldAccess(1, 1, "Reference", REFERENCE, 16),
    FieldAccess(1, 2, "Reference", REFERENCE, 24),
)
ELEMENT = ElementAccess(2, "Reference", REFERENCE)
PAIR, NODE = StructShape(PAIR_TYPE, 24, (A, B)), StructShape(NODE_TYPE, 32, (VALUE, NEXT, PLACE))
LIST = ArrayShape(LIST_TYPE, ELEMENT, 3)
RECORDS: Final = (
    TypeRecord(TYPE_STRUCT, 24, (), (), "pair"),
    TypeRecord(TYPE_STRUCT, 32, (16, 24), (), "node"),
    TypeRecord(TYPE_ARRAY, 8, (ARRAY_ELEMENTS,), (), "list"),
    TypeRecord(TYPE_STRUCT, 32, (), (), "filler"),
)
Bodies = dict[str, tuple[FunctionInfo, Callable[..., Any]]]
WORD, HALF = ctypes.c_uint64.from_address, ctypes.c_uint32.from_address


class Objects(Language):
    """Functions are methods: of Python ("host", "end"), or such that give a lifter's steps, and what follows them.

    Attributes: seen: what `resume` has found in each frame; ids: types of the heap; ends: does a call of "end" end the
    assumption?; heap.
    """

    heap: Heap
    ids: tuple[int, ...]

    def __init__(self, bodies: Bodies) -> None:
        self.bodies = list(bodies.values())
        self.functions = [info for info, _ in self.bodies]
        self.numbers = {name: index for index, name in enumerate(bodies)}
        self.assumption: Any = None
        self.seen: list[tuple[str, tuple[Value, ...], tuple[Value, ...] | None]] = []
        self.look: Callable[[tuple[Value, ...]], object] = lambda values: None
        self.found: list[object] = []
        self.ends = False

    def interpret(self, function: int, arguments: tuple[Value, ...]) -> Sequence[Value]:
        info, body = self.bodies[function]
        if info.size > 1:
            raise AssertionError(f"{info.name} is compiled at once")
        found: Sequence[Value] = body(self, *arguments)
        return found

    def lift(self, function: int, start: int) -> Graph:
        info, body = self.bodies[function]
        if info.size == 1:
            raise UnsupportedError("Python's")
        lifter = Lifter(info.name, info.parameters, info.results, function=function, start=start)
        lifter.values = [*map(lifter.parameter, range(len(info.parameters)))]
        steps: list[Callable[[], None]] = body(self, lifter)
        return lifter.run(range(len(steps)), lambda at: steps[at]())

    def resume(self, frame: Frame) -> Sequence[Value]:
        name = self.functions[frame.function].name
        self.seen.append((name, frame.values, frame.callee_results))
        assert frame.callee_results is not None
        before = self.look(frame.values)
        for _ in range(3):  # what nothing holds is free, and used again
            self.churn()
        assert self.look(frame.values) == before
        self.found.append(before)
        return (frame.callee_results[-1],)

    def compile(self) -> None:
        """Python cannot call what has references as parameters."""
        for index, (info, _) in enumerate(self.bodies):
            if info.size > 1:
                self.program._count(index, -1)  # type: ignore[attr-defined]

    # For lifting.

    def depend(self, lifter: Lifter) -> None:
        if self.assumption is None:
            self.assumption = self.program.assumption("nothing ends")
        lifter.depends_on(self.assumption)

    def call(self, lifter: Lifter, name: str, *arguments: Node) -> list[Node]:
        number = self.numbers[name]
        return lifter.call(number, arguments, self.functions[number].results, site=lifter.offset)

    def end(self) -> None:
        """In a call: everything that is held by nothing but what is still to be made goes, and the assumption ends."""
        if self.ends:
            self.ends = False
            self.assumption.invalidate()
            self.assumption = None
        self.churn()

    def churn(self) -> None:
        """Free what nothing holds, and write over it."""
        for _ in range(2):
            for _ in range(40):
                self.heap.make(self._fill)
            assert self.heap.collect()

    def _fill(self, is_free: IsFree) -> Handle:
        address = self.heap.allocate(32, is_free)
        HALF(address + OBJECT_TYPE).value = self.ids[-1]
        for offset in (8, 16, 24):
            WORD(address + offset).value = 0x5A5A5A5A
        return self.heap.handle(address | OBJECT_TAG)


def info(name: str, parameters: str, results: str, size: int = 1) -> FunctionInfo:
    types = {"l": WORD64, "r": REFERENCE}
    return FunctionInfo(name, tuple(types[one] for one in parameters), tuple(types[one] for one in results), size)


def read(word: Value, field: FieldAccess) -> int:
    found: int = (HALF if field.width == 32 else WORD)(int(word) - OBJECT_TAG + field.offset).value
    return found


def type_of(program: Objects, word: Value) -> int:
    return program.ids.index(HALF(int(word) - OBJECT_TAG + OBJECT_TYPE).value)


def loaded(bodies: Bodies, **options: Any) -> tuple[Objects, list[DeoptEvent]]:
    engine = Engine(**{"background": False, "strict": True, "verify": True, "tier": "optimized", **options})
    program = Objects(bodies)
    heap = program.heap = engine.store.runtime.heap
    program.ids = tuple(heap.types.new_id() for _ in RECORDS)
    for id, record in zip(program.ids, RECORDS, strict=True):
        heap.define_type(id, record._replace(display=(id,)))
    engine.load_program(program)
    program.program.unit.lowering = SimpleNamespace(type_ids=program.ids)  # type: ignore[attr-defined]
    program.compile()
    left: list[DeoptEvent] = []
    engine.on_deopt(left.append)
    return program, left


OPTIONS: list[dict[str, Any]] = [
    {}, {"stress_gc": True}, {"inline": False}, {"stress_inline": True}, {"stress_inline": True, "stress_gc": True},
    {"pipeline": "inline,escape-analysis"},
]  # fmt: skip
EVERY = pytest.mark.parametrize("options", OPTIONS, ids=str)


def host(program: Objects, n: int) -> tuple[Value, ...]:
    program.end()
    return (n + 1,)


HOST = info("host", "l", "l"), host


def null(lifter: Lifter) -> Node:
    return lifter.graph.constant(common.NULL_CONSTANT)


def circle(program: Objects, lifter: Lifter) -> list[Callable[[], None]]:
    """f(n): one pair under two names and in two nodes that refer to each other; then host(n), and what is in them."""

    def make() -> None:
        program.depend(lifter)
        n = lifter.values[0]
        pair = lifter.op(o.allocate_struct(PAIR), lifter.op(m.TRUNCATE_INT64_TO_INT32, n), n)
        x = lifter.op(o.allocate_struct(NODE), n, null(lifter), pair)
        y = lifter.op(o.allocate_struct(NODE), lifter.graph.int64(7), x, pair)
        lifter.op(o.store_field(NEXT), x, y)
        more = lifter.op(m.INT64_ADD, n, lifter.graph.int64(1000))
        lifter.op(o.store_field(B), pair, more)
        lifter.values += [pair, x, y, pair]

    def use() -> None:
        [given] = program.call(lifter, "host", lifter.values[0])
        lifter.values.append(given)

    def give() -> None:
        *_, pair, given = lifter.values
        lifter.return_(lifter.op(m.INT64_ADD, given, lifter.op(o.load_field(B), pair)))

    return [make, use, give]


@EVERY
def test_a_circle_and_what_is_shared(options: dict[str, Any]) -> None:
    program, left = loaded({"host": HOST, "f": (info("f", "l", "l", 3), circle)}, **options)

    def look(values: tuple[Value, ...]) -> object:
        n, pair, x, y, again = values
        assert pair == again and len({pair, x, y}) == 3
        assert [type_of(program, one) for one in (pair, x, y)] == [0, 1, 1]
        assert (read(x, NEXT), read(y, NEXT)) == (y, x) and read(x, PLACE) == read(y, PLACE) == pair
        return n, read(pair, A), read(pair, B), read(x, VALUE), read(y, VALUE)

    program.look = look
    run = program.program.functions["f"]  # type: ignore[attr-defined]
    for n in (3, 4):
        assert run(n) == (2 * n + 1001,)
    assert not left
    for n in (5, 6):
        program.ends = True
        assert run(n) == (n + 1,)  # what `resume` gives
        assert program.found.pop() == (n, n, n + 1000, n, 7) and not program.found
        assert run(n) == (2 * n + 1001,)
    assert [(event.is_lazy, event.objects) for event in left] == [(True, 3)] * 2


def held(program: Objects, lifter: Lifter) -> list[Callable[[], None]]:
    """f(n): a list that is not made has a pair that is, which nothing else holds while host(pair, n) runs."""

    def make() -> None:
        program.depend(lifter)
        n = lifter.values[0]
        real = lifter.op(o.allocate_struct(PAIR), lifter.op(m.TRUNCATE_INT64_TO_INT32, n), n)
        virtual = lifter.op(o.allocate_struct(PAIR), lifter.graph.int32(9), n)
        items = lifter.op(o.allocate_elements(LIST), real, virtual, real)
        given = program.call(lifter, "show", real, n)
        lifter.values += [items, virtual, *given]

    def keep() -> None:
        lifter.values += program.call(lifter, "host", lifter.values[0])

    def give() -> None:
        _, items, _, first, second = lifter.values
        real = lifter.op(o.load_element(ELEMENT), items, lifter.graph.int32(0))
        total = lifter.op(m.INT64_ADD, first, lifter.op(o.load_field(B), real))
        lifter.return_(lifter.op(m.INT64_ADD, total, second))

    return [make, keep, give]


@EVERY
def test_what_is_only_in_what_is_not_made(options: dict[str, Any]) -> None:
    """A collection during the call finds it."""

    def show(program: Objects, pair: int, n: int) -> tuple[Value, ...]:
        shown.append(pair)
        return (read(pair, B) + n,)

    shown: list[int] = []
    bodies: Bodies = {"show": (info("show", "rl", "l"), show), "host": HOST, "f": (info("f", "l", "l", 3), held)}
    program, left = loaded(bodies, **options)

    def look(values: tuple[Value, ...]) -> object:
        n, items, virtual, _ = values
        assert type_of(program, items) == 2 and HALF(int(items) - OBJECT_TAG + ARRAY_LENGTH).value == 3
        first, second, third = [WORD(int(items) - OBJECT_TAG + ARRAY_ELEMENTS + 8 * i).value for i in range(3)]
        assert first == third == shown[-1] and second == virtual
        return n, read(first, A), read(first, B), read(second, A), read(second, B)

    program.look = look
    run = program.program.functions["f"]  # type: ignore[attr-defined]
    assert run(3) == (13,) and not left
    program.ends = True
    assert run(4) == (5,)
    assert program.found == [(4, 4, 4, 9, 4)]
    assert [(event.is_lazy, event.objects) for event in left] == [(True, 2)]
    assert run(5) == (21,)


def outer(program: Objects, lifter: Lifter) -> list[Callable[[], None]]:
    """f(n): g is called with two objects that refer to one; it may be inlined, and calls host."""

    def make() -> None:
        program.depend(lifter)
        n = lifter.values[0]
        pair = lifter.op(o.allocate_struct(PAIR), lifter.op(m.TRUNCATE_INT64_TO_INT32, n), n)
        node = lifter.op(o.allocate_struct(NODE), n, null(lifter), pair)
        lifter.values += [pair, node]

    def use() -> None:
        n, pair, node = lifter.values
        lifter.values += program.call(lifter, "g", pair, node, n)

    def give() -> None:
        lifter.return_(lifter.values[-1])

    return [make, use, give]


def inner(program: Objects, lifter: Lifter) -> list[Callable[[], None]]:
    def make() -> None:
        program.depend(lifter)
        pair, node, _ = lifter.values
        own = lifter.op(o.allocate_struct(NODE), lifter.graph.int64(8), node, pair)
        lifter.op(o.store_field(NEXT), node, own)
        lifter.values.append(own)

    def use() -> None:
        lifter.values += program.call(lifter, "host", lifter.values[2])

    def give() -> None:
        pair, _, _, _, given = lifter.values
        lifter.return_(lifter.op(m.INT64_ADD, given, lifter.op(o.load_field(B), pair)))

    return [make, use, give]


@EVERY
def test_two_frames_have_the_same_objects(options: dict[str, Any]) -> None:
    bodies: Bodies = {"host": HOST, "g": (info("g", "rrl", "l", 3), inner), "f": (info("f", "l", "l", 3), outer)}
    program, left = loaded(bodies, **options)
    frames: list[tuple[Value, ...]] = []

    def look(values: tuple[Value, ...]) -> object:
        frames.append(values)
        if len(values) == 3:  # f's
            n, pair, node = values
            own: Value = read(node, NEXT)
        else:
            pair, node, n, own = values
        assert read(node, NEXT) == own and read(own, NEXT) == node and read(node, PLACE) == read(own, PLACE) == pair
        return n, read(pair, B), read(node, VALUE), read(own, VALUE), pair, node, own

    program.look = look
    run = program.program.functions["f"]  # type: ignore[attr-defined]
    for n in (3, 4):
        assert run(n) == (2 * n + 1,)
    assert not left
    program.ends = True
    assert run(5) == (6,)
    first, second = program.found
    assert first == second and first[:4] == (5, 5, 5, 8)  # type: ignore[index]
    assert [name for name, _, _ in program.seen] == ["g", "f"]
    if options.get("stress_inline"):
        assert [(event.is_lazy, event.objects) for event in left] == [(True, 3)]
    program.compile()
    assert run(6) == (13,)


def given(program: Objects, lifter: Lifter) -> list[Callable[[], None]]:
    """f(n): an object that is not made, and one that the callee gives."""

    def make() -> None:
        program.depend(lifter)
        n = lifter.values[0]
        pair = lifter.op(o.allocate_struct(PAIR), lifter.graph.int32(1), n)
        lifter.values += [pair, lifter.op(o.allocate_struct(NODE), n, null(lifter), pair)]

    def use() -> None:
        lifter.values += program.call(lifter, "make", lifter.values[0])

    def give() -> None:
        _, pair, _, made, number = lifter.values
        total = lifter.op(m.INT64_ADD, lifter.op(o.load_field(B), pair), lifter.op(o.load_field(B), made))
        lifter.return_(lifter.op(m.INT64_ADD, total, number))

    return [make, use, give]


def making(program: Objects, lifter: Lifter) -> list[Callable[[], None]]:
    """make(n): host(n), then a pair that nothing else refers to."""

    def use() -> None:
        lifter.values += program.call(lifter, "host", lifter.values[0])

    def give() -> None:
        n, number = lifter.values
        lifter.return_(lifter.op(o.allocate_struct(PAIR), lifter.graph.int32(3), n), number)

    return [use, give]


@pytest.mark.parametrize("options", [{"inline": False}, {"inline": False, "stress_gc": True}], ids=str)
def test_what_the_call_gives_is_held_meanwhile(options: dict[str, Any]) -> None:
    """Making objects may collect, when the call's result is in a register only."""
    bodies: Bodies = {
        "host": HOST, "make": (info("make", "l", "rl", 2), making), "f": (info("f", "l", "l", 3), given),
    }  # fmt: skip
    program, left = loaded(bodies, **options)

    def look(values: tuple[Value, ...]) -> object:
        n, pair, node = values
        [(_, _, (made, number))] = program.seen  # type: ignore[misc]
        assert type_of(program, made) == 0 and len({pair, node, made}) == 3
        return n, read(pair, B), read(node, PLACE) == pair, read(made, A), read(made, B), number

    program.look = look
    run = program.program.functions["f"]  # type: ignore[attr-defined]
    assert run(20) == (61,) and not left
    program.ends = True
    assert run(30) == (31,)
    assert program.found == [(30, 30, True, 3, 30, 31)]
    assert [(event.is_lazy, event.objects) for event in left] == [(True, 2)]


def test_the_heap_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be made is an error like that of any allocation; nobody resumes, and nothing is broken."""
    program, _ = loaded({"host": HOST, "f": (info("f", "l", "l", 3), circle)})
    run = program.program.functions["f"]  # type: ignore[attr-defined]
    assert run(3) == (1007,)
    allocate = Heap.allocate
    made: list[int] = []

    def full(self: Heap, size: int, is_free: IsFree | None = None) -> int:
        made.append(size)
        if len(made) > 1:
            raise HeapLimitError("full")
        return allocate(self, size, is_free)

    program.ends = True
    with monkeypatch.context() as patched:
        patched.setattr(Objects, "churn", lambda self: None)
        patched.setattr(Heap, "allocate", full)
        with pytest.raises(HeapLimitError, match="full"):
            run(4)
    assert len(made) == 2 and not program.seen
    assert run(5) == (1011,)
    program.ends = True
    program.look = lambda values: values
    assert run(6) == (7,) and len(program.seen) == 1
