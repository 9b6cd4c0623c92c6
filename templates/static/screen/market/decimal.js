/**
 * Decimal text as whole numbers: "64000.50" with two digits is 6400050n. No float ever holds a
 * price, a quantity or a fee.
 */

// What the exchange reads (docs/api.md, Numbers).
const DECIMAL = /^(0|[1-9]\d{0,14})(\.\d{1,12})?$/;

/** Whether the exchange would read this text as a number. */
export const isDecimal = (text) => DECIMAL.test(text);

/** How many decimals a text has. */
export function digitsOf(text) {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

/**
 * What a person typed, as the exchange wants it: no space around it, no leading zeros, a digit on
 * both sides of the point. What is no number comes back as it was, for `isDecimal` to refuse.
 */
export function tidy(typed) {
  const text = typed.trim();
  const [, whole, fraction] = /^0*(\d*)\.?(\d*)$/.exec(text) ?? [];
  if (whole === undefined || !/\d/.test(text)) return text;
  return (whole || "0") + (fraction && `.${fraction}`);
}

/** Text as units of the last of `digits` decimals; null when it has more decimals than that. */
export function parse(text, digits) {
  const negative = text.startsWith("-");
  const [whole, fraction = ""] = (negative ? text.slice(1) : text).split(".");
  const kept = fraction.slice(0, digits);
  if (/[1-9]/.test(fraction.slice(digits))) return null;
  const units = BigInt(whole + kept.padEnd(digits, "0"));
  return negative ? -units : units;
}

/** Units as text with exactly `digits` decimals. */
export function format(units, digits) {
  const sign = units < 0n ? "-" : "";
  const text = (units < 0n ? -units : units).toString().padStart(digits + 1, "0");
  const point = text.length - digits;
  return digits ? `${sign}${text.slice(0, point)}.${text.slice(point)}` : sign + text;
}

/** Units as text without trailing zeros beyond the first `digitsMin` decimals. */
export function formatExact(units, digits, digitsMin = 0) {
  const text = format(units, digits);
  const end = text.length - Math.max(0, digits - digitsMin);
  return (text.slice(0, end) + text.slice(end).replace(/0+$/, "")).replace(/\.$/, "");
}

/** Divide, rounding half to even as the exchange does. Both must not be negative. */
export function divideHalfEven(numerator, denominator) {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  const up = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

/** Units with more decimals than one wants to read, rounded to fewer. */
export function rescale(units, digits, wanted) {
  if (wanted >= digits) return units * 10n ** BigInt(wanted - digits);
  const rounded = divideHalfEven(units < 0n ? -units : units, 10n ** BigInt(digits - wanted));
  return units < 0n ? -rounded : rounded;
}

/** "64000.50" as "64,000.50", for reading; nothing reads it back. */
export function grouped(text) {
  const point = text.indexOf(".");
  const end = point < 0 ? text.length : point;
  return text.slice(0, end).replace(/\B(?=(\d{3})+$)/g, ",") + text.slice(end);
}

/** Splits off the zeros at the end of the decimals, which the screen shows faintly. */
export function splitZeros(text) {
  if (!text.includes(".")) return [text, ""];
  const end = text.search(/\.?0*$/);
  return [text.slice(0, end), text.slice(end)];
}
