// What belongs together: nodes, bytecodes, instructions.

/** Index in `functions` of the function that an inlining stands for; -1 is the compiled one. */
export function functionOf(compilation, inlining) {
  return inlining < 0 ? 0 : compilation.data.inlinings[inlining][0];
}

export function inGraph(graph, id) {
  return graph.live.has(id) && graph.get(id) !== undefined;
}

/** The call that an inlining stands for: "0x71 of run", through how many functions it came; "" for the compiled one. */
export function siteOf(compilation, inlining) {
  if (inlining < 0) return "";
  const { inlinings, functions } = compilation.data;
  const [, offset, parent] = inlinings[inlining];
  return `0x${offset.toString(16)} of ${functions[functionOf(compilation, parent)].name}${parent >= 0 ? `, called at ${siteOf(compilation, parent)}` : ""}`;
}

/** The inlinings of a function, by its index in `functions`; -1, where it is the compiled one, comes first. */
export function sitesOf(compilation, place) {
  const sites = place ? [] : [-1];
  compilation.data.inlinings.forEach(([of], index) => {
    if (of === place) sites.push(index);
  });
  return sites;
}

/** The bytecode of an origin, as a selection: at one call site where there are several. */
export function bytecodeOf(compilation, { offset, inlining }) {
  const at = { function: functionOf(compilation, inlining), offset };
  return sitesOf(compilation, at.function).length > 1 ? { ...at, inlining } : at;
}

/** What a selection leads to, in a graph: {nodes: Set, heirs: Set of nodes that took the place of one that is gone,
 * lines: Set of code lines, bytecodes: Set of "function:offset", vregs: Set of virtual registers, block: name of the block
 * that begins with the node, or ""}. */
export function related(compilation, graph, { node, at, value }) {
  const nodes = new Set(), heirs = new Set(), lines = new Set(), bytecodes = new Set(), vregs = new Set();
  const number = compilation.names.numbers.get(node);
  const add = (origin) => {
    if (origin && origin.offset >= 0) bytecodes.add(`${functionOf(compilation, origin.inlining)}:${origin.offset}`);
  };
  if (node >= 0) {
    nodes.add(node);
    const shape = graph.get(node) ?? compilation.node(node);
    add(shape?.origin);
    const heir = compilation.becomes(node);
    if (heir !== node) heirs.add(heir);
    for (const id of [node, heir]) {
      for (const line of compilation.codeOf(id)) lines.add(line);
      for (const vreg of compilation.names.vregsOf(id)) vregs.add(vreg);
    }
  }
  if (at) {
    const here = (offset, inlining) => offset === at.offset && (at.inlining >= -1 ? inlining === at.inlining : functionOf(compilation, inlining) === at.function);
    bytecodes.add(`${at.function}:${at.offset}`);
    for (const id of graph.live) {
      const shape = graph.get(id);
      if (shape && here(shape.origin.offset, shape.origin.inlining)) nodes.add(id);
    }
    compilation.data.code.forEach((line, index) => {
      if (here(line[5], line[6])) lines.add(index);
    });
  }
  if (/^v\d+$/.test(value)) vregs.add(Number(value.slice(1)));
  return { nodes, heirs, lines, bytecodes, vregs, block: number === undefined ? "" : `B${number}` };
}
