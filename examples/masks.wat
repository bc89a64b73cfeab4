;; For the tutorial: a mask that changes nothing, and two loads.
(module
  (memory 1)
  (func (export "masked") (param $p i32) (result i32)
    (local $word i32)
    (local.set $word (i32.load (local.get $p)))
    (i32.or
      (i32.and (local.get $word) (i32.load offset=4 (local.get $p)))
      (local.get $word))))
