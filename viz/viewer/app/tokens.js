// Text with names that lead somewhere: nodes, blocks, virtual registers, slots, places in the code.

import { el } from "./dom.js";
import { nodeName } from "./rows.js";

// What may be a name, by kind of text: names of functions in it are chosen by the module, and lead nowhere.
const IN_CODE = /\b(?:B\d+|L[0-9a-f]+)$|\[rbp[+-]0x[0-9a-f]+\]|\b(?:[re]?[abcd]x|[abcd][lh]|[re]?[sd]il?|r\d+[dwb]?|[xyz]mm\d+)\b/g;
const PARTS = /^(?:[re]?([abcd])x|([abcd])[lh]|[re]?([sd]i)l?|(r\d+)[dwb]?|[xyz](mm\d+))$/;
const IN_INSTRUCTIONS = /\b(?:v\d+|B\d+|slot \d+|argument \d+|xmm\d+|r(?:[abcd]x|[sd]i|\d+))\b/g;

/** Something to click on, or to reach in a list's line with the arrow keys: see `App.go`. */
export function token(app, name, go = name, title = undefined) {
  const mine = go === app.state.value || go === app.related.block || (go[0] === "n" ? app.related.nodes.has(Number(go.slice(1))) : go[0] === "v" && app.related.vregs.has(Number(go.slice(1))));
  return el(`span.go${mine ? ".mine" : ""}`, { "data-go": go, title }, name);
}

function linked(text, pattern, make) {
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(pattern)) {
    const made = make(match[0]);
    if (!made) continue;
    parts.push(text.slice(done, match.index), made);
    done = match.index + match[0].length;
  }
  return [...parts, text.slice(done)];
}

/** Operands of an instruction of machine code: those of jumps may be labels; parts of a register lead to all of it. */
export function codeText(app, mnemonic, text) {
  const { slots } = app.compilation.names;
  return linked(text, IN_CODE, (name) => {
    if (name[0] === "[") return slots.has(name) ? token(app, name, slots.get(name), slots.get(name)) : null;
    if (name[0] === "B" || name[0] === "L") return mnemonic[0] === "j" ? token(app, name) : null;
    return token(app, name, registerOf(name));
  });
}

/** `rax` of `eax`, `xmm1` of `xmm1`. */
function registerOf(name) {
  const [, letter, low, index, numbered, vector] = PARTS.exec(name);
  if (vector) return `x${vector}`;
  return numbered ?? (index ? `r${index}` : `r${letter ?? low}x`);
}

/** An instruction with virtual registers and locations. */
export function instructionText(app, text) {
  return linked(text, IN_INSTRUCTIONS, (name) => token(app, name));
}

/** A node, each input a link: `n5 = Int32Add(n3, n4)`; without `head` from the operator on. go: where an id leads. */
export function nodeText(app, node, head = true, go = (id) => id) {
  const inputs = node.inputs.flatMap((id, index) => [index ? ", " : "", token(app, nodeName(id), `n${go(id)}`)]);
  return [head ? [token(app, nodeName(node.id), `n${go(node.id)}`), " = "] : null, el("bdi", {}, node.op.label), "(", inputs, ")"];
}

/** Names of blocks. */
export function blockNames(app, numbers) {
  return numbers.map((number) => [" ", token(app, `B${number}`)]);
}
