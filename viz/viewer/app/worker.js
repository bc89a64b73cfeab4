// What runs in the worker.

import { layOut } from "./layouts.js";

const memory = new Map();

onmessage = ({ data }) => postMessage({ id: data.id, layout: layOut(data.work, memory) });
