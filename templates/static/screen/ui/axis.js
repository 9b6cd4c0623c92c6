/**
 * Times on the axis of the candles.
 *
 * The chart knows no zones: for it days and hours begin where those of UTC do. It gets times that are
 * shifted by the zone of the person in front of it, so that its marks stand where their days begin.
 * One shift is good for all of them, since times must not go back where clocks do; on the other side of
 * such a change they are an hour off.
 */

const DAY_S = 86_400;

// The types of tick marks of lightweight-charts up to which they stand for days and more.
const DAY_MARK_MAX = 2;
const MINUTE_MARK = 3;

const shifted = (parts) =>
  new Intl.DateTimeFormat([], { ...parts, hourCycle: "h23", timeZone: "UTC" });

const DAY = shifted({ month: "short", day: "numeric" });
const MINUTE = shifted({ hour: "2-digit", minute: "2-digit" });
const SECOND = shifted({ hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** By how many seconds to shift candles of so many seconds. Those of a day are days of UTC. */
export function shiftOf(seconds, now = new Date()) {
  return seconds < DAY_S ? -60 * now.getTimezoneOffset() : 0;
}

/** A mark of the axis at a shifted time. */
export function markText(time, type) {
  const form = type <= DAY_MARK_MAX ? DAY : type === MINUTE_MARK ? MINUTE : SECOND;
  return form.format(time * 1000);
}

/** A shifted time in full. */
export function fullText(time, seconds) {
  const day = DAY.format(time * 1000);
  return seconds < DAY_S ? `${day} ${SECOND.format(time * 1000)}` : day;
}
