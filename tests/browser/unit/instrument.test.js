import { coarse, instrument } from "./instruments.js";
import { equal, test } from "./harness.js";

test("the rules become whole numbers", () => {
  const { price, quantity, quantityMin, notionalMin, takerRate, makerRate, feeDigits } =
    instrument();
  equal([price.digits, price.step, quantity.digits, quantity.step], [2, 1n, 8, 1n]);
  equal([quantityMin, notionalMin], [10_000n, 10_000_000_000n]);
  equal([makerRate, takerRate, feeDigits], [-100n, 250n, 16]);
});

test("only multiples of a step fit", () => {
  const { price, quantity } = coarse();
  equal(
    ["100", "103", "0.5"].map((text) => price.fits(price.parse(text))),
    [true, false, false],
  );
  equal(quantity.fits(quantity.parse("20")), true);
  equal([price.floor(104n), price.ceil(104n), price.ceil(105n)], [100n, 105n, 105n]);
});

test("the band is that of the exchange, in whole ticks inwards", () => {
  const band = (last) => instrument({ price_band_bps: 500 }).band(last);
  equal(band(10_000n), { low: 9_500n, high: 10_500n });
  equal(band(10_001n), { low: 9_501n, high: 10_501n });
  equal(band(null), null);
  equal(instrument().band(10_000n), null);
  const yen = coarse();
  yen.bandBps = 100n;
  equal(yen.band(1_005n), { low: 995n, high: 1_015n });
});

test("amounts are exact", () => {
  const btc = instrument();
  const notional = btc.price.parse("100.01") * btc.quantity.parse("0.00000003");
  equal(btc.formatNotional(notional), "0.0000030003");
  equal(btc.formatNotional(btc.price.parse("100") * btc.quantity.parse("1")), "100.00");
});
