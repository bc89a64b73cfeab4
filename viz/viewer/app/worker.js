// What runs in the worker.

import { layered } from "./layered.js";

onmessage = ({ data }) => postMessage({ id: data.id, layout: layered(data.items, data.edges, data.options) });
