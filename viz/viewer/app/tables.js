// The other tabs on the right: schedule, instructions, what changed, remarks.

import { count, el, hex } from "./dom.js";
import { VirtualList } from "./list.js";
import { fullText } from "./rows.js";

/** A tab: rows() gives what there is, line(row, element) shows one, node(row) is the node it stands for, or -1. */
class Table {
  constructor(app, parent, label, { rows, line, node, height = 18 }) {
    this.app = app;
    this.makeRows = rows;
    this.node = node;
    this.list = new VirtualList(parent, {
      height, label,
      line: (index, element) => {
        const id = node(this.rows[index]);
        if (id >= 0 && app.related.nodes.has(id)) element.classList.add("selected");
        line(this.rows[index], element);
      },
      pick: (index) => {
        const id = node(this.rows[index]);
        if (id >= 0) app.select(id);
      },
    });
  }

  update() {
    this.rows = this.makeRows(this.app);
    this.list.set(this.rows.length);
    const key = `${this.app.state.node}.${this.app.state.tab}`;
    if (this.app.state.node >= 0 && key !== this.key) this.list.reveal(this.rows.findIndex((row) => this.node(row) === this.app.state.node));
    this.key = key;
  }
}

export function scheduleTab(app, parent) {
  return new Table(app, parent, "Schedule", {
    rows: ({ compilation }) => compilation.data.schedule.flatMap((block) => [{ block, node: -1 }, ...block.nodes.map((node) => ({ block, node }))]),
    node: (row) => row.node,
    line: ({ block, node }, element) => {
      element.classList.add("code");
      if (node < 0) {
        const facts = [block.loop ? `loop, depth ${block.depth}` : "", block.deferred ? "deferred" : ""].filter(Boolean).join(", ");
        const from = block.predecessors.map((index) => ` B${index}`).join(""), to = block.successors.map((index) => ` B${index}`).join("");
        element.classList.add("label");
        element.append(el("b", {}, `B${block.index}`), el("span.beside", {}, `${from ? `←${from}  ` : ""}${to ? `→${to}  ` : ""}${facts}`));
        return;
      }
      const shape = app.compilation.graph(app.compilation.last).get(node);
      const moved = block.moved[node];
      element.append(el("span.offset", {}, `n${node}`), el("span.text", {}, shape ? fullText(shape).replace(/^n\d+ = /, "") : ""), moved === undefined ? "" : el("span.beside", {}, `moved out of B${moved}`));
    },
  });
}

export function instructionsTab(app, parent) {
  return new Table(app, parent, "Instructions after register allocation", {
    rows: ({ compilation }) => {
      const rows = [];
      let last = -1;
      for (const [position, block, node, text] of compilation.data.instructions) {
        if (block !== last) rows.push({ label: `B${block}`, node: -1 });
        last = block;
        rows.push({ position, node, text });
      }
      return rows;
    },
    node: (row) => row.node,
    line: (row, element) => {
      element.classList.add("code");
      if (row.label) {
        element.classList.add("label");
        element.append(el("b", {}, row.label));
      } else element.append(el("span.offset", {}, row.position), el("span.text", { title: row.text }, row.text), el("span.beside", {}, row.node >= 0 ? `n${row.node}` : ""));
    },
  });
}

export function changesTab(app, parent) {
  return new Table(app, parent, "What changed", {
    rows: () => changeRows(app),
    node: (row) => row.node ?? -1,
    line: (row, element) => {
      element.classList.add("code");
      if (row.title) {
        element.classList.add("label");
        element.append(el("b", {}, row.title));
        return;
      }
      element.classList.add(row.mark);
      element.append(el("span.sign", {}, { added: "+", removed: "−", changed: "~" }[row.mark]), el("span.text", { title: row.text }, row.text), row.beside ? el("span.beside", {}, row.beside) : "");
    },
  });
}

function changeRows(app) {
  const { diff } = app;
  const rows = [];
  const section = (title, list) => {
    if (list.length) rows.push({ title: `${title} (${count(list.length)})` }, ...list);
  };
  const because = (node) => (node.origin.rule ? `${node.origin.rule}${node.origin.node >= 0 ? ` of n${node.origin.node}` : ""}` : node.origin.phase);
  if (app.state.against) rows.push({ title: `${count(diff.matched.length)} nodes are the same` }, ...ruleRows(app));
  section("added", diff.added.map((id) => ({ mark: "added", node: id, text: fullText(diff.after.get(id)), beside: because(diff.after.get(id)) })));
  section("changed", diff.changed.map(([left, right]) => ({ mark: "changed", node: right, text: fullText(diff.after.get(right)), beside: [app.changedBy(right), `was ${fullText(diff.before.get(left)).replace(/^n\d+ = /, left === right ? "" : `n${left} `)}`].filter(Boolean).join(", ") })));
  section("removed", diff.removed.map((id) => ({ mark: "removed", node: id, text: fullText(diff.before.get(id)), beside: app.fate(id) })));
  return rows.length ? rows : [{ title: "nothing" }];
}

/** Rules that fired more often on one side of a diff between compilations. */
function ruleRows({ state, compilations, compilation }) {
  const other = compilations[state.against.compilation];
  if (other === compilation) return [];
  const fired = (of, name) => of.data.rules[name]?.fired ?? 0;
  const names = [...new Set([...Object.keys(other.data.rules), ...Object.keys(compilation.data.rules)])].filter((name) => fired(other, name) !== fired(compilation, name));
  if (!names.length) return [];
  names.sort((a, b) => Math.abs(fired(compilation, b) - fired(other, b)) - Math.abs(fired(compilation, a) - fired(other, a)));
  return [{ title: "rules that fired, left and right" }, ...names.map((name) => ({ mark: fired(compilation, name) > fired(other, name) ? "added" : "removed", text: name, beside: `${count(fired(other, name))} : ${count(fired(compilation, name))}` }))];
}

export function remarksTab(app, parent) {
  return new Table(app, parent, "Remarks", {
    height: 34,
    rows: ({ compilation }) => {
      const { remarks } = compilation.data;
      return remarks.length ? remarks : [null];
    },
    node: (row) => row?.node ?? -1,
    line: (row, element) => {
      if (row === null) {
        element.append("the passes said nothing");
        return;
      }
      element.classList.add("remark");
      const details = row.details.map(([key, value]) => `${key}=${value}`).join(", ");
      element.append(el("div", {}, el(`span.tag.${row.kind}`, {}, row.kind), ` ${row.phase}: `, el("bdi", {}, row.message)), el("div.beside", {}, `n${row.node}${row.offset >= 0 ? ` @${hex(row.offset)}` : ""}${details ? ", " : ""}`, el("bdi", {}, details)));
    },
  });
}
