// Classes: fields, private names, accessors, static members, super, new.target.
const order = [];
const note = (name, value) => (order.push(name), value);
class Base {
  #private = 1; field = this.constructor.name; [note("key", "computed")] = note("value", 5); static counter = 0;
  static #hidden = "hidden"; static { this.fromBlock = this.#hidden + Base.counter; }
  constructor(x) { this.x = x; Base.counter++; }
  get private() { return this.#private; } set private(v) { this.#private = v; }
  #method(a) { return a + this.#private; } callMethod(a) { return this.#method(a); }
  get #accessor() { return this.#private * 10; } set #accessor(v) { this.#private = v; }
  useAccessor() { this.#accessor = 7; this.#accessor++; return this.#accessor; }
  static has(o) { return #private in o; } static hasMethod(o) { return #method in o; }
  static #static(a) { return "static " + a; } static callStatic() { return this.#static(1); }
  [note("method key", "meth")]() { return "meth"; } 5() { return "five"; } "quoted name"() { return "quoted"; } static ["st" + "at"]() { return "stat"; }
  whoami() { return "base"; } static create(...args) { return new this(...args); }
  toString() { return `Base(${this.x})`; }
}
class Derived extends Base {
  extra = super.whoami() + "+"; #mine = 2;
  constructor(x, y) { const before = () => this.x; super(x); this.y = y; this.early = before(); }
  whoami() { return super.whoami() + ">derived"; } get private() { return super.private + 100; } set private(v) { super.private = v + 1; }
  viaArrow() { return (() => super.whoami())(); } static create(...args) { return super.create(...args); }
  key() { return super["who" + "ami"](); } setSuper() { super.x = "super"; super["z"] = 1; return this.x + this.z; } mine() { return ++this.#mine; }
}
class Implicit extends Derived { more = 1; }
class Leaf extends Implicit {}
const b = new Base(1), d = new Derived(2, 3), l = new Leaf(4, 5);
console.log(order.join(), b.field, b.computed, Base.fromBlock, b.private, b.callMethod(5), b.useAccessor(), Base.has(b), Base.has({}), Base.hasMethod(d), Base.callStatic());
console.log(b.meth(), b[5](), b["quoted name"](), Base.stat(), String(b), d.whoami(), d.extra, d.private, (d.private = 4, d.private), d.early, d.viaArrow(), d.key(), d.setSuper(), d.mine(), d.mine());
console.log(l.x, l.y, l.more, l.field, l instanceof Base, Leaf.create(1, 2).y, Derived.create(1, 2) instanceof Derived, Object.getOwnPropertyNames(Base).join(), Object.getOwnPropertyNames(Base.prototype).join());
console.log(Derived.name, Derived.length, typeof Derived, Derived.prototype.constructor === Derived, Object.getPrototypeOf(Derived) === Base, Object.keys(l).join(), Base.counter);
const attempt = f => { try { console.log(f()); } catch (e) { console.log(e.name + ": " + e.message); } };
attempt(() => Base());
attempt(() => b.private.call());
attempt(() => Base.prototype.callMethod.call({}, 1));
attempt(() => Object.getOwnPropertyDescriptor(Base.prototype, "private").get.call({}));
attempt(() => Object.getOwnPropertyDescriptor(Base.prototype, "private").set.call({}, 1));
attempt(() => { class A { #x; static t(o) { return #x in o; } } return A.t(1); });
attempt(() => new (class extends Base { constructor() {} }));
attempt(() => new (class extends Base { constructor() { super(); super(); } }));
attempt(() => new (class extends Base { constructor() { return 1; } }));
attempt(() => new (class extends Base { constructor() { return { made: 1 }; } })().made);
attempt(() => new (class A extends null {}));
attempt(() => class extends 5 {});
attempt(() => { class A extends A {} });
attempt(() => class { static ["prototype"]() {} });
attempt(() => { function F() {} F.prototype = 3; return class extends F {}; });
attempt(() => { class A { #m() {} static t(o) { o.#m = 1; } } A.t(new A); });
attempt(() => { class A { get #m() { return 1; } static t(o) { o.#m = 1; } } A.t(new A); });
attempt(() => { class A { set #m(v) {} static t(o) { return o.#m; } } A.t(new A); });
attempt(() => { class A { static #m() {} static t(o) { return o.#m(); } } return A.t({}); });
attempt(() => { class A { constructor(o) { return o; } } class B extends A { #f = 1; } const o = {}; new B(o); new B(o); });
attempt(() => { class A { constructor(o) { return o; } } class B extends A { #f() {} } const o = {}; new B(o); new B(o); });
attempt(() => { const c = class Named { static self() { return Named === c; } }; return c.self(); });
attempt(() => { class A { static x = 1; static y = this.x + 1; static f = () => this.y; } return A.f(); });
attempt(() => { class A { a = 1; b = this.a + 1; c = () => this.b; } return new A().c(); });
attempt(() => { class A extends Array { sum() { let s = 0; for (const x of this) s += x; return s; } } const a = new A(1, 2, 3); return a.sum() + a.length + (a instanceof A); });
attempt(() => { class A extends Error { constructor(m) { super(m); this.name = "Mine"; } } try { throw new A("m"); } catch (e) { return e + (e instanceof Error) + (e instanceof A); } });
attempt(() => { let t; class A { constructor() { t = new.target; } } class B extends A {} new B; return t === B; });
attempt(() => { class A { static get [Symbol.species]() { return 1; } get [Symbol.toStringTag]() { return "T"; } } return String(new A) + A[Symbol.species]; });
attempt(() => { class A { static async = 1; static get = 2; static static = 3; get = 4; 'a b' = 5; 7 = 8; } const a = new A; return [A.async, A.get, A.static, a.get, a["a b"], a[7]].join(); });
attempt(() => { class A { x = 1; } class B extends A { get x() { return 2; } } return new B().x; });
attempt(() => { const A = class { f = function () {}; g = () => 1; #h = class {}; get h() { return this.#h.name; } static k = class {}; }; const a = new A; return [a.f.name, a.g.name, a.h, A.k.name, A.name].join(); });
attempt(() => { class A { m() { return super.nothing; } n() { return super.nothing(); } } return String(new A().m()) + new A().n(); });
attempt(() => { const o = { m() { return delete super.x; } }; return o.m(); });
attempt(() => { class A { static m() { return super.toString === Function.prototype.toString; } } return A.m(); });
attempt(() => { class A { #v = 3; #m() { return this.#v; } static #s() { return "s"; } run() { return this.#m() + A.#s(); } } return new A().run(); });
attempt(() => { class A { } class B extends A { constructor() { super(); try { return 0; } catch (e) { return; } } } return new B(); });
attempt(() => { class A { } class B extends A { constructor(x) { try { return x; } finally { super(); } } } const o = {}; return [new B(o) === o, new B() instanceof B].join(); });
