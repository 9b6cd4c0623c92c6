/** The dialog that changes the price and the quantity of an open order. */

import { changeOf } from "../orders/change.js";
import { TYPES } from "../orders/types.js";
import { SIDE } from "../orders/words.js";
import { byId, say } from "./dom.js";
import { placeError, showProblems } from "./problems.js";

export class EditDialog {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.screen = screen;
    this.dialog = byId("edit");
    this.form = byId("edit-form");
    this.order = null;
    /** What the exchange said of the last try, until something is changed. */
    this.refusal = {};
    this.form.addEventListener("input", () => {
      this.refusal = {};
      this.#paint();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.form.querySelector("[data-close]").addEventListener("click", () => this.dialog.close());
  }

  /** Ask how an order shall be. */
  open(order) {
    const { price, quantity } = this.form.elements;
    const { label, price: isPriced } = TYPES[order.type];
    this.order = order;
    this.refusal = {};
    price.value = order.price ?? "";
    quantity.value = order.quantity;
    this.form.querySelector('[data-field="price"]').hidden = !isPriced;
    const what = `${SIDE[order.side]} ${order.symbol}, ${label.toLowerCase()}`;
    say(byId("edit-what"), `${what}: ${order.filled_quantity} of ${order.quantity} filled.`);
    this.#paint();
    this.dialog.showModal();
    (isPriced ? price : quantity).select();
  }

  get #change() {
    const { price, quantity } = this.form.elements;
    const wanted = { price: price.value, quantity: quantity.value };
    return changeOf(this.order, wanted, this.screen.marketOf(this.order.symbol));
  }

  #paint() {
    const { errors, warnings, missing, body, keepsPlace } = this.#change;
    showProblems(this.form, { ...errors, ...this.refusal }, warnings);
    const isChanged = Object.keys(body).length > 0;
    const isFine = !missing.length && !Object.keys(errors).length;
    const place = keepsPlace
      ? "It keeps its place in the queue."
      : "It goes to the end of the queue at its price.";
    say(byId("edit-priority"), isChanged && isFine ? place : "");
    byId("edit-save").disabled = !isChanged || !isFine;
  }

  async #save() {
    const { body } = this.#change;
    if (byId("edit-save").disabled) return;
    byId("edit-save").disabled = true;
    try {
      await this.screen.own.replace(this.order.order_id, body);
      this.dialog.close();
    } catch (error) {
      this.refusal = placeError(this.form, error);
      this.#paint();
    }
  }
}
