// Functions and values of the global object.
function print(...values) { console.log(...values.map((value) => Object.is(value, -0) ? "-0" : String(value))); }
function attempt(f) {
  try { print(f()); } catch (error) { console.log(error.name + ": " + error.message); }
}
for (const text of ["12", " \n-12.9px", "0x1F", "-0x10", "0x", "", "abc", "1e3", "077", "-0", "+5", "9007199254740993", "123456789012345678901234567890", "1_000", "\u00a07", "Infinity"]) {
  print(JSON.stringify(text), parseInt(text), parseFloat(text));
}
print(parseInt("z", 36), parseInt("101", 2), parseInt("9", 8), parseInt("12", 1), parseInt("12", 37), parseInt("0x10", 16), parseInt("0x10", 10), parseInt("11", 4294967298), parseInt(1e21), parseInt(null, 36), parseInt("1".repeat(2000), 3));
print(parseFloat(".5."), parseFloat("-.5e-3x"), parseFloat("5e"), parseFloat("5e+"), parseFloat("-Infinityx"), parseFloat("1e1000"), parseFloat("0.0000001"), parseFloat("."), parseFloat("1.7976931348623157e308"), parseFloat("4.9e-324"));
print(isNaN("x"), isNaN(""), isNaN(undefined), isFinite("12"), isFinite(Infinity), isFinite(null));
attempt(() => isNaN(Symbol()));
attempt(() => isFinite(1n));
for (const text of ["a b&c=d/e?f#g", "\u00e9\u20ac\ud83d\ude00", "-_.!~*'();,:@+$[]\"<>\\^`{|}%\u0000"]) {
  print(encodeURI(text), encodeURIComponent(text), escape(text));
  print(decodeURI(encodeURI(text)) === text, decodeURIComponent(encodeURIComponent(text)) === text, unescape(escape(text)) === text);
}
print(decodeURI("%23%24%26%61"), decodeURIComponent("%23%24%26%61"), unescape("%u00e9%E9%zz%u12"), decodeURIComponent("%F0%9F%98%80").length);
for (const text of ["\ud800", "\udc00x", "a\ud800b"]) attempt(() => encodeURIComponent(text));
for (const text of ["%", "%4", "%zz", "%80", "%C0%80", "%E0%80%80", "%ED%A0%80", "%F4%90%80%80", "%F8%80%80%80", "%E2%82", "%E2%82x"]) attempt(() => decodeURIComponent(text));
print(globalThis === this, typeof globalThis, Object.getOwnPropertyDescriptor(globalThis, "NaN").writable, Object.getOwnPropertyDescriptor(globalThis, "undefined").configurable, Object.getOwnPropertyDescriptor(globalThis, "globalThis").writable, Object.getOwnPropertyDescriptor(globalThis, "Array").enumerable);
NaN = 1; undefined = 2; Infinity = 3;
print(NaN, undefined, Infinity);
