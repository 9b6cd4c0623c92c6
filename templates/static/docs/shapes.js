// The messages of a stream as tables: what each field is, and what it means.

import { kindOf, referencesOf, resolved } from "./description.js";

export function drawShapes(description, stream, place) {
  const sections = [];
  const drawn = new Set();
  const draw = (name, says, schema) => {
    if (drawn.has(name)) return;
    drawn.add(name);
    sections.push(shapeOf(description, name, says, schema));
  };
  for (const [title, messages] of [
    ["The server says", stream.told],
    ["You may say", stream.taken],
  ]) {
    if (messages.length === 0) continue;
    sections.push(element("h3", title));
    for (const { name, summary, payload } of messages) {
      draw(name, summary, resolved(description, payload));
      for (const inner of referencesOf(description, payload)) {
        const schema = description.components.schemas[inner];
        if (schema.properties !== undefined) draw(inner, schema.description, schema);
      }
    }
  }
  place.replaceChildren(...sections);
}

function shapeOf(description, name, says, schema) {
  const details = element("details");
  const summary = element("summary", name);
  summary.append(" ", element("span", firstSentence(says ?? ""), "quiet"));
  details.append(summary, tableOf(description, schema));
  return details;
}

function tableOf(description, schema) {
  const table = element("table");
  const head = element("tr");
  head.append(...["field", "", "meaning"].map((text) => element("th", text)));
  table.append(head);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const row = element("tr");
    const isRequired = schema.required?.includes(name);
    row.append(
      element("td", name),
      element("td", kindOf(description, field) + (isRequired ? "" : ", optional"), "quiet"),
      element("td", field.description ?? ""),
    );
    table.append(row);
  }
  return table;
}

function firstSentence(text) {
  return text.split("\n")[0];
}

function element(tag, text = "", className = "") {
  const found = document.createElement(tag);
  found.textContent = text;
  found.className = className;
  return found;
}
