/** The page: the chart is in it already; this makes it answer. */

import { byId } from "../screen/ui/dom.js";
import { Details } from "./details.js";
import { Live } from "./live.js";
import { Walk } from "./walk.js";
import { Zoom } from "./zoom.js";

const chart = document.querySelector(".chart");
const { boxes, flows } = JSON.parse(byId("parts").textContent);

const details = new Details(chart, boxes);
new Walk(chart, flows);
new Zoom(chart, byId("stage"));
const live = new Live(chart, byId("link"), () => details.refresh(live.lines));
live.start();
