// The page of the streams: choose one, connect, and see what comes. It is drawn from asyncapi.json.

import { connect } from "./connection.js";
import { streamsOf } from "./description.js";
import { Gaps } from "./gaps.js";
import { Log } from "./log.js";
import { drawShapes } from "./shapes.js";

const part = (id) => document.getElementById(id);
const log = new Log(part("log"));

const description = await (await fetch("/asyncapi.json")).json();
const { symbols } = await (await fetch("/symbols")).json();
const streams = streamsOf(description);

let connection = null;
let gaps = new Gaps();
const figures = { frames: 0, events: 0, gaps: 0 };

part("about").textContent = description.info.description;
for (const { name, address, isSocket } of streams) {
  part("stream").append(new Option(`${isSocket ? "WS" : "SSE"} ${address}`, name));
}
part("stream").addEventListener("change", choose);
part("form").addEventListener("submit", (event) => (event.preventDefault(), start()));
part("disconnect").addEventListener("click", () => connection?.close());
part("say").addEventListener("submit", (event) => (event.preventDefault(), say()));
part("hold").addEventListener("change", ({ target }) => (log.isHeld = target.checked));
choose();

function chosen() {
  return streams.find(({ name }) => name === part("stream").value);
}

/** Show what the chosen stream is, and what it can be asked. */
function choose() {
  const stream = chosen();
  part("says").textContent = stream.says;
  part("query").replaceChildren(...Object.entries(stream.query).map(inputOf));
  part("say").hidden = stream.taken.length === 0;
  part("templates").replaceChildren(...stream.taken.map(templateOf));
  part("message").value = "";
  drawShapes(description, stream, part("shapes"));
}

function inputOf([name, schema]) {
  const label = document.createElement("label");
  label.textContent = `${name} `;
  label.title = schema.description ?? "";
  const input = document.createElement("input");
  input.name = name;
  if (schema.type === "boolean") {
    input.type = "checkbox";
    input.value = "true";
  } else {
    input.placeholder = schema.default ?? "none";
    input.value = name === "symbols" ? symbols[0].symbol : "";
    input.size = name === "symbols" ? 20 : 8;
  }
  label.append(input);
  return label;
}

function templateOf({ name, examples }) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.addEventListener("click", () => {
    part("message").value = JSON.stringify(examples[0].payload, null, 1).replace(/\n\s*/g, " ");
  });
  return button;
}

function start() {
  connection?.close();
  gaps = new Gaps();
  Object.keys(figures).forEach((name) => (figures[name] = 0));
  show("–");
  log.clear();
  const query = [...new FormData(part("form"))].filter(([, value]) => value !== "");
  const opened = connect(chosen(), query, {
    open: () => state("connected"),
    text: take,
    reconnecting: () => state("reconnecting"),
    closed: (why) => connection === opened && ended(why),
  });
  connection = opened;
  state("connecting");
}

function ended(why) {
  connection = null;
  state(why);
  log.add("closed", why);
}

function state(text) {
  part("state").textContent = text;
  part("disconnect").disabled = connection === null;
  for (const field of [part("stream"), ...part("query").querySelectorAll("input")]) {
    field.disabled = connection !== null;
  }
}

/** A frame of a WebSocket, which has a list of events or is an answer, or one event of an SSE record. */
function take(text) {
  const told = JSON.parse(text);
  const events = told.events ?? (told.type === undefined ? [] : [told]);
  const missed = events.filter((event) => gaps.misses(event)).length;
  figures.frames += 1;
  figures.events += events.length;
  figures.gaps += missed;
  show(events.at(-1)?.sequence ?? part("sequence").textContent);
  const kinds = new Set(events.map(({ type }) => type ?? "order"));
  log.add([...kinds].join(", ") || "answer", text, missed > 0 ? "gap" : "");
}

function show(sequence) {
  for (const [name, count] of Object.entries(figures)) part(name).textContent = count;
  part("sequence").textContent = sequence;
}

function say() {
  const text = part("message").value.trim();
  if (connection === null || text === "") return;
  connection.send(text);
  log.add("sent", text, "sent");
}
