// Calls, arguments, rest, spread, new.target, arrows, templates.
function all() { return arguments.length + ":" + [].slice.call(arguments).join(); }
console.log(all(), all(1), all(1, 2), all(1, 2, 3), all(...[1, 2]), all(0, ...[1, 2]), all(...[1], 2), all(...[], ...[5, 6]), all(..."xyz"));
const o = { m() { return this === o ? all.apply(null, arguments) : "lost"; } };
console.log(o.m(), o.m(1), o.m(1, 2), o.m(1, 2, 3), o.m(...[1, 2]), o.m(...[1], 2), (0, o.m)(), (o.m)(4), o["m"](5), o?.m(6), (o?.m)(7), o.m?.(8));
function mapped(a, b) { arguments[0] = "changed"; b = "b2"; return [a, arguments[1], arguments.length].join(); }
console.log(mapped(1, 2), mapped(1), mapped(1, 2, 3));
function strict(a) { "use strict"; arguments[0] = "changed"; a = 5; return a + arguments[0]; }
console.log(strict(1));
function unmapped(a, b = 2) { arguments[0] = "changed"; return a + "" + b; }
console.log(unmapped(1));
function captured(a) { const f = () => arguments[0] + a; a = 7; return f(); }
console.log(captured(1));
function rest(a, ...b) { return a + "|" + b.join() + "|" + b.length; }
console.log(rest(), rest(1), rest(1, 2), rest(1, 2, 3), rest.length, ((a, b = 1, c) => 1).length, ((...a) => 1).length);
const defaults = (a = 1, { b = 2, c: [d = 3] = [] } = {}, ...[e, f = "f"]) => [a, b, d, e, f].join();
console.log(defaults(), defaults(9, { b: 8, c: [7] }, 6, 5));
function Target() { return new.target === Target ? "no object" : undefined; }
function What() { this.target = new.target; this.arrow = (() => new.target)(); }
console.log(new What().target === What, new What().arrow === What, What.call({}) === undefined);
console.log(typeof new Target, new Date(2020, 0).constructor === Date, new Array(...[3]).length, new Array(1, ...[2, 3], 4).join());
const arrow = () => this === globalThis, method = { f() { return (() => this === method)(); } };
console.log(arrow(), method.f(), (x => x * 2)(4), ((x, y) => ({ x, y }))(1, 2).y, (() => {})());
function tag(strings, ...values) { return strings.raw.join("|") + "/" + strings.join("|") + "/" + values.join(); }
const same = () => (s => s)`a${1}b`;
console.log(tag`a${1}b\n${2}c`, tag``, tag`${1}${2}${3}`, same() === same(), Object.isFrozen(same()), o.m`x`, `${1}${"a"}${null}`, `plain`, `a${1 + 1}b`);
console.log((function () { return typeof this; }).call("s"), (function () { "use strict"; return typeof this; }).call("s"), (function () { return this; }).call(null) === globalThis);
const bound = function (a, b) { return [this.x, a, b].join(); }.bind({ x: 1 }, 2);
console.log(bound(3), bound.name, bound.length, new (function F(a) { this.a = a; }.bind(null, 5))().a);
function fibonacci(n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
console.log(fibonacci(15));
var hoist = function () { return typeof later + typeof now; var later = 1; function now() {} };
console.log(hoist());
const many = (a, b, c, d, e, f, g, h) => a + b + c + d + e + f + g + h;
console.log(many(1, 2, 3, 4, 5, 6, 7, 8), many.apply(null, [1, 2, 3, 4, 5, 6, 7, 8]), many.call(null, ..."abcdefgh"));
for (const f of [() => undefined(), () => o.nothing(), () => o.m.x.y(), () => new o(), () => new (() => 1), () => new o.m(), () => [...5], () => all(...5), () => { const [a] = {}; }, () => { const { a } = o.nothing; }, () => { for (const x of 5); }, () => 5(), () => "s".f(), () => (() => 1)()(), () => o[o.m(1)](), () => tag.x`a` , () => ({}).x.y, () => { const { a: { b } } = {}; }]) {
  try { console.log(f()); } catch (e) { console.log(e.name + ": " + e.message); }
}
console.log((function () { return (() => new.target)(); })(), typeof new (function () { const f = () => () => new.target; this.f = f; })().f()());
(function () {
  function f() { return typeof arguments; var arguments = 5; }
  function g() { var arguments = 5; return arguments; }
  function h() { function arguments() {} return typeof arguments; }
  function i(a) { var arguments; arguments[0] = 7; return a; }
  function j(a) { var arguments = a; return arguments; }
  console.log(f(1), g(1), h(1), i(1), j(1));
})();
