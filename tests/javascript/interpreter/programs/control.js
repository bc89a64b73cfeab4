// Loops, switch, labels, exceptions, finally.
const log = [];
outer: for (let i = 0; i < 4; i++) {
  for (let j = 0; j < 4; j++) {
    if (j == 2) continue outer;
    if (i == 2) break outer;
    log.push(i + "" + j);
  }
}
console.log(log.join(" "));
let n = 0;
while (true) { if (++n > 5) break; if (n % 2) continue; }
do { n--; } while (n > 2);
for (;;) { if (n++ > 6) break; }
console.log(n);
function pick(x) {
  switch (x) {
    case 1: return "one";
    case "1": return "text";
    case 2:
    case 3: x = "few";
    default: x += "!";
    case 9: x += "?";
  }
  return x;
}
console.log(pick(1), pick("1"), pick(2), pick(3), pick(4), pick(9), pick(NaN));
function flow(how) {
  const seen = [];
  const inner = () => {
    for (let i = 0; i < 3; i++) {
      try {
        seen.push("try" + i);
        if (how == "return") return "returned";
        if (how == "throw") throw new Error("thrown");
        if (how == "break") break;
        if (how == "continue") continue;
        seen.push("end" + i);
      } catch (e) {
        seen.push("catch " + e.message);
        if (i == 1) throw "again";
      } finally {
        seen.push("finally" + i);
        if (how == "override") return "overridden";
      }
    }
    return "after";
  };
  try { seen.push(inner()); } catch (e) { seen.push("out " + e); }
  return seen.join(" ");
}
for (const how of ["", "return", "throw", "break", "continue", "override"]) console.log(how, "->", flow(how));
console.log((() => { try { return "a"; } finally { log.push("f"); } })(), (() => { try { throw 1; } catch { return "c"; } finally { } })());
console.log((() => { l: try { return 1; } finally { break l; } return 2; })());
console.log((() => { for (const x of [1, 2]) { try { continue; } finally { log.push(x); } } return log.slice(-2).join(); })());
function nested() {
  const out = [];
  try { try { throw 1; } finally { out.push("a"); try { throw 2; } catch (e) { out.push("b" + e); } } } catch (e) { out.push("c" + e); }
  return out.join();
}
console.log(nested());
console.log((() => { try { try { throw "x"; } finally { throw "y"; } } catch (e) { return e; } })());
var x = 0;
x ||= 5; x &&= x + 1; x ??= 9;
let u; u ??= "set"; let o = { p: null }; o.p ??= 1; o.q ||= 2; o.p &&= 3;
console.log(x, u, o.p, o.q, 0 || "or", 0 && "and", null ?? "nullish", 0 ?? "no", (1, 2, 3), 1 ? "t" : "f", "" ? "t" : "f");
if (x) console.log("yes"); else console.log("no");
if (!x) console.log("yes"); else console.log("no");
if (x === undefined || x === null || x == null) console.log("nil"); else console.log("some");
if (x !== undefined && x !== null && x != null && !(x > 100) && typeof x == "number") console.log("number");
if (u == undefined ? true : false) console.log("u"); else console.log("not u");
function depth(n) { return depth(n + 1); }
try { depth(0); } catch (e) { console.log(e instanceof RangeError, e.message); }
debugger;
throwing: try { for (;;) { try { throw 5; } finally { break; } } console.log("swallowed"); } catch (e) { console.log("no"); }
try { null.f(); } catch { console.log("no binding"); }
