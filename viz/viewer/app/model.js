// The compilation as data.py wrote it: graphs of all phases and steps, and what became of every node.

// First elements of edits.
const CREATED = 0;
const REPLACED = 1;
const KILLED = 2;
const CHANGED = 3;

function operator([name, text, type, values, frames, effects, controls, flags, label]) {
  const parameters = text.slice(name.length);
  const pure = (flags & 1) !== 0, controlOut = (flags & 2) !== 0, effectOut = (flags & 4) !== 0;
  const firstEffect = values + frames, firstControl = firstEffect + effects;
  const constant = pure && !firstControl && !controls && name !== "Start";
  let category = "value";
  if (name === "FrameState" || name === "StateValues" || name === "Checkpoint") category = "frame";
  else if (controlOut || name === "End") category = "control";
  else if (name === "Phi" || name === "EffectPhi") category = "phi";
  else if (constant) category = "constant";
  else if (effectOut || effects) category = "effect";
  return { name, text, label: label ?? text, parameters, type, values, frames, effects, controls, firstEffect, firstControl,
    pure, controlOut, effectOut, constant, category, inputs: firstControl + controls };
}

/** A graph at one moment. nodes: Map from id to {id, op, origin, inputs}; those that reach the end are `live`. */
export class Graph {
  constructor(nodes) {
    this.nodes = nodes;
    this._live = null;
    this._uses = null;
  }

  get(id) {
    return this.nodes.get(id);
  }

  get live() {
    if (this._live === null) this._live = reachable(this.nodes);
    return this._live;
  }

  /** Map from id to [user, index of the input] pairs, of users that are live. */
  get uses() {
    if (this._uses === null) {
      const uses = new Map();
      for (const node of this.nodes.values()) {
        if (!this.live.has(node.id)) continue;
        node.inputs.forEach((child, index) => {
          const found = uses.get(child);
          if (found) found.push([node.id, index]);
          else uses.set(child, [[node.id, index]]);
        });
      }
      this._uses = uses;
    }
    return this._uses;
  }
}

function reachable(nodes) {
  const live = new Set(), stack = [];
  for (const node of nodes.values()) if (node.op.name === "End" || node.op.name === "Start") stack.push(node.id);
  while (stack.length) {
    const id = stack.pop();
    if (live.has(id)) continue;
    live.add(id);
    const node = nodes.get(id);
    if (node) for (const child of node.inputs) if (!live.has(child)) stack.push(child);
  }
  return live;
}

/** The kind of the edge to input `index`: "value", "frame", "effect" or "control". */
export function kindOf(node, index) {
  const op = node.op;
  if (index < op.values) return "value";
  if (index < op.firstEffect) return "frame";
  return index < op.firstControl ? "effect" : "control";
}

