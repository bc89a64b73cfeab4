// What only a page from `seaofnodes view` can do: compile with another pipeline, reload when files change, and go on
// with what was looked at and compared.

import { el } from "./dom.js";
import { Compilation } from "./model.js";
import { described, resumed } from "./resume.js";

const KEY = "seaofnodes"; // in the tab's storage, from one page to the next

export class Live {
  /** options: undefined for a page from disk, else {token, functions: names, function, version}. */
  constructor(page, options) {
    this.page = page;
    this.options = options;
    this.asked = []; // pipelines of all compilations but the first
    this.resuming = false;
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
    window.addEventListener("pagehide", () => this._keep());
  }

  /** For the page that comes next in this tab. */
  _keep() {
    if (this.resuming) return; // what the page before has kept still holds
    const { app } = this.page;
    sessionStorage.setItem(KEY, JSON.stringify({ function: this.options.function, name: app.compilation.name, ...described(app, this.asked) }));
  }

  /** Go on with what the page before has kept: compile what was compared, and say what is not there any more. Is there
   * something to go on with? */
  async resume() {
    const kept = this.options ? JSON.parse(sessionStorage.getItem(KEY) ?? "null") : null;
    const { app } = this.page;
    if (kept === null || kept.function !== this.options.function || kept.name !== app.compilation.name) return false;
    this.resuming = true;
    await this._resume(kept);
    this.resuming = false;
    sessionStorage.removeItem(KEY);
    return true;
  }

  async _resume(kept) {
    const { app } = this.page;
    const problems = [], compilations = [app.compilations[0]];
    for (const pipeline of kept.asked) {
      this.page.say(`compiling ${pipeline}…`);
      const { compilation, error } = await this._compiled(pipeline);
      compilations.push(compilation);
      if (error) problems.push(`the comparison with ${pipeline} is gone: ${error}`);
      else this.page.know(compilation);
      if (compilation) this.asked.push(pipeline);
    }
    const found = resumed(kept, compilations, app.compilations, app.base);
    app.state = found.state;
    app.update();
    if (found.state.node >= 0) app.reveal(found.state.node);
    this.page.warn([...problems, ...found.problems]);
  }

  _go(index) {
    location.href = `?function=${encodeURIComponent(index)}`;
  }

  async _compile(pipeline) {
    this.page.say("compiling…");
    const { compilation, error } = await this._compiled(pipeline);
    if (error) this.page.say(error);
    else {
      this.asked.push(pipeline);
      this.page.add(compilation);
    }
  }

  /** {compilation}, or {error}. */
  async _compiled(pipeline) {
    try {
      const answer = await this._ask(pipeline);
      return answer.error ? { error: answer.error } : { compilation: new Compilation(answer) };
    } catch (error) {
      return { error: `the server does not answer: ${error.message}` };
    }
  }

  async _ask(pipeline) {
    const response = await fetch(`compile?token=${this.options.token}&function=${this.options.function}&pipeline=${encodeURIComponent(pipeline)}`, { method: "POST" });
    return response.json();
  }
}
