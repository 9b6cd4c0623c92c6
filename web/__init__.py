"""The edge: HTTP and the public JSON. Nothing in here knows how orders match.

The path of an order: `orders` takes the request, `requests` checks its shape, `wire` makes a command of
it, `desk` hands that to the exchange and waits, `responses` writes the order down, `replies` sends it.
Whatever goes wrong on the way is an `errors.ApiError`.

The path of an event: the feed of `actors` hands a reader what is due, `events` has written it down, `streams` sends
it, over a `websocket` or as an answer of Quart that does not end. `subscriptions` finds what a client names.
"""
