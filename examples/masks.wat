;; For the tutorial: two words, joined in a roundabout way.
(module
  (memory 1)
  (func (export "masked") (param $p i32) (result i32)
    (local $word i32) (local $mask i32)
    (local.set $word (i32.load (local.get $p)))
    (local.set $mask (i32.load offset=4 (local.get $p)))
    (i32.or
      (i32.and (local.get $word) (local.get $mask))
      (i32.xor (local.get $word) (local.get $mask)))))
