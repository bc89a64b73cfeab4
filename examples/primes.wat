;; Counts primes with a sieve in memory: byte stores and loads in short loops, and a call in the innermost one.
;; small: run(100) = 25
;; timed: run(60000) = 6057
(module $primes
  (memory 1)

  ;; Strike out $n.
  (func $strike (param $n i32)
    (i32.store8 (local.get $n) (i32.const 1)))

  ;; Strike out the multiples of $prime below $limit, from its square on.
  (func $multiples (param $prime i32) (param $limit i32)
    (local $n i32)
    (local.set $n (i32.mul (local.get $prime) (local.get $prime)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $n) (local.get $limit)))
        (call $strike (local.get $n))
        (local.set $n (i32.add (local.get $n) (local.get $prime)))
        (br $next))))

  ;; How many primes there are below $limit, which is at most 65,536.
  (func $run (export "run") (param $limit i32) (result i32)
    (local $n i32)
    (local $count i32)
    (memory.fill (i32.const 0) (i32.const 0) (local.get $limit))
    (local.set $n (i32.const 2))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $n) (local.get $limit)))
        (if (i32.eqz (i32.load8_u (local.get $n)))
          (then
            (local.set $count (i32.add (local.get $count) (i32.const 1)))
            (if (i32.lt_u (local.get $n) (i32.const 256))
              (then (call $multiples (local.get $n) (local.get $limit))))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $count)))
