/** The arrow keys in a field of a number: one step up or down, ten with shift. */

import { isDecimal, tidy } from "../market/decimal.js";

const FAST = 10n;

/** @param {HTMLInputElement} input @param {() => object} scaleOf gives the scale of its number */
export function stepOnArrows(input, scaleOf, onStep) {
  input.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 1n, ArrowDown: -1n }[event.key];
    if (!by) return;
    event.preventDefault();
    const scale = scaleOf();
    const text = tidy(input.value) || "0";
    const units = isDecimal(text) ? scale.parse(text) : null;
    if (units === null) return;
    const stepped = scale.floor(units) + by * scale.step * (event.shiftKey ? FAST : 1n);
    onStep(scale.format(stepped > 0n ? stepped : scale.step));
  });
}
