function f(a, b) { let s = 0; for (let i = 0; i < a.length; i++) { if (a[i] > 3 && b) s += a[i] * 2; else s--; } return s; }
function g({a, b: [c, ...d] = [1,2], ...e}) { try { for (const k of d) { if (k) continue; return k; } } catch ({message}) { return message; } finally { a++; } return () => a + e; }
function h(x) { return x?.a?.b ?? 3; }
function k(x, ...y) { while (true) { if (x++ > 5) break; } try { h(x) } catch { return 1 } try { h(y) } catch (e) { return e } return new h(x, ...y) }
function l(o) { o.x = o.y = 3; o[1] = 2; o['a'] |= 3; o.f(1); o.f(1,2); o.f(1,2,3); h(...o); return [1, 2, ...o, o.x, , 3]; }
function m(a) { switch (a) { case 1: { let q = a; return () => q; } case 2: m(1); } return a === undefined || a == null || typeof a == 'string'; }
function p() { outer: for (;;) { for (var z in this) { if (z) continue outer; if (arguments[0]) break outer; } } return arguments; }
function q(a) { arguments[0] = 2; return a; }
function r() { var t = this; return () => this === t; }
function s(x) { let v = x; { let v = 3; function w() { return v; } w(); } return -v + ~x + !x + (x ? 1 : 2) + (x, 3) + void 0; }
function t(x) { const c = 5; if (x) throw new Error(`a${x}b`); var { y = 3, ['z']: zz } = x; [x.a, x['b']] = zz; return /ab+c/gi.test(x); }
function u(x) { x ||= 1; x.y ??= 2; x &&= x + 1; return x++ + ++x - x.y-- * --x.y; }
function defaults(a, b = a, ...c) { return a + b + 1 + "x" + c; }
function whiles(n) { let i = 0; while (i < n) { i++; if (i == 3) continue; if (i == 5) break; } do { i--; } while (i > 0); return i; }
function nested(a) { if (a) { if (!a.b) return 1; else return 2; } else if (a !== null && a !== 3) return 3; return a ? 1 : b ? 2 : 3; }
function literals() { return [1, 1.5, -1, "s", null, true, undefined, 10n, [], {}, { a: 1, "b": 2, 3: 4 }, 1000, 100000]; }
function objects(x) { return { x, y: x.y, [x.z]: 1, f() { return 1; }, g: function () {}, ...x }; }
function deletes(o) { delete o.a; delete o[1]; delete o[o.k]; return typeof o + typeof missing; }
function closures() { let a = 1; const b = 2; function c() { return a++ + b; } return () => c() + a; }
function catches(f) { try { f(); } catch (e) { if (e) throw e; } finally { f(2); } return 1; }
function counts(o, k) { o.x++; ++o[k]; o[k]--; return o.x++ + --o[k]; }
function compound(o, k) { o.a += 1; o[k] -= k; o.b **= 2; k <<= 3; return o.a >>>= k; }
function switches(x) { switch (x) { case 1: return "a"; case 2: case 3: x++; default: x = 9; break; case 4: x = 0; } return x; }
function forIn(o) { let s = ""; for (const k in o) s += k; for (o.x in o) s += o.x; return s; }
function forOf(a) { let s = 0; for (const v of a) { if (v < 0) continue; s += v; } return s; }
function labels(n) { outer: for (let i = 0; i < n; i++) { for (let j = 0; j < i; j++) { if (j == 3) continue outer; if (j == 5) break outer; } } return n; }
function assigns() { [a, b] = [b, a]; ({ a, c: b.x } = a); return a; }
function chains(a, k) { return a?.b + a?.[k] + a.b?.(1) + a?.b.c(2).d; }
function isTyped(x) { return typeof x === "number" || typeof x == "undefined" || x instanceof Array || "a" in x; }
class Base { constructor(a) { this.a = a; } get b() { return this.a; } set b(v) { this.a = v; } static s() { return 1; } m(x) { return this.b + x; } }
class Derived extends Base { constructor() { super(2); this.c = 1; } m(x) { return super.m(x) + 1; } }
class Fields { p = 1; #q = 2; ["r"] = 3; static t = 4; get q() { return this.#q; } set q(v) { this.#q = v; } has(o) { return #q in o; } }
class Defaulted extends Base {}
class Returning extends Base { constructor(x) { super(x); try { if (x) return x; } catch (e) { return; } this.c = 1; } }
