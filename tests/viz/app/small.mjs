// A small compilation made by hand: a loop that adds 7, and a step of a rule that makes a shift of it.

export const app = (name) => import(new URL(`../../../viz/viewer/app/${name}`, import.meta.url));
const { Compilation } = await app("model.js");

// [name, text, type, values, frame states, effects, controls, flags: 1 pure, 2 control out, 4 effect out]
const OPERATORS = [
  ["Start", "Start", "", 0, 0, 0, 0, 6], ["Parameter", "Parameter[1, Word32]", "Word32", 1, 0, 0, 0, 1], ["Int32Constant", "Int32Constant[7]", "Word32", 0, 0, 0, 0, 1],
  ["Loop", "Loop[2]", "", 0, 0, 0, 2, 2], ["Phi", "Phi[Word32, 2]", "Word32", 2, 0, 0, 1, 0], ["Int32Add", "Int32Add", "Word32", 2, 0, 0, 0, 1],
  ["Branch", "Branch", "", 1, 0, 0, 1, 2], ["IfTrue", "IfTrue", "", 0, 0, 0, 1, 2], ["IfFalse", "IfFalse", "", 0, 0, 0, 1, 2],
  ["Return", "Return[1]", "", 1, 0, 1, 1, 2], ["End", "End[1]", "", 0, 0, 0, 1, 0], ["Word32Shl", "Word32Shl", "Word32", 2, 0, 0, 0, 1],
];
const at = Object.fromEntries(OPERATORS.map(([name], index) => [name, index]));
// A loop that adds 7: n4 = phi(parameter, n6), n6 = n4 + 7.
export const NODES = [
  [0, at.Start, 0], [2, at.Parameter, 0, 0], [3, at.Loop, 1, 0, 8], [4, at.Phi, 1, 2, 6, 3], [5, at.Int32Constant, 1], [6, at.Int32Add, 1, 4, 5],
  [7, at.Branch, 1, 6, 3], [8, at.IfTrue, 1, 7], [9, at.IfFalse, 1, 7], [10, at.Return, 2, 6, 0, 9], [1, at.End, 0, 10],
];

export function data() {
  return {
    function: "f", pipeline: "shift", operators: OPERATORS,
    origins: [[-1, -1, "", "", -1], [0x20, -1, "", "", -1], [0x24, -1, "", "", -1], [0x20, -1, "shift", "to_shift", 6]],
    phases: [
      { name: "lift", nodes: NODES.length, seconds: 0, set: NODES, gone: [], ends: [], steps: [], remarks: [] },
      { name: "shift", nodes: NODES.length, seconds: 0, set: [[11, at.Word32Shl, 3, 4, 5], [4, at.Phi, 1, 2, 11, 3], [7, at.Branch, 1, 11, 3], [10, at.Return, 2, 11, 0, 9]], gone: [6], ends: [0], remarks: [],
        steps: [{ rule: "to_shift", node: 6, to: 11, rest: false, bound: [["x", 4], ["C", 5]], remark: -1, edits: [[0, 11, at.Word32Shl, 3, 4, 5], [1, 6, 11]] }] },
    ],
    rules: { to_shift: { fired: 1 } }, remarks: [], functions: [{ lines: [[0x20, 0, "i32.add", ""]] }], inlinings: [], schedule: [], code: [], instructions: [], ranges: [],
  };
}

export const compilation = new Compilation(data());
export const [before, after] = [compilation.graph(0), compilation.graph(1)];
