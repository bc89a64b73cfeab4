// The compilation as data.py wrote it: graphs of all phases and steps.

import { lives, passing } from "./lives.js";
import { Names } from "./names.js";
import { CREATED, MOMENTS, Replay } from "./replay.js";

function operator([name, text, type, values, frames, effects, controls, flags, label, named]) {
  const parameters = text.slice(name.length);
  const pure = (flags & 1) !== 0, controlOut = (flags & 2) !== 0, effectOut = (flags & 4) !== 0;
  const firstEffect = values + frames, firstControl = firstEffect + effects;
  const constant = pure && !firstControl && !controls && name !== "Start";
  const phi = name === "Phi" || name === "EffectPhi";
  let category = "value";
  if (["FrameState", "StateValues", "ObjectState", "ObjectId", "Checkpoint"].includes(name)) category = "frame";
  else if (controlOut || name === "End") category = "control";
  else if (phi) category = "phi";
  else if (constant) category = "constant";
  else if (effectOut || effects) category = "effect";
  return { name, text, label: label ?? text, parameters, named: named ?? (parameters ? parameters.slice(1, -1).split(", ") : []), type, values, frames, effects, controls, firstEffect, firstControl,
    pure, controlOut, effectOut, phi, constant, category, inputs: firstControl + controls };
}

/** A graph at one moment. nodes: Map from id to {id, op, origin, inputs}; those that reach the end are `live`; numbers: of
 * blocks, by header. */
export class Graph {
  constructor(nodes, compilation = null) {
    this.nodes = nodes;
    this.compilation = compilation;
    this._live = null;
    this._uses = null;
  }

  get(id) {
    return this.nodes.get(id);
  }

  get numbers() {
    return this.compilation?.names.numbers ?? new Map();
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
    this.names = new Names(this);
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
      graph = new Graph(nodes, this);
    }
    this._graphs.set(index, graph);
    return graph;
  }

  /** The graph in the middle of a phase, after its steps 0 to `step`; dead nodes are still there. */
  graphAfterStep(index, step) {
    const phase = this.phases[index];
    if (index === 0 || step < 0) return this.graph(Math.max(index - 1, 0));
    if (step >= phase.steps.length) return this.graph(index);
    if (this._replay?.phase !== phase) {
      this._replay = new Replay(this, phase, this.graph(index - 1).nodes);
      this._steps.clear();
    }
    const nodes = this._replay.after(step);
    const known = this._steps.get(step);
    if (known?.nodes === nodes) return known; // with what is known of it
    const graph = new Graph(nodes, this);
    if (this._steps.size >= MOMENTS) this._steps.delete(this._steps.keys().next().value);
    this._steps.set(step, graph);
    return graph;
  }

  phaseChange(index) {
    return index > 0 ? change(this.graph(index - 1), this.graph(index)) : { added: [], removed: [], changed: [] };
  }

  /** Everything that happened to a node, in order: see `lives`. */
  life(id) {
    return this.lives.get(id) ?? this._passing(id).events;
  }

  /** Map from node id to events {what, phase, step, rule, ...}: "created" (from: node or -1, offset), "changed" (before,
   * after), "replaced" (by), "removed", "returned". step: index in the phase, or -1 where no single step did it. Nodes
   * that were never in the graph after a phase are missing. */
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

  /** [phase, step, edit] of all edits of a node. */
  editsOf(id) {
    if (!this._edits) {
      this._edits = new Map();
      for (const phase of this.phases)
        phase.steps.forEach(({ edits }, step) => {
          for (const edit of edits) {
            if (!this._edits.has(edit[1])) this._edits.set(edit[1], []);
            this._edits.get(edit[1]).push([phase.index, step, edit]);
          }
        });
    }
    return this._edits.get(id) ?? [];
  }

  /** {remark, index, phase: index} of what the passes said about a node. */
  remarksOn(id) {
    if (!this._remarks) {
      this._remarks = new Map();
      for (const phase of this.phases)
        for (const index of phase.remarks) {
          const remark = this.data.remarks[index];
          if (!this._remarks.has(remark.node)) this._remarks.set(remark.node, []);
          this._remarks.get(remark.node).push({ remark, index, phase: phase.index });
        }
    }
    return this._remarks.get(id) ?? [];
  }

  /** Map from id to the newest shape, of every node that ever was in a graph after a phase or a step. */
  get everyNode() {
    if (!this._every) {
      this._every = new Map();
      for (const phase of this.phases) {
        for (const { edits } of phase.steps) for (const edit of edits) if (edit[0] === CREATED) this._every.set(edit[1], this._node(edit.slice(1)));
        for (const raw of phase.set) this._every.set(raw[0], this._node(raw));
      }
    }
    return this._every;
  }

  _passing(id) {
    if (this._passed?.id !== id) this._passed = { id, ...passing(this, id) };
    return this._passed;
  }

  /** The newest shape of a node, whether it is still there or not; undefined if there never was one. */
  node(id) {
    for (let index = this.last; index >= 0; index--) {
      const phase = this.phases[index];
      if (!phase.changed) continue;
      const found = this.graph(index).get(id) ?? (index > 0 && phase.gone.includes(id) ? this.graph(index - 1).get(id) : undefined);
      if (found) return found;
    }
    return this._passing(id).node;
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
      this._blocks = this.data.schedule.map((block) => ({ ...block, number: block.index, header: block.nodes[0], op: graph.get(block.nodes[0])?.op }));
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
