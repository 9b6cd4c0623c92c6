/** Problems at the fields that have them. A form has one place for each, `data-problem="field"`. */

import { say } from "./dom.js";

/**
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} errors field -> what is wrong
 * @param {Record<string, string>} warnings field -> what may come of it
 */
export function showProblems(form, errors, warnings = {}) {
  for (const place of form.querySelectorAll("[data-problem]")) {
    const field = place.dataset.problem;
    const error = errors[field];
    say(place, error ?? warnings[field] ?? "");
    place.classList.toggle("is-warning", !error && field in warnings);
    const input = form.elements[field];
    if (input instanceof HTMLElement) input.ariaInvalid = error ? "true" : null;
  }
}

/** The error of the exchange as `errors`: at its field if the form has a place for it, else below all. */
export function placeError(form, error) {
  const field =
    error.field && form.querySelector(`[data-problem="${CSS.escape(error.field)}"]`)
      ? error.field
      : "";
  return { [field]: error.message };
}
