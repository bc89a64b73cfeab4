;; A binary search tree: nodes are inserted, looked up and added up. The order is a function that the tree refers to, and
;; positions in it are small objects, which a compiler need not make.
;; small: run(200) = -1725527205
;; timed: run(3000) = -80532193
(module
  (type $compare (func (param i32 i32) (result i32)))
  (type $node (struct (field $key i32) (field $value (mut i32))
    (field $left (mut (ref null $node))) (field $right (mut (ref null $node)))))
  (type $tree (struct (field $order (ref $compare)) (field $root (mut (ref null $node))) (field $size (mut i32))))
  (type $cursor (struct (field $node (mut (ref null $node))) (field $depth (mut i32))))

  (elem declare func $ascending)
  (func $ascending (type $compare)
    (i32.sub (i32.gt_u (local.get 0) (local.get 1)) (i32.lt_u (local.get 0) (local.get 1))))

  (func $order (param $tree (ref $tree)) (param $a i32) (param $b i32) (result i32)
    (call_ref $compare (local.get $a) (local.get $b) (struct.get $tree $order (local.get $tree))))

  (func $insert (param $tree (ref $tree)) (param $key i32) (param $value i32)
    (local $node (ref $node)) (local $next (ref null $node)) (local $where i32)
    (struct.set $tree $size (local.get $tree) (i32.add (struct.get $tree $size (local.get $tree)) (i32.const 1)))
    (if (ref.is_null (struct.get $tree $root (local.get $tree))) (then
      (struct.set $tree $root (local.get $tree)
        (struct.new $node (local.get $key) (local.get $value) (ref.null $node) (ref.null $node)))
      (return)))
    (local.set $node (ref.as_non_null (struct.get $tree $root (local.get $tree))))
    (loop $down
      (local.set $where (call $order (local.get $tree) (local.get $key) (struct.get $node $key (local.get $node))))
      (if (i32.eqz (local.get $where)) (then
        (struct.set $node $value (local.get $node)
          (i32.add (struct.get $node $value (local.get $node)) (local.get $value)))
        (return)))
      (local.set $next (if (result (ref null $node)) (i32.lt_s (local.get $where) (i32.const 0))
        (then (struct.get $node $left (local.get $node))) (else (struct.get $node $right (local.get $node)))))
      (if (i32.eqz (ref.is_null (local.get $next))) (then
        (local.set $node (ref.as_non_null (local.get $next)))
        (br $down))))
    (local.set $next (struct.new $node (local.get $key) (local.get $value) (ref.null $node) (ref.null $node)))
    (if (i32.lt_s (local.get $where) (i32.const 0))
      (then (struct.set $node $left (local.get $node) (local.get $next)))
      (else (struct.set $node $right (local.get $node) (local.get $next)))))

  ;; The cursor goes one level down, to where the key would be.
  (func $step (param $tree (ref $tree)) (param $cursor (ref $cursor)) (param $key i32) (result i32)
    (local $node (ref $node)) (local $where i32)
    (local.set $node (ref.as_non_null (struct.get $cursor $node (local.get $cursor))))
    (local.set $where (call $order (local.get $tree) (local.get $key) (struct.get $node $key (local.get $node))))
    (if (i32.eqz (local.get $where)) (then (return (i32.const 0))))
    (struct.set $cursor $node (local.get $cursor)
      (if (result (ref null $node)) (i32.lt_s (local.get $where) (i32.const 0))
        (then (struct.get $node $left (local.get $node))) (else (struct.get $node $right (local.get $node)))))
    (struct.set $cursor $depth (local.get $cursor)
      (i32.add (struct.get $cursor $depth (local.get $cursor)) (i32.const 1)))
    (i32.eqz (ref.is_null (struct.get $cursor $node (local.get $cursor)))))

  (func $find (param $tree (ref $tree)) (param $key i32) (result i32) (local $cursor (ref $cursor))
    (local.set $cursor (struct.new $cursor (struct.get $tree $root (local.get $tree)) (i32.const 0)))
    (loop $down (br_if $down (call $step (local.get $tree) (local.get $cursor) (local.get $key))))
    (if (ref.is_null (struct.get $cursor $node (local.get $cursor)))
      (then (return (struct.get $cursor $depth (local.get $cursor)))))
    (i32.mul (struct.get $node $value (ref.as_non_null (struct.get $cursor $node (local.get $cursor))))
      (struct.get $cursor $depth (local.get $cursor))))

  (func $sum (param $node (ref null $node)) (result i32)
    (if (ref.is_null (local.get $node)) (then (return (i32.const 1))))
    (i32.add (i32.mul (call $sum (struct.get $node $left (local.get $node))) (i32.const 3))
      (i32.add (struct.get $node $value (local.get $node)) (call $sum (struct.get $node $right (local.get $node))))))

  (func $scatter (param i32) (result i32)
    (i32.rem_u (i32.mul (local.get 0) (i32.const 0x9E3779B1)) (i32.const 4093)))

  (func (export "run") (param $n i32) (result i32) (local $tree (ref $tree)) (local $i i32) (local $found i32)
    (local.set $tree (struct.new $tree (ref.func $ascending) (ref.null $node) (i32.const 0)))
    (local.set $i (local.get $n))
    (loop $next
      (call $insert (local.get $tree) (call $scatter (local.get $i)) (local.get $i))
      (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (loop $next
      (local.set $found (i32.add (i32.mul (local.get $found) (i32.const 7))
        (call $find (local.get $tree) (call $scatter (i32.mul (local.get $i) (i32.const 3))))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i32.xor (local.get $found) (call $sum (struct.get $tree $root (local.get $tree))))))
