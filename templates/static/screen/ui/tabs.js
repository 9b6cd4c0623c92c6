/** Tabs: one panel is seen, the arrow keys go from tab to tab. */

/** @param {HTMLElement} list with role="tablist"; @param {(id: string) => void} onChoose gets the id of the panel */
export function tabs(list, onChoose = () => {}) {
  const all = [...list.querySelectorAll('[role="tab"]')];
  const choose = (chosen) => {
    for (const tab of all) {
      const isChosen = tab === chosen;
      tab.ariaSelected = `${isChosen}`;
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
    onChoose(chosen.getAttribute("aria-controls"));
  };
  for (const tab of all) tab.addEventListener("click", () => choose(tab));
  list.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = all[(all.indexOf(document.activeElement) + by + all.length) % all.length];
    next.focus();
    choose(next);
  });
  return (panel) => choose(all.find((tab) => tab.getAttribute("aria-controls") === panel));
}
