/** The prices of a book for the keyboard: one of them is a tab stop, the arrow keys go on from there. */

const prices = (table) => [...table.querySelectorAll("button.price:not([hidden])")];

export function roveThrough(table) {
  table.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const all = prices(table);
    const next = by && all[all.indexOf(event.target) + by];
    if (!next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

/** Make sure that there is one tab stop, if there are prices at all; `wanted` unless another is. */
export function ensureStop(table, wanted) {
  if (wanted && !table.querySelector('button.price[tabindex="0"]')) wanted.tabIndex = 0;
}
