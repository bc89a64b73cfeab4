"""Allocate many times the heap's limit, with a live set of trees, lists and arrays that changes all the time.

    python tools/heap_churn.py --gib 100

Prints how many bytes a second, collections, their pauses, and resident memory, which has to stay flat. What is replaced
is read before, and compared with what was written: a wrong object ends it. Exit code 1 if memory grew.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Final, NamedTuple

from seaofnodes import Engine
from seaofnodes.runtime.heap.statistics import HeapStatistics

MIB: Final = 1 << 20
GIB: Final = 1 << 30
_STEPS: Final = 2000  # structures between two looks at memory
_GROWTH: Final = 8 * MIB  # of resident memory that is no leak

TEXT: Final = b"""(module
  (type $node (sub (struct (field (mut i32)))))
  (type $tree (sub $node (struct (field (mut i32)) (field (mut (ref null $tree))) (field (mut (ref null $tree))))))
  (type $list (sub $node (struct (field (mut i32)) (field (mut (ref null $list))) (field (mut anyref)))))
  (type $bytes (array (mut i8)))
  (type $doubles (array (mut f64)))
  (type $refs (array (mut (ref null eq))))
  (type $slot (struct (field (mut (ref null eq))) (field (mut i32))))
  (type $slots (array (mut (ref null $slot))))
  (global $live (mut (ref $slots)) (array.new_default $slots (i32.const 0)))
  (global $seed (mut i32) (i32.const 2463534242))

  (func $random (result i32) (local $x i32)
    (local.set $x (global.get $seed))
    (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
    (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
    (global.set $seed (local.tee $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5)))))
    (local.get $x))
  (func $below (param $limit i32) (result i32) (i32.rem_u (call $random) (local.get $limit)))

  (func $tree (param $depth i32) (param $value i32) (result (ref $tree))
    (if (result (ref $tree)) (i32.eqz (local.get $depth))
      (then (struct.new $tree (local.get $value) (ref.null $tree) (ref.null $tree)))
      (else (struct.new $tree (local.get $value)
        (call $tree (i32.sub (local.get $depth) (i32.const 1)) (i32.mul (local.get $value) (i32.const 3)))
        (call $tree (i32.sub (local.get $depth) (i32.const 1)) (i32.add (local.get $value) (i32.const 7)))))))
  (func $sum_tree (param $tree (ref null $tree)) (result i32)
    (if (result i32) (ref.is_null (local.get $tree)) (then (i32.const 0))
      (else (i32.add (struct.get $tree 0 (local.get $tree)) (i32.add
        (call $sum_tree (struct.get $tree 1 (local.get $tree)))
        (call $sum_tree (struct.get $tree 2 (local.get $tree))))))))

  (func $list (param $count i32) (param $value i32) (result (ref null $list)) (local $list (ref null $list))
    (loop $next
      (local.set $list (struct.new $list (local.get $value) (local.get $list) (ref.i31 (local.get $count))))
      (local.set $value (i32.add (local.get $value) (i32.const 5)))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $list))
  (func $sum_list (param $list (ref null $list)) (result i32) (local $sum i32)
    (block $end (loop $next
      (br_if $end (ref.is_null (local.get $list)))
      (local.set $sum (i32.add (local.get $sum) (struct.get $list 0 (local.get $list))))
      (local.set $list (struct.get $list 1 (local.get $list)))
      (br $next)))
    (local.get $sum))

  (func $bytes (param $length i32) (param $value i32) (result (ref $bytes))
    (array.new $bytes (local.get $value) (local.get $length)))
  (func $sum_bytes (param $bytes (ref $bytes)) (result i32) (local $at i32) (local $sum i32)
    (local.set $at (array.len (local.get $bytes)))
    (block $end (loop $next
      (br_if $end (i32.eqz (local.get $at)))
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (local.set $sum (i32.add (local.get $sum) (array.get_u $bytes (local.get $bytes) (local.get $at))))
      (br $next)))
    (local.get $sum))

  (func $refs (param $count i32) (param $value i32) (result (ref $refs)) (local $refs (ref $refs))
    (local.set $refs (array.new_default $refs (local.get $count)))
    (block $end (loop $next
      (br_if $end (i32.eqz (local.get $count)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (array.set $refs (local.get $refs) (local.get $count)
        (if (result (ref null eq)) (i32.and (local.get $count) (i32.const 7))
          (then (struct.new $node (i32.add (local.get $value) (local.get $count))))
          (else (call $bytes (i32.mul (local.get $count) (i32.const 3)) (local.get $value)))))
      (br $next)))
    (local.get $refs))
  (func $sum_refs (param $refs (ref $refs)) (result i32) (local $at i32) (local $sum i32)
    (local.set $at (array.len (local.get $refs)))
    (block $end (loop $next
      (br_if $end (i32.eqz (local.get $at)))
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (local.set $sum (i32.add (local.get $sum) (call $sum (array.get $refs (local.get $refs) (local.get $at)))))
      (br $next)))
    (local.get $sum))

  (func $sum (param $any (ref null eq)) (result i32)
    (block $tree (result (ref $tree)) (block $list (result (ref $list)) (block $bytes (result (ref $bytes))
      (block $refs (result (ref $refs)) (block $doubles (result (ref $doubles))
        (drop (br_on_cast $tree (ref null eq) (ref $tree) (local.get $any)))
        (drop (br_on_cast $list (ref null eq) (ref $list) (local.get $any)))
        (drop (br_on_cast $bytes (ref null eq) (ref $bytes) (local.get $any)))
        (drop (br_on_cast $refs (ref null eq) (ref $refs) (local.get $any)))
        (drop (br_on_cast $doubles (ref null eq) (ref $doubles) (local.get $any)))
        (return (struct.get $node 0 (ref.cast (ref $node) (local.get $any)))))
      (local.set $any) (return (array.len (ref.cast (ref array) (local.get $any)))))
     (return (call $sum_refs)))
     (return (call $sum_bytes)))
     (return (call $sum_list)))
    (call $sum_tree))

  (func $make (result (ref null eq)) (local $kind i32) (local $value i32)
    (local.set $value (call $random))
    (local.set $kind (call $below (i32.const 64)))
    (if (i32.lt_u (local.get $kind) (i32.const 20))
      (then (return (call $tree (call $below (i32.const 10)) (local.get $value)))))
    (if (i32.lt_u (local.get $kind) (i32.const 40))
      (then (return (call $list (i32.add (call $below (i32.const 800)) (i32.const 1)) (local.get $value)))))
    (if (i32.lt_u (local.get $kind) (i32.const 52))
      (then (return (call $refs (call $below (i32.const 120)) (local.get $value)))))
    (if (i32.lt_u (local.get $kind) (i32.const 60))
      (then (return (call $bytes (call $below (i32.const 6000)) (local.get $value)))))
    (if (i32.lt_u (local.get $kind) (i32.const 63))
      (then (return (array.new_default $doubles (call $below (i32.const 1500))))))
    (call $bytes (call $below (i32.const 150000)) (local.get $value)))

  (func (export "size") (param $slots i32)
    (global.set $live (array.new_default $slots (local.get $slots))))
  (func (export "churn") (param $steps i32) (local $at i32) (local $old (ref null $slot)) (local $new (ref null eq))
    (loop $next
      (local.set $at (call $below (array.len (global.get $live))))
      (local.set $old (array.get $slots (global.get $live) (local.get $at)))
      (if (ref.is_null (local.get $old)) (then) (else
        (if (i32.ne (call $sum (struct.get $slot 0 (local.get $old))) (struct.get $slot 1 (local.get $old)))
          (then (unreachable)))))
      (local.set $new (call $make))
      (array.set $slots (global.get $live) (local.get $at)
        (struct.new $slot (local.get $new) (call $sum (local.get $new))))
      (br_if $next (local.tee $steps (i32.sub (local.get $steps) (i32.const 1)))))))"""


class Churn(NamedTuple):
    """What came of it. Attributes: statistics: of the heap; live: bytes; seconds: elapsed, and of the processor;
    allocated: bytes in that time; resident: bytes at the first and at the last look, and most.
    """

    statistics: HeapStatistics
    live: int
    seconds: tuple[float, float]
    allocated: int
    resident: tuple[int, int, int]

    @property
    def grew(self) -> bool:
        """Is more memory resident than after the warm-up?"""
        return self.resident[1] - self.resident[0] > _GROWTH

    def __str__(self) -> str:
        found = self.statistics
        pauses = [f"{1000 * value:.2f}" for value in (found.median_pause, found.pause_99, found.longest_pause)]
        first, last, most = (size / MIB for size in self.resident)
        size, (elapsed, used) = self.allocated / GIB, self.seconds
        return (
            f"{size:.2f} GiB allocated in {elapsed:.1f} s, {used:.1f} s of the processor: {size / used:.2f} GiB "
            f"a second of it; limit {found.limit / MIB:.0f} MiB, live {self.live / MIB:.1f} MiB\n"
            f"{found.collections:,} collections; pauses of the last {len(found.pauses):,}, in ms: median {pauses[0]}, "
            f"99 of 100 {pauses[1]}, longest {pauses[2]}\n"
            f"resident: {first:.1f} MiB after the warm-up, {last:.1f} MiB at the end, {most:.1f} MiB at most"
        )


def resident() -> int:
    """Bytes of the process in memory."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmRSS:"))


