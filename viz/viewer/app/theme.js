// Colours, which the style sheet says, for the canvas.

const NAMES = ["paper", "card", "ink", "soft", "quiet", "line", "flow", "accent", "value", "effect", "frame", "control", "phi", "constant",
  "selected-back", "found-back", "added", "added-back", "removed", "removed-back", "changed", "changed-back"];
const MODES = ["auto", "light", "dark"];

/** The colours that are in force, by name. */
export function readTheme() {
  const style = getComputedStyle(document.documentElement), theme = {};
  for (const name of NAMES) theme[name.replace(/-(\w)/, (_, letter) => letter.toUpperCase())] = style.getPropertyValue(`--${name}`).trim();
  return theme;
}

/** The next of auto, light, dark. */
export function nextMode(mode) {
  return MODES[(MODES.indexOf(mode) + 1) % MODES.length];
}

export function applyMode(mode) {
  if (mode === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = mode;
}
