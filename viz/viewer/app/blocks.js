// Basic blocks of a graph, dominators, and a block for every node: between the deepest of its inputs and the common
// dominator of its users, in the shallowest loop (Click, "Global Code Motion / Global Value Numbering", 1995).

// Blocks that end so are seldom executed.
const COLD = new Set(["Unreachable", "Deoptimize", "Throw"]);
const HEADERS = new Set(["Start", "Merge", "Loop", "IfTrue", "IfFalse", "IfValue", "IfDefault", "IfSuccess", "IfException"]);

/** {blocks, blockOf: Map id -> block, rest: ids without a block}; a block: {index, header, nodes, control, predecessors,
 * successors, depth (of loops), loop (is a header), deferred}. Works on graphs in the middle of a phase as well. */
export function findBlocks(graph) {
  const flow = flowUsers(graph);
  const { found, chains } = discover(graph, flow);
  const blocks = order(found);
  dominators(blocks);
  loops(blocks);
  defer(graph, blocks);
  const blockOf = new Map();
  for (const block of blocks) for (const id of chains.get(block)) blockOf.set(id, block);
  const rest = place(graph, blocks, blockOf, chains);
  return { blocks, blockOf, rest };
}

function flowUsers(graph) {
  const users = new Map();
  for (const id of graph.live) {
    const node = graph.get(id);
    if (!node || !node.op.controlOut || node.op.name === "Terminate") continue;
    for (let index = node.op.firstControl; index < node.inputs.length; index++) {
      const control = node.inputs[index];
      if (users.has(control)) users.get(control).push(node);
      else users.set(control, [node]);
    }
  }
  for (const list of users.values()) list.sort((a, b) => rank(a) - rank(b) || a.id - b.id);
  return users;
}

function rank(node) {
  if (node.op.name === "IfTrue" || node.op.name === "IfSuccess") return 0;
  return node.op.name === "IfFalse" || node.op.name === "IfDefault" || node.op.name === "IfException" ? 2 : 1;
}

function discover(graph, flow) {
  const found = [], chains = new Map(), byHeader = new Map();
  const make = (header) => {
    const block = { index: -1, header: header.id, op: header.op, nodes: [], control: -1, predecessors: [], successors: [],
      depth: 0, loop: header.op.name === "Loop", deferred: false, dominator: null, level: 0 };
    byHeader.set(header.id, block);
    found.push(block);
    return block;
  };
  const start = [...graph.nodes.values()].find((node) => node.op.name === "Start" && graph.live.has(node.id));
  if (!start) return { found, chains };
  const stack = [[make(start), start]];
  while (stack.length) {
    const [block, header] = stack.pop();
    const chain = [header.id];
    chains.set(block, chain);
    let node = header, targets = [];
    const seen = new Set([header.id]);
    for (;;) {
      const users = (flow.get(node.id) ?? []).filter((user) => !seen.has(user.id));
      const headers = (flow.get(node.id) ?? []).filter((user) => HEADERS.has(user.op.name));
      const inside = users.filter((user) => !HEADERS.has(user.op.name));
      if (headers.length && !inside.length) {
        targets = headers;
        break;
      }
      if (!inside.length) break;
      node = inside[0];
      for (const other of inside) { // more than one only in the middle of a phase
        seen.add(other.id);
        chain.push(other.id);
      }
    }
    if (node !== header) block.control = node.id;
    for (const target of targets) {
      let successor = byHeader.get(target.id);
      if (!successor) {
        successor = make(target);
        stack.push([successor, target]);
      }
      if (!block.successors.includes(successor)) block.successors.push(successor);
    }
  }
  for (const block of found) for (const successor of block.successors) successor.predecessors.push(block);
  return { found, chains };
}

/** Reverse post order; within it, the way on after a loop comes after the loop's body. */
function order(found) {
  if (!found.length) return [];
  const done = new Set(), post = [];
  const stack = [[found[0], 0]];
  done.add(found[0]);
  while (stack.length) {
    const top = stack[stack.length - 1];
    const successors = top[0].successors;
    if (top[1] < successors.length) {
      const next = successors[successors.length - 1 - top[1]++];
      if (!done.has(next)) {
        done.add(next);
        stack.push([next, 0]);
      }
    } else {
      post.push(top[0]);
      stack.pop();
    }
  }
  const blocks = post.reverse();
  blocks.forEach((block, index) => (block.index = index));
  return blocks;
}

function dominators(blocks) {
  let again = true;
  for (let round = 0; again && round < 10; round++) {
    again = false;
    for (const block of blocks) {
      let dominator = null;
      for (const before of block.predecessors) {
        if (before !== blocks[0] && before.dominator === null) continue;
        dominator = dominator === null ? before : common(dominator, before);
      }
      if (block === blocks[0]) dominator = null;
      if (dominator !== block.dominator) {
        block.dominator = dominator;
        again = true;
      }
      block.level = dominator ? dominator.level + 1 : 0;
    }
  }
}

export function common(a, b) {
  while (a !== b) {
    if (a.index > b.index) a = a.dominator;
    else b = b.dominator;
    if (!a || !b) return a ?? b;
  }
  return a;
}

function loops(blocks) {
  for (const block of blocks) {
    const latches = block.predecessors.filter((before) => before.index >= block.index);
    if (!latches.length) continue;
    block.loop = true;
    const members = new Set([block]), work = [...latches];
    while (work.length) {
      const member = work.pop();
      if (members.has(member)) continue;
      members.add(member);
      work.push(...member.predecessors);
    }
    for (const member of members) member.depth++;
    block.members = members;
  }
}

