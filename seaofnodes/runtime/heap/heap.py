"""An engine's heap: structs and arrays, in native memory, which never move (docs/architecture.md, "The heap")."""

from __future__ import annotations

import ctypes
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from seaofnodes.backend.layout import ARRAY_ELEMENTS, ARRAY_LENGTH, CONTEXT_STACK_LIMIT, R11
from seaofnodes.errors import Error, HeapLimitError
from seaofnodes.runtime.code.handles import finder
from seaofnodes.runtime.code.space import Callback, CodeSpace
from seaofnodes.runtime.entry.context import CONTEXT_CHANGES
from seaofnodes.runtime.entry.stubs import saved_register
from seaofnodes.runtime.heap import control as c
from seaofnodes.runtime.heap.collection import Collector, Others, Roots, state_of
from seaofnodes.runtime.heap.ephemerons import Ephemerons
from seaofnodes.runtime.heap.handles import Handle
from seaofnodes.runtime.heap.heap_stubs import ARRAY_TYPE, BUILTINS
from seaofnodes.runtime.heap.machine_code import CollectorCode, bump, collector_code
from seaofnodes.runtime.heap.memory import BLOCK, BLOCK_SHIFT, LARGEST, LINE, HeapMemory
from seaofnodes.runtime.heap.records import TypeRecord, TypeTable
from seaofnodes.runtime.process.exclusion import Mutex
from seaofnodes.runtime.process.native import ALL_ONES, view
from seaofnodes.runtime.process.weak_bag import WeakBag

if TYPE_CHECKING:
    from seaofnodes.runtime.heap.snapshot import Snapshot
    from seaofnodes.runtime.heap.statistics import HeapStatistics, Survivors

_WORDS: Final = ("heap_top", "heap_limit", "heap_types", "heap_refill", "heap_control")
_FRESH: Final = 8  # blocks of an allocation area that has never been used
_LEAST_BUDGET: Final = 8 << 20  # bytes to allocate before a collection
_TRIES: Final = 8
_KEPT_PAUSES: Final = 10_000

T = TypeVar("T")
IsFree = Callable[[], bool]  # to collect

_word: Any = ctypes.c_uint64.from_address
_half: Any = ctypes.c_uint32.from_address


