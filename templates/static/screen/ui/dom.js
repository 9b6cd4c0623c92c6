/** The few things that every part does with elements. All text goes in as text, never as markup. */

import { splitZeros } from "../market/decimal.js";

export const byId = (id) => document.getElementById(id);

/** A new element: properties, `data-` and `aria-` attributes among them, and what is in it. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "scope")
      element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Let an element say something; nothing happens when it does already. */
export function say(element, text) {
  if (element.said === text) return;
  element.said = text;
  element.textContent = text;
}

/** Let an element show a decimal whose zeros at the end are faint. */
export function sayDecimal(element, text) {
  if (element.said === text) return;
  element.said = text;
  if (!element.zeros) {
    element.zeros = el("span", { className: "zeros" });
    element.replaceChildren("", element.zeros);
  }
  const [digits, zeros] = splitZeros(text);
  element.firstChild.data = digits;
  element.zeros.textContent = zeros;
}

/** Give an element one of the classes, or none of them. */
export function mark(element, classes, wanted) {
  for (const name of classes) element.classList.toggle(name, name === wanted);
}

/** Rise, fall, or neither, as a class with a colour and a glyph. */
export const sideClass = (sign) => (sign > 0 ? "buy" : sign < 0 ? "sell" : "");

/**
 * Let a parent have one child for each item, in order, keeping the children of items that stay.
 *
 * @param {(item: object) => string} keyOf
 * @param {(item: object) => HTMLElement} create
 * @param {(child: HTMLElement, item: object) => void} update
 */
export function keyed(parent, items, keyOf, create, update) {
  const there = new Map([...parent.children].map((child) => [child.key, child]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = there.get(key);
    there.delete(key);
    if (!child) {
      child = create(item);
      child.key = key;
    }
    update(child, item);
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
  for (const child of there.values()) child.remove();
}
