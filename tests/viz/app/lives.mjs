// Prints the lives of all nodes as the viewer tells them: reads a list of compilations' data from standard input.

import { readFileSync } from "node:fs";

const { Compilation } = await import(new URL("../../../viz/viewer/app/model.js", import.meta.url));

function tell(event) {
  if (event.what === "created" || event.what === "returned") return [event.what, event.phase, event.rule, event.from, event.offset];
  if (event.what === "changed") return ["changed", event.phase, event.after.op.name, event.after.inputs];
  return event.what === "replaced" ? ["replaced", event.phase, event.by] : ["removed", event.phase];
}

const answers = JSON.parse(readFileSync(0)).map((data) => {
  const compilation = new Compilation(data);
  const lives = Object.fromEntries([...compilation.lives].map(([id, events]) => [id, events.map(tell)]));
  const graphs = compilation.phases.map((_, index) => {
    const graph = compilation.graph(index);
    return [...graph.live].filter((id) => graph.get(id)).sort((a, b) => a - b).map((id) => [id, graph.get(id).op.text, graph.get(id).inputs]);
  });
  // The steps of a phase, one after the other, lead to the graph after it.
  const steps = compilation.phases.map((phase) => {
    if (!phase.index || !phase.steps.length) return true;
    const Graph = compilation.graph(0).constructor;
    const last = phase.steps.length - 1;
    const replayed = new Graph(compilation.graphAfterStep(phase.index, last).nodes), after = compilation.graph(phase.index);
    const text = (graph) => [...graph.live].filter((id) => graph.get(id)).sort((a, b) => a - b).map((id) => `${id} ${graph.get(id).op.text} ${graph.get(id).inputs}`).join("\n");
    return text(replayed) === text(after);
  });
  return { lives, graphs, steps };
});
process.stdout.write(JSON.stringify(answers));