class Heap:
    """Allocates objects. Only the thread that has the engine may allocate or collect; any thread may define types, and
    make handles of what it holds.

    Attributes: roots: callables that give words which may be references to objects; collected: are called when a
    collection has found what is held, whose state byte is then `kept_state`, and free nothing of it; others: references
    of a language that objects may hold; ephemerons: tables of objects; allocating: names of the builtins whose Python
    allocates what nothing holds before they return; limit: bytes; stress: collect and check before every allocation.
    """

    def __init__(
        self,
        space: CodeSpace,
        limit: int,
        frames: Roots = tuple,
        exits: Callable[[], Iterable[tuple[int, int]]] = tuple,
        *,
        stress: bool = False,
    ) -> None:
        """frames: gives the references in the frames of running code; exits: see Unwinder.exits."""
        self.limit = limit
        self.stress = stress
        self.roots: set[Roots] = {frames}
        self.collected: list[Callable[[], None]] = []
        self.others: Others | None = None
        self.ephemerons = Ephemerons()
        self.allocating = {"allocate", "allocate_array"}
        self.types = TypeTable()
        self._space = space
        self._exits = exits
        self._handles: WeakBag[Handle] = WeakBag()
        self._making = Mutex()  # for one thread; it cannot stay taken
        self._memory: HeapMemory | None = None
        self._collector: Collector | None = None
        self._code: CollectorCode | None = None
        self._area = area = space.allocate_words(len(_WORDS))  # the first two change together
        space.names.update((name, area + 8 * i) for i, name in enumerate(_WORDS))
        self._collections = 0
        self._pauses: deque[float] = deque(maxlen=_KEPT_PAUSES)
        self._handed_before = 0  # the last collection

    def _need(self) -> HeapMemory:
        """The memory, which is there from the first type on, as are the builtins: other engines do without."""
        return self._memory or self.types.mutex.run(self._begin)

    def _begin(self) -> HeapMemory:
        if self._memory is None:
            memory = HeapMemory(self.limit)
            self._collector = collector = Collector(memory, self._area, self._space.context + CONTEXT_CHANGES)
            collector[c.BUDGET] = _LEAST_BUDGET
            self._space.define("heap_types", memory.types.start)
            self._space.define("heap_control", collector.address)
            self._space.register(_callbacks(finder(self._space, "heap", self)))
            BUILTINS.install(self._space)
            self._memory = memory
        return self._memory

    @property
    def is_used(self) -> bool:
        """Has there been an object?"""
        return self._collector is not None and self._collector[c.USED] > 0

    def define_type(self, type_id: int, record: TypeRecord) -> None:
        """Make a type of objects known, before the first of them. Raises Error."""
        self.types.define(self._need(), type_id, record)

    def hold_by_type(self, type_id: int, word: int) -> None:
        """Let the objects of a type hold one together, or none (0)."""
        self.types.hold(self._need(), type_id, word)

    def objects(self) -> tuple[int, memoryview]:
        """The address where objects begin, and a view of all bytes that there may be; the heap lives as long."""
        memory = self._need()
        return memory.blocks.start, memory.objects()

    def handle(self, word: int) -> Handle:
        """Keep an object alive that something else holds so far."""
        handle = Handle(word)
        self._handles.add(handle)
        changes = self._space.context + CONTEXT_CHANGES
        self._space.store_word(changes, self._space.load_word(changes) + 1)
        return handle

    def _handled(self) -> list[int]:
        return [handle.word for handle in self._handles.all()]

    # Allocation.

    def allocate(self, size: int, is_free: IsFree | None = None) -> int:
        """Address of zeroed memory for an object; size: bytes, a multiple of 8. It must get its header, and be held,
        before anything else is allocated. Raises HeapLimitError.

        For the Python of a builtin in `allocating`; others are in `make`, and hand on what that gives.
        """
        self._need()
        found = bump()(self._area, size) if size <= LARGEST else ALL_ONES
        return self._allocate(size, is_free or self._is_free_in_builtin) if found == ALL_ONES else found

    def allocation_area(self) -> memoryview:
        """Two u64s: where the next object of at most LARGEST bytes may be put, zeroed memory, and where that ends.
        Python that holds all its objects by `roots` may do so itself, without a call between reading and writing the
        first.
        """
        return view(self._area, 16, self._space).cast("Q")

    def allocate_held(self, size: int) -> int:
        """As `allocate`, for Python that holds all its objects by `roots`, and is no builtin in `allocating`."""
        self._need()
        found = bump()(self._area, size) if size <= LARGEST else ALL_ONES
        return self._allocate(size, self._is_free_to_collect) if found == ALL_ONES else found

    def make(self, function: Callable[[IsFree], T]) -> T:
        """Call a function that allocates one object and holds it before it returns. Python that comes in between, such
        as a finalizer, collects nothing. For the thread that has the engine.
        """
        outermost = not self._making.is_inside()
        return self._making.run(lambda: function(lambda: outermost and not self._is_allocating(inner=True)))

    def array_size(self, type_id: int, length: int) -> int:
        """Bytes of an array."""
        return ARRAY_ELEMENTS + length * self.types.records[type_id].size + 7 & -8

    def allocate_array(self, type_id: int, length: int, is_free: IsFree | None = None) -> int:
        """Address of an array with zeroed elements, or 0 if it is larger than the heap. Raises HeapLimitError.

        is_free: see `allocate`.
        """
        size = self.array_size(type_id, length)
        if size > self.limit:
            return 0
        address = self.allocate(size, is_free)
        _word(address).value = type_id
        _half(address + ARRAY_LENGTH).value = length
        return address

    def _allocate(self, size: int, is_free: IsFree) -> int:
        """Where the area has no room."""
        self._need()
        collector = self._collector
        assert collector is not None
        if self.stress and is_free():
            self._verify()
            self._poll_soon()
        elif _signed(collector[c.BUDGET]) <= 0:
            self._collect_for(size, is_free)
        found = self._find(size) or self._fresh(size)
        if not found:
            self._collect_for(size, is_free)
            found = self._find(size) or self._fresh(size)
        if not found:
            raise HeapLimitError(f"objects need more than the heap's {self.limit:,} bytes")
        return found

    def _collect_for(self, size: int, is_free: IsFree) -> None:
        """Raises HeapLimitError where too little is left then: a full heap must not be collected again and again."""
        collector = self._collector
        assert collector is not None
        if not is_free() or not self._collect():
            collector[c.BUDGET] = _LEAST_BUDGET  # go on without one
            return
        left = (collector[c.COUNT] << BLOCK_SHIFT) - collector[c.LIVE_LINES] * LINE
        if left < max(size, self.limit >> 5):
            raise HeapLimitError(f"objects need more than the heap's {self.limit:,} bytes")

    def _find(self, size: int) -> int:
        """Among what has been freed; 0 if there is nothing."""
        collector, code = self._collector, self._code
        assert collector is not None
        if code is None:
            return 0
        if size <= LARGEST:
            found = code.refill(collector.address, size)
            if self.stress:  # the area stays empty, so that machine code comes here each time
                ctypes.memset(self._area, 0, 16)
            return found
        found = code.take_blocks(collector.address, -(-size // BLOCK))
        if found:
            ctypes.memset(found, 0, size)
        return found

    def _fresh(self, size: int) -> int:
        """In blocks that have never been used; 0 if there are none, or a collection is due."""
        memory, collector = self._memory, self._collector
        assert memory is not None and collector is not None
        if size <= LARGEST and _signed(collector[c.BUDGET]) <= 0:
            return 0
        count = -(-size // BLOCK) if size > LARGEST or self.stress else _FRESH
        count = max(min(count, memory.count - collector[c.USED]), -(-size // BLOCK))
        memory.need(min(collector[c.USED] + count, memory.count))
        block = bump()(collector.address + c.USED, count)
        if block == ALL_ONES:
            return 0
        memory.need(block + count)
        start, end = memory.blocks.start + block * BLOCK, memory.blocks.start + (block + count) * BLOCK
        collector[c.BUDGET] = collector[c.BUDGET] - (end - start) & ALL_ONES
        collector[c.HANDED] += end - start
        if size <= LARGEST and not self.stress:
            ctypes.memmove(self._area, b"".join(word.to_bytes(8, "little") for word in (start + size, end)), 16)
        return start

    # Collections.

    def _is_allocating(self, *, inner: bool) -> bool:
        """Is a builtin about to return an object that nothing holds yet? inner: the one that has called Python last
        counts, too.
        """
        exits = list(self._exits())
        for return_address, _ in exits if inner else exits[1:]:
            found = self._space.find(return_address)
            if found is not None and found.name in self.allocating:
                return True
        return False

    def _is_free_in_builtin(self) -> bool:
        return not self._making.is_inside() and not self._is_allocating(inner=False)

    def _is_free_to_collect(self) -> bool:
        return not self._making.is_inside() and not self._is_allocating(inner=True)

    def collect(self) -> bool:
        """Free the objects that nothing refers to; False if that cannot be done now, inside of an allocation."""
        return self.is_used and self._is_free_to_collect() and self._collect()

    def verify(self) -> None:
        """Look at all objects, collect, look again, make what is free unusable. Raises Error if something is wrong, and
        inside of an allocation.
        """
        if not self.is_used:
            return
        if not self._is_free_to_collect():
            raise Error("objects cannot be checked inside of an allocation")
        self._verify()

    def _verify(self) -> None:
        collector, code = self._collector, self._load()
        assert collector is not None
        roots = [*self.roots, self._handled]
        collector.check(code, roots, after=False)
        if self._collect():
            collector.check(code, roots, after=True)
            code.poison(collector.address)

    def _once(self, collector: Collector, code: CollectorCode) -> bool:
        roots = [*self.roots, self._handled]
        if self.others is None:
            return collector.collect(code, roots, None, self.ephemerons)
        return self.others.while_kept(lambda: collector.collect(code, roots, self.others, self.ephemerons))

    def _load(self) -> CollectorCode:
        """The code, which is there from the first collection on."""
        if self._code is None:
            self._code = collector_code()
            self._space.define("heap_refill", 0 if self.stress else self._code.addresses["refill"])
        return self._code

    def poll(self) -> None:
        """Code has polled: under stress it collects there, too."""
        if self.stress and self.is_used and self._is_free_to_collect():
            self._verify()
            self._poll_soon()

    def _poll_soon(self) -> None:
        self._space.store_word(self._space.context + CONTEXT_STACK_LIMIT, ALL_ONES)

    def _collect(self) -> bool:
        collector = self._collector
        assert collector is not None
        code = self._load()
        for _ in range(_TRIES):
            start = time.perf_counter()
            if self._once(collector, code):
                break
        else:
            return False
        live = collector[c.LIVE_LINES] * LINE
        self._handed_before = collector[c.HANDED]
        collector[c.BUDGET] = budget = max(live, _LEAST_BUDGET)
        if self._memory is not None:
            self._memory.release(collector[c.USED], collector[c.FREE_BLOCKS] - 2 * budget // BLOCK)
        kept = self.kept_state
        self.ephemerons.sweep(lambda word: state_of(word) == kept)
        for inform in self.collected:
            inform()
        self._pauses.append(time.perf_counter() - start)
        self._collections += 1
        return True

    @property
    def kept_state(self) -> int:
        """The state byte of objects that the last collection has found. For `collected`."""
        assert self._collector is not None
        return self._collector[c.DONE_EPOCH]

    def snapshot(self) -> Snapshot:
        """All objects. For the thread that has the engine."""
        from seaofnodes.runtime.heap.snapshot import Snapshot  # rarely needed

        roots = [word for root in self.roots for word in root()]
        held = self._handled()
        others = self.others
        if others is not None:
            roots += others.payloads([*roots, *held], set())
        memory = self._need()
        found = Snapshot(
            self.types.records,
            (lambda word: None) if others is None else others.name_of,
            lambda type_id: self.types.held_by(memory, type_id),
        )
        found.take({"frames, tables, globals": roots, "Python": held})
        return found

    @property
    def statistics(self) -> HeapStatistics:
        """What there is now; survivors, pauses."""
        from seaofnodes.runtime.heap.statistics import HeapStatistics

        collector, memory = self._collector, self._memory
        if collector is None or memory is None:
            return HeapStatistics(0, 0, self.limit, 0, 0, (), {})
        size = collector[c.LIVE_LINES] * LINE + collector[c.HANDED] - self._handed_before
        return HeapStatistics(
            size, collector[c.USED] * BLOCK, self.limit, collector[c.HANDED], self._collections, tuple(self._pauses),
            self._survivors(memory),
        )  # fmt: skip

    def _survivors(self, memory: HeapMemory) -> dict[int, Survivors]:
        from seaofnodes.runtime.heap.statistics import Survivors

        found = {}
        for number, record in self.types.records.items():
            count, size = memory.survivors(number)
            if count:
                found[number] = Survivors(record.name or f"type {number}", count, size)
        return found


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word


def _callbacks(find: Callable[[], Heap]) -> dict[str, Callback]:
    def allocate(frame: int) -> None:
        saved = _word(saved_register(frame, ("r", R11)))
        saved.value = find().allocate(saved.value)

    def allocate_array(frame: int) -> None:
        saved = _word(saved_register(frame, ("r", R11)))
        saved.value = find().allocate_array(_half(frame + ARRAY_TYPE).value, saved.value)

    return {"heap_allocate": allocate, "heap_allocate_array": allocate_array}
