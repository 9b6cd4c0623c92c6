/** Candles or depth, and the controls that belong to each. */

import { byId } from "./dom.js";
import { tabs } from "./tabs.js";

export class ChartTabs {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.shown = "candles";
    this.choose = tabs(byId("tab-candles").parentElement, (panel) => {
      this.shown = panel;
      byId("intervals").hidden = byId("legend").hidden = panel !== "candles";
      byId("depth-zoom").hidden = panel !== "depth";
      screen.painter.mark("depth");
    });
  }

  toggle() {
    this.choose(this.shown === "candles" ? "depth" : "candles");
  }
}