/** Marks what is seldom executed: the unlikely sides of branches, ways to an abrupt end, and what only they reach. */
function defer(graph, blocks) {
  const cold = (block) => {
    const branch = graph.get(graph.get(block.header).inputs[0]);
    if (branch?.op.name !== "Branch") return block.control >= 0 && COLD.has(graph.get(block.control).op.name);
    const hint = branch.op.parameters.slice(1, -1);
    return (hint === "unlikely" && block.op.name === "IfTrue") || (hint === "likely" && block.op.name === "IfFalse");
  };
  for (const block of blocks) {
    const before = block.predecessors.filter((other) => other.index < block.index);
    block.deferred = cold(block) || (before.length > 0 && before.every((other) => other.deferred));
  }
}

function place(graph, blocks, blockOf, chains) {
  if (!blocks.length) return [...graph.live];
  const floating = [], pinned = [];
  for (const id of graph.live) {
    const node = graph.get(id);
    if (!node || blockOf.has(id)) continue;
    const { name } = node.op;
    const control = node.inputs[node.op.firstControl];
    if (name === "End" || name === "Terminate") continue;
    if (name === "Phi" || name === "EffectPhi") {
      if (blockOf.has(control)) pinned.push([id, blockOf.get(control)]);
    } else if (name === "Parameter" || name === "OsrValue") pinned.push([id, blocks[0]]);
    else if (node.op.effectOut && node.op.controls && blockOf.has(control)) pinned.push([id, blockOf.get(control)]);
    else floating.push(id);
  }
  for (const [id, block] of pinned) blockOf.set(id, block);
  for (const id of floating) {
    const node = graph.get(id);
    if (node.op.name === "Projection" && blockOf.has(node.inputs[0])) blockOf.set(id, blockOf.get(node.inputs[0]));
  }
  const free = floating.filter((id) => !blockOf.has(id));
  const early = placeEarly(graph, blocks, blockOf, free);
  placeLate(graph, blockOf, free, early);
  const members = new Map(blocks.map((block) => [block, []]));
  for (const id of graph.live) {
    const block = blockOf.get(id);
    if (block) members.get(block).push(id);
  }
  for (const block of blocks) block.nodes = sequence(graph, block, members.get(block), blockOf, chains.get(block));
  return [...graph.live].filter((id) => graph.get(id) && !blockOf.has(id) && graph.get(id).op.name !== "End");
}

function postOrder(graph, roots, inside) {
  const seen = new Set(), found = [];
  for (const root of roots) {
    if (seen.has(root)) continue;
    seen.add(root);
    const stack = [[root, 0]];
    while (stack.length) {
      const top = stack[stack.length - 1];
      const inputs = graph.get(top[0])?.inputs ?? [];
      if (top[1] < inputs.length) {
        const child = inputs[top[1]++];
        if (inside.has(child) && !seen.has(child)) {
          seen.add(child);
          stack.push([child, 0]);
        }
      } else {
        found.push(top[0]);
        stack.pop();
      }
    }
  }
  return found;
}

function placeEarly(graph, blocks, blockOf, free) {
  const early = new Map(), inside = new Set(free);
  for (const id of postOrder(graph, free, inside)) {
    let deepest = blocks[0];
    for (const child of graph.get(id).inputs) {
      const block = blockOf.get(child) ?? early.get(child);
      if (block && block.level > deepest.level) deepest = block;
    }
    early.set(id, deepest);
  }
  early.order = [...early.keys()];
  return early;
}

function placeLate(graph, blockOf, free, early) {
  for (const id of early.order.reverse()) {
    let late = null;
    for (const [user, index] of graph.uses.get(id) ?? []) {
      const node = graph.get(user);
      let block = blockOf.get(user);
      if (!block) continue;
      if ((node.op.name === "Phi" || node.op.name === "EffectPhi") && index < node.op.firstControl) {
        const header = graph.get(block.header); // the value is wanted at the end of the way in
        const way = blockOf.get(header?.inputs[header.op.firstControl + index]);
        if (way) block = way;
      }
      late = late === null ? block : common(late, block) ?? block;
    }
    const first = early.get(id);
    let best = late ?? first;
    if (late && first.level <= late.level)
      for (let walk = late; walk && walk.level >= first.level; walk = walk.dominator) {
        if (walk.depth < best.depth) best = walk;
        if (walk === first) break;
      }
    else best = first;
    blockOf.set(id, best);
  }
}

/** Header, phis, then the rest with inputs first, in the order of the control and effect chains; the control last. */
function sequence(graph, block, members, blockOf, chain) {
  const inside = new Set(members);
  const phis = members.filter((id) => ["Phi", "EffectPhi"].includes(graph.get(id).op.name)).sort((a, b) => a - b);
  const front = [block.header, ...phis];
  const placed = new Set(front);
  const last = chain.length > 1 ? chain[chain.length - 1] : -1;
  for (const id of front) inside.delete(id);
  if (last >= 0) inside.delete(last);
  const parameters = members.filter((id) => graph.get(id).op.name === "Parameter").sort((a, b) => a - b);
  const roots = [...parameters, ...chain.filter((id) => inside.has(id)), ...members.filter((id) => inside.has(id)).sort((a, b) => a - b)];
  const middle = postOrder(graph, last >= 0 ? [...parameters, ...chain.filter((id) => inside.has(id)), ...graph.get(last).inputs.filter((id) => inside.has(id)), ...roots] : roots, inside);
  for (const id of middle) placed.add(id);
  return last >= 0 ? [...front, ...middle, last] : [...front, ...middle];
}
