;; A loop that calls whatever is in a table. `main` warms it up with one function there, then puts another one.
(module
  (type $operation (func (param i32 i32) (result i32)))
  (table $table (export "table") 1 funcref)
  (elem (i32.const 0) $mix)
  (elem declare func $difference)

  (func $mix (param $x i32) (param $sum i32) (result i32)
    (i32.add (i32.xor (local.get $x) (local.get $sum)) (i32.const 37)))

  (func $difference (param $x i32) (param $sum i32) (result i32)
    (i32.sub (local.get $x) (local.get $sum)))

  (func $fold (export "fold") (param $n i32) (result i32)
    (local $i i32) (local $sum i32)
    (loop $next
      (local.set $sum
        (call_indirect $table (type $operation) (local.get $i) (local.get $sum) (i32.const 0)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum))

  (func (export "main") (param $n i32) (result i32 i32)
    (drop (call $fold (local.get $n)))
    (drop (call $fold (local.get $n)))
    (call $fold (local.get $n))
    (table.set $table (i32.const 0) (ref.func $difference))
    (call $fold (local.get $n))))
