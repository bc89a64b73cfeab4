;; A hierarchy of shapes with vtables, as compilers of Kotlin and Java make it: an object has the vtable of its class, and a
;; method is called through it. One loop sees squares only, another one three classes.
;; small: run(200) = 517401720
;; timed: run(2000) = 1827507344
(module
  (rec
    (type $shape (sub (struct (field $vtable (ref $vtable)) (field $scale (mut i32)))))
    (type $area (func (param (ref $shape)) (result i32)))
    (type $grow (func (param (ref $shape) i32)))
    (type $vtable (struct (field $area (ref $area)) (field $grow (ref $grow)))))
  (type $square (sub final $shape (struct
    (field $vtable (ref $vtable)) (field $scale (mut i32)) (field $side (mut i32)))))
  (type $rectangle (sub final $shape (struct
    (field $vtable (ref $vtable)) (field $scale (mut i32)) (field $width (mut i32)) (field $height (mut i32)))))
  (type $circle (sub final $shape (struct
    (field $vtable (ref $vtable)) (field $scale (mut i32)) (field $radius (mut i32)))))
  (type $shapes (array (mut (ref null $shape))))

  (elem declare func $square_area $rectangle_area $circle_area $square_grow $rectangle_grow $circle_grow)
  (global $squares (ref $vtable) (struct.new $vtable (ref.func $square_area) (ref.func $square_grow)))
  (global $rectangles (ref $vtable) (struct.new $vtable (ref.func $rectangle_area) (ref.func $rectangle_grow)))
  (global $circles (ref $vtable) (struct.new $vtable (ref.func $circle_area) (ref.func $circle_grow)))

  (func $square_area (type $area) (local $this (ref $square))
    (local.set $this (ref.cast (ref $square) (local.get 0)))
    (i32.mul (struct.get $square $side (local.get $this)) (struct.get $square $side (local.get $this))))
  (func $rectangle_area (type $area) (local $this (ref $rectangle))
    (local.set $this (ref.cast (ref $rectangle) (local.get 0)))
    (i32.mul (struct.get $rectangle $width (local.get $this)) (struct.get $rectangle $height (local.get $this))))
  (func $circle_area (type $area) (local $this (ref $circle))
    (local.set $this (ref.cast (ref $circle) (local.get 0)))
    (i32.mul (i32.const 3)
      (i32.mul (struct.get $circle $radius (local.get $this)) (struct.get $circle $radius (local.get $this)))))

  (func $square_grow (type $grow) (local $this (ref $square))
    (local.set $this (ref.cast (ref $square) (local.get 0)))
    (struct.set $square $side (local.get $this)
      (i32.and (i32.add (struct.get $square $side (local.get $this)) (local.get 1)) (i32.const 1023))))
  (func $rectangle_grow (type $grow) (local $this (ref $rectangle))
    (local.set $this (ref.cast (ref $rectangle) (local.get 0)))
    (struct.set $rectangle $height (local.get $this)
      (i32.xor (struct.get $rectangle $height (local.get $this)) (local.get 1))))
  (func $circle_grow (type $grow) (local $this (ref $circle))
    (local.set $this (ref.cast (ref $circle) (local.get 0)))
    (struct.set $circle $radius (local.get $this)
      (i32.and (i32.sub (struct.get $circle $radius (local.get $this)) (local.get 1)) (i32.const 255))))

  (func $new (param $kind i32) (param $size i32) (result (ref $shape))
    (if (i32.eq (local.get $kind) (i32.const 1)) (then (return
      (struct.new $rectangle (global.get $rectangles) (i32.const 2) (local.get $size) (i32.const 5)))))
    (if (i32.eq (local.get $kind) (i32.const 2)) (then (return
      (struct.new $circle (global.get $circles) (i32.const 3) (local.get $size)))))
    (struct.new $square (global.get $squares) (i32.const 1) (local.get $size)))

  (func $fill (param $kinds i32) (result (ref $shapes)) (local $shapes (ref $shapes)) (local $i i32)
    (local.set $shapes (array.new_default $shapes (i32.const 64)))
    (loop $next
      (array.set $shapes (local.get $shapes) (local.get $i)
        (call $new (i32.rem_u (local.get $i) (local.get $kinds)) (local.get $i)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64))))
    (local.get $shapes))

  ;; All shapes grow, then their areas are added up, by their scales.
  (func $squares_only (param $shapes (ref $shapes)) (param $by i32) (result i32)
    (local $i i32) (local $sum i32) (local $shape (ref $shape))
    (loop $next
      (local.set $shape (ref.as_non_null (array.get $shapes (local.get $shapes) (local.get $i))))
      (call_ref $grow (local.get $shape) (local.get $by)
        (struct.get $vtable $grow (struct.get $shape $vtable (local.get $shape))))
      (local.set $sum (i32.add (local.get $sum) (i32.mul (struct.get $shape $scale (local.get $shape))
        (call_ref $area (local.get $shape) (struct.get $vtable $area (struct.get $shape $vtable (local.get $shape)))))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64))))
    (local.get $sum))
  (func $mixed (param $shapes (ref $shapes)) (param $by i32) (result i32)
    (local $i i32) (local $sum i32) (local $shape (ref $shape))
    (loop $next
      (local.set $shape (ref.as_non_null (array.get $shapes (local.get $shapes) (local.get $i))))
      (call_ref $grow (local.get $shape) (local.get $by)
        (struct.get $vtable $grow (struct.get $shape $vtable (local.get $shape))))
      (local.set $sum (i32.add (local.get $sum) (i32.mul (struct.get $shape $scale (local.get $shape))
        (call_ref $area (local.get $shape) (struct.get $vtable $area (struct.get $shape $vtable (local.get $shape)))))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64))))
    (local.get $sum))

  (func (export "run") (param $n i32) (result i32)
    (local $one (ref $shapes)) (local $all (ref $shapes)) (local $sum i32)
    (local.set $one (call $fill (i32.const 1)))
    (local.set $all (call $fill (i32.const 3)))
    (loop $next
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.xor
        (call $squares_only (local.get $one) (local.get $n)) (call $mixed (local.get $all) (local.get $n)))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
