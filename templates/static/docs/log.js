// The frames as a list, newest first. A flood is drawn once for each picture, and only its end.

const ROWS_MAX = 200;
const CHARACTERS_MAX = 4000;

export class Log {
  #list;
  #rows = [];
  #drawing = 0;
  isHeld = false;

  constructor(list) {
    this.#list = list;
  }

  /** Show a text. Its kind is a word about it, and a class of its row. */
  add(kind, text, className = "") {
    if (this.isHeld) return;
    this.#rows.unshift({ at: new Date(), kind, text, className });
    this.#rows.length = Math.min(this.#rows.length, ROWS_MAX);
    this.#drawing ||= requestAnimationFrame(() => this.#draw());
  }

  clear() {
    this.#rows = [];
    this.#list.replaceChildren();
  }

  #draw() {
    this.#drawing = 0;
    const rows = this.#rows;
    this.#rows = [];
    this.#list.prepend(...rows.map(rowOf));
    while (this.#list.childElementCount > ROWS_MAX) this.#list.lastChild.remove();
  }
}

function rowOf({ at, kind, text, className }) {
  const row = document.createElement("li");
  row.className = className;
  const time = document.createElement("time");
  time.textContent = at.toISOString().slice(11, 23);
  const word = document.createElement("span");
  word.textContent = kind;
  const code = document.createElement("code");
  const cut = text.length > CHARACTERS_MAX;
  code.textContent = cut ? `${text.slice(0, CHARACTERS_MAX)}… (${text.length} characters)` : text;
  row.append(time, word, code);
  return row;
}
