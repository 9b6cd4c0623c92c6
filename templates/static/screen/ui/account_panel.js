/** Whose orders these are. The name is kept in this browser. */

import { newClientOrderId } from "../orders/ids.js";
import { problemWithAccount } from "../orders/check.js";
import { byId, say } from "./dom.js";

/** The account of this browser: a new name at its first visit. */
export function storedAccount() {
  const stored = localStorage.getItem("account");
  if (stored && !problemWithAccount(stored)) return stored;
  const account = `desk-${newClientOrderId().slice(0, 6)}`;
  localStorage.setItem("account", account);
  return account;
}

export class AccountPanel {
  /** @param {import("../screen.js").Screen} screen */
  constructor(screen) {
    this.panel = byId("account-panel");
    this.input = byId("account");
    // Before it is there, since whoever types at once would lose it to what comes after.
    this.panel.addEventListener("beforetoggle", (event) => {
      if (event.newState === "open") this.input.value = screen.own.account;
    });
    this.panel.addEventListener("toggle", (event) => {
      if (event.newState !== "open") return;
      this.input.focus();
      this.input.select();
    });
    this.panel.addEventListener("input", () => this.#problem());
    this.panel.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#problem()) return;
      localStorage.setItem("account", this.input.value);
      this.panel.hidePopover();
      screen.useAccount(this.input.value);
    });
    screen.painter.add(["own"], () => say(byId("account-name"), screen.own.account));
  }

  open() {
    this.panel.showPopover();
  }

  #problem() {
    const problem = problemWithAccount(this.input.value);
    say(byId("account-error"), problem ?? "");
    this.input.ariaInvalid = problem ? "true" : null;
    return problem;
  }
}
