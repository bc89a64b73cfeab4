// The address: a link to what is looked at, and an entry in the browser's history for what one may want to go back to.

const PAUSE = 250; // ms between two changes of an entry: browsers refuse to be asked more often for long

export class Address {
  constructor() {
    this.waiting = null;
    this.entries = []; // new ones, which are written after the picture: a browser may take 20 ms for each
    this.pushing = 0;
    this.last = -Infinity;
    this.timer = 0;
  }

  /** Is there an entry of this page to go back to? */
  get canReturn() {
    this._push();
    return (history.state?.entries ?? 0) > 0;
  }

  /** Say what is looked at; `push`: as a new entry. */
  write(link, push) {
    if (push) {
      if (this.waiting !== null) this.entries.push([this.waiting, false]);
      this.forgetWaiting();
      this.entries.push([link, true]);
      if (!this.pushing) this.pushing = setTimeout(() => this._push(), 0);
      return;
    }
    this.waiting = link;
    const pause = this.last + PAUSE - performance.now();
    if (pause <= 0) this.flush();
    else if (!this.timer) this.timer = setTimeout(() => this.flush(), pause);
  }

  _push() {
    clearTimeout(this.pushing);
    this.pushing = 0;
    for (const [link, isNew] of this.entries.splice(0)) {
      if (link === location.hash) continue;
      if (isNew) history.pushState({ entries: (history.state?.entries ?? 0) + 1 }, "", link);
      else history.replaceState(history.state, "", link);
      this.last = performance.now();
    }
  }

  /** Write what waits. */
  flush() {
    this._push();
    clearTimeout(this.timer);
    this.timer = 0;
    const link = this.waiting;
    this.waiting = null;
    if (link === null || link === location.hash) return;
    history.replaceState(history.state, "", link);
    this.last = performance.now();
  }

  /** The address has been changed from outside: what waits is not wanted any more. */
  forget() {
    this.entries = [];
    this.forgetWaiting();
  }

  forgetWaiting() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.waiting = null;
  }
}
