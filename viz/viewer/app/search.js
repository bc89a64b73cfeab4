// Finding nodes: by id (`42`, `n42`), or by words in operator, type, rule, phase, category.

/** Ids of live nodes that match all words, ascending. `type:w32`, `rule:x`, `op:Add` look in one place only. */
export function search(graph, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const id = /^n?(\d+)$/.exec(words[0]);
  if (id && words.length === 1) return graph.live.has(Number(id[1])) && graph.get(Number(id[1])) ? [Number(id[1])] : [];
  const found = [];
  for (const at of graph.live) {
    const node = graph.get(at);
    if (node && words.every((word) => matches(node, word))) found.push(at);
  }
  return found.sort((a, b) => a - b);
}

const SHORT = { w32: "word32", w64: "word64", f32: "float32", f64: "float64" };

function matches(node, word) {
  const { op, origin } = node;
  const places = { op: op.text, type: op.type, rule: origin.rule, phase: origin.phase || "lift", kind: op.category, at: origin.offset >= 0 ? `0x${origin.offset.toString(16)}` : "" };
  const colon = word.indexOf(":");
  if (colon > 0 && word.slice(0, colon) in places) {
    const wanted = word.slice(colon + 1);
    return places[word.slice(0, colon)].toLowerCase().includes(SHORT[wanted] ?? wanted);
  }
  const wanted = SHORT[word] ?? word;
  return Object.values(places).some((text) => text.toLowerCase().includes(wanted)) || `n${node.id}` === word;
}
