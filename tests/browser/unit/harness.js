/** The smallest test runner: `test_units.py` runs one test of one file at a time in a real page. */

/** @type {Map<string, () => unknown>} */
export const tests = new Map();

export const test = (name, work) => tests.set(name, work);

// BigInts and undefined have no JSON of their own.
const shown = (value) =>
  JSON.stringify(value, (_, part) =>
    typeof part === "bigint" ? `${part}n` : part === undefined ? "undefined" : part,
  );

export function equal(found, expected) {
  if (shown(found) !== shown(expected)) {
    throw new Error(`found ${shown(found)}, expected ${shown(expected)}`);
  }
}

/** That work throws an error of this class; returns its message. */
export function fails(work, kind = Error) {
  try {
    work();
  } catch (error) {
    if (error instanceof kind) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Random numbers that are the same each time (mulberry32). */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Timers that only the test moves. */
export class FakeTimers {
  constructor() {
    this.ms = 1_000_000;
    this.waiting = new Map();
    this.ids = 0;
  }

  now() {
    return this.ms;
  }

  set(work, ms) {
    this.ids += 1;
    this.waiting.set(this.ids, { work, at: this.ms + ms });
    return this.ids;
  }

  clear(id) {
    this.waiting.delete(id);
  }

  /** Let so much time pass, and everything happen that is due meanwhile. */
  async pass(ms) {
    const end = this.ms + ms;
    for (;;) {
      await settled();
      const due = [...this.waiting].filter(([, { at }]) => at <= end);
      if (!due.length) break;
      const [id, { work, at }] = due.reduce((a, b) => (b[1].at < a[1].at ? b : a));
      this.waiting.delete(id);
      this.ms = at;
      work();
    }
    this.ms = end;
  }
}

/** All that waits for a promise which is fulfilled already has had its turn. */
export const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
