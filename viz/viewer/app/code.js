// Machine code with what it was made for, and beside it which value is in which register and in which slot of the frame.

import { el, hex } from "./dom.js";
import { VirtualList } from "./list.js";
import { codeText, token } from "./tokens.js";

const CELL = 6;
const MOST_SLOTS = 24; // columns
const ORDER = ["rax", "rcx", "rdx", "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm"];

export class CodePane {
  constructor(app, parent) {
    this.app = app;
    this.head = el("div.registers", { role: "img" });
    parent.append(this.head);
    this.list = new VirtualList(parent, {
      height: 18, label: "Machine code",
      line: (index, element) => this._line(this.rows[index], element),
      pick: (index) => {
        const { label, line } = this.rows[index];
        const [, , , , node, offset, inlining] = this.app.compilation.data.code[line];
        if (label) app.go(label);
        else if (node >= 0) app.select(node);
        else if (offset >= 0) app.set({ node: -1, at: { function: app.functionOf(inlining), offset } });
      },
    });
  }

  update() {
    const { compilation, state, related } = this.app;
    if (this.compilation !== compilation) this._prepare(compilation);
    this.list.set(this.rows.length);
    const key = `${state.node}.${state.at?.offset}.${state.tab}.${state.value}.${state.query}`;
    const here = this.rows[this.list.active];
    const there = here && (here.label ? here.label === related.block : related.lines.has(here.line)); // the keys are at it
    if (key !== this.key && !(there && !state.value)) this.list.reveal(this._wanted(related, state.value));
    this.key = key;
  }

  /** The row that a selection is about: a label, or the first instruction. */
  _wanted(related, value) {
    const label = this.rows.findIndex((row) => row.label && (row.label === value || row.label === related.block));
    if (label >= 0) return label;
    const wanted = related.lines.size ? related.lines : this.app.searched.lines;
    const first = wanted.size ? Math.min(...wanted) : -1;
    return this.rows.findIndex((row) => row.line === first && !row.label);
  }

  _prepare(compilation) {
    this.compilation = compilation;
    const { code, ranges } = compilation.data;
    this.rows = code.flatMap((line, index) => (line[3] ? [{ label: line[3], line: index }, { line: index }] : [{ line: index }]));
    const columns = columnsOf(ranges);
    this.columns = new Map(columns.flatMap((names, index) => names.map((name) => [name, index])));
    // Where values live, by instruction: ranges are in quarters of positions.
    this.live = new Map();
    for (const [vreg, node, start, end, location] of ranges) {
      const column = this.columns.get(location);
      if (column === undefined) continue;
      for (let position = start >> 2; position <= (end - 1) >> 2; position++) {
        if (!this.live.has(position)) this.live.set(position, []);
        this.live.get(position).push({ column, vreg, node, first: position === start >> 2, last: position === (end - 1) >> 2, location });
      }
    }
    this.head.setAttribute("aria-label", `columns: ${columns.map((names) => names.join(" ")).join(", ")}`);
    this.head.replaceChildren(...columns.map((names, index) => el("span", { style: `left:${index * CELL}px`, "data-go": names.length > 1 ? null : names[0], title: names.join(", ") }, names.length > 1 ? `+${names.length}` : names[0].replace("slot ", "s"))));
    for (const element of [this.head, this.list.element]) element.style.setProperty("--columns", `${columns.length * CELL + 8}px`);
  }

  _line(row, element) {
    const { related, state } = this.app;
    const [pc, , text, , node, offset, inlining, position, note] = this.compilation.data.code[row.line];
    element.classList.add("code");
    if (row.label) {
      element.classList.add("label");
      if (row.label === related.block || row.label === state.value) element.classList.add("selected");
      element.append(el("span.registers"), el("b", {}, token(this.app, row.label)));
      return;
    }
    if (related.lines.has(row.line)) element.classList.add("selected");
    if (this.app.searched.lines.has(row.line)) element.classList.add("found");
    const space = text.indexOf(" ");
    const [name, rest] = space < 0 ? [text, ""] : [text.slice(0, space), text.slice(space)];
    element.append(this._cells(position), el("span.offset", {}, pc.toString(16)), el("span.trap", { title: note }, note ? "⚑" : ""),
      el("span.made", {}, node >= 0 ? token(this.app, `n${node}`) : ""), el("span.text", {}, el("span.word", {}, name), el("bdi.rest", {}, codeText(this.app, name, rest))),
      el("span.beside", {}, note ? el("span.why", {}, `${note} `) : "", offset >= 0 ? token(this.app, `@${hex(offset)}`, `@${this.app.functionOf(inlining)}.${hex(offset)}`) : ""));
  }

  _cells(position) {
    const { related, state } = this.app;
    const cells = el("span.registers");
    for (const value of this.live.get(position) ?? []) {
      const mine = related.nodes.has(value.node) || related.heirs.has(value.node) || related.vregs.has(value.vreg) || state.value === value.location;
      const kind = `i${mine ? ".mine" : ""}${value.first ? ".first" : ""}${value.last ? ".last" : ""}${value.vreg % 2 ? ".odd" : ""}`;
      cells.append(el(kind, { style: `left:${value.column * CELL}px`, "data-go": `v${value.vreg}`, "data-place": value.location, title: `${value.location}: v${value.vreg}${value.node >= 0 ? `, n${value.node}` : ""}` }));
    }
    return cells;
  }
}

/** Lists of the locations in a column each: registers, then slots; of very many slots the last share one. */
function columnsOf(ranges) {
  const names = [...new Set(ranges.map((range) => range[4]))];
  const registers = names.filter((name) => /^(r|xmm)\w+$/.test(name)).sort((a, b) => columnRank(a) - columnRank(b));
  const slots = names.filter((name) => name.startsWith("slot ")).sort((a, b) => a.slice(5) - b.slice(5));
  const apart = slots.length > MOST_SLOTS ? slots.slice(0, MOST_SLOTS - 1) : slots;
  const rest = slots.slice(apart.length);
  return [...registers, ...apart].map((name) => [name]).concat(rest.length ? [rest] : []);
}

function columnRank(name) {
  const index = ORDER.indexOf(name.replace(/^xmm.*/, "xmm"));
  return index * 100 + (name.startsWith("xmm") ? Number(name.slice(3)) : 0);
}
