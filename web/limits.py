"""Every bound of the server, with the reason beside the number.

A duration ends in `_s`, a size in `_bytes_max`, a count in `_max`.
"""

from dataclasses import dataclass

KIB = 1024

# The kernel's queue of connections that nobody has accepted yet. hypercorn's 100 turns away clients
# that all reconnect at once after a restart; 2048 is below the kernel's own limit of 4096.
BACKLOG = 2048

# The longest read of one system call, and so the largest head that can arrive in one piece, which h11
# takes whatever its size. Bodies and WebSocket messages may take a few reads.
RECEIVE_BYTES_MAX = 16 * KIB

# A path and query. Decoding one costs up to 2 ms for each KiB; ours are shorter than 300 bytes.
TARGET_BYTES_MAX = 2 * KIB

# Header lines of one request. Apache takes 100, browsers send about 20.
HEADERS_MAX = 100

# In how many pieces, be they chunks or packets, a body may come on the way through Quart: each costs a
# turn of the scheduler and a message. 64 KiB in packets of 1,460 bytes are 45.
BODY_PIECES_MAX = 128

# How much is handed to the kernel under one stall deadline. A large answer may take a slow client as
# long as it needs, so long as every slice of this size makes it in time.
SEND_BYTES_MAX = 64 * KIB

# Messages from a client that its handler has not yet asked for; then the client has to wait.
APP_QUEUE_MAX = 10

# Requests on one connection. hypercorn closes after 1,000, which hits market makers and benchmarks
# every second; the number only has to exist.
KEEP_ALIVE_REQUESTS_MAX = 1_000_000

# File descriptors kept for what is not a client: journal, snapshots, history, epoll, logs, and the
# refusals on their way out.
RESERVED_FDS = 256


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server grants its clients. The defaults are meant for production; tests shorten them."""

    connections_max: int = 10_000
    """All clients together. One idle connection costs about 30 KiB: 300 MiB when full."""

    connections_per_address_max: int = 10_000
    """One address. By default no less than all: on a laptop, and behind a proxy, everyone is one."""

    keep_alive_s: float = 60.0
    """Silence between two requests. Shorter than this and a person's browser reconnects each time."""

    head_s: float = 10.0
    """From a request's first byte (or the connection's start) to the end of its headers."""

    body_s: float = 5.0
    """From the end of the headers to the end of the body, and from the first byte of a WebSocket message
    to its last: 64 KiB in 5 s is a modem's speed."""

    stall_s: float = 5.0
    """For the kernel to take one slice of an answer. Later, the client has stopped reading."""

    ping_s: float = 20.0
    """Between two WebSocket pings: under the 30 to 60 s after which proxies forget a connection."""

    silence_s: float = 60.0
    """From a WebSocket client. Three pings went by without a pong: it is gone."""

    linger_s: float = 1.0
    """For the client to close after we did; closing on bytes we have not read may eat our answer."""

    grace_s: float = 0.75
    """For requests and streams to end by themselves once the server stops."""

    cut_s: float = 0.25
    """For cancelled handlers to say goodbye after that. Together they keep a stop under 2 s."""

    head_bytes_max: int = 16 * KIB
    """A request's line and headers. nginx takes 32 KiB, Go 1 MiB; our own clients send under 1."""

    body_bytes_max: int = 64 * KIB
    """A request's body: a batch of 100 orders is about 30 KiB."""

    message_bytes_max: int = 64 * KIB
    """A WebSocket message, for the same reason."""

    orders_per_s_max: int = 0
    """New orders and replaces of one account; of one address where no account is named. 0: any number."""

    orders_burst_max: int = 100
    """How many of them may come at once before that counts: by default a whole batch."""

    messages_per_s_max: int = 50
    """From one WebSocket client of market data, and as many at once: it has little to say."""

    access_log_sample: int = 0
    """One request of so many is in the log, and each that failed with 5xx; 0: none of them."""

    order_messages_per_s_max: int = 20_000
    """From one WebSocket client that trades: more than a server of ours can carry out."""

    frames_per_s_max: int = 200
    """Frames of a WebSocket client that bring no whole message, be they pings, pongs or fragments, and as
    many at once: 64 KiB in fragments of 512 bytes are 128."""

    orders_in_flight_max: int = 512
    """Commands of one WebSocket client that are not answered yet: half of an inbox. It is not listened
    to while it has more."""

    subscriptions_max: int = 100
    """Symbols that one client reads at the same time, over one connection."""

    feed_events_max: int = 10_000
    """Of each stream of each symbol, kept for clients that were away: about 3 MB of trades."""
