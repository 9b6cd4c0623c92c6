/** The ticket: its problems and its plan while it is filled in, and handing it in. */

import { ApiError } from "../net/api.js";
import { check } from "../orders/check.js";
import { bodyOf, fieldsOf } from "../orders/draft.js";
import { newClientOrderId } from "../orders/ids.js";
import { planOf } from "../orders/plan.js";
import { SIDE } from "../orders/words.js";
import { byId, say } from "./dom.js";
import { priceText, shortQuantity } from "./format.js";
import { paintPlan } from "./plan_view.js";
import { placeError, showProblems } from "./problems.js";
import { resultText } from "./result.js";
import { stepOnArrows } from "./step.js";
import { TicketForm } from "./ticket_form.js";

export class TicketView {
  #isSending = false;
  /** Whether to name what is missing: only once somebody has tried to hand it in. */
  #isTried = false;
  /** What the exchange said of the last try, until something is changed. */
  #refusal = {};
  /** The id of a try of which nobody knows the outcome, and what it asked for. */
  #unknown = null;

  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.screen = screen;
    this.element = byId("ticket");
    this.form = new TicketForm(this.element, () => this.#changed());
    this.#listen();
    screen.painter.add(["market"], () => this.#begin());
    screen.painter.add(["market", "book", "trades", "own", "ticket"], () => this.#paint());
  }

  put(name, value) {
    this.form.put(name, value);
  }

  togglePostOnly() {
    this.form.toggle("post_only");
  }

  /** Show the ticket, at one of its fields if that is there. */
  focus(name) {
    this.screen.show("ticket");
    if (fieldsOf(this.form.draft).has(name)) this.form.focus(name);
  }

  /** Put a price of the book where the type wants one: its limit, else its trigger, else make it a limit. */
  putPrice(units) {
    const fields = fieldsOf(this.form.draft);
    if (!fields.has("price") && !fields.has("trigger_price")) this.put("type", "limit");
    const name = fields.has("trigger_price") && !fields.has("price") ? "trigger_price" : "price";
    this.put(name, this.screen.market.instrument.price.format(units));
    this.focus("quantity");
  }

  #listen() {
    const scales = { price: "price", trigger_price: "price", quantity: "quantity" };
    for (const [name, scale] of Object.entries(scales)) {
      const scaleOf = () => this.screen.market.instrument[scale];
      stepOnArrows(this.element.elements[name], scaleOf, (text) => this.put(name, text));
    }
    for (const button of this.element.querySelectorAll("[data-put]")) {
      button.addEventListener("click", () =>
        this.#putNamed(button.dataset.put, button.dataset.into),
      );
    }
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Put the best bid or ask, the price between them, or the last one into a field. */
  #putNamed(which, field) {
    const { instrument, book, last } = this.screen.market;
    const { price: scale } = instrument;
    const mid = book.twiceMid === null ? null : book.twiceMid / 2n;
    const towards = this.form.draft.side === "buy" ? "floor" : "ceil";
    const units = {
      bid: book.bids.best?.price ?? null,
      ask: book.asks.best?.price ?? null,
      mid: mid && scale[towards](mid),
      last,
    }[which];
    if (units !== null) this.put(field, scale.format(units));
  }

  #begin() {
    const { instrument } = this.screen.market;
    say(byId("ticket-symbol"), instrument.symbol);
    for (const unit of this.element.querySelectorAll("[data-unit]"))
      say(unit, instrument[unit.dataset.unit]);
    this.#isTried = false;
    this.form.reset();
  }

  #changed() {
    this.#refusal = {};
    say(byId("result"), "");
    this.screen.painter.mark("ticket");
  }

  get #findings() {
    return check(this.form.draft, this.screen.market, Date.now());
  }

  #paint() {
    const { market } = this.screen;
    const { instrument, book } = market;
    const { draft } = this.form;
    const { errors, warnings, missing, values } = this.#findings;
    const empty = this.#isTried ? missing : [];
    const required = Object.fromEntries(empty.map((field) => [field, `${field} is required`]));
    showProblems(this.element, { ...required, ...errors, ...this.#refusal }, warnings);
    const plan = planOf(draft, values, market, this.screen.own.pricesIn(instrument));
    paintPlan(draft, values, plan, instrument);
    for (const best of this.element.querySelectorAll("[data-best]")) {
      say(best, priceText(instrument, book.bestAgainst(best.dataset.best)));
    }
    const size = values.quantity === null ? "" : ` ${shortQuantity(instrument, values.quantity)}`;
    const submit = byId("submit");
    say(submit, this.#isSending ? "Sending…" : `${SIDE[draft.side]}${size} ${instrument.base}`);
    submit.classList.toggle("is-sell", draft.side === "sell");
    submit.disabled = this.#isSending;
  }

  async #submit() {
    const { errors, missing } = this.#findings;
    this.#isTried = true;
    this.screen.painter.mark("ticket");
    const wrong = missing[0] ?? Object.keys(errors)[0];
    if (wrong) this.form.focus(wrong);
    if (wrong || this.#isSending) return;
    this.#isSending = true;
    say(byId("result"), "");
    try {
      await this.#send(
        bodyOf(this.form.draft, this.screen.market.instrument.symbol, this.screen.own.account),
      );
      this.#isTried = false;
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#isSending = false;
      this.screen.painter.mark("ticket");
    }
  }

  /** An order that is sent again after an unknown outcome has the same id: there is one of it at most. */
  async #send(body) {
    const asked = JSON.stringify(body);
    const again =
      this.#unknown?.asked === asked ? this.#unknown : { asked, id: newClientOrderId() };
    this.#unknown = again;
    const order = await this.screen.own.place({ client_order_id: again.id, ...body });
    this.#unknown = null;
    this.element.elements.client_order_id.value = "";
    say(byId("result"), resultText(order, this.screen.instruments.get(order.symbol)));
  }

  #refuse(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.isOutcomeUnknown) {
      const advice =
        "It may have been placed. Sending it again is safe: it will not be placed twice.";
      this.#refusal = { "": `${error.message}. ${advice}` };
      return;
    }
    this.#unknown = null;
    this.#refusal = placeError(this.element, error);
    const [field] = Object.keys(this.#refusal);
    if (field) this.form.focus(field);
  }
}
