// What blocks, virtual registers and slots of a compilation are called, and what they stand for.

import { HEADERS } from "./blocks.js";

// First elements of edits that say what a node is: see model.js.
const MADE = 0;
const EDITED = 3;

export class Names {
  constructor(compilation) {
    this.compilation = compilation;
  }

  /** Map from headers to numbers of blocks, the same in all phases: a block is its header. Those that are scheduled have the
   * scheduler's, those that are gone by then the ones after, by id. */
  get numbers() {
    if (!this._numbers) {
      this._numbers = new Map(this.compilation.data.schedule.map((block) => [block.nodes[0], block.index]));
      const others = new Set();
      const see = (id, op) => HEADERS.has(this.compilation.operators[op].name) && !this._numbers.has(id) && others.add(id);
      for (const phase of this.compilation.phases) {
        for (const [id, op] of phase.set) see(id, op);
        for (const step of phase.steps) for (const edit of step.edits) if (edit[0] === MADE || edit[0] === EDITED) see(edit[1], edit[2]);
      }
      for (const id of [...others].sort((a, b) => a - b)) this._numbers.set(id, this._numbers.size);
    }
    return this._numbers;
  }

  /** The header of a block, by its number; -1 if there never was one. */
  header(number) {
    this._headers ??= new Map([...this.numbers].map(([header, index]) => [index, header]));
    return this._headers.get(number) ?? -1;
  }

  /** The virtual registers that hold a node's value. */
  vregsOf(id) {
    if (!this._vregs) {
      this._vregs = new Map();
      for (const [vreg, node] of this.compilation.data.ranges) {
        if (!this._vregs.has(node)) this._vregs.set(node, new Set());
        this._vregs.get(node).add(vreg);
      }
      this._vregs.delete(-1);
    }
    return this._vregs.get(id) ?? [];
  }

  /** The node whose value is in a virtual register, or -1. */
  nodeOf(vreg) {
    return this.compilation.data.ranges.find((range) => range[0] === vreg)?.[1] ?? -1;
  }

  /** Map from operands in machine code to slots of the frame: "[rbp-0x10]" to "slot 0". */
  get slots() {
    this._slots ??= new Map(this.compilation.data.slots ?? []);
    return this._slots;
  }
}
