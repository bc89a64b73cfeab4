(module
  (func $clear (export "clear") (param $x i64) (result i64)
    (i64.and (i64.add (local.get $x) (i64.const -1)) (local.get $x))))
