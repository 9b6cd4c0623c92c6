/** Numbers and times as the screen writes them. */

import { digitsOf, format, formatExact, grouped, parse, rescale } from "../market/decimal.js";

export const NONE = "–";

/** A price with its thousands apart. */
export const priceText = (instrument, units) =>
  units === null ? NONE : grouped(instrument.price.format(units));

/** A quantity with all its decimals. */
export const quantityText = (instrument, units) => grouped(instrument.quantity.format(units));

/** A quantity in a sentence: without the zeros at its end. */
export const shortQuantity = (instrument, units) =>
  grouped(formatExact(units, instrument.quantity.digits));

// Of a sum that nobody pays by, so many digits are read.
const BRIEF_DIGITS = 7;

/** A quantity rounded to what one takes in at a glance. */
export function briefQuantity(instrument, units) {
  const { digits } = instrument.quantity;
  const whole = Math.max(1, `${units}`.length - digits);
  const wanted = Math.min(digits, Math.max(0, BRIEF_DIGITS - whole));
  return grouped(formatExact(rescale(units, digits, wanted), wanted));
}

// Of a fee so many decimals are read.
const FEE_DIGITS = 4;

/** A fee of the API, rounded if it is longer than one reads; with a real minus. */
export function roundedFee(text) {
  const digits = Math.max(FEE_DIGITS, digitsOf(text));
  return minus(grouped(format(rescale(parse(text, digits), digits, FEE_DIGITS), FEE_DIGITS)));
}

const minus = (text) => text.replace("-", "−");

/** An amount of the quote currency, in the decimals of the price and no more than one reads. */
export const amountText = (instrument, units) =>
  money(instrument, units, instrument.notionalDigits);

/** A fee, rounded. */
export const feeText = (instrument, units) =>
  money(instrument, units, instrument.feeDigits, FEE_DIGITS);

function money(instrument, units, digits, digitsMin = 2) {
  const wanted = Math.max(instrument.price.digits, digitsMin);
  return minus(grouped(format(rescale(units, digits, wanted), wanted)));
}

/** Hundredths as "+1.25", with a real minus. */
export function signed(hundredths) {
  const sign = hundredths > 0n ? "+" : hundredths < 0n ? "−" : "";
  return sign + format(hundredths < 0n ? -hundredths : hundredths, 2);
}

const CLOCK = new Intl.DateTimeFormat([], {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const DAY = new Intl.DateTimeFormat([], { month: "short", day: "2-digit" });

/** The time of day here of a moment in ms. */
export const clockText = (ms) => CLOCK.format(ms);

/** The same, with the day when it is not today. */
export function momentText(ms, nowMs = Date.now()) {
  const isToday = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  return isToday ? clockText(ms) : `${DAY.format(ms)} ${clockText(ms)}`;
}

/** An age as one says it. */
export function ageText(ms) {
  if (ms < 1000) return "now";
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s ago`;
  return ms < 3_600_000
    ? `${Math.floor(ms / 60_000)} min ago`
    : `${Math.floor(ms / 3_600_000)} h ago`;
}
