var out = [], count;
function f(a, b) { let l = 3; const c = 4; var v = 5; out.push(eval("a + b + l + c + v")); eval("a = 10; l = 20; v = 30"); return [a, l, v, arguments[0]].join(); }
out.push(f(1, 2));
function strict() { "use strict"; let x = 1; out.push(eval("var y = x + 1; let z = 3; y + z")); return typeof y; }
out.push(strict());
class A { constructor() { this.q = 7; } m() { return eval("this.q + (() => this.q)()"); } }
out.push(new A().m());
out.push((() => { let k = 1; return eval("(function () { return k++ })"); })()() );
out.push((function () { for (let i = 0; i < 3; i++) { eval("out.push(() => i)"); } return 0; })());
out = out.map((x) => typeof x === "function" ? x() : x);
{ let blocky = 9; out.push(eval("blocky + 1"), eval("this === globalThis")); }
out.push((function () { return eval("arguments.length"); })(1, 2, 3));
try { (function () { let d = 1; eval("var d = 2"); })(); } catch (e) { out.push(e.name); }
try { (function () { eval("tdz"); let tdz; })(); } catch (e) { out.push(e.message); }
try { (function () { const k = 1; eval("k = 2"); })(); } catch (e) { out.push(e.message); }
(function () { var e = eval; out.push(typeof e("typeof out2")); })();
out.push((function (eval) { return eval("1 + 1"); })((x) => "mine " + x));
out.push((function () { try { throw 5 } catch (err) { return eval("err + 1") } })());
out.push((function (p = eval("1 + 1")) { return p })());
out.push((function g() { return eval("typeof g") })());
out.push((function () { var w = 1; eval("var w = 2; function w2() {}".slice(0, 9)); return w })());
out.push(eval("{ let q1 = 1; var gv = 5; q1 + gv }"), gv, delete globalThis.gv);
out.push((function () { if (1) { return eval("eval('1 + 1') + 1") } })());

out.push((function () { "use strict"; return eval(""); })(), (function () { "use strict"; return eval("{}"); })());
out.push((function (x) { return eval("switch (x) { case 1: 'one'; break; default: 'other' }"); })(1));
try { (function () { "use strict"; eval("with (x) {}"); })(); } catch (e) { out.push(e.name); }
out.push(eval("for(count=0;;) {if (count===5)break;else count++; }"));
out.push(eval("for (var i = 0; i < 2; ++i) { if (i) { try { throw null; } catch (e) { break; } } 'bad completion'; }"));
out.push(eval("1; do { 2; continue; } while (false)"), eval("3; if (0) 4"), eval("for (var i = 0; i < 3; i++) i"), eval("do { 5; if (true) { break; } 6 } while (0)"));
out.push(eval("7; switch (1) { case 1: 8; case 2: }"), eval("9; try { 10 } finally { 11 }"), eval("while (1) { 12; break }"), eval("l: { 13; break l; }"), eval("for (var j of [1, 2]) { if (j > 1) continue; j }"));
