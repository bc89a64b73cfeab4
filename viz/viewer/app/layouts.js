// Layouts, kept, and made in a worker where they would hold up the page.

import { layered } from "./layered.js";

const SMALL = 350; // items that are laid out at once
const KEPT = 60;

export class Layouts {
  constructor(workerText) {
    this.workerText = workerText;
    this.worker = null;
    this.waiting = new Map();
    this.known = new Map();
    this.next = 0;
  }

  /** A layout, or a promise of it. */
  get(key, items, edges, options) {
    const known = this.known.get(key);
    if (known) return known;
    const work = items.length <= SMALL ? layered(items, edges, options) : this._send(items, edges, options);
    if (this.known.size >= KEPT) this.known.delete(this.known.keys().next().value);
    this.known.set(key, work);
    if (work instanceof Promise) work.then((layout) => this.known.set(key, layout));
    return work;
  }

  _send(items, edges, options) {
    const worker = this._start();
    if (worker === null) return layered(items, edges, options);
    const id = this.next++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      worker.postMessage({ id, items, edges, options });
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
