/** The text of /metrics as numbers, and what can be told of two of them. */

const LINE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

/** Every sample: name -> [{ labels, value }]. What is no sample is left out. */
export function parse(text) {
  const samples = new Map();
  for (const line of text.split("\n")) {
    const [, name, labels, value] = line.match(LINE) ?? [];
    if (name === undefined) continue;
    if (!samples.has(name)) samples.set(name, []);
    samples.get(name).push({ labels: read(labels ?? ""), value: Number(value) });
  }
  return samples;
}

function read(labels) {
  return Object.fromEntries([...labels.matchAll(LABEL)].map(([, name, value]) => [name, value]));
}

/** What was scraped at one time, and what that says together with an earlier scrape. */
export class Scrape {
  /** @param {number} time in seconds */
  constructor(text, time) {
    this.samples = parse(text);
    this.time = time;
  }

  /** The sum of all samples of a name that have these labels; undefined if there is none. */
  sum(name, labels = {}) {
    const found = this.#find(name, labels);
    return found.length ? found.reduce((sum, each) => sum + each.value, 0) : undefined;
  }

  max(name, labels = {}) {
    const found = this.#find(name, labels);
    return found.length ? Math.max(...found.map((each) => each.value)) : undefined;
  }

  /** How much a counter grew in a second since then; a process that began anew has grown from nothing. */
  rate(name, before, labels = {}) {
    const [now, then] = [this.sum(name, labels), before.sum(name, labels) ?? 0];
    if (now === undefined) return undefined;
    return Math.max(0, now < then ? now : now - then) / (this.time - before.time);
  }

  /** The duration that a share of what happened since then was within, in seconds; undefined if nothing happened. */
  quantile(share, name, before, labels = {}) {
    const now = this.#buckets(name, labels);
    const then = before.#buckets(name, labels);
    const steps = [...now].map(([bound, count]) => [bound, count - (then.get(bound) ?? 0)]);
    steps.sort(([one], [other]) => one - other);
    const all = steps.at(-1)?.[1] ?? 0;
    if (all <= 0) return undefined;
    let [low, counted] = [0, 0];
    for (const [bound, count] of steps) {
      if (count >= share * all) {
        if (bound === Infinity) return low;
        return low + ((bound - low) * (share * all - counted)) / (count - counted);
      }
      [low, counted] = [bound, count];
    }
    return low;
  }

  #buckets(name, labels) {
    const sums = new Map();
    for (const { labels: found, value } of this.#find(`${name}_bucket`, labels)) {
      const bound = found.le === "+Inf" ? Infinity : Number(found.le);
      sums.set(bound, (sums.get(bound) ?? 0) + value);
    }
    return sums;
  }

  #find(name, labels) {
    const wanted = Object.entries(labels);
    return (this.samples.get(name) ?? []).filter((each) =>
      wanted.every(([label, value]) => each.labels[label] === value),
    );
  }
}
