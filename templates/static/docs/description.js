// What the AsyncAPI document says, in the form that the page needs. Nothing here touches the page.

/** Every stream: its name, address, what it is, its query, and the messages of both directions. */
export function streamsOf(document) {
  return Object.entries(document.channels).map(([name, channel]) => {
    const operations = Object.values(document.operations).filter(
      (operation) => operation.channel.$ref === `#/channels/${name}`,
    );
    const messages = (action) =>
      operations
        .filter((operation) => operation.action === action)
        .flatMap((operation) => operation.messages)
        .map((message) => ({ name: nameOf(message), ...resolved(document, message) }));
    const binding = channel.bindings?.ws ?? operations[0].bindings.http;
    return {
      name,
      address: channel.address,
      says: channel.description,
      isSocket: channel.bindings?.ws !== undefined,
      query: binding.query.properties,
      required: binding.query.required,
      told: messages("send"),
      taken: messages("receive"),
    };
  });
}

/** What a reference stands for; anything else as it is. */
export function resolved(document, schema) {
  if (schema.$ref === undefined) return schema;
  const path = schema.$ref.replace(/^#\//, "").split("/");
  return path.reduce((found, key) => found[key], document);
}

/** The name of what a reference leads to. */
export function nameOf({ $ref }) {
  return $ref.split("/").at(-1);
}

/** A schema in a word or two, such as "string or null". Words of a closed list are named. */
export function kindOf(document, schema) {
  const kind = (each) => kindOf(document, each);
  const target = resolved(document, schema);
  if (target.const !== undefined) return JSON.stringify(target.const);
  if (target.enum !== undefined) return target.enum.join(", ");
  if (schema.$ref !== undefined) return nameOf(schema);
  if (schema.anyOf !== undefined) return schema.anyOf.map(kind).join(" or ");
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  if (schema.type !== "array") return schema.type ?? "anything";
  if (Array.isArray(schema.items)) return `[${schema.items.map(kind).join(", ")}]`;
  return `list of ${kind(schema.items ?? {})}`;
}

/** The names of the schemas that a schema refers to, however deep. */
export function referencesOf(document, schema, found = new Set()) {
  if (Array.isArray(schema)) {
    schema.forEach((each) => referencesOf(document, each, found));
  } else if (schema !== null && typeof schema === "object") {
    if (typeof schema.$ref === "string" && !found.has(nameOf(schema))) {
      found.add(nameOf(schema));
      referencesOf(document, resolved(document, schema), found);
    }
    Object.values(schema).forEach((each) => referencesOf(document, each, found));
  }
  return found;
}
