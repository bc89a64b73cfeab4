// Each call's result as node prints it; strings.txt has node's.
"use strict";
function quoted(text) {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    out += unit >= 32 && unit < 127 ? text.charAt(i) : "{" + unit.toString(16) + "}";
  }
  return "'" + out + "'";
}
function shown(value) {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return "[" + value.map(shown).join(", ") + "]";
  if (typeof value === "bigint") return String(value) + "n";
  if (Object.is(value, -0)) return "-0";
  return String(value);
}
const lines = [];
function show(name, call) {
  let result;
  try {
    result = shown(call());
  } catch (error) {
    result = error.name + ": " + error.message;
  }
  lines.push(name + " " + result);
}
const s = "The quick \u{1F98A} jumps", odd = "a\ud800b\udc00c\u{10000}", marks = "e\u0301\u00e9\ufb01\u212b";

for (const i of [0, 4, -1, -100, 100, 10, 11, NaN, "2", 1.9, -0.5, undefined, null, Infinity]) {
  show("at " + i, () => s.at(i));
  show("charAt " + i, () => s.charAt(i));
  show("charCodeAt " + i, () => s.charCodeAt(i));
  show("codePointAt " + i, () => s.codePointAt(i));
  show("slice " + i, () => s.slice(i));
  show("slice " + i, () => s.slice(i, -3));
  show("slice " + i, () => s.slice(2, i));
  show("substring " + i, () => s.substring(i));
  show("substring " + i, () => s.substring(i, 6));
  show("substr " + i, () => s.substr(i));
  show("substr " + i, () => s.substr(i, 3));
  show("substr " + i, () => s.substr(-6, i));
  show("repeat " + i, () => "ab".repeat(i));
  show("padStart " + i, () => "abc".padStart(i, "12"));
  show("padEnd " + i, () => "abc".padEnd(i));
  show("indexOf " + i, () => "abcabcabc".indexOf("c", i));
  show("lastIndexOf " + i, () => "abcabcabc".lastIndexOf("c", i));
  show("lastIndexOf " + i, () => "abcabcabc".lastIndexOf("", i));
  show("includes " + i, () => "abcabcabc".includes("bca", i));
  show("startsWith " + i, () => "abcabcabc".startsWith("ab", i));
  show("endsWith " + i, () => "abcabcabc".endsWith("bc", i));
  show("split " + i, () => "a,b,c,d".split(",", i));
  show("fromCharCode " + i, () => String.fromCharCode(i, 65.9));
  show("fromCodePoint " + i, () => String.fromCodePoint(i));
}
show("indexOf", () => "undefined".indexOf());
show("split", () => "abc".split(""));
show("split", () => "abc".split());
show("split", () => "".split(""));
show("split", () => "".split(","));
show("split", () => "a--b--c--".split("--"));
show("split", () => "abc".split("", 2));
show("split", () => "a,b".split(",", -1));
show("concat", () => "a".concat(1, null, undefined, "x", {}));
show("padStart", () => "x".padStart(5, ""));
show("padStart", () => "x".padStart(2 ** 30, "ab"));
show("repeat", () => "x".repeat(2 ** 30));
show("repeat", () => "".repeat(2 ** 30));
show("repeat", () => "x".repeat(-1));
for (const space of ["\t\n\v\f\r \u00a0\u2028\u2029\ufeff\u3000x\u1680y\u2003", "\u180e\u200bx\u0085", "  ", ""]) {
  show("trim", () => space.trim());
  show("trimStart", () => space.trimStart());
  show("trimEnd", () => space.trimEnd());
}
for (const text of [s, odd, marks, "\u0130\u0131\u00df\ufb03", "\u03a3\u0391\u03a3 \u03a3a \u0391\u03a3.b", "\ud801\udc00\ud801\udc28", "\u1f80\u01c5"]) {
  show("upper", () => text.toUpperCase());
  show("lower", () => text.toLowerCase());
  show("localeUpper", () => text.toLocaleUpperCase());
  show("localeLower", () => text.toLocaleLowerCase());
  for (const form of ["NFC", "NFD", "NFKC", "NFKD", undefined]) show("normalize", () => text.normalize(form));
  show("isWellFormed", () => text.isWellFormed());
  show("toWellFormed", () => text.toWellFormed());
  show("points", () => [...text].map((c) => c.codePointAt(0)));
}
show("normalize", () => s.normalize("nfc"));
for (const pattern of ["b", "", "abc", "zz", undefined, null]) {
  for (const replacement of ["[$&]", "$$-$`-$'-$1-$<x>", (m, at, all) => `<${m}|${at}|${all}>`, undefined, "$"]) {
    show("replace " + pattern, () => "abcabc".replace(pattern, replacement));
    show("replaceAll " + pattern, () => "abcabc".replaceAll(pattern, replacement));
  }
}
const marked = {
  [Symbol.match](x) { return "match " + x; },
  [Symbol.matchAll](x) { return "matchAll " + x; },
  [Symbol.replace](x, y) { return "replace " + x + y; },
  [Symbol.search](x) { return "search " + x; },
  [Symbol.split](x, y) { return "split " + x + y; },
  flags: "g",
};
show("match", () => "s".match(marked));
show("matchAll", () => "s".matchAll(marked));
show("replace", () => "s".replace(marked, 1));
show("replaceAll", () => "s".replaceAll(marked, 1));
show("search", () => "s".search(marked));
show("split", () => "s".split(marked, 5));
show("includes", () => "s".includes(marked));
show("startsWith", () => "s".startsWith({ [Symbol.match]: false, toString() { return "s"; } }));
marked.flags = "i";
show("replaceAll", () => "s".replaceAll(marked, 1));
show("raw", () => String.raw`a\n${1}b${2}`);
show("raw", () => String.raw({ raw: "abc" }, 1, 2, 3));
show("raw", () => String.raw({ raw: [] }, 1));
show("raw", () => String.raw());
show("fromCodePoint", () => String.fromCodePoint(0x1f98a, 65, 0x10ffff));
show("fromCodePoint", () => String.fromCodePoint(0x110000));
show("fromCharCode", () => String.fromCharCode());
show("String", () => String(Symbol("d")));
show("String", () => String());
show("new String", () => { const w = new String("ab"); return [w.length, w[1], typeof w, Object.keys(w), w.valueOf(), w.toString(), "1" in w, w.hasOwnProperty("length")]; });
show("subclass", () => { class S extends String { twice() { return this + this; } } const w = new S("xy"); return [w.twice(), w.length, w instanceof S]; });
show("called on", () => String.prototype.at.call(undefined));
show("called on", () => String.prototype.valueOf.call(1));
show("called on", () => String.prototype.toString.call({}));
show("called on", () => String.prototype.trim.call(null));
show("called on", () => String.prototype.slice.call(12345, 1, 3));
show("called on", () => String.prototype.repeat.call({ toString() { return "o"; } }, 3));
show("html", () => ["anchor", "big", "blink", "bold", "fixed", "fontcolor", "fontsize", "italics", "link", "small", "strike", "sub", "sup"].map((m) => "t"[m]('"q"')));
show("localeCompare", () => ["a".localeCompare("b"), "b".localeCompare("a"), "a".localeCompare("a"), "\u00e9".localeCompare("e\u0301")]);
show("iterator", () => { const i = "a\u{1F98A}\ud800"[Symbol.iterator](); return [i.next().value, i.next().value, i.next().value, i.next().done, i.next().done, String(i)]; });
show("iterator", () => "a"[Symbol.iterator]().next.call({}));
for (const name of Object.getOwnPropertyNames(String.prototype).sort()) {
  const d = Object.getOwnPropertyDescriptor(String.prototype, name);
  show(name, () => [d.value.length, d.value.name, d.writable, d.enumerable, d.configurable]);
}
console.log(lines.join("\n"));
