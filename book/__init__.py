"""The matching core. Commands in, events out: no I/O, no clock, no randomness, no trio.

`Engine.apply` is the one door. Everything else in here is what it is made of, and may
be read in this order: enums, instrument, commands, events, order, level, ladder,
order_book, depth, triggers, matching, checks, engine, invariants.
"""
