;; For the tutorial on dataflow: a checksum that is masked in every turn, though it never has more than eight bits.
(module
  (memory (export "memory") 1)
  (func $checksum (export "checksum") (param $p i32) (param $end i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum
        (i32.and
          (i32.xor (i32.shr_u (local.get $sum) (i32.const 1)) (i32.load8_u (local.get $p)))
          (i32.const 255)))
      (br_if $next (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 1))) (local.get $end))))
    (local.get $sum)))