export function sameInputs(a, b) {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

export class Compilation {
  constructor(data) {
    this.data = data;
    this.name = data.function;
    this.pipeline = data.pipeline;
    this.operators = data.operators.map(operator);
    this.origins = data.origins.map(([offset, inlining, phase, rule, node]) => ({ offset, inlining, phase, rule, node }));
    this.phases = data.phases.map((phase, index) => ({
      ...phase, index, changed: index === 0 || phase.set.length > 0 || phase.gone.length > 0,
    }));
    this._graphs = new Map();
    this._lives = null;
    this._steps = new Map();
    this._instructions = null;
    this._places = null;
  }

  get last() {
    return this.phases.length - 1;
  }

  /** The first phase after which a graph was as it is, or -1. */
  phaseOf(graph) {
    return this.phases.findIndex((phase) => this._graphs.get(phase.index) === graph);
  }

  _node(raw) {
    return { id: raw[0], op: this.operators[raw[1]], origin: this.origins[raw[2]], inputs: raw.slice(3) };
  }

  /** The graph after a phase. */
  graph(index) {
    const known = this._graphs.get(index);
    if (known) return known;
    const phase = this.phases[index];
    const before = index > 0 ? this.graph(index - 1) : null;
    let graph = before;
    if (before === null || phase.changed) {
      const nodes = new Map(before ? before.nodes : []);
      for (const id of phase.gone) nodes.delete(id);
      for (const raw of phase.set) nodes.set(raw[0], this._node(raw));
      graph = new Graph(nodes);
    }
    this._graphs.set(index, graph);
    return graph;
  }

  /** The graph in the middle of a phase, after its steps 0 to `step`; dead nodes are still there. */
  graphAfterStep(index, step) {
    const steps = this.phases[index].steps;
    if (index === 0 || step < 0) return this.graph(Math.max(index - 1, 0));
    if (step >= steps.length) return this.graph(index);
    const key = `${index}.${step}`;
    let graph = this._steps.get(key);
    if (!graph) {
      const replay = new Replay(this, this.graph(index - 1));
      for (let k = 0; k <= step; k++) for (const edit of steps[k].edits) replay.apply(edit);
      graph = new Graph(replay.nodes);
      if (this._steps.size > 40) this._steps.clear();
      this._steps.set(key, graph);
    }
    return graph;
  }

  /** What a step did: {before, after: Graph, added, removed, changed: ids, of nodes that are live on either side}. */
  stepChange(index, step) {
    return change(this.graphAfterStep(index, step - 1), this.graphAfterStep(index, step));
  }

  phaseChange(index) {
    return index > 0 ? change(this.graph(index - 1), this.graph(index)) : { added: [], removed: [], changed: [] };
  }

  /** Everything that happened to a node, in order: see `lives`. */
  life(id) {
    return this.lives.get(id) ?? [];
  }

  /** Map from node id to events {what, phase, step, rule, ...}: "created" (from: node or -1, offset), "changed" (before,
   * after), "replaced" (by), "removed", "returned". step: index in the phase, or -1 where no single step did it. */
  get lives() {
    if (this._lives === null) this._lives = lives(this);
    return this._lives;
  }

  /** Ids of the nodes that were made because of a node. */
  made(id) {
    if (!this._made) {
      this._made = new Map();
      const seen = new Set();
      for (const phase of this.phases)
        for (const raw of phase.set) {
          const from = this.origins[raw[2]].node;
          if (from < 0 || seen.has(raw[0])) continue;
          seen.add(raw[0]);
          if (!this._made.has(from)) this._made.set(from, []);
          this._made.get(from).push(raw[0]);
        }
    }
    return this._made.get(id) ?? [];
  }

  /** The newest shape of a node, whether it is still there or not; undefined if it never was in a phase's graph. */
  node(id) {
    for (let index = this.last; index >= 0; index--) {
      const phase = this.phases[index];
      if (!phase.changed) continue;
      const found = this.graph(index).get(id) ?? (index > 0 && phase.gone.includes(id) ? this.graph(index - 1).get(id) : undefined);
      if (found) return found;
    }
    return undefined;
  }

  /** Indices of code lines that were made for a node. */
  codeOf(id) {
    if (this._instructions === null) {
      this._instructions = new Map();
      this.data.code.forEach((line, index) => {
        const node = line[4];
        if (node < 0) return;
        if (!this._instructions.has(node)) this._instructions.set(node, []);
        this._instructions.get(node).push(index);
      });
    }
    return this._instructions.get(id) ?? [];
  }

  /** The block that the scheduler put a node in, or undefined. */
  scheduled(id) {
    if (this._places === null) {
      this._places = new Map();
      for (const block of this.data.schedule) for (const node of block.nodes) this._places.set(node, block);
    }
    return this._places.get(id);
  }

  /** The schedule, as `findBlocks` gives blocks. */
  get blocks() {
    if (!this._blocks) {
      const graph = this.graph(this.last);
      this._blocks = this.data.schedule.map((block) => ({ ...block, header: block.nodes[0], op: graph.get(block.nodes[0])?.op }));
      for (const block of this._blocks) {
        block.successors = block.successors.map((index) => this._blocks[index]);
        block.predecessors = block.predecessors.map((index) => this._blocks[index]);
      }
    }
    return this._blocks;
  }

  /** What the nodes became that are not in the last graph: the nodes at the end of their replacements. */
  becomes(id) {
    const seen = new Set([id]);
    let now = id;
    for (;;) {
      const next = this.life(now).findLast((event) => event.what === "replaced");
      if (!next || seen.has(next.by)) return now;
      now = next.by;
      seen.add(now);
    }
  }
}

/** Applies edits to the nodes of a graph. */
class Replay {
  constructor(compilation, graph) {
    this.compilation = compilation;
    this.nodes = new Map(graph.nodes);
    this.users = new Map(); // of those that ever were
    for (const node of this.nodes.values()) this._index(node);
  }

  _index(node) {
    for (const child of node.inputs) {
      const found = this.users.get(child);
      if (found) found.add(node.id);
      else this.users.set(child, new Set([node.id]));
    }
  }

  apply(edit) {
    const { nodes, users } = this;
    const id = edit[1];
    if (edit[0] === CREATED) {
      const node = this.compilation._node(edit.slice(1));
      nodes.set(id, node);
      this._index(node);
    } else if (edit[0] === CHANGED) {
      const old = nodes.get(id);
      const node = { id, op: this.compilation.operators[edit[2]], origin: old?.origin ?? this.compilation.origins[0], inputs: edit.slice(3) };
      nodes.set(id, node);
      this._index(node);
    } else if (edit[0] === REPLACED) {
      const to = edit[2];
      for (const user of users.get(id) ?? []) {
        const node = nodes.get(user);
        if (!node || !node.inputs.includes(id)) continue;
        const changed = { ...node, inputs: node.inputs.map((child) => (child === id ? to : child)) };
        nodes.set(user, changed);
        this._index(changed);
      }
    } else if (edit[0] === KILLED) {
      nodes.delete(id);
    }
  }
}

/** Ids that are in one graph only, and those of nodes with another operator or other inputs. */
export function change(before, after) {
  const added = [], removed = [], changed = [];
  if (before === after) return { added, removed, changed };
  for (const id of after.live) {
    const now = after.get(id);
    if (!now) continue;
    const old = before.live.has(id) ? before.get(id) : undefined;
    if (!old) added.push(id);
    else if (old !== now && (old.op !== now.op || !sameInputs(old.inputs, now.inputs))) changed.push(id);
  }
  for (const id of before.live) if (!(after.live.has(id) && after.get(id)) && before.get(id)) removed.push(id);
  const ascending = (a, b) => a - b;
  return { added: added.sort(ascending), removed: removed.sort(ascending), changed: changed.sort(ascending) };
}

function lives(compilation) {
  const found = new Map();
  const tell = (id, event) => {
    if (found.has(id)) found.get(id).push(event);
    else found.set(id, [event]);
  };
  const shapes = new Map();
  const present = new Set();
  for (const phase of compilation.phases) {
    const made = new Map(), changed = new Map(), replaced = new Map();
    phase.steps.forEach((step, index) => {
      for (const edit of step.edits) {
        if (edit[0] === CREATED) made.set(edit[1], index);
        else if (edit[0] === CHANGED) changed.set(edit[1], index);
        else if (edit[0] === REPLACED) {
          replaced.set(edit[1], [edit[2], index]);
        }
      }
    });
    const rule = (step) => (step >= 0 ? phase.steps[step].rule : "");
    for (const raw of phase.set) {
      const node = compilation._node(raw);
      const { origin, id } = node;
      if (!present.has(id)) {
        const step = made.get(id) ?? -1;
        const what = shapes.has(id) ? "returned" : "created";
        const by = origin.phase === phase.name || (what === "created" && step >= 0) ? origin.rule : "";
        tell(id, { what, phase: phase.index, step, rule: by, from: origin.node, offset: origin.offset });
      } else {
        const before = shapes.get(id);
        let step = changed.get(id) ?? -1;
        if (step < 0) // an input of it was replaced
          for (const child of before.inputs) if (replaced.has(child) && !node.inputs.includes(child)) step = Math.max(step, replaced.get(child)[1]);
        tell(id, { what: "changed", phase: phase.index, step, rule: rule(step), before, after: node });
      }
      present.add(id);
      shapes.set(id, node);
    }
    for (const id of phase.gone) {
      present.delete(id);
      const [by, step] = replaced.get(id) ?? [-1, -1];
      if (by >= 0) tell(id, { what: "replaced", phase: phase.index, step, rule: rule(step), by });
      else tell(id, { what: "removed", phase: phase.index, step: -1, rule: "" });
    }
  }
  return found;
}
