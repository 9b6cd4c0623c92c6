/** The page: the chart is in it already; this makes it answer. */

import { Details } from "./details.js";
import { Live } from "./live.js";
import { Walk } from "./walk.js";
import { Zoom } from "./zoom.js";

const chart = document.querySelector(".chart");
const { boxes, flows } = JSON.parse(document.getElementById("parts").textContent);

const details = new Details(chart, boxes);
new Walk(chart, flows);
new Zoom(chart, document.getElementById("stage"));
const live = new Live(chart, document.getElementById("link"), () => details.refresh(live.lines));
live.start();
