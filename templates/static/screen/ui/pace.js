import { TIMERS } from "../timers.js";

/** Work that may be asked for at any time is done at most once in so many ms, and in the end. */
export function atMost(ms, work, timers = TIMERS) {
  let doneMs = -Infinity;
  let isWaiting = false;
  const act = () => {
    isWaiting = false;
    doneMs = timers.now();
    work();
  };
  return () => {
    if (isWaiting) return;
    const wait = doneMs + ms - timers.now();
    if (wait <= 0) act();
    else {
      isWaiting = true;
      timers.set(act, wait);
    }
  };
}
