/** How long to wait before the next try: longer each time, and never all clients at once. */

const FIRST_MS = 250;
const MAX_MS = 10_000;

export class Backoff {
  /** @param {() => number} random as Math.random */
  constructor(random = Math.random) {
    this.random = random;
    this.tries = 0;
  }

  /** Between half and all of a time that doubles from 250 ms to 10 s. */
  next() {
    const full = Math.min(FIRST_MS * 2 ** this.tries, MAX_MS);
    this.tries += 1;
    return full / 2 + (this.random() * full) / 2;
  }

  /** It worked: begin anew. */
  reset() {
    this.tries = 0;
  }
}
