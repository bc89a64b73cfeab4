// Making elements. Text is always text: nothing from the module is ever read as HTML.

/** el("a.link", {href, onclick}, child, ...): children are nodes, strings, or nothing. */
export function el(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") element.style.cssText = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children)
    if (Array.isArray(child)) append(element, child);
    else if (child !== undefined && child !== null && child !== false) element.append(child);
}

/** New children. What has the focus inside is found again, by its name or else its place; or the element itself takes it. */
export function fill(element, ...children) {
  const focused = document.activeElement;
  const inside = focused !== element && element.contains(focused);
  const name = inside ? nameOf(focused) : "", index = inside ? controls(element).indexOf(focused) : -1;
  element.replaceChildren();
  append(element, children);
  if (!inside) return;
  const found = controls(element);
  const next = found.find((other) => nameOf(other) === name) ?? found[Math.min(index, found.length - 1)] ?? element;
  next.focus({ preventScroll: true });
}

const controls = (element) => [...element.querySelectorAll("button, input, select, summary, [tabindex]")];
const nameOf = (element) => `${element.tagName} ${element.dataset.node ?? element.dataset.go ?? ""} ${element.getAttribute("aria-label") ?? element.textContent}`;

export const hex = (offset) => `0x${offset.toString(16)}`;
export const count = (number) => number.toLocaleString("en-US");
export const milliseconds = (seconds) => (seconds * 1e3).toFixed(seconds < 0.1 ? 2 : 0);
