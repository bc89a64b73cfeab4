;; The area below a curve, by rectangles: floating-point arithmetic, and a function worth inlining.
;; small: run(100) = 3.1416009869231254
;; timed: run(50000) = 3.141592653623119
(module $integral
  ;; 1 / (1 + x * x)
  (func $curve (param $x f64) (result f64)
    (f64.div (f64.const 1) (f64.add (f64.const 1) (f64.mul (local.get $x) (local.get $x)))))

  ;; Four times the area between 0 and 1, in $steps steps: nearly pi.
  (func $run (export "run") (param $steps i32) (result f64)
    (local $i i32)
    (local $width f64)
    (local $sum f64)
    (local.set $width (f64.div (f64.const 1) (f64.convert_i32_u (local.get $steps))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $steps)))
        (local.set $sum (f64.add (local.get $sum)
          (call $curve (f64.mul (local.get $width)
            (f64.add (f64.convert_i32_u (local.get $i)) (f64.const 0.5))))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (f64.mul (f64.const 4) (f64.mul (local.get $width) (local.get $sum)))))
