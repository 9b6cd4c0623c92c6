"""GoQuant is an exchange in a box: a deterministic matching engine behind a REST API, on trio."""

__version__ = "0.1.0"
