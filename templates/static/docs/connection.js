// A connection to a stream, whichever way it comes.

const CLOSED = { 1000: "closed", 1001: "the server is stopping", 1006: "the connection broke" };

/**
 * Open a stream. `on` has `open()`, `text(text)` for each frame or record, and `closed(why)`.
 * What comes back can `close()` and, if the stream listens, `send(text)`.
 */
export function connect(stream, query, on) {
  const url = new URL(stream.address, location.href);
  url.search = new URLSearchParams(query);
  return stream.isSocket ? openSocket(url, on) : openSource(url, on);
}

function openSocket(url, on) {
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url);
  socket.onopen = () => on.open();
  socket.onmessage = ({ data }) => on.text(data);
  socket.onclose = ({ code, reason }) => on.closed(`${reason || CLOSED[code] || "closed"} (${code})`);
  return { close: () => socket.close(), send: (text) => socket.send(text) };
}

function openSource(url, on) {
  const source = new EventSource(url);
  source.onopen = () => on.open();
  source.onmessage = ({ data }) => on.text(data);
  source.onerror = () => {
    // It comes again by itself and goes on where it was, unless it was refused.
    if (source.readyState === EventSource.CLOSED) on.closed("refused");
    else on.reconnecting();
  };
  return { close: () => (source.close(), on.closed("closed")) };
}
