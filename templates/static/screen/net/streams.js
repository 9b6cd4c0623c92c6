/** The three ways in which the streams of a symbol come. Each is a `Transport`, see feed.js. */

import { CHANNELS } from "./feed.js";

// Below the heartbeat, so that a poll that finds nothing says so in time.
const POLL_S = 10;

function channelUrl(path, channel, symbol, since) {
  const query = new URLSearchParams({ symbols: symbol });
  if (since !== null) query.set("since", since);
  return `${path}/${channel}?${query}`;
}

/** A WebSocket for each channel. */
export const webSocket = {
  name: "WebSocket",

  open(symbol, since, sink) {
    const sockets = CHANNELS.map((channel) => {
      const url = new URL(channelUrl("/ws", channel, symbol, since[channel]), location.href);
      url.protocol = url.protocol.replace("http", "ws");
      const socket = new WebSocket(url);
      socket.onmessage = ({ data }) => sink.events(channel, JSON.parse(data).events);
      socket.onclose = () => sink.lost();
      return socket;
    });
    return () => sockets.forEach((socket) => socket.close());
  },
};

/** Server-sent events for each channel. The feed reconnects, not the EventSource: it knows since when. */
export const eventSource = {
  name: "server-sent events",

  open(symbol, since, sink) {
    const sources = CHANNELS.map((channel) => {
      const source = new EventSource(channelUrl("/stream", channel, symbol, since[channel]));
      // Of the events of one command only the last has an id: up to there everything is known then.
      source.onmessage = ({ data, lastEventId }) =>
        sink.events(channel, [JSON.parse(data)], lastEventId ? Number(lastEventId) : undefined);
      source.onerror = () => sink.lost();
      return source;
    });
    return () => sources.forEach((source) => source.close());
  },
};

/** One request after the other, for both channels; it answers when there is news, or after a while. */
export const longPoll = {
  name: "polling",

  open(symbol, since, sink) {
    const stop = new AbortController();
    keepPolling(symbol, since, sink, stop.signal).catch(() => stop.signal.aborted || sink.lost());
    return () => stop.abort();
  },
};

async function keepPolling(symbol, since, sink, signal) {
  // One number for both channels: what comes twice is left out by those who take it.
  const known = CHANNELS.map((channel) => since[channel]);
  let at = known.includes(null) ? null : Math.min(...known);
  while (!signal.aborted) {
    const query = new URLSearchParams({ channels: CHANNELS.join(","), timeout: POLL_S });
    if (at !== null) query.set("since", at);
    const response = await fetch(`/poll/${encodeURIComponent(symbol)}?${query}`, { signal });
    if (!response.ok) throw new Error(`the poll was answered with ${response.status}`);
    const answer = await response.json();
    for (const channel of CHANNELS) {
      const events = answer.events.filter((event) => event.channel === channel);
      sink.events(channel, events);
    }
    at = answer.since;
  }
}
