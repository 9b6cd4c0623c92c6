"""The edge: HTTP and the public JSON. Nothing in here knows how orders match.

The path of an order: `orders` takes the request, `requests` checks its shape, `wire` makes a command of
it, `desk` hands that to the exchange and waits, `responses` writes the order down, `replies` sends it.
Whatever goes wrong on the way is an `errors.ApiError`.
"""
