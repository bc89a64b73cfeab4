// Finding nodes: by id, by value, or by words in operator, type, rule, phase, kind, bytecode, function, machine code.

import { functionOf } from "./links.js";
import { hasValue, numberIn } from "./values.js";

const SHORT = { w32: "word32", w64: "word64", f32: "float32", f64: "float64" };

// Where a word may be, and its text there; those of an operator or an origin are the same for many nodes.
const OF_OPERATOR = { op: (op) => `${op.text} ${op.label}`, type: (op) => op.type, kind: (op) => op.category };
const OF_ORIGIN = {
  rule: (origin) => origin.rule, phase: (origin) => origin.phase || "lift", at: (origin) => (origin.offset >= 0 ? `0x${origin.offset.toString(16)}` : ""),
  in: (origin, compilation) => (origin.inlining < 0 ? "" : compilation.data.functions[functionOf(compilation, origin.inlining)].name),
};
const PLACES = [...Object.keys(OF_OPERATOR), ...Object.keys(OF_ORIGIN), "code"];

/** Looks for a query in graphs: finder(compilation, query)(graph) gives {found: ids of live nodes that match all words,
 * gone: ids of others, which are or were in another graph, lines: of machine code, error: what is wrong with the query, or
 * ""}; ids ascend. A word is text that may stand anywhere,
 * `op:Add` (one place only), `/regular expression/`, `op:/the same/`, `n42` (a node), `42`, `0xff`, `1.5` (a constant's
 * value, or an id, or a bytecode's offset), `#42` (a constant's value only). */
export function finder(compilation, query) {
  const words = query.split(/\s+/).filter(Boolean);
  const nothing = { found: [], gone: [], lines: new Set(), error: "" };
  if (!words.length) return () => nothing;
  const tests = [];
  for (const word of words) {
    try {
      tests.push(nodeTest(compilation, word));
    } catch (error) { // of a regular expression
      return () => ({ ...nothing, error: error.message });
    }
  }
  const known = new WeakMap(); // most nodes are the same in many graphs
  const matches = (node) => {
    let answer = known.get(node);
    if (answer === undefined) known.set(node, (answer = tests.every((one) => one.node(node))));
    return answer;
  };
  const lines = new Set();
  compilation.data.code.forEach((line, index) => {
    if (tests.every((one) => one.line?.(mnemonic(line)))) lines.add(index);
  });
  return (graph) => {
    const found = [], gone = [];
    for (const id of graph.live) {
      const node = graph.get(id);
      if (node && matches(node)) found.push(id);
    }
    for (const [id, node] of compilation.everyNode) if (matches(node) && !(graph.live.has(id) && graph.get(id))) gone.push(id);
    const ascending = (a, b) => a - b;
    return { found: found.sort(ascending), gone: gone.sort(ascending), lines, error: "" };
  };
}

/** {node: does a node match? line: does a mnemonic, where that is asked for?} */
function nodeTest(compilation, word) {
  const id = /^n(\d+)$/.exec(word);
  if (id) return { node: (node) => node.id === Number(id[1]) };
  if (/^[#=]./.test(word)) {
    const number = numberIn(word.slice(1));
    return { node: (node) => number !== undefined && hasValue(node.op, number) };
  }
  const number = numberIn(word);
  if (number) {
    const { whole, hex } = number;
    const same = whole !== undefined && !hex ? Number(whole) : -1, offset = hex ? Number(whole) : -1;
    return { node: (node) => node.id === same || hasValue(node.op, number) || (offset >= 0 && node.origin.offset === offset) };
  }
  const colon = word.indexOf(":");
  const place = colon > 0 && PLACES.includes(word.slice(0, colon).toLowerCase()) ? word.slice(0, colon).toLowerCase() : "";
  const fits = fitting(place ? word.slice(colon + 1) : word);
  return placeTest(compilation, place ? [place] : PLACES, fits);
}

/** Tells whether a text fits a word. Throws where the word is a broken regular expression. */
export function fitting(word) {
  const expression = /^\/(.+?)\/?$/.exec(word);
  if (expression && word.length > 1) {
    const found = new RegExp(expression[1], "i");
    return (text) => found.test(text);
  }
  const wanted = SHORT[word.toLowerCase()] ?? word.toLowerCase();
  return (text) => text.toLowerCase().includes(wanted);
}

function placeTest(compilation, places, fits) {
  const once = (keys, texts) => {
    const known = new Map();
    const chosen = keys.filter((key) => places.includes(key)).map((key) => texts[key]);
    return (one) => {
      let answer = known.get(one);
      if (answer === undefined) known.set(one, (answer = chosen.some((text) => fits(text(one, compilation)))));
      return answer;
    };
  };
  const ofOperator = once(Object.keys(OF_OPERATOR), OF_OPERATOR), ofOrigin = once(Object.keys(OF_ORIGIN), OF_ORIGIN);
  const inCode = places.includes("code");
  const code = (node) => compilation.codeOf(node.id).some((line) => fits(mnemonic(compilation.data.code[line])));
  return { node: (node) => ofOperator(node.op) || ofOrigin(node.origin) || (inCode && code(node)), line: inCode ? fits : undefined };
}

function mnemonic(line) {
  return line[2].split(" ", 1)[0];
}
