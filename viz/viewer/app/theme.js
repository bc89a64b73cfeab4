// Colours, which the style sheet says, for the canvas.

const NAMES = ["paper", "card", "ink", "soft", "quiet", "line", "flow", "back", "accent", "value", "effect", "frame", "control", "phi", "constant",
  "selected-back", "found-back", "added", "added-back", "removed", "removed-back", "changed", "changed-back"];
const MODES = ["auto", "light", "dark"];
const SAVED = "seaofnodes.theme";

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

/** The mode that was chosen the last time, in this browser; some keep nothing for pages from disk. */
export function savedMode() {
  try {
    const mode = localStorage.getItem(SAVED);
    return MODES.includes(mode) ? mode : "auto";
  } catch {
    return "auto";
  }
}

export function saveMode(mode) {
  try {
    localStorage.setItem(SAVED, mode);
  } catch {
    // this page will ask again
  }
}

export function applyMode(mode) {
  if (mode === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = mode;
}
