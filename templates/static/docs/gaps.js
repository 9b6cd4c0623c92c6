// Whether anything was missed: each event says which one came before it in its channel.

export class Gaps {
  #known = new Map();

  /** Take an event. True if something is missing between it and the last one that was taken. */
  misses(event) {
    if (event.sequence === undefined || event.prev_sequence === undefined) return false;
    const place = `${event.channel} ${event.symbol}`;
    const known = this.#known.get(place);
    this.#known.set(place, event.sequence);
    if (known === undefined || event.type === "snapshot" || event.type === "reset") return false;
    return event.prev_sequence > known;
  }
}
