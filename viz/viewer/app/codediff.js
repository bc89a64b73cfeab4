// The machine code of two compilations side by side: instructions of the same node, then those that read alike.

import { align } from "./align.js";
import { match } from "./diff.js";
import { el } from "./dom.js";
import { VirtualList } from "./list.js";
import { LEFT, nodeName } from "./rows.js";
import { token } from "./tokens.js";

const REGISTER = /\b(?:[re]?(?:[abcd]x|[sd]i|[sb]p)|r\d+[dwb]?|[abcd][lh]|[xy]mm\d+)\b/g;
const CODE_SIGNS = { same: "", changed: "~", removed: "−", added: "+" };

export class CodeDiff {
  constructor(app, parent) {
    this.app = app;
    this.head = el("div.facts");
    parent.append(this.head);
    this.list = new VirtualList(parent, {
      height: 18, label: "Machine code of both",
      line: (index, element) => this._line(this.rows[index], element),
      pick: (index) => {
        const { left, right } = this.rows[index];
        const id = right?.node ?? -1;
        if (id >= 0) app.select(id);
        else if (left?.node >= 0) app.select(this.pairs.get(left.node) ?? LEFT + left.node);
      },
    });
  }

  update() {
    const { app } = this;
    const { compilation, compilations, state } = app;
    const other = compilations[state.against.compilation];
    if (this.other !== other || this.compilation !== compilation) this._prepare(other, compilation);
    this.list.set(this.rows.length);
    const here = this.rows[this.list.active];
    if (state.node !== this.node && !(here && this._is(here, state.node))) this.list.reveal(this.rows.findIndex((row) => this._is(row, state.node)));
    this.node = state.node;
  }

  _is({ left, right }, node) {
    if (node < 0) return false;
    return right?.node === node || (left && left.node >= 0 && (this.pairs.get(left.node) ?? LEFT + left.node) === node);
  }

  _prepare(other, compilation) {
    this.other = other;
    this.compilation = compilation;
    this.pairs = match(other.graph(other.last), compilation.graph(compilation.last), false);
    const left = codeItems(other), right = codeItems(compilation);
    const renamed = (node) => (node < 0 ? -1 : this.pairs.get(node) ?? `left ${node}`);
    this.rows = align([
      [left.map((item) => `${renamed(item.node)} ${item.word}`), right.map((item) => `${item.node} ${item.word}`)],
      [left.map((item) => item.shape), right.map((item) => item.shape)],
      [left.map((item) => item.word), right.map((item) => item.word)],
    ]).map((row) => ({ left: left[row.left], right: right[row.right] }));
    const count = { same: 0, changed: 0, removed: 0, added: 0 };
    for (const row of this.rows) {
      row.kind = !row.right ? "removed" : !row.left ? "added" : row.left.text === row.right.text ? "same" : "changed";
      if (!(row.left ?? row.right).label) count[row.kind]++;
    }
    this.head.replaceChildren(`${count.same + count.changed} instructions on both sides, ${count.changed} of them in other words; ${count.removed} only left, ${count.added} only right`);
  }

  _line(row, element) {
    element.classList.add("code", "both", row.kind);
    const { app } = this;
    const half = (item, go) => el("span.half", {}, !item ? null : item.label ? el("b", {}, item.text) : [
      el("span.offset", {}, item.pc.toString(16)), el("span.made", {}, item.node < 0 ? "" : token(app, nodeName(item.node), go(item.node))),
      el("span.text", { title: item.text }, el("span.word", {}, item.word), el("bdi.rest", {}, item.text.slice(item.word.length)))]);
    if (this._is(row, app.state.node)) element.classList.add("selected");
    element.append(half(row.left, (id) => `n${this.pairs.get(id) ?? LEFT + id}`), el("span.sign", { title: row.kind }, CODE_SIGNS[row.kind]), half(row.right, (id) => `n${id}`));
  }
}

/** Instructions and labels of blocks: what they are for, in their words and without registers and places. */
function codeItems(compilation) {
  return compilation.data.code.flatMap(([pc, bytes, text, label, node]) => {
    const header = /^B\d+$/.test(label) ? compilation.names.header(Number(label.slice(1))) : -1;
    const word = text.split(" ")[0];
    const shape = text.replace(REGISTER, "r").replace(/\b[BL][0-9a-f]+$/, "L").replace(/-?0x[0-9a-f]+/g, "#");
    const line = { pc, text, node, word, shape };
    return label ? [{ label, text: `${label}:`, node: header, word: "label", shape: "label" }, line] : [line];
  });
}
