/** Client order ids, which make it safe to send an order again. */

/** 32 random hexadecimal digits; the exchange takes up to 36 characters. */
export function newClientOrderId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
