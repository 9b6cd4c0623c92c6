/**
 * One paint for all that came since the last one: however many events there are, a part of the
 * screen is drawn at most once a frame, and only when something that it shows has changed.
 */
export class Painter {
  #parts = [];
  #marked = new Set();
  #isAsked = false;

  /** @param {(work: () => void) => void} nextFrame as requestAnimationFrame */
  constructor(nextFrame = (work) => requestAnimationFrame(work)) {
    this.nextFrame = nextFrame;
  }

  /** Have `paint` called when one of the topics has changed. */
  add(topics, paint) {
    this.#parts.push({ topics, paint });
    this.mark(...topics);
  }

  /** Say that something has changed. */
  mark(...topics) {
    for (const topic of topics) this.#marked.add(topic);
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.nextFrame(() => this.#paint());
  }

  #paint() {
    const marked = this.#marked;
    this.#marked = new Set();
    this.#isAsked = false;
    for (const { topics, paint } of this.#parts) {
      if (topics.some((topic) => marked.has(topic))) paint(marked);
    }
  }
}
