/** Draws the two curves of the depth chart. */

import { colours } from "./theme.js";

const TOKENS = ["panel", "muted", "line", "text", "buy", "sell", "buy-bar", "sell-bar"];

const AXIS_PX = 26;
const TOP_PX = 34;
const SIZE_MARKS = 4;
const FONT = "11px Inter, system-ui, sans-serif";

/**
 * @param {ReturnType<import("../market/depth.js").curvesOf>} curves null for none
 * @param {{price: (n: number) => string, size: (n: number) => string}} text
 * @param {number | null} pointer where the pointer is, in px
 */
export function drawDepth(canvas, curves, text, pointer) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  if (!curves || !width) return;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.font = FONT;
  const plan = {
    pen,
    curves,
    text,
    width,
    colour: colours(TOKENS),
    floor: height - AXIS_PX,
    x: (price) => ((price - curves.low) / (curves.high - curves.low)) * width,
    y: (total) => height - AXIS_PX - (total / (curves.most || 1)) * (height - AXIS_PX - TOP_PX),
  };
  drawPrices(plan);
  drawSide(plan, curves.bids, curves.low, "buy");
  drawSide(plan, curves.asks, curves.high, "sell");
  drawSizes(plan);
  drawMiddle(plan);
  if (pointer !== null) drawPointer(plan, pointer);
}

function drawPrices({ pen, curves, text, width, floor, colour, x }) {
  pen.fillStyle = colour.muted;
  pen.strokeStyle = colour.line;
  pen.textAlign = "center";
  const marks = Math.max(2, Math.floor(width / 130));
  for (let at = 1; at < marks; at += 1) {
    const price = curves.low + ((curves.high - curves.low) * at) / marks;
    line(pen, x(price), 0, x(price), floor);
    pen.fillText(text.price(price), x(price), floor + 17);
  }
  line(pen, 0, floor, width, floor);
}

function drawSizes({ pen, curves, text, width, colour, y }) {
  pen.fillStyle = colour.muted;
  pen.strokeStyle = colour.line;
  pen.textAlign = "end";
  for (let at = 1; at <= SIZE_MARKS; at += 1) {
    const total = (curves.most * at) / SIZE_MARKS;
    line(pen, 0, y(total), width, y(total));
    pen.fillText(text.size(total), width - 8, y(total) - 5);
  }
}

/** A staircase from the middle outwards: up to the next price the total stays. */
function drawSide({ pen, floor, colour, x, y }, points, edge, side) {
  if (!points.length) return;
  pen.beginPath();
  pen.moveTo(x(points[0][0]), floor);
  let level = floor;
  for (const [price, total] of points) {
    pen.lineTo(x(price), level);
    level = y(total);
    pen.lineTo(x(price), level);
  }
  pen.lineTo(x(edge), level);
  pen.strokeStyle = colour[side];
  pen.lineWidth = 1.5;
  pen.stroke();
  pen.lineTo(x(edge), floor);
  pen.fillStyle = colour[`${side}-bar`];
  pen.globalAlpha = 0.7;
  pen.fill();
  pen.globalAlpha = 1;
}

function drawMiddle({ pen, curves, text, colour, x }) {
  pen.fillStyle = colour.text;
  pen.textAlign = "center";
  pen.fillText(`Mid ${text.price(curves.mid)}`, x(curves.mid), 20);
}

/** What is offered between the middle and the pointer. */
function drawPointer({ pen, curves, text, width, floor, colour, x, y }, pointer) {
  const price = curves.low + (pointer / width) * (curves.high - curves.low);
  const isBid = price < curves.mid;
  const within = (isBid ? curves.bids : curves.asks).filter(([at]) =>
    isBid ? at >= price : at <= price,
  );
  const total = within.at(-1)?.[1] ?? 0;
  pen.strokeStyle = colour.muted;
  pen.setLineDash([3, 3]);
  line(pen, pointer, 0, pointer, floor);
  pen.setLineDash([]);
  pen.fillStyle = colour[isBid ? "buy" : "sell"];
  pen.beginPath();
  pen.arc(x(price), y(total), 3.5, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = colour.text;
  const onLeft = pointer > width / 2;
  pen.textAlign = onLeft ? "end" : "start";
  pen.fillText(
    `${text.price(price)}: ${text.size(total)}`,
    pointer + (onLeft ? -8 : 8),
    Math.max(TOP_PX + 12, y(total) - 8),
  );
}

function line(pen, fromX, fromY, toX, toY) {
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(fromX, fromY);
  pen.lineTo(toX, toY);
  pen.stroke();
}
