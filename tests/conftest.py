"""What holds for all tests."""

from hypothesis import settings

# A deadline is an assertion about the machine. A blob is what a failure is played again from.
settings.register_profile("goquant", deadline=None, print_blob=True)
settings.load_profile("goquant")
