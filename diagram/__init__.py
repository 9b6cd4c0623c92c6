"""The architecture as data, and as a drawing.

The boxes, arrows and flows are described once (`front` to `process`, `arrows`, `flows`), and drawn by `svg`: for
the page `/architecture`, which adds the figures of the running exchange, and for the files in docs/images.
Tests hold the modules and routes that the boxes name against the code.
"""
