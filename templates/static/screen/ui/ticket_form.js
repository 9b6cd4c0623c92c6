/** The form of the ticket: its choices, and which of its fields an order of the chosen type has. */

import { fieldsOf } from "../orders/draft.js";
import { SELF_TRADE, TIFS, TYPES } from "../orders/types.js";
import { byId, el, say } from "./dom.js";

const TEXTS = ["price", "trigger_price", "quantity", "expires_at", "client_order_id"];
const CHOICES = ["side", "type", "time_in_force", "self_trade_prevention"];

const DAY_S = 86_400;

export class TicketForm {
  /** @param {HTMLFormElement} form @param {() => void} onChange what stands in it is another */
  constructor(form, onChange) {
    this.form = form;
    this.onChange = onChange;
    const kinds = Object.entries(TYPES).map(([value, { label }]) => radio("type", value, label));
    byId("kinds").append(...kinds);
    kinds[0].firstChild.defaultChecked = true;
    const policies = Object.entries(SELF_TRADE).map(([value, textContent]) =>
      el("option", { value, textContent }),
    );
    form.elements.self_trade_prevention.append(...policies);
    for (const button of form.querySelectorAll("[data-expires]")) {
      button.addEventListener("click", () =>
        this.put("expires_at", localTime(Number(button.dataset.expires))),
      );
    }
    form.addEventListener("input", ({ target }) => {
      if (target.name === "time_in_force")
        this.chosenTif[TYPES[this.draft.type].price] = target.value;
      this.#changed();
    });
    this.reset();
  }

  /** Be as at first. */
  reset() {
    this.form.reset();
    // What was last chosen, for types with a price and for types without.
    this.chosenTif = { true: "gtc", false: "ioc" };
    this.#changed();
  }

  /** What stands in it, see draft.js. */
  get draft() {
    const { elements } = this.form;
    const texts = [...TEXTS, ...CHOICES].map((name) => [name, elements[name]?.value ?? ""]);
    return { ...Object.fromEntries(texts), post_only: elements.post_only.checked };
  }

  /** Put a value in, as if it had been typed. */
  put(name, value) {
    this.form.elements[name].value = value;
    this.#changed();
  }

  toggle(name) {
    this.form.elements[name].checked = !this.form.elements[name].checked;
    this.#changed();
  }

  focus(name) {
    const input = this.form.elements[name];
    const details = input.closest("details");
    if (details) details.open = true;
    input.focus();
    input.select?.();
  }

  #changed() {
    this.#offerTifs();
    const { draft } = this;
    const fields = fieldsOf(draft);
    for (const part of this.form.querySelectorAll("[data-field]"))
      part.hidden = !fields.has(part.dataset.field);
    if (fields.has("expires_at") && !draft.expires_at)
      this.form.elements.expires_at.value = localTime(DAY_S);
    say(byId("tif-says"), TIFS[draft.time_in_force].says);
    this.onChange();
  }

  #offerTifs() {
    const box = byId("tifs");
    const { tifs, price } = TYPES[this.draft.type];
    if (box.offered !== tifs)
      box.replaceChildren(...tifs.map((tif) => radio("time_in_force", tif, TIFS[tif].label)));
    box.offered = tifs;
    this.form.elements.time_in_force.value = this.chosenTif[price];
  }
}

function radio(name, value, text) {
  return el(
    "label",
    {},
    el("input", { type: "radio", name, value }),
    el("span", { textContent: text }),
  );
}

/** A moment so many seconds from now, as a field of local time has it. */
function localTime(seconds) {
  const moment = new Date(Date.now() + seconds * 1000);
  moment.setMinutes(moment.getMinutes() - moment.getTimezoneOffset());
  return moment.toISOString().slice(0, 19);
}
