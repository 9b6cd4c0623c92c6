/** How high a row of the book and of the tape is; a finger needs higher ones than a mouse. */

export const rowHeight = () =>
  parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));