def churn(total: int, limit: int = 64 * MIB, share: float = 0.5, *, progress: bool = False) -> Churn:
    """Allocate `total` bytes, with a live set of that share of the limit."""
    engine = Engine(heap_limit=limit)
    exports = engine.instantiate(TEXT).exports
    trial = 256
    exports["size"](trial)
    exports["churn"](20 * trial)
    engine.heap.collect()
    slots = int(trial * share * limit / _live(engine))
    exports["size"](slots)
    exports["churn"](10 * slots)
    engine.heap.collect()
    live = _live(engine)
    begun = engine.heap.statistics.allocated
    first = most = resident()
    start = shown = time.perf_counter()
    begun_at = time.process_time()
    while True:
        exports["churn"](_STEPS)
        last = resident()
        most = max(most, last)
        done = engine.heap.statistics.allocated - begun
        now = time.perf_counter()
        if progress and now - shown > 10:
            shown = now
            print(f"{done / GIB:.1f} GiB, {last / MIB:.1f} MiB resident", file=sys.stderr, flush=True)
        if done >= total:
            seconds = now - start, time.process_time() - begun_at
            return Churn(engine.heap.statistics, live, seconds, done, (first, last, most))


def _live(engine: Engine) -> int:
    return sum(one.size for one in engine.heap.survivors)


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gib", type=float, default=10.0, help="to allocate (default: 10)")
    parser.add_argument("--limit", type=int, default=64, metavar="MIB", help="of the heap (default: 64)")
    parser.add_argument("--live", type=float, default=0.5, metavar="SHARE", help="of the limit (default: 0.5)")
    options = parser.parse_args()
    found = churn(int(options.gib * GIB), options.limit * MIB, options.live, progress=sys.stderr.isatty())
    print(found)
    if found.grew:
        print("resident memory grew", file=sys.stderr)
    return found.grew


if __name__ == "__main__":
    sys.exit(main())
