/** What is to be read about the box that is picked. */

import { byId, el } from "../screen/ui/dom.js";

export class Details {
  #chosen = null;

  constructor(chart, boxes) {
    this.boxes = new Map(boxes.map((box) => [box.name, box]));
    /** Name of the figure -> the line, as the boxes show it. */
    this.lines = {};
    for (const part of chart.querySelectorAll(".box")) {
      part.addEventListener("click", () => this.choose(part));
      part.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        this.choose(part);
      });
    }
  }

  choose(part) {
    this.#chosen?.classList.remove("chosen");
    this.#chosen = part;
    part.classList.add("chosen");
    this.#write(this.boxes.get(part.dataset.part));
  }

  /** Puts the newest figure in, if a box is picked that has one. */
  refresh(lines) {
    this.lines = lines;
    const now = byId("part-now");
    if (now) now.textContent = lines[now.dataset.name] || "–";
  }

  #write(box) {
    byId("part").textContent = box.title;
    byId("part-says").textContent = box.says;
    const facts = byId("part-facts");
    facts.replaceChildren();
    if (box.live) {
      const now = add(facts, "Now", this.lines[box.live] || "–");
      Object.assign(now, { id: "part-now" }).dataset.name = box.live;
    }
    if (box.routes.length) add(facts, "Serves", box.routes.join(", "));
    if (box.modules.length) add(facts, "Modules", box.modules.join(", "));
    if (box.chips.length) add(facts, "Rests on", box.chips.join(", "));
  }
}

function add(list, term, words) {
  const dd = el("dd", {}, words);
  list.append(el("dt", {}, term), dd);
  return dd;
}
