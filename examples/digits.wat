;; Digit sums: a loop, a small function to inline, a division by a constant, a global, and a
;; division that may trap.
;; small: run(100) = 900
;; timed: run(20000) = 370000
(module $digits
  (global $calls (mut i32) (i32.const 0))

  ;; The last digit of $n in a base; traps if $base is 0.
  (func $last_digit (export "last_digit") (param $n i32) (param $base i32) (result i32)
    (i32.rem_u (local.get $n) (local.get $base)))

  ;; The sum of the decimal digits of $n.
  (func $digit_sum (export "digit_sum") (param $n i32) (result i32)
    (local $sum i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (loop $next
      (local.set $sum
        (i32.add (local.get $sum) (call $last_digit (local.get $n) (i32.const 10))))
      (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
      (br_if $next (local.get $n)))
    (local.get $sum))

  ;; The sum of the digit sums of all numbers below $limit.
  (func $run (export "run") (param $limit i32) (result i32)
    (local $i i32)
    (local $total i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $limit)))
        (local.set $total (i32.add (local.get $total) (call $digit_sum (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (local.get $total))

  ;; How often $digit_sum was called.
  (func (export "calls") (result i32)
    (global.get $calls)))
