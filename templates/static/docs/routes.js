// Swagger UI on the description of this exchange. It asks nobody else: no validator, no fonts.
const { SwaggerUIBundle } = globalThis;

SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("routes"),
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  syntaxHighlight: { theme: "idea" },
  tryItOutEnabled: true,
  validatorUrl: null,
});
