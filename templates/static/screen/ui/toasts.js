/** Short messages: fills and errors, and nothing else, so that a screen reader is not talked to death. */

import { byId, el } from "./dom.js";

const FILL_MS = 6_000;
const ERROR_MS = 10_000;
const AT_ONCE_MAX = 4;

/** Tell of a fill of one's own. */
export function announceFill(text, side) {
  show(byId("fills-live"), text, `is-${side}`, FILL_MS);
}

/** Tell of something that went wrong where no field is to blame. */
export function announceError(text) {
  show(byId("errors-live"), text, "is-error", ERROR_MS);
}

function show(region, text, kind, ms) {
  const close = el("button", { type: "button", textContent: "×", ariaLabel: "Dismiss" });
  const toast = el("div", { className: `toast ${kind}` }, el("span", { textContent: text }), close);
  close.addEventListener("click", () => toast.remove());
  setTimeout(() => toast.remove(), ms);
  region.append(toast);
  while (region.children.length > AT_ONCE_MAX) region.firstElementChild.remove();
}
