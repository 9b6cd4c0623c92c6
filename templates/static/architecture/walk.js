/** A flow, followed step by step. The address has it, so that a step can be shown to others: #order/3. */

import { byId } from "../screen/ui/dom.js";

export class Walk {
  #flow = null;
  #step = 0;

  constructor(chart, flows) {
    this.chart = chart;
    this.flows = new Map(flows.map((flow) => [flow.name, flow]));
    this.buttons = [...document.querySelectorAll("[data-flow]")];
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.pick(button.dataset.flow));
    }
    byId("back").addEventListener("click", () => this.go(-1));
    byId("next").addEventListener("click", () => this.go(1));
    byId("leave").addEventListener("click", () => this.leave());
    document.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("hashchange", () => this.#read());
    this.#read();
  }

  /** Begins a flow; one that is followed already ends. */
  pick(name) {
    if (this.#flow?.name === name) this.leave();
    else this.#show(this.flows.get(name), 0);
  }

  go(by) {
    const step = this.#step + by;
    if (this.#flow && step >= 0 && step < this.#flow.steps.length) this.#show(this.#flow, step);
  }

  leave() {
    this.#show(null, 0);
  }

  #key(event) {
    if (!this.#flow || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowRight") this.go(1);
    else if (event.key === "ArrowLeft") this.go(-1);
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
  }

  #read() {
    const [name, number] = location.hash.slice(1).split("/");
    const flow = this.flows.get(name);
    if (!flow) return;
    const step = Math.min(Math.max(Number.parseInt(number, 10) || 1, 1), flow.steps.length) - 1;
    this.#show(flow, step);
  }

  #show(flow, number) {
    [this.#flow, this.#step] = [flow, number];
    const step = flow?.steps[number];
    const on = new Set(step?.parts);
    this.chart.classList.toggle("walking", Boolean(flow));
    for (const part of this.chart.querySelectorAll("[data-part]")) {
      part.classList.toggle("on", on.has(part.dataset.part));
    }
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.flow === flow?.name));
    }
    byId("walk").hidden = !flow;
    byId("says").textContent = step?.says ?? "";
    byId("count").textContent = flow ? `${flow.title} ${number + 1}/${flow.steps.length}` : "";
    byId("back").disabled = number === 0;
    byId("next").disabled = !flow || number === flow.steps.length - 1;
    history.replaceState(null, "", flow ? `#${flow.name}/${number + 1}` : location.pathname);
  }
}
