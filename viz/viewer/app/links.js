// What belongs together: nodes, bytecodes, instructions.

/** Index in `functions` of the function that an inlining stands for; -1 is the compiled one. */
export function functionOf(compilation, inlining) {
  return inlining < 0 ? 0 : compilation.data.inlinings[inlining][0];
}

export function inGraph(graph, id) {
  return graph.live.has(id) && graph.get(id) !== undefined;
}

/** What a selection leads to, in a graph: {nodes: Set, heirs: Set of nodes that took the place of one that is gone,
 * lines: Set of code lines, bytecodes: Set of "function:offset"}. */
export function related(compilation, graph, { node, at }) {
  const nodes = new Set(), heirs = new Set(), lines = new Set(), bytecodes = new Set();
  const add = (origin) => {
    if (origin && origin.offset >= 0) bytecodes.add(`${functionOf(compilation, origin.inlining)}:${origin.offset}`);
  };
  if (node >= 0) {
    nodes.add(node);
    const shape = graph.get(node) ?? compilation.node(node);
    add(shape?.origin);
    const heir = compilation.becomes(node);
    if (heir !== node) heirs.add(heir);
    for (const id of [node, heir]) for (const line of compilation.codeOf(id)) lines.add(line);
  }
  if (at) {
    bytecodes.add(`${at.function}:${at.offset}`);
    for (const id of graph.live) {
      const shape = graph.get(id);
      if (shape && shape.origin.offset === at.offset && functionOf(compilation, shape.origin.inlining) === at.function) nodes.add(id);
    }
    compilation.data.code.forEach((line, index) => {
      if (line[5] === at.offset && functionOf(compilation, line[6]) === at.function) lines.add(index);
    });
  }
  return { nodes, heirs, lines, bytecodes };
}
