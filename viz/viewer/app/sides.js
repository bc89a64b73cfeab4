// The two sides of a diff: which node is which, whose it is, and what made the difference.

import { findBlocks } from "./blocks.js";
import { difference } from "./diff.js";
import { MergedGraph, mergeBlocks } from "./merged.js";
import { LEFT } from "./rows.js";

/** The part of `App` that is about diffs. */
export class Sides {
  /** The node on the left side of a diff that a node on the right is matched with. */
  leftOf(id) {
    if (!this._reverse || this._reverse.diff !== this.diff) {
      this._reverse = { diff: this.diff, pairs: new Map([...(this.diff.pairs ?? [])].map(([left, right]) => [right, left])) };
    }
    if (id >= LEFT) return id - LEFT;
    return this._reverse.pairs.get(id) ?? (this.sameSides ? id : -1);
  }

  /** Are both sides of the diff of one compilation? Then ids are the same. */
  get sameSides() {
    return !this.state.against || this.state.against.compilation === this.state.compilation;
  }

  /** The node on the right for one on the left: itself, with a number of its own, if nothing is matched with it. */
  rightOf(id) {
    return id < 0 ? id : this.diff.pairs?.get(id) ?? (this.sameSides ? id : LEFT + id);
  }

  /** Whose a node is: {compilation, graph, id}: of a node that only the left side has, those of the left. */
  owner(id) {
    if (id < LEFT || !this.state.against) return { compilation: this.compilation, graph: this.graph, id };
    return { compilation: this.compilations[this.state.against.compilation], graph: this.diff.before, id: id - LEFT };
  }

  /** Why a node of the left graph is not in the right one. */
  fate(id) {
    const { against, compilation } = this.state;
    if (against && against.compilation !== compilation) {
      const { origin } = this.diff.before.get(id);
      if (origin.phase && origin.phase !== "lift") return `only left: ${origin.phase}${origin.rule && origin.rule !== origin.phase ? `, ${origin.rule}` : ""}`;
    }
    const event = this.compilation.life(id).findLast((found) => found.what === "replaced" || found.what === "removed");
    if (!event) return "";
    const phase = this.compilation.phases[event.phase].name;
    return event.what === "replaced" ? `by n${event.by}, ${event.rule || phase}` : phase;
  }

  /** What last changed a node of the right graph, which the left one has in another form. */
  changedBy(id) {
    const from = this.state.against?.compilation === this.state.compilation ? this.state.against.phase : -1;
    const event = this.compilation.life(id).findLast((found) => found.what === "changed" && found.phase > from && found.phase <= this.state.phase);
    return event ? event.rule || this.compilation.phases[event.phase].name : "";
  }

  /** {added, removed, changed, matched, pairs, before, after: Graph}: of the diff, else of what the step or phase did. */
  compared() {
    const { state, compilation } = this;
    if (state.against) {
      const other = this.compilations[state.against.compilation];
      const before = other.graph(state.against.phase);
      return { ...difference(before, this.graph, other === compilation), before, after: this.graph };
    }
    return { ...this.steps.change, matched: [], pairs: null };
  }

  /** A diff as one graph, with its blocks. */
  merge(moment) {
    const { state, diff } = this;
    const { compilation, phase } = state.against;
    if (!diff.merged) {
      diff.merged = new MergedGraph(diff, this.sameSides);
      diff.blocks = mergeBlocks(findBlocks(diff.before).blocks, findBlocks(diff.after).blocks, diff, this.sameSides);
    }
    return { graph: diff.merged, blocks: diff.blocks, moment: `${moment}~${compilation}.${phase}`, titles: [] };
  }
}
