;; A hash table of chains. Keys are references: small integers, or pairs of them, which are hashed and compared by functions
;; that the table refers to.
;; small: run(200) = -2091541347
;; timed: run(20000) = -95670742
(module
  (type $hash (func (param (ref eq)) (result i32)))
  (type $equal (func (param (ref eq) (ref eq)) (result i32)))
  (type $pair (struct (field $first (ref i31)) (field $second (ref i31))))
  (type $entry (struct (field $key (ref eq)) (field $value (mut i32)) (field $next (ref null $entry))))
  (type $entries (array (mut (ref null $entry))))
  (type $keys (struct (field $hash (ref $hash)) (field $equal (ref $equal))))
  (type $table (struct (field $keys (ref $keys)) (field $size (mut i32)) (field $entries (mut (ref $entries)))))

  (elem declare func $hash $equal)
  (global $keys (ref $keys) (struct.new $keys (ref.func $hash) (ref.func $equal)))

  (func $hash (type $hash) (local $pair (ref $pair))
    (block $pair (result (ref eq))
      (return (i32.mul (i31.get_u (br_on_cast_fail $pair (ref eq) (ref i31) (local.get 0))) (i32.const 0x9E3779B1))))
    (local.set $pair (ref.cast (ref $pair)))
    (i32.xor (i32.mul (i31.get_u (struct.get $pair $first (local.get $pair))) (i32.const 0x85EBCA6B))
      (i32.rotl (i31.get_u (struct.get $pair $second (local.get $pair))) (i32.const 16))))

  (func $equal (type $equal) (local $a (ref $pair)) (local $b (ref $pair))
    (if (ref.eq (local.get 0) (local.get 1)) (then (return (i32.const 1))))
    (if (i32.eqz (i32.and (ref.test (ref $pair) (local.get 0)) (ref.test (ref $pair) (local.get 1))))
      (then (return (i32.const 0))))
    (local.set $a (ref.cast (ref $pair) (local.get 0)))
    (local.set $b (ref.cast (ref $pair) (local.get 1)))
    (i32.and (ref.eq (struct.get $pair $first (local.get $a)) (struct.get $pair $first (local.get $b)))
      (ref.eq (struct.get $pair $second (local.get $a)) (struct.get $pair $second (local.get $b)))))

  (func $place (param $table (ref $table)) (param $key (ref eq)) (result i32)
    (i32.and
      (i32.shr_u (call_ref $hash (local.get $key)
        (struct.get $keys $hash (struct.get $table $keys (local.get $table)))) (i32.const 7))
      (i32.sub (array.len (struct.get $table $entries (local.get $table))) (i32.const 1))))

  (func $find (param $table (ref $table)) (param $key (ref eq)) (result (ref null $entry))
    (local $entry (ref null $entry))
    (local.set $entry (array.get $entries (struct.get $table $entries (local.get $table))
      (call $place (local.get $table) (local.get $key))))
    (block $end (loop $next
      (br_if $end (ref.is_null (local.get $entry)))
      (br_if $end (call_ref $equal (struct.get $entry $key (local.get $entry)) (local.get $key)
        (struct.get $keys $equal (struct.get $table $keys (local.get $table)))))
      (local.set $entry (struct.get $entry $next (local.get $entry)))
      (br $next)))
    (local.get $entry))

  (func $grow (param $table (ref $table)) (local $old (ref $entries)) (local $i i32) (local $place i32)
    (local $entry (ref null $entry))
    (local.set $old (struct.get $table $entries (local.get $table)))
    (struct.set $table $entries (local.get $table)
      (array.new_default $entries (i32.shl (array.len (local.get $old)) (i32.const 1))))
    (loop $all
      (local.set $entry (array.get $entries (local.get $old) (local.get $i)))
      (block $end (loop $next
        (br_if $end (ref.is_null (local.get $entry)))
        (local.set $place (call $place (local.get $table) (struct.get $entry $key (local.get $entry))))
        (array.set $entries (struct.get $table $entries (local.get $table)) (local.get $place)
          (struct.new $entry (struct.get $entry $key (local.get $entry)) (struct.get $entry $value (local.get $entry))
            (array.get $entries (struct.get $table $entries (local.get $table)) (local.get $place))))
        (local.set $entry (struct.get $entry $next (local.get $entry)))
        (br $next)))
      (br_if $all (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $old))))))

  ;; Add to a key's value.
  (func $add (param $table (ref $table)) (param $key (ref eq)) (param $value i32)
    (local $entry (ref null $entry)) (local $place i32)
    (local.set $entry (call $find (local.get $table) (local.get $key)))
    (if (i32.eqz (ref.is_null (local.get $entry))) (then
      (struct.set $entry $value (local.get $entry)
        (i32.add (struct.get $entry $value (local.get $entry)) (local.get $value)))
      (return)))
    (if (i32.gt_u (struct.get $table $size (local.get $table)) (array.len (struct.get $table $entries (local.get $table))))
      (then (call $grow (local.get $table))))
    (local.set $place (call $place (local.get $table) (local.get $key)))
    (array.set $entries (struct.get $table $entries (local.get $table)) (local.get $place)
      (struct.new $entry (local.get $key) (local.get $value)
        (array.get $entries (struct.get $table $entries (local.get $table)) (local.get $place))))
    (struct.set $table $size (local.get $table) (i32.add (struct.get $table $size (local.get $table)) (i32.const 1))))

  (func $key (param $i i32) (result (ref eq))
    (if (result (ref eq)) (i32.and (local.get $i) (i32.const 1))
      (then (struct.new $pair (ref.i31 (i32.rem_u (local.get $i) (i32.const 97))) (ref.i31 (i32.const 5))))
      (else (ref.i31 (i32.rem_u (local.get $i) (i32.const 1009))))))

  (func (export "run") (param $n i32) (result i32) (local $table (ref $table)) (local $i i32) (local $sum i32)
    (local $entry (ref null $entry))
    (local.set $table (struct.new $table (global.get $keys) (i32.const 0) (array.new_default $entries (i32.const 16))))
    (loop $next
      (call $add (local.get $table) (call $key (local.get $i)) (local.get $i))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (loop $next
      (local.set $entry (call $find (local.get $table) (call $key (local.get $i))))
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31))
        (if (result i32) (ref.is_null (local.get $entry))
          (then (i32.const -1)) (else (struct.get $entry $value (local.get $entry))))))
      (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $sum)))
