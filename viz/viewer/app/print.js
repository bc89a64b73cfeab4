// What a printed page has: the picture in pieces that can be read, what is selected, and the machine code.

import { el, fill, hex } from "./dom.js";
import { applyMode } from "./theme.js";

const SHEET_WIDE = 700; // of paper, in pixels of the page
const SHEET_TALL = 900;
const LEAST_SCALE = 0.55; // below that letters are too small
const MOST_PIECES = 12;
const MOST_CODE_LINES = 400;

/** Fills an element with a page for paper; mode: of the colours, to go back to. */
export function printout(app, element, viewName, mode) {
  const { compilation, state } = app;
  applyMode("light");
  const pictures = app.views.map((view) => {
    view.theme = null;
    const found = pieces(view);
    view.retheme();
    return [el("h2", {}, view.title.textContent || viewName), found];
  });
  applyMode(mode);
  const phase = compilation.phases[state.phase];
  const selected = document.getElementById("inspector").cloneNode(true);
  for (const copy of [selected, ...selected.querySelectorAll("[id]")]) copy.removeAttribute("id");
  for (const details of selected.querySelectorAll("details")) details.open = true;
  fill(element, el("h1", {}, el("bdi", {}, compilation.name), `, ${phase.name}${state.step >= 0 ? `, step ${state.step + 1}` : ""}: ${viewName.toLowerCase()}`),
    el("p.pipeline", {}, compilation.pipeline), pictures, selected, state.tab === "code" ? code(compilation) : null);
}

/** Pictures of all of a scene, each as large as a sheet; of a scene that is too wide for that, of what is in sight. */
function pieces(view) {
  const { scene } = view;
  if (!scene) return [];
  const scale = Math.min(1, SHEET_WIDE / (scene.width + 40)), tall = SHEET_TALL / scale, count = Math.max(1, Math.ceil(scene.height / tall));
  const picture = (text) => el("img", { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`, alt: "graph" });
  if (scale < LEAST_SCALE || count > MOST_PIECES) return [el("p", {}, "What is in sight of it; all of it would be too small to read."), picture(view.svg(false))];
  return Array.from({ length: count }, (_, index) => picture(view.svg({ x: -20, y: index * tall - 16, width: scene.width + 40, height: Math.min(tall, scene.height - index * tall) + 32 })));
}

function code(compilation) {
  const lines = compilation.data.code.slice(0, MOST_CODE_LINES).flatMap(([pc, , text, label, node, offset, , , note]) => [
    ...(label ? [`${label}:`] : []),
    `${pc.toString(16).padStart(6)}  ${text.padEnd(44)} ; ${node >= 0 ? `n${node}` : ""}${offset >= 0 ? ` @${hex(offset)}` : ""}${note ? `  ${note}` : ""}`,
  ]);
  const left = compilation.data.code.length - MOST_CODE_LINES;
  return [el("h2", {}, "Machine code"), el("pre", {}, lines.join("\n"), left > 0 ? `\n... and ${left} more lines` : "")];
}
