// Steps of a phase applied one after the other.

// First elements of edits.
export const CREATED = 0;
export const REPLACED = 1;
export const KILLED = 2;
export const CHANGED = 3;

export const MOMENTS = 16; // moments whose nodes are kept

/** The nodes of a graph in the middle of a phase: going on costs what the steps change, going back starts anew. */
export class Replay {
  /** nodes: Map of those before the phase. */
  constructor(compilation, phase, nodes) {
    this.compilation = compilation;
    this.phase = phase;
    this.before = nodes;
    this.kept = new Map();
    this._restart();
  }

  _restart() {
    this.done = 0; // steps
    this.nodes = new Map(this.before);
    this.users = new Map(); // of those that ever were
    for (const node of this.nodes.values()) this._index(node);
  }

  /** Map of the nodes after the steps 0 to `step`; dead ones are still there. */
  after(step) {
    let found = this.kept.get(step);
    if (found) return found;
    if (this.done > step + 1) this._restart();
    for (; this.done <= step; this.done++) for (const edit of this.phase.steps[this.done].edits) this._apply(edit);
    found = new Map(this.nodes);
    if (this.kept.size >= MOMENTS) this.kept.delete(this.kept.keys().next().value);
    this.kept.set(step, found);
    return found;
  }

  _index(node) {
    for (const child of node.inputs) {
      const found = this.users.get(child);
      if (found) found.add(node.id);
      else this.users.set(child, new Set([node.id]));
    }
  }

  _apply(edit) {
    const { nodes } = this;
    const id = edit[1];
    if (edit[0] === KILLED) nodes.delete(id);
    else if (edit[0] === REPLACED) this._replace(id, edit[2]);
    else {
      const node = edited(this.compilation, edit, nodes.get(id));
      nodes.set(id, node);
      this._index(node);
    }
  }

  _replace(id, to) {
    for (const user of this.users.get(id) ?? []) {
      const node = this.nodes.get(user);
      if (!node || !node.inputs.includes(id)) continue;
      const changed = { ...node, inputs: node.inputs.map((child) => (child === id ? to : child)) };
      this.nodes.set(user, changed);
      this._index(changed);
    }
  }
}

/** The node that an edit makes, or makes of `old`. */
export function edited(compilation, edit, old) {
  if (edit[0] === CREATED) return compilation._node(edit.slice(1));
  return { id: edit[1], op: compilation.operators[edit[2]], origin: old?.origin ?? compilation.origins[0], inputs: edit.slice(3) };
}
