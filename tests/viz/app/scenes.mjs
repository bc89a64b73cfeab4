// Prints how blocks are laid out: reads a list of a compilation's data, or of what a layout is made from.

import { readFileSync } from "node:fs";

const app = (name) => import(new URL(`../../../viz/viewer/app/${name}`, import.meta.url));
const { Compilation } = await app("model.js");
const { cardItems, cardsOf, placeCards } = await app("cards.js");
const { blockLayout } = await app("blocklayout.js");

const FILTERS = { constants: true, frames: true, dead: true };

const answers = JSON.parse(readFileSync(0)).map((given) => {
  if (given.sizes) return { layout: blockLayout(given) };
  const compilation = new Compilation(given);
  const found = cardsOf(compilation.graph(compilation.last), FILTERS), work = cardItems(found), layout = blockLayout(work);
  const scene = placeCards(found, layout), numbers = new Map(scene.cards.map((card, index) => [card, index]));
  return {
    work, layout, width: scene.width, height: scene.height,
    cards: scene.cards.map(({ x, y, width, height, rows, block }) => ({ x, y, width, height, index: block?.index ?? -1, lines: rows.map(({ id, op, inputs }) => `n${id} ${op} ${inputs}`) })),
    placed: [...scene.place.keys()],
    edges: scene.edges.map((edge) => ({ from: numbers.get(edge.from), to: numbers.get(edge.to), back: edge.back, far: edge.far, label: edge.label, named: edge.named, points: edge.points })),
  };
});
process.stdout.write(JSON.stringify(answers));
