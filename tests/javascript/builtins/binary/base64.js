// Each result as node prints it; beside this file stands what node prints.
"use strict";
function show(call) {
  try { console.log(String(call)  + " -> " + JSON.stringify(call())); } catch (error) { console.log(call + " " + error.name + ": " + error.message); }
}
const bytes = new Uint8Array([0, 250, 255, 62, 63, 1, 2]);
show(() => bytes.toBase64());
show(() => bytes.toBase64({ alphabet: "base64url", omitPadding: true }));
show(() => bytes.toHex());
show(() => [...Uint8Array.fromHex("00fAff")]);
for (const text of ["", "AAEC", " A A\nEC ", "AAE=", "AA==", "AAE", "AA", "A", "AAF=", "?", "AA=", "A===", "AAE=x", "-_-_", "+/+/", "AAECA"]) {
  for (const lastChunkHandling of ["loose", "strict", "stop-before-partial"]) {
    for (const alphabet of ["base64", "base64url"]) {
      let result;
      const target = new Uint8Array(4);
      try { result = [...Uint8Array.fromBase64(text, { lastChunkHandling, alphabet })].join(); } catch (error) { result = error.name; }
      try { result += " " + JSON.stringify(target.setFromBase64(text, { lastChunkHandling, alphabet })); } catch (error) { result += " " + error.name; }
      console.log(JSON.stringify(text), lastChunkHandling, alphabet, result, target.join());
    }
  }
}
const target = new Uint8Array(3);
for (const text of ["AAECAwQFBg==", "AAECAw", "AQ"]) show(() => [target.setFromBase64(text), [...target]]);
for (const text of ["0102030405", "0", "0g", "01zz"]) show(() => [target.setFromHex(text), [...target]]);
show(() => Uint8Array.fromBase64(3));
show(() => Uint8Array.fromBase64("", 3));
show(() => Uint8Array.fromBase64("", { alphabet: "x" }));
show(() => Uint8Array.fromHex("a"));
show(() => bytes.setFromBase64(3));
