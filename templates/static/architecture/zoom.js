/** The size of the chart: as wide as the window, or wider and scrolled. */

import { byId } from "../screen/ui/dom.js";

const STEP = 1.25;
const MAX = 4;

export class Zoom {
  #scale = 1;

  constructor(chart, stage) {
    this.chart = chart;
    byId("smaller").addEventListener("click", () => this.#set(this.#scale / STEP));
    byId("larger").addEventListener("click", () => this.#set(this.#scale * STEP));
    byId("fit").addEventListener("click", () => this.#set(1));
    byId("present").addEventListener("click", () => this.#present(stage));
  }

  #set(scale) {
    this.#scale = Math.min(Math.max(scale, 1), MAX);
    this.chart.style.width = `${100 * this.#scale}%`;
  }

  async #present(stage) {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await stage.requestFullscreen();
  }
}
