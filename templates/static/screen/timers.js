/** The clock and the timers of the browser; tests have their own. */

/** @type {{now: () => number, set: (work: () => void, ms: number) => number, clear: (id: number) => void}} */
export const TIMERS = {
  now: () => Date.now(),
  set: (work, ms) => setTimeout(work, ms),
  clear: (id) => clearTimeout(id),
};
