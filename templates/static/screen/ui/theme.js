/** Dark, light, or as the system has it. `theme.js` beside screen.js has set it before the first paint. */

import { byId, say } from "./dom.js";

const NEXT = { auto: "dark", dark: "light", light: "auto" };
const SAYS = { auto: "Theme: as the system", dark: "Theme: dark", light: "Theme: light" };

export class Theme {
  /** @param {() => void} onChange what is drawn by hand needs its colours anew */
  constructor(onChange) {
    this.onChange = onChange;
    byId("theme").addEventListener("click", () => this.next());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onChange);
    this.#tell();
  }

  get current() {
    return document.documentElement.dataset.theme ?? "auto";
  }

  next() {
    const theme = NEXT[this.current];
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    localStorage.setItem("theme", theme);
    this.#tell();
    this.onChange();
  }

  #tell() {
    say(byId("theme-label"), SAYS[this.current]);
    byId("theme").title = SAYS[this.current];
  }
}

/** The colours of the theme as a canvas takes them: name of the token -> what it is now. */
export function colours(names) {
  const probe = document.createElement("i");
  document.body.append(probe);
  const found = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(found);
}
