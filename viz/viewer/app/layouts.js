// Layouts, kept, and made in a worker where they would hold up the page.

import { blockLayout } from "./blocklayout.js";
import { seaLayout } from "./sealayout.js";

const SMALL = 350; // items that are laid out at once
const KEPT = 60;

/** A layout of what `cardItems` or `seaItems` gave; memory: of a worker, see `blockLayout`. */
export function layOut(work, memory) {
  return work.kind === "blocks" ? blockLayout(work, memory) : seaLayout(work);
}

export class Layouts {
  constructor(workerText) {
    this.workerText = workerText;
    this.worker = null;
    this.waiting = new Map();
    this.known = new Map();
    this.next = 0;
  }

  /** A layout, or a promise of it. Blocks of the same sizes and edges, as after most steps, have one layout. */
  get(key, work) {
    const known = this.known.get(key);
    if (known) return known;
    const shape = work.kind === "blocks" ? JSON.stringify(work) : "";
    const made = (shape && this.known.get(shape)) || (work.sizes.length <= SMALL ? layOut(work) : this._send(work));
    this._keep(key, made);
    if (shape) this._keep(shape, made);
    return made;
  }

  _keep(key, made) {
    if (this.known.size >= KEPT) this.known.delete(this.known.keys().next().value);
    this.known.set(key, made);
    if (made instanceof Promise) made.then((layout) => this.known.set(key, layout));
  }

  _send(work) {
    const worker = this._start();
    if (worker === null) return layOut(work);
    const id = this.next++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      worker.postMessage({ id, work });
    });
  }

  _start() {
    if (this.worker === null && this.workerText) {
      try {
        this.worker = new Worker(URL.createObjectURL(new Blob([this.workerText], { type: "text/javascript" })));
        this.worker.onmessage = ({ data }) => {
          this.waiting.get(data.id)(data.layout);
          this.waiting.delete(data.id);
        };
      } catch (error) { // a browser may forbid workers to pages from disk: then the page waits
        console.info("no worker:", error.message);
        this.workerText = "";
      }
    }
    return this.worker;
  }
}
