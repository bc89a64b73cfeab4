// Basic blocks of a graph, dominators, and a block for every node: between the deepest of its inputs and the common
// dominator of its users, in the shallowest loop (Click, "Global Code Motion / Global Value Numbering", 1995).

// Blocks that end so are seldom executed.
const COLD = new Set(["Unreachable", "Deoptimize", "Throw"]);
export const HEADERS = new Set(["Start", "Merge", "Loop", "IfTrue", "IfFalse", "IfValue", "IfDefault", "IfSuccess", "IfException"]);

/** {blocks, blockOf: Map id -> block, rest: ids without a block}; a block: {index, number, header, nodes, control, predecessors,
 * successors, depth (of loops), loop (is a header), deferred}. Works on graphs in the middle of a phase as well. */
export function findBlocks(whole) {
  const graph = new Flat(whole);
  const flow = flowUsers(graph);
  const { found, chains } = discover(graph, flow);
  const blocks = order(found);
  for (const block of blocks) block.number = graph.numbers.get(block.header) ?? block.index;
  dominators(blocks);
  loops(blocks);
  defer(graph, blocks);
  const blockOf = new Map();
  for (const block of blocks) for (const id of chains.get(block)) blockOf.set(id, block);
  const rest = place(graph, blocks, blockOf, chains);
  return { blocks, blockOf, rest };
}

const DENSE = 1e7; // the highest id for which arrays by id are made as long as that at once, which keeps them fast

/** The live nodes of a graph, by id. */
class Flat {
  constructor(graph) {
    this.numbers = graph.numbers;
    this.live = graph.live;
    this.most = 0;
    for (const id of this.live) if (id > this.most) this.most = id;
    this.nodes = this.byId();
    this.edges = 0;
    for (const id of this.live) {
      const node = graph.get(id);
      if (!node) continue;
      this.nodes[id] = node;
      this.edges += node.inputs.length;
    }
  }

  get(id) {
    return this.nodes[id];
  }

  /** An array for something by id. */
  byId() {
    return this.most < DENSE ? new Array(this.most + 1) : [];
  }
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
  let start = null;
  for (const id of graph.live) if (graph.get(id)?.op.name === "Start") start = graph.get(id);
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
        dominator = dominator === null ? before : meet(dominator, before);
      }
      if (block === blocks[0]) dominator = null;
      if (dominator !== block.dominator) {
        block.dominator = dominator;
        again = true;
      }
    }
  }
  for (const block of blocks) hang(block, block.dominator);
}

function meet(a, b) {
  while (a !== b) {
    if (a.index > b.index) a = a.dominator;
    else b = b.dominator;
    if (!a || !b) return a ?? b;
  }
  return a;
}

/** Where a block is in the dominator tree, with a pointer far up from it (Myers, "An applicative random-access stack", 1983). */
function hang(block, dominator) {
  block.level = dominator ? dominator.level + 1 : 0;
  const far = dominator?.jump;
  block.jump = far?.jump && dominator.level - far.level === far.level - far.jump.level ? far.jump : dominator;
}

/** The deepest block that dominates both, in as many steps as the depth has digits. */
export function common(a, b) {
  if (a.level < b.level) [a, b] = [b, a];
  while (a.level > b.level) a = a.jump.level >= b.level ? a.jump : a.dominator;
  while (a !== b) [a, b] = a.jump !== b.jump ? [a.jump, b.jump] : [a.dominator, b.dominator];
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
  if (!blocks.length) return [...graph.live].filter((id) => graph.get(id) && graph.get(id).op.name !== "End");
  const at = graph.byId(); // blocks
  for (const [id, block] of blockOf) at[id] = block;
  const floating = [], free = [], pinned = [];
  for (const id of graph.live) {
    const node = graph.get(id);
    if (!node || at[id]) continue;
    const { op } = node;
    const control = at[node.inputs[op.firstControl]];
    if (op.name === "End" || op.name === "Terminate") continue;
    if (op.phi) {
      if (control) pinned.push([id, control]);
    } else if (op.name === "Parameter" || op.name === "OsrValue") pinned.push([id, blocks[0]]);
    else if (op.effectOut && op.controls && control) pinned.push([id, control]);
    else floating.push(node);
  }
  for (const [id, block] of pinned) at[id] = block;
  for (const node of floating) {
    if (node.op.name === "Projection" && at[node.inputs[0]]) at[node.id] = at[node.inputs[0]];
    else free.push(node.id);
  }
  const early = placeEarly(graph, blocks, at, free);
  placeLate(graph, at, early);
  for (const block of blocks) block.nodes = [];
  const rest = [];
  for (const id of graph.live) {
    const block = at[id];
    if (block) {
      blockOf.set(id, block);
      block.nodes.push(id);
    } else if (graph.get(id) && graph.get(id).op.name !== "End") rest.push(id);
  }
  const inside = new Marks(graph);
  for (const block of blocks) block.nodes = sequence(graph, block, block.nodes, chains.get(block), inside);
  return rest;
}

