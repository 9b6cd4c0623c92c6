/** The line over everything that says that orders are not taken, and why. */

import { byId, say } from "./dom.js";

/** @param {string | null} text null for no banner */
export function showBanner(text) {
  const banner = byId("banner");
  banner.hidden = text === null;
  say(banner, text ?? "");
}

export class Banner {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    screen.painter.add(["market", "health"], () => {
      const problem = screen.health.problemWith(screen.market.instrument.symbol);
      showBanner(problem && `No orders are taken: ${problem}`);
    });
  }
}
