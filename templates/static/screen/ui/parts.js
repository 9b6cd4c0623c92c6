/** On a small screen one part is seen at a time; on a large one all are, and this does nothing. */

const AT_FIRST = "chart";

export class Parts {
  constructor() {
    this.buttons = [...document.querySelectorAll("[data-to]")];
    for (const button of this.buttons)
      button.addEventListener("click", () => this.show(button.dataset.to));
    this.show(AT_FIRST);
  }

  show(part) {
    document.documentElement.dataset.view = part;
    for (const button of this.buttons)
      button.ariaCurrent = button.dataset.to === part ? "true" : null;
  }
}
