// What only a page from `seaofnodes view` can do: compile with another pipeline, reload when files change.

import { el } from "./dom.js";
import { Compilation } from "./model.js";

export class Live {
  /** options: undefined for a page from disk, else {token, functions: names, function, version}. */
  constructor(page, options) {
    this.page = page;
    this.options = options;
  }

  start() {
    if (!this.options) return;
    const { options } = this;
    const functions = el("select", { title: "function", "aria-label": "function", onchange: () => this._go(functions.value) }, options.functions.map(([index, name]) => el("option", { value: index, selected: index === options.function }, name)));
    const pipeline = el("input", { type: "text", placeholder: "diff with a pipeline…", "aria-label": "another pipeline", title: "compile with another pipeline, and show the difference", onkeydown: (event) => {
      if (event.key === "Enter") this._compile(pipeline.value);
    } });
    document.getElementById("live").append(functions, pipeline);
    const source = new EventSource(`events?token=${options.token}&version=${options.version}`);
    source.addEventListener("changed", () => location.reload());
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) location.reload(); // a new server, perhaps with other options
      else this.page.say("the server has gone; the page reloads when it is back");
    });
  }

  _go(index) {
    location.href = `?function=${encodeURIComponent(index)}`;
  }

  async _compile(pipeline) {
    this.page.say("compiling…");
    try {
      const answer = await this._ask(pipeline);
      if (answer.error) this.page.say(answer.error);
      else this.page.add(new Compilation(answer));
    } catch (error) {
      this.page.say(`the server does not answer: ${error.message}`);
    }
  }

  async _ask(pipeline) {
    const response = await fetch(`compile?token=${this.options.token}&function=${this.options.function}&pipeline=${encodeURIComponent(pipeline)}`, { method: "POST" });
    return response.json();
  }
}