/** A set of ids that is emptied at once. */
class Marks {
  constructor(graph) {
    this.marks = graph.byId();
    this.mark = 0;
  }

  clear() {
    this.mark++;
  }

  has(id) {
    return this.marks[id] === this.mark;
  }

  add(id) {
    this.marks[id] = this.mark;
  }

  delete(id) {
    this.marks[id] = -1;
  }
}

/** Those of `inside` that `roots` lead to, inputs first; they are taken out of it. */
function postOrder(graph, roots, inside) {
  const found = [], ids = [], nexts = [];
  for (const root of roots) {
    if (!inside.has(root)) continue;
    inside.delete(root);
    ids.push(root);
    nexts.push(0);
    while (ids.length) {
      const top = ids.length - 1, inputs = graph.get(ids[top])?.inputs ?? [];
      if (nexts[top] < inputs.length) {
        const child = inputs[nexts[top]++];
        if (!inside.has(child)) continue;
        inside.delete(child);
        ids.push(child);
        nexts.push(0);
      } else {
        found.push(ids.pop());
        nexts.pop();
      }
    }
  }
  return found;
}

/** {order: inputs first; first: the deepest block of the inputs, by id}. */
function placeEarly(graph, blocks, at, free) {
  const inside = new Marks(graph), first = graph.byId();
  for (const id of free) inside.add(id);
  const order = postOrder(graph, free, inside);
  for (const id of order) {
    let deepest = blocks[0];
    for (const child of graph.get(id).inputs) {
      const block = at[child] ?? first[child];
      if (block && block.level > deepest.level) deepest = block;
    }
    first[id] = deepest;
  }
  return { order, first };
}

/** Who uses a node, as a list in arrays: `heads[id]` is the first entry, `next` the one after an entry, or -1. */
function usesOf(graph) {
  const heads = graph.byId(), next = new Int32Array(graph.edges), users = new Int32Array(graph.edges), indices = new Int32Array(graph.edges);
  let entry = 0;
  for (const id of graph.live) {
    const inputs = graph.get(id)?.inputs ?? [];
    for (let index = 0; index < inputs.length; index++) {
      const child = inputs[index];
      next[entry] = heads[child] ?? -1;
      users[entry] = id;
      indices[entry] = index;
      heads[child] = entry++;
    }
  }
  return { heads, next, users, indices };
}

function placeLate(graph, at, { order, first }) {
  const { heads, next, users, indices } = usesOf(graph);
  for (let position = order.length - 1; position >= 0; position--) {
    const id = order[position];
    let late = null;
    for (let entry = heads[id] ?? -1; entry >= 0; entry = next[entry]) {
      const user = users[entry], index = indices[entry];
      let block = at[user];
      if (!block) continue;
      const { op } = graph.get(user);
      if (op.phi && index < op.firstControl) {
        const header = graph.get(block.header); // the value is wanted at the end of the way in
        block = at[header?.inputs[header.op.firstControl + index]] ?? block;
      }
      late = late === null || late === block ? block : common(late, block);
    }
    const top = first[id];
    let best = late ?? top;
    if (late && top.level <= late.level) {
      for (let walk = late; best.depth && walk && walk.level >= top.level; walk = walk.dominator) {
        if (walk.depth < best.depth) best = walk;
        if (walk === top) break;
      }
    } else best = top;
    at[id] = best;
  }
}

/** Header, phis, then the rest with inputs first, in the order of the control and effect chains; the control last. */
function sequence(graph, block, members, chain, inside) {
  inside.clear();
  for (const id of members) inside.add(id);
  const phis = members.filter((id) => graph.get(id).op.phi).sort((a, b) => a - b);
  const front = [block.header, ...phis];
  const last = chain.length > 1 ? chain[chain.length - 1] : -1;
  for (const id of front) inside.delete(id);
  if (last >= 0) inside.delete(last);
  const parameters = members.filter((id) => graph.get(id).op.name === "Parameter").sort((a, b) => a - b);
  const roots = [...parameters, ...chain, ...(last >= 0 ? graph.get(last).inputs : []), ...members.sort((a, b) => a - b)];
  const middle = postOrder(graph, roots, inside);
  return last >= 0 ? [...front, ...middle, last] : [...front, ...middle];
}
